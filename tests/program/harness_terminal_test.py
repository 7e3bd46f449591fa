"""The terminal driver, tried on bash, cat, sleep, nohup and stty."""

import os
import signal
import subprocess
import termios
import unittest

from harness import procs
from harness.terminal import Terminal
from harness.waiting import TimedOut, eventually

BASH = ["bash", "--norc", "--noprofile", "-i"]


class TerminalTest(unittest.TestCase):
    def open(self, argv, **options):
        terminal = Terminal(argv, env={"PATH": "/usr/bin:/bin", "TERM": "xterm", "PS1": "ready> "},
                            **options)
        self.addCleanup(terminal.close)
        return terminal

    def test_a_shell_with_job_control(self):
        terminal = self.open(BASH)
        terminal.wait_for("ready> ")
        terminal.send_line("sleep 1000")
        eventually(lambda: procs.command_line(procs.stat(terminal.pid).foreground)[:1]
                   == [b"sleep"])
        terminal.send("\x1a")
        terminal.wait_for(r"Stopped +sleep 1000\r\n")
        terminal.send_line("kill -KILL %1; while kill -0 %1; do :; done; echo $((6*7))-")
        terminal.wait_for(r"\n42-\r\n")
        terminal.send_line("exit 7")
        self.assertEqual(terminal.wait_end(), 7)

    def test_controlling_terminal_and_session(self):
        terminal = self.open(["sh", "-c", "echo x > /dev/tty; ps -o sid= -p $$; echo pid $$"])
        self.assertEqual(terminal.wait_end(), 0)
        _, session, _, pid = terminal.output.split()
        self.assertEqual(session, pid)

    def test_ctrl_c(self):
        terminal = self.open(["sleep", "1000"])
        eventually(lambda: (procs.executable(terminal.pid) or "").endswith("/sleep"))
        terminal.send("\x03")
        self.assertEqual(terminal.wait_end(), -signal.SIGINT)

    def test_size(self):
        terminal = self.open(
            ["bash", "-c", "trap 'stty size' WINCH; stty size; sleep 1000 & wait; wait"],
            rows=31, cols=97)
        terminal.wait_for("31 97\r\n")
        terminal.resize(40, 120)
        terminal.wait_for("40 120\r\n")

    def test_echo_off(self):
        terminal = self.open(["bash", "-c", "read -p User: u; read -sp Password: p; echo \"<$p>\""])
        terminal.wait_for("User:")
        self.assertTrue(terminal.modes() & termios.ECHO)
        terminal.send_line("me")
        terminal.wait_for("Password:")
        eventually(lambda: not terminal.modes() & termios.ECHO)
        terminal.send_line("secret")
        terminal.wait_for("<secret>")
        self.assertEqual(terminal.output.count(b"secret"), 1)

    def test_hang_up_ends_a_sleep_but_not_under_nohup(self):
        terminal = self.open(BASH)
        terminal.wait_for("ready> ")
        terminal.send_line("sleep 1000 & echo plain $!.")
        plain = int(terminal.wait_for(r"plain (\d+)\.")[1])
        terminal.send_line("nohup sleep 1000 >/dev/null 2>&1 & echo nohup $!.")
        nohup = int(terminal.wait_for(r"nohup (\d+)\.")[1])
        self.addCleanup(procs.kill, nohup)
        eventually(lambda: procs.command_line(nohup)[:1] == [b"sleep"])
        terminal.hang_up()
        terminal.wait_end()
        eventually(lambda: not procs.alive(plain))
        self.assertTrue(procs.alive(nohup))

    def test_a_large_paste(self):
        data = bytes(range(256)) * (2 << 12)  # 2 MB
        terminal = self.open(["sh", "-c", f"stty raw -echo; echo go; head -c {len(data)} | sha256sum"])
        terminal.wait_for("go")
        terminal.send(data)
        expected = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True).stdout
        terminal.wait_for(expected[:64].decode())

    def test_output_is_bounded_and_complete(self):
        terminal = self.open(["sh", "-c", "seq 500000; echo end."])
        terminal.KEPT = 1 << 20
        terminal.wait_for(r"end\.")
        self.assertEqual(terminal.wait_end(), 0)
        lines = "".join(f"{n}\r\n" for n in range(1, 500001)) + "end.\r\n"
        self.assertEqual(terminal.received, len(lines))
        self.assertLessEqual(len(terminal.output), 1 << 20)
        self.assertTrue(lines.encode().endswith(terminal.output))

    def test_a_test_that_does_not_wait_is_a_frozen_terminal(self):
        terminal = self.open(["sh", "-c", "head -c 200000 /dev/zero; echo done >&2"])
        eventually(lambda: any(procs.stat(p) and procs.stat(p).name == "head"
                               for p in procs.children(terminal.pid)))
        head = procs.children(terminal.pid)[0]
        eventually(lambda: b"write" in _where(head), what="head blocked in write")
        terminal.wait_for("done")

    def test_waiting_fails(self):
        terminal = self.open(["cat"])
        with self.assertRaises(TimedOut):
            terminal.wait_for("never", 0.1)
        with self.assertRaises(TimedOut):
            terminal.wait_end(0.1)
        over = self.open(["true"])
        with self.assertRaisesRegex(TimedOut, "output ended"):
            over.wait_for("never")


def _where(pid):
    """The kernel function the process sleeps in; a root-only reading, else taken for granted."""
    try:
        with open(f"/proc/{pid}/stack", "rb") as file:
            return file.read()
    except OSError:
        return b"write" if os.geteuid() else b""


if __name__ == "__main__":
    unittest.main()
