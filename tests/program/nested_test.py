"""Jobs inside jobs, and viewers inside other programs that are terminals: tmux, screen, mosh, the console."""

# ctest: TIMEOUT 200

import contextlib
import fcntl
import os
import re
import shutil
import struct
import subprocess
import termios
import unittest

from harness import terminal_items
from harness.case import OutlastCase
from harness.terminal import Terminal
from harness.tmux import Tmux
from harness.waiting import eventually

# Every mode, colour and name that there is, and then a screen that is easy to tell.
LOADED = b"".join(item.before for group in (terminal_items.LOOKS, terminal_items.KEYS, terminal_items.NAMES)
                  for item in group) + b"\x1b[?5l\x1b[?25h\x1b[0m\x1b]104\x1b\\\x1b[?1049h\x1b[2J"
LINES = {3: "   the third row", 9: "", 12: "and the twelfth"}


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class JobInJobTest(OutlastCase):
    """outlast in outlast, in tmux."""

    def outer(self, command=("outlast", "run", "-n", "outer", "bash", "--norc")):
        pane = Tmux(command, env={**self.world.env, "PS1": "$OUTLAST_NAME> "}, rows=24, cols=100)
        self.addCleanup(pane.close)
        return pane

    def line(self, pane, text):
        pane.send_text(text)
        pane.send_keys("Enter")

    def test_the_keys_are_the_outer_ones_first(self):
        pane = self.outer(("bash", "--norc"))
        self.line(pane, "outlast run -n outer bash --norc")
        pane.wait_for("(?m)^outer>$")
        self.line(pane, "outlast run -n inner bash --norc")
        pane.wait_for("(?m)^inner>$")
        pane.send_keys("C-\\", "d")
        pane.wait_for(r"(?m)left outer \(1\) running(.*\n)*>$")
        self.line(pane, "clear; outlast attach outer")
        pane.wait_for(r"(?m)outer \(1\)(.*\n)*inner>$")
        pane.send_keys("C-\\", "C-\\", "d")
        pane.wait_for(r"(?m)left inner \(2\) running(.*\n)*outer>$")
        self.line(pane, "outlast attach inner")
        pane.wait_for("(?m)inner>$")
        self.line(pane, "exit 3")
        pane.wait_for("(?m)inner.*failed.*\n(.*\n)*outer>$")
        self.line(pane, "echo code $?; exit")
        pane.wait_for(r"(?m)code 3(.*\n)*exit(.*\n)*>$")

    def test_a_job_knows_its_own_and_takes_no_other(self):
        pane = self.outer()
        pane.wait_for("(?m)^outer>$")
        self.line(pane, "outlast run -n inner bash --norc")
        pane.wait_for("(?m)^inner>$")
        self.line(pane, "clear; echo $OUTLAST_JOB $OUTLAST_NAME; outlast; outlast stop inner")
        pane.wait_for(r"2 inner\n(.*\n)*.*outer +1 +running(.*\n)*error: this is inside job 2 \"inner\"")
        self.line(pane, "clear; outlast run -d -n third sleep 1000; exit")
        pane.wait_for("(?m)outer>$")
        self.assertEqual([record["phase"] for record in self.records()], ["running", "ended", "running"])

    def refused(self, pane, words, text):
        self.serial = getattr(self, "serial", 0) + 1
        self.line(pane, f"clear; {words}; echo code $? $(({self.serial}+100))")
        pane.wait_for(rf"code \d {self.serial + 100}")
        shown = "\n".join(pane.screen())
        self.assertIn(text, shown)
        self.assertIn("code 4", shown)
        self.assertIn("circles", shown)

    def test_a_job_is_not_attached_to_in_itself(self):
        pane = self.outer()
        pane.wait_for("(?m)^outer>$")
        self.refused(pane, "outlast attach outer", 'this is inside job 1 "outer"')
        self.refused(pane, "outlast attach", 'this is inside job 1 "outer"')
        self.line(pane, "outlast run -n inner bash --norc")
        pane.wait_for("(?m)inner>$")
        # The inner one is shown in the outer one: so the outer one would be shown in itself.
        self.refused(pane, "outlast attach outer", 'what this shows is shown in job 1 "outer"')
        self.line(pane, "clear; outlast run -n innermost bash --norc")
        pane.wait_for("(?m)innermost>$")
        self.refused(pane, "outlast attach outer", 'what this shows is shown in job 1 "outer"')
        self.refused(pane, "outlast attach inner", 'what this shows is shown in job 2 "inner"')
        # The other way round it is no circle once the viewer is gone.
        pane.send_keys("C-\\", "C-\\", "C-\\", "C-\\", "d")
        pane.wait_for("(?m)left innermost.*\n(.*\n)*inner>$")
        self.line(pane, "clear; outlast attach innermost")
        pane.wait_for("(?m)innermost>$")


