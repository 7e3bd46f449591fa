"""Programs that people use by hand, under `outlast run` and `outlast attach`, on real terminals."""

# ctest: TIMEOUT 240

import hashlib
import random
import shutil
import signal
import termios
import unittest

from harness import procs
from harness.case import OutlastCase
from harness.tmux import Tmux
from harness.waiting import Deadline, eventually


class AttachedProgramsTest(OutlastCase):
    """Started in one terminal, which is killed; gone on with in another through attach."""

    def tmux(self, *command, **options):
        """A tmux server with this command in its pane."""
        tmux = Tmux(command, env=self.world.env, **options)
        self.addCleanup(tmux.close)
        return tmux

    def move(self, first, name, **options):
        """Kill the first terminal; the job in a second one."""
        first.close()
        return self.tmux("outlast", "attach", name, **options)

    @unittest.skipUnless(shutil.which("top"), "top is not installed")
    def test_top(self):
        tmux = self.tmux("outlast", "run", "-n", "top", "top", "-d", "0.5", rows=20, cols=80)
        tmux.wait_for(r"(?m)^ *PID USER")
        tmux = self.move(tmux, "top", rows=30, cols=100)
        tmux.wait_for(r"(?m)^ *PID USER")
        # Drawn for the new size: below the 20 lines of the old one.
        eventually(lambda: any(line.strip() for line in tmux.screen()[20:]), what="top's longer list")
        tmux.send_text("q")
        self.assertEqual(tmux.wait_end(), 0)

    def test_less_and_vim_through_attach(self):
        path = self.file("text", "".join(f"row {n}\n" for n in range(1, 1001)))
        tmux = self.tmux("outlast", "run", "-n", "less", "less", path, rows=12, cols=40)
        tmux.wait_for(r"(?m)^row 11$")
        tmux.send_keys("G")
        tmux.wait_for(r"(?m)^row 1000$")
        tmux = self.move(tmux, "less", rows=16, cols=40)
        tmux.wait_for(r"(?m)^row 1000$")
        tmux.send_text("g")
        tmux.wait_for(r"\Arow 1\n(.*\n)*row 15\n")
        tmux.send_text("v")  # less starts an editor: a second full-screen program in the job
        tmux.wait_for(r"row 1")
        tmux.send_text("q")
        tmux.send_keys("Escape")
        self.world.must("stop", "less")
        tmux.wait_end()

    def test_a_full_screen_program_at_the_same_size_after_the_keeper_was_started_anew(self):
        path = self.file("text", "".join(f"row {n}\n" for n in range(1, 101)))
        tmux = self.tmux("outlast", "run", "-n", "vim", "vim", "-u", "NONE", path, rows=12, cols=90)
        tmux.wait_for(r"(?m)^row 11$")
        for _ in range(2):
            keeper = self.record()["keeper_pid"]
            tmux.close()
            procs.kill(keeper)
            eventually(lambda: self.record()["keeper_pid"] != keeper, what="another keeper")
            tmux = self.tmux("outlast", "attach", "vim", rows=12, cols=90)
            tmux.wait_for(r"(?m)^row 11$")
        self.world.must("kill", "vim")
        tmux.wait_end()

    def test_python(self):
        tmux = self.tmux("outlast", "run", "-n", "repl", "/usr/bin/python3", "-q")
        tmux.wait_for(r"(?m)^>>>")
        tmux.send_text("x = 6 * 7")
        tmux.wait_for(r"x = 6 \* 7")
        tmux = self.move(tmux, "repl")
        tmux.wait_for(r"x = 6 \* 7")
        tmux.send_keys("Enter")
        tmux.send_text("print('x is', x)")
        tmux.send_keys("Enter")
        tmux.wait_for("(?m)^x is 42$")
        tmux.send_text("while True: pass")
        tmux.send_keys("Enter", "Enter")
        tmux.send_keys("C-c")
        tmux.wait_for("KeyboardInterrupt")
        tmux.send_text("exit()")  # after an interrupt Ctrl-D would end Python with 130
        tmux.send_keys("Enter")
        self.assertEqual(tmux.wait_end(), 0)

    def test_a_password_typed_after_coming_back(self):
        script = "import getpass; print('length', len(getpass.getpass('Password: ')))"
        tmux = self.tmux("outlast", "run", "-n", "asks", "/usr/bin/python3", "-c", script)
        tmux.wait_for("Password:")
        tmux = self.move(tmux, "asks")
        tmux.wait_for("Password:")
        tmux.send_text("geheim")
        tmux.send_keys("Enter")
        tmux.wait_for("length 6")
        self.assertEqual(tmux.wait_end(), 0)
        self.assertFalse([line for line in tmux.history() if "geheim" in line])
        self.assertNotIn(b"geheim", self.log("asks"))
        self.assertEqual(self.shell(
            "grep -rl geheim . \"$XDG_STATE_HOME\" || true", check=0).stdout, b"")

    def test_attach_without_a_job_says_one_line(self):
        self.world.must("run", "-d", "-t", "-n", "only", "sh", "-c", "read x; echo got $x")
        terminal = self.terminal("outlast", "attach")
        terminal.wait_for(r"outlast: this is only \(1\) · Ctrl-\\ d leaves it running")
        terminal.send("\x1cd")
        self.assertEqual(terminal.wait_end(), 0)
        lines = [line for line in terminal.output.split(b"\n") if b"outlast: " in line]
        self.assertEqual(len(lines), 2, lines)  # and that it was left
        self.world.must("send", "only", "it")
        self.world.run("wait", "only")
        self.assertEqual(self.world.run("attach").err, b"outlast: this is only (1)\noutlast: only (1) ok\n")

    def test_a_size_that_changes_while_attached(self):
        tmux = self.tmux("outlast", "run", "-n", "sizes", "bash", "-c",
                         "trap 'stty size' WINCH; stty size; while :; do sleep 0.1; done",
                         rows=20, cols=60)
        tmux.wait_for("20 60")
        tmux.resize(25, 70)
        tmux.wait_for("25 70")
        tmux = self.move(tmux, "sizes", rows=31, cols=91)
        tmux.wait_for("31 91")
        tmux.send_keys("C-c")
        self.assertEqual(tmux.wait_end(), 130)


