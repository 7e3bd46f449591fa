"""`outlast run` called from everywhere people call commands from."""

# ctest: TIMEOUT 300

import os
import shutil
import signal
import subprocess
import tempfile
import termios
import unittest

from harness import network, other_user, procs
from harness.case import OutlastCase
from harness.tmux import Tmux
from harness.waiting import eventually

NO_NAMESPACES = network.available()


def needs(program):
    """Decorator: skipped where this program is not installed."""
    return unittest.skipUnless(shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"),
                               f"{program} is not installed")


class PipelineTest(OutlastCase):
    """Shell lines: what comes before and after a pipe."""

    def test_a_reader_that_leaves(self):
        gate = self.gate()
        done = self.shell(f"outlast run -n writer sh -c 'seq 1 100000; cat {gate}; echo more' "
                          "| head -n 1; echo ${PIPESTATUS[0]}")
        self.assertEqual(done.stdout, b"1\n141\n")
        self.assertIn(b"writer (1) goes on", done.stderr)
        self.assertIn(b"outlast stop writer", done.stderr)
        self.open_gate(gate)
        self.assertEqual(self.fate("writer")["code"], 0)
        self.assertEqual(self.log("writer").split()[-2:], [b"100000", b"more"])

    def test_a_reader_that_leaves_after_the_end(self):
        state = f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/1/state.json"
        done = self.shell(
            "outlast run seq 1 1000000 | (read x; "
            f"until grep -qs '\"fate\"' {state}; do sleep 0.02; done); echo ${{PIPESTATUS[0]}}")
        self.assertEqual((done.stdout, done.stderr), (b"141\n", b""))

    def test_a_full_disk_behind_the_redirection(self):
        done = self.shell("outlast run sh -c 'echo text; exit 0' > /dev/full", check=125)
        self.assertIn(b"the output cannot be written here: No space left on device", done.stderr)
        self.assertIn(b"outlast logs sh has all of it", done.stderr)
        self.assertIn(b"sh (1) has ended: ok", done.stderr)
        self.assertEqual(self.fate()["code"], 0)
        self.assertEqual(self.log(), b"text\n")
        self.shell("outlast run sh -c 'exit 3' > /dev/full", check=3)
        done = self.shell("outlast run sh -c 'echo text; exit 5' > /dev/full", check=125)
        self.assertIn(b"has ended: failed (5)", done.stderr)
        done = self.shell("outlast run -n long sh -c 'echo text; exec sleep 1000' > /dev/full",
                          check=125)
        self.assertIn(b"long (4) is running on", done.stderr)

    def test_closed_descriptors(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                self.shell(f"outlast run sh -c 'cat; echo text; echo words >&2; exit 4' {closed}",
                           check=4)
                self.assertEqual(self.log(), b"text\nwords\n")

    def test_from_a_python_program(self):
        # Python ignores SIGPIPE; subprocess gives its children the usual action back.
        done = subprocess.run(["outlast", "run", "grep", "SigIgn", "/proc/self/status"],
                              env=self.world.env, stdin=subprocess.DEVNULL, capture_output=True,
                              check=True, timeout=30)
        self.assertEqual(int(done.stdout.split()[1], 16) & 1 << signal.SIGPIPE - 1, 0)

    def test_xargs(self):
        done = self.shell("printf '%s\\0' one 'two words' '' | xargs -0 -n 1 -P 3 "
                          "outlast run printf '<%s>\\n' | sort", check=0)
        self.assertEqual(done.stdout, b"<>\n<one>\n<two words>\n")
        self.assertEqual(len(self.records()), 3)

    def test_timeout_ends_the_viewer_only(self):
        done = self.shell("timeout 1 outlast run -n long sleep 1000", check=124)
        self.assertIn(b"left long (1) running", done.stderr)
        self.assertTrue(procs.alive(self.record("long")["pid"]))

    def test_nohup(self):
        self.shell("nohup outlast run sh -c 'echo text; exit 6' > out; exit $?", check=6)
        with open(self.world.path("out"), "rb") as file:
            self.assertEqual(file.read(), b"text\n")

    def test_exec_and_a_shells_c(self):
        self.shell("exec outlast run sh -c 'exit 5'", check=5)
        self.shell("sh -c 'outlast run sh -c \"exit 6\"'", check=6)
        done = self.shell("env -i PATH=$PATH HOME=$HOME outlast run sh -c 'echo $HOME'", check=0)
        self.assertEqual(done.stdout.decode().strip(), self.world.env["HOME"])

    def test_a_makefile(self):
        self.file("Makefile", "MADE := $(shell outlast run echo made)\n"
                              "all: a b c\n\t@echo $(MADE)\n"
                              "a b c:\n\t@outlast run sh -c 'echo $@ > $@; echo $@'\n"
                              "bad:\n\toutlast run sh -c 'exit 7'\n")
        done = self.shell("make -s -j3", check=0)
        self.assertEqual(sorted(done.stdout.split()), [b"a", b"b", b"c", b"made"])
        done = self.shell("make bad", check=2)
        self.assertIn(b"Error 7", done.stderr)

    def test_background_of_a_shell_without_job_control(self):
        # POSIX: such a background command ignores SIGINT and SIGQUIT, and reads from /dev/null.
        done = self.shell("outlast run -n bg sh -c 'grep SigIgn /proc/self/status; cat' & wait $!",
                          check=0)
        ignored = int(done.stdout.split()[1], 16)
        for number in (signal.SIGINT, signal.SIGQUIT):
            self.assertTrue(ignored & 1 << number - 1, number)


class JobControlTest(OutlastCase):
    """In an interactive shell, in front and in the background."""

    def started(self, shell, line):
        """Type a line; the job it made."""
        before = len(self.records())
        shell.send_line(line)
        shell.wait_until(lambda: len(self.records()) > before, what="the job")
        return self.record()

    def test_in_the_background(self):
        shell = self.interactive_shell()
        gate = self.gate()
        job = self.started(shell, f"outlast run sh -c 'cat {gate}; echo from the job; exit 3' &")
        # The shell keeps its terminal: it echoes, edits and runs commands.
        shell.send_line("echo a$((1+1))b")
        shell.wait_for("a2b\r\n")
        self.open_gate(gate)
        shell.wait_for("from the job")
        shell.send_line("wait %1; echo code $?.")
        shell.wait_for(r"code 3\.")
        self.assertEqual(self.fate()["code"], 3)
        self.assertFalse(procs.alive(job["pid"]))

    def test_a_background_job_has_a_terminal_in_its_usual_state(self):
        # Not the one that the shell's line editor has made of ours meanwhile.
        shell = self.interactive_shell()
        gate = self.gate()
        self.started(shell, f"outlast run sh -c 'cat {gate}; stty -a | grep -c -e \"-icanon\" "
                            f"-e \"-echo \"; echo seen' &")
        self.open_gate(gate)
        shell.wait_for(r"\n0\r+\nseen")

    def test_brought_to_the_front(self):
        shell = self.interactive_shell()
        job = self.started(shell, "outlast run -n reader sh -c 'echo up; exec sed -u s/^/got:/' &")
        shell.wait_for("up")
        shell.send_line("fg")
        shell.wait_for(r"fg\r\n")
        before = self.modes_are_raw(shell)
        self.assertTrue(before)
        shell.send_line("hello")
        shell.wait_for("got:hello")
        shell.send("\x04")
        shell.wait_for("ready> ")
        shell.send_line("echo back $?.")
        shell.wait_for(r"back 0\.")
        self.assertFalse(procs.alive(job["pid"]))

    @staticmethod
    def modes_are_raw(shell):
        """Wait until a viewer in front has taken the terminal."""
        both = termios.ECHO | termios.ICANON | termios.ISIG
        shell.wait_until(lambda: not shell.modes() & both, what="a raw terminal")
        return True

    def test_a_command_that_blocks_the_suspend_signal_for_a_moment(self):
        # As a shell does around each of its forks.
        shell = self.interactive_shell()
        program = self.file("blocks.py", "import signal\n"
                            "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})\n"
                            "print('up', flush=True)\n"
                            "while signal.SIGTSTP not in signal.sigpending():\n"
                            "    pass\n"
                            "signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})\n"
                            "print('got:' + input())\n")
        self.started(shell, f"outlast run -n blocker python3 {program}")
        shell.wait_for(r"\nup\r\n")
        shell.send("\x1a")
        shell.wait_for("Stopped")
        shell.send_line("fg")
        shell.send_line("hello")
        shell.wait_for("got:hello")

    def test_stopped_and_sent_to_the_background(self):
        shell = self.interactive_shell()
        gate = self.gate()
        self.started(shell, f"outlast run -n worker sh -c 'echo up; cat {gate}; echo finished'")
        shell.wait_for(r"\nup\r\n")
        shell.send("\x1a")
        shell.wait_for("Stopped")
        self.assertEqual(self.record()["phase"], "paused")
        shell.wait_for("ready> ")
        shell.send_line("bg")
        shell.wait_until(lambda: self.record()["phase"] == "running", what="the job to go on")
        shell.send_line("echo a$((1+1))b")
        shell.wait_for("a2b\r\n")
        self.open_gate(gate)
        shell.wait_for("finished")
        self.assertEqual(self.fate()["code"], 0)

    def test_a_full_screen_program_in_the_background_stops(self):
        shell = self.interactive_shell()
        self.started(shell, "outlast run -n editor vim -u NONE -N &")
        shell.wait_until(lambda: b"\x1b[?1049h" in self.log("editor"), what="vim to draw")
        shell.send_line("")
        shell.wait_for(r"\[1\]\+ +Stopped")
        self.assertNotIn(b"\x1b[?1049h", shell.output)
        shell.send_line("fg")
        shell.wait_for(r"\x1b\[\?1049h")
        self.modes_are_raw(shell)
        shell.send(":q!\r")
        shell.wait_for("ready> ")
        self.assertEqual(self.fate("editor")["code"], 0)

    def test_ctrl_z_in_a_script_stops_the_script_too(self):
        self.file("script.sh", "outlast run -n inner sh -c 'echo up; exec cat'; echo after $?.\n")
        shell = self.interactive_shell()
        shell.send_line("sh script.sh")
        shell.wait_for(r"\nup\r\n")
        shell.send("\x1a")
        shell.wait_for("Stopped")
        shell.wait_for("ready> ")
        shell.send_line("fg")
        shell.wait_until(lambda: self.record()["phase"] == "running", what="the job to go on")
        self.modes_are_raw(shell)
        shell.send("\x04")
        shell.wait_for(r"after 0\.")

    def test_ctrl_z_where_nobody_could_continue(self):
        # As under `ssh -t HOST outlast run …`: the viewer is the leader of its session.
        terminal = self.terminal("outlast", "run", "-n", "reader", "sh", "-c",
                                 "echo up; exec sed -u s/^/got:/")
        terminal.wait_for(r"up\r\n")
        terminal.send_line("before")
        terminal.wait_for("got:before")
        terminal.send("\x1a")
        terminal.send_line("after")
        terminal.wait_for("got:.*after")
        terminal.send("\x04")
        self.assertEqual(terminal.wait_end(), 0)


class ToolsTest(OutlastCase):
    """Under cron, sudo, tmux, screen and script."""

    @needs("script")
    def test_script(self):
        done = self.shell("script -qec 'outlast run sh -c \"test -t 1 && echo tty; exit 9\"' /dev/null",
                          check=9)
        self.assertIn(b"tty", done.stdout)

    def test_a_tmux_server_that_is_killed(self):
        with Tmux(["outlast", "run", "-n", "inner", "sh", "-c", "echo up; cat"],
                  env=self.world.env) as tmux:
            tmux.wait_for("(?m)^up$")
        self.assertTrue(procs.alive(self.record("inner")["pid"]))
        self.world.must("stop", "inner")
        self.assertEqual(self.fate("inner")["cause"], "stopped")

    @needs("screen")
    def test_a_screen_that_is_killed(self):
        os.mkdir(self.world.path("screens"), 0o700)
        env = {**self.world.env, "SCREENDIR": self.world.path("screens")}
        screen = subprocess.Popen(
            ["screen", "-D", "-m", "outlast", "run", "-n", "inner", "sh", "-c", "echo up; cat"],
            env=env, cwd=self.world.work, stdin=subprocess.DEVNULL)
        handle = procs.Handle(screen.pid)
        self.addCleanup(handle.close)
        self.addCleanup(screen.wait)
        self.addCleanup(handle.signal, signal.SIGKILL)
        eventually(lambda: self.record("inner") and b"up" in self.log("inner"), what="the job")
        # screen's own way to end everything in it.
        handle.signal(signal.SIGTERM)
        screen.wait(20)
        self.assertTrue(procs.alive(self.record("inner")["pid"]))

    @needs("cron")
    @unittest.skipIf(NO_NAMESPACES, NO_NAMESPACES)
    def test_cron(self):
        gate = self.gate()
        env = "".join(f"{name}={self.world.env[name]}\n" for name in
                      ("HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "OUTLAST_TEST_MARK"))
        outlast = f"{self.world.folder}/bin/outlast"
        table = (f'{env}MAILTO=""\n@reboot {outlast} run -n nightly sh -c "echo out; tty; cat {gate}; '
                 f'exit 3" > {self.world.path("out")} 2>&1; echo $? > {self.world.path("code")}\n')
        # A cron of our own, with our table, in a mount namespace. @reboot runs when it starts.
        setup = ("mount -t tmpfs none /run && mount -t tmpfs none /var/spool/cron && "
                 "mount -t tmpfs none /etc/cron.d && mkdir /var/spool/cron/crontabs && "
                 "cat > /var/spool/cron/crontabs/root && "
                 "chmod 600 /var/spool/cron/crontabs/root && exec cron -f")
        cron = subprocess.Popen(["unshare", "-m", "sh", "-c", setup], stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=self.world.env)
        handle = procs.Handle(cron.pid)
        self.addCleanup(handle.close)
        self.addCleanup(cron.wait)
        self.addCleanup(handle.signal, signal.SIGKILL)
        cron.stdin.write(table.encode())
        cron.stdin.close()
        eventually(lambda: self.record("nightly") and b"tty" in self.log("nightly"), what="cron's job")
        job = self.record("nightly")
        self.assertFalse(job["terminal"])
        self.open_gate(gate)
        eventually(lambda: os.path.exists(self.world.path("code")), what="the end of cron's command")
        with open(self.world.path("code"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "3\n")
        with open(self.world.path("out"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "out\nnot a tty\n")

    @needs("sudo")
    @other_user.needs_root()
    def test_sudo(self):
        # The job is the target user's: in that user's home, with that user's environment.
        home = tempfile.mkdtemp(prefix="olu", dir=self.world.folder)
        os.chmod(self.world.folder, 0o711)
        os.chown(home, other_user.UID, other_user.UID)
        outlast = f"{self.world.folder}/bin/outlast"
        mark = f"OUTLAST_TEST_MARK={self.world.mark}"
        done = self.shell(f"sudo -n -u '#{other_user.UID}' HOME={home} {mark} {outlast} run "
                          "-C / sh -c 'id -u; echo $SUDO_UID; exit 3'", check=3)
        self.assertEqual(done.stdout.split(), [b"%d" % other_user.UID, b"0"])
        folder = f"{home}/.local/state/outlast/jobs/1"
        self.assertEqual(os.stat(folder).st_uid, other_user.UID)
        self.assertEqual(self.world.job_folders(), [])

    @needs("sudo")
    @other_user.needs_root()
    def test_sudo_that_keeps_the_callers_state_directory(self):
        # Files of root's in a user's state directory would lock that user out of it.
        home = tempfile.mkdtemp(prefix="olu", dir=self.world.folder)
        os.chmod(self.world.folder, 0o711)
        os.mkdir(f"{home}/outlast", 0o700)
        for path in (home, f"{home}/outlast"):
            os.chown(path, other_user.UID, other_user.UID)
        done = self.shell(f"sudo -n XDG_STATE_HOME={home} {self.world.folder}/bin/outlast run true",
                          check=125)
        self.assertIn(b"belongs to another user", done.stderr)
        self.assertEqual(os.listdir(f"{home}/outlast"), [])


if __name__ == "__main__":
    unittest.main()