class InATerminalTest(OutlastCase):
    """A job with every mode set is attached to in a program or a console that knows few of them."""

    def loaded_job(self):
        with open(self.world.path("loaded"), "wb") as file:
            file.write(LOADED)
            for number, text in LINES.items():
                file.write(b"\x1b[%d;1H%s" % (number, text.encode()))
        self.world.must("run", "-d", "-t", "-n", "x", "--size", "80x24", "bash", "-c",
                        "stty raw -echo; cat loaded; exec cat >typed")
        eventually(lambda: "twelfth" in self.world.must("screen", "x").text)

    def assert_clean(self, look):
        """`look` comes to show the job's screen and nothing besides."""
        wanted = [LINES.get(number, "") for number in range(1, 13)]
        shown = []

        def is_right():
            shown[:] = [line.rstrip() for line in look()]
            while shown and not shown[-1]:
                shown.pop()
            return shown == wanted

        eventually(is_right, what=lambda: "\n".join(shown))

    @unittest.skipUnless(shutil.which("screen"), "screen is not installed")
    def test_in_screen(self):
        self.loaded_job()
        with open(self.world.path("screenrc"), "w", encoding="utf-8") as file:
            file.write("startup_message off\ndeflogin off\n")
        os.mkdir(self.world.path("screens"), 0o700)
        env = {**self.world.env, "SCREENDIR": self.world.path("screens")}
        screen = ["screen", "-c", self.world.path("screenrc"), "-S", "s"]
        terminal = self.terminal(*screen, "outlast", "attach", "x", env=env)

        def look():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.world.path("shown"))
            subprocess.run([*screen, "-X", "hardcopy", self.world.path("shown")], env=env, check=False,
                           capture_output=True)
            with contextlib.suppress(FileNotFoundError), open(self.world.path("shown"), "rb") as file:
                return file.read().decode("latin-1").split("\n")
            return []

        terminal.wait_until(lambda: terminal.received)
        self.assert_clean(look)
        terminal.send("\x1cd")
        terminal.wait_end()
        self.assertEqual(self.records()[0]["phase"], "running")

    @unittest.skipUnless(shutil.which("mosh-server") and shutil.which("tmux"), "mosh or tmux is not installed")
    def test_over_mosh(self):
        self.loaded_job()
        env = {**self.world.env, "LC_ALL": "C.UTF-8"}
        started = subprocess.run(
            ["mosh-server", "new", "-i", "127.0.0.1", "-p", "60000:61000", "--", "bash", "--norc"],
            env={**env, "PS1": "over mosh> "}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        port, key = re.search(r"MOSH CONNECT (\d+) (\S+)", started.stdout).groups()
        pane = Tmux(["mosh-client", "127.0.0.1", port], env={**env, "MOSH_KEY": key}, rows=24, cols=80)
        self.addCleanup(pane.close)
        pane.wait_for("over mosh>")
        pane.send_text("outlast attach x")
        pane.send_keys("Enter")
        self.assert_clean(pane.screen)
        pane.send_text("typed")
        eventually(lambda: os.path.getsize(self.world.path("typed")) == 5)
        pane.send_keys("C-\\", "d")
        pane.wait_for("(?m)left x.*\n(.*\n)*over mosh>$")
        pane.send_text("exit")
        pane.send_keys("Enter")
        pane.wait_end()


class Console:
    """A Linux console that nobody uses; its screen is read from the kernel."""

    VT_OPENQRY, VT_DISALLOCATE = 0x5600, 0x5608

    def __init__(self):
        self._system = os.open("/dev/tty0", os.O_RDWR | os.O_NOCTTY)
        self.number = struct.unpack("i", fcntl.ioctl(self._system, self.VT_OPENQRY, struct.pack("i", 0)))[0]
        self.fd = os.open(f"/dev/tty{self.number}", os.O_RDWR | os.O_NOCTTY)
        self.rows, self.columns = struct.unpack("HH", fcntl.ioctl(self.fd, termios.TIOCGWINSZ, b"\0" * 8)[:4])

    def look(self):
        with open(f"/dev/vcs{self.number}", "rb") as file:
            shown = file.read().decode("cp437")
        return [shown[at:at + self.columns] for at in range(0, len(shown), self.columns)]

    def close(self):
        os.close(self.fd)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._system, self.VT_DISALLOCATE, self.number)
        os.close(self._system)


def no_console():
    """Why there is no Linux console for us, or None."""
    try:
        Console().close()
    except (OSError, ValueError) as error:
        return f"no Linux console: {error}"
    return None


@unittest.skipIf(no_console(), no_console())
class LinuxConsoleTest(InATerminalTest):
    """TERM=linux, in a real one."""

    test_in_screen = test_over_mosh = None

    def test_in_the_console(self):
        self.loaded_job()
        console = Console()
        self.addCleanup(console.close)
        viewer = subprocess.Popen(  # pylint: disable=consider-using-with
            [f"{self.world.folder}/bin/outlast", "attach", "x"], env={**self.world.env, "TERM": "linux"},
            stdin=console.fd, stdout=console.fd, stderr=console.fd, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(viewer.wait)
        self.addCleanup(viewer.kill)
        self.assert_clean(console.look)
        viewer.terminate()
        viewer.wait()
        # It leaves no garbage either.
        left = [line.rstrip() for line in console.look() if line.strip()]
        self.assertEqual([line for line in left if line not in LINES.values() and "outlast:" not in line
                          and line != "the last row"], [])


if __name__ == "__main__":
    unittest.main()