class PasteTest(OutlastCase):
    """Large pastes."""

    SIZE = 10_000_000

    def test_lines_into_a_program_that_reads_lines(self):
        # Canonical mode: the kernel takes lines of up to 4,095 bytes, and no line may be lost.
        chance = random.Random(3)
        text = bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz ", k=1000))
        data = b"".join(text[:chance.randrange(1, 1000)] + b"\n" for _ in range(self.SIZE // 500))
        terminal = self.terminal("outlast", "run", "sh", "-c",
                                 "stty -echo; echo go; sha256sum; echo done")
        terminal.wait_for("go")
        terminal.send(data, deadline=120)
        terminal.send("\x04")
        digest = terminal.wait_for("([0-9a-f]{64})  -", 60)[1].decode()
        self.assertEqual(digest, hashlib.sha256(data).hexdigest())
        self.assertEqual(terminal.wait_end(), 0)

    def test_into_attach_while_the_job_echoes(self):
        # The kernel drops echo that finds no room; what was typed it must not drop.
        path = self.world.path("pasted")
        self.world.must("run", "-d", "-t", "-n", "echo", "sh", "-c", f"cat > {path}; echo done")
        terminal = self.terminal("outlast", "attach", "echo")
        eventually(lambda: not terminal.modes() & termios.ECHO, what="a raw terminal")
        data = b"".join(b"%07d\n" % number for number in range(250_000))
        terminal.send(data, deadline=120)
        terminal.send("\x04")
        self.assertEqual(terminal.wait_end(60), 0)
        self.assertIn(b"done", terminal.output[-1000:])
        with open(path, "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(data).digest())


class SignalsFromTheKeyboardTest(OutlastCase):
    """Ctrl-C, Ctrl-\\ and Ctrl-Z reach the job as they reach the plain command."""

    def test_ctrl_backslash_twice_quits(self):
        terminal = self.terminal("outlast", "run", "sh", "-c",
                                 "ulimit -c 0; echo up; exec cat")
        terminal.wait_for("up")
        terminal.send_line("x")
        terminal.wait_for("x\r\nx")
        terminal.send("\x1c\x1c")
        self.assertEqual(terminal.wait_end(), 128 + signal.SIGQUIT)

    def hesitate(self, terminal):
        """A person who thinks for longer than a lone prefix waits; the terminal goes on reading."""
        pause = Deadline(1.5)
        terminal.wait_until(pause.over)

    def test_hesitating_before_d_does_not_quit_the_job(self):
        terminal = self.terminal("outlast", "run", "-n", "slow", "sh", "-c", "echo up; exec cat")
        terminal.wait_for("up")
        eventually(lambda: not terminal.modes() & termios.ECHO, what="a raw terminal")
        terminal.send("\x1c")
        self.hesitate(terminal)
        terminal.send("d")
        self.assertEqual(terminal.wait_end(), 0)
        self.assertIn(b"left slow", terminal.output)
        self.assertEqual(self.world.json("status", "slow")["jobs"][0]["state"], "needs input")

    def test_a_lone_prefix_passes_where_it_raises_no_signal(self):
        terminal = self.terminal("outlast", "run", "sh", "-c",
                                 "stty raw -echo; echo up; head -c1 | od -An -tx1")
        terminal.wait_for("up")
        terminal.send("\x1c")
        terminal.wait_for(" 1c")
        self.assertEqual(terminal.wait_end(), 0)

    def test_ctrl_c_reaches_every_process_in_front(self):
        terminal = self.terminal("outlast", "run", "echo up; sleep 1000 | cat; echo never")
        terminal.wait_for("up")
        terminal.send_line("x")
        terminal.wait_for("x\r\n")
        terminal.send("\x03")
        self.assertEqual(terminal.wait_end(), 130)
        self.assertNotIn(b"never", self.log())

    def test_what_was_not_shown_yet_does_not_come_before_the_answer_to_ctrl_c(self):
        terminal = self.terminal("outlast", "run", "bash", "-c", "trap 'echo the-prompt' INT; "
                                 "yes 'a line that says nothing new' | head -c 4000000; sleep 1000; cat")
        # It does not read meanwhile.
        eventually(lambda: self.record() and len(self.log()) >= 4000000)
        terminal.send("\x03")
        terminal.wait_for("the-prompt")
        self.assertLess(terminal.received, 1000000)
        self.assertIn(b"skipped to keep up", terminal.output)

    def test_paused_elsewhere_and_resumed_by_fg(self):
        shell = self.interactive_shell()
        shell.send_line("outlast run -n worker sh -c 'echo up; exec cat'")
        shell.wait_for(r"\nup\r\n")
        self.world.must("pause", "worker")
        shell.wait_for("Stopped")
        shell.wait_for("ready> ")
        shell.send_line("fg")
        shell.wait_until(lambda: self.record()["phase"] == "running", what="the job to go on")
        eventually(lambda: not shell.modes() & termios.ECHO, what="a raw terminal")
        shell.send("text\r")
        shell.wait_for("text\r\ntext\r\n")
        shell.send("\x03")
        shell.wait_for("ready> ")
        self.assertEqual(self.fate()["signal_name"], "INT")


if __name__ == "__main__":
    unittest.main()
