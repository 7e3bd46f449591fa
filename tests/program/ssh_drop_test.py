"""Jobs started over a real ssh connection which is then lost, and found again over a new one."""

# ctest: TIMEOUT 300

import os
import unittest

from harness import network, procs
from harness.outlast import Outlast, has_failed
from harness.sshd import Sshd, missing
from harness.waiting import eventually


def numbers(first, last, end=b"\r\n"):
    """The output of seq, as a terminal shows it."""
    return b"".join(b"%d%s" % (number, end) for number in range(first, last + 1))


@unittest.skipIf(missing(), missing())
class FrozenClientTest(unittest.TestCase):
    """The ssh client is frozen and killed; the next class cuts the cable instead."""

    namespaces = False

    def setUp(self):
        self.outlast = Outlast()
        self.addCleanup(lambda: self.outlast.close(failed=has_failed(self)))
        self.sshd = Sshd(self.outlast.env, namespaces=self.namespaces, base=self.outlast.folder)
        self.addCleanup(self.sshd.close)

    def gate(self, name="gate"):
        """A file the job waits at (`cat gate`) until the test opens it."""
        path = self.outlast.path(name)
        os.mkfifo(path)
        return path

    def open_gate(self, path):
        """Let the job pass; waits until it is there."""
        def try_open():
            try:
                return (os.open(path, os.O_WRONLY | os.O_NONBLOCK),)
            except OSError:
                return None  # nobody has it open yet

        os.close(eventually(try_open, what="the job at its gate")[0])

    def start(self, name, script):
        """In an ssh session with a terminal, `outlast run` a script; the session and its PID."""
        path = self.outlast.path(name + ".sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write("echo pid $$.\n" + script)
        session = self.sshd.terminal(f"outlast run -n {name} bash {path}")
        return session, int(session.wait_for(r"pid (\d+)\.\r\n")[1])

    def log(self, name):
        """All that the job wrote, without the line that tells its PID."""
        head, _, rest = self.outlast.must("logs", "--raw", name).out.partition(b"\r\n")
        self.assertTrue(head.startswith(b"pid "), head)
        return rest

    # A terminal in the session.

    def test_job_lives_on_and_its_output_is_complete(self):
        gate = self.gate()
        session, job = self.start("worker", f"seq 1 5000; cat {gate}; seq 5001 9000; exit 7")
        session.wait_for("5000\r\n")
        self.sshd.cut()
        self.assertTrue(procs.alive(job))
        self.sshd.mend()
        self.open_gate(gate)
        done = self.sshd.run("outlast wait worker")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertEqual(self.log("worker"), numbers(1, 9000))

    def test_attach_from_a_new_connection(self):
        session, job = self.start(
            "talker", "while read -p 'say: ' x && [ $x != quit ]; do echo got:$x; done; exit 3")
        session.wait_for("say: ")
        session.send_line("one")
        session.wait_for("got:one")
        for word in ("two", "three"):
            self.sshd.cut()
            self.sshd.mend()
            self.assertTrue(procs.alive(job))
            session = self.sshd.terminal("outlast attach talker")
            session.wait_for("got:one")
            session.send_line(word)
            session.wait_for(f"got:{word}")
        session.send_line("quit")
        self.assertEqual(session.wait_end(), 3)

    def test_cut_while_the_job_writes_as_fast_as_it_can(self):
        session, _ = self.start("writer", "seq 1 400000; exit 5")
        session.wait_for("\r\n1000\r\n")
        self.sshd.cut()
        self.assertEqual(self.outlast.run("wait", "writer", timeout=60).rc, 5)
        self.assertEqual(self.log("writer"), numbers(1, 400000))

    def test_a_client_that_hangs_does_not_stop_the_job(self):
        # sshd and the network take some MB before the session's terminal is full.
        session, _ = self.start("writer", "seq 1 600000; exit 6")
        session.wait_for("\r\n10\r\n")
        # From here on the terminal is not read; the connection stands.
        self.assertEqual(self.outlast.run("wait", "writer", timeout=60).rc, 6)
        self.assertEqual(self.log("writer"), numbers(1, 600000))
        self.assertIsNone(session.process.poll())

    def test_a_full_screen_program_comes_back(self):
        path = self.outlast.path("text")
        with open(path, "wb") as file:
            file.write(b"first line\nsecond line\n")
        session = self.sshd.terminal(f"outlast run -n edit vim -u NONE -N {path}")
        session.wait_for("second line")
        session.send("Gothird\x1b")
        session.wait_for("third")
        self.sshd.cut()
        self.sshd.mend()
        session = self.sshd.terminal("outlast attach edit")
        session.wait_for("second line.*third")  # drawn anew
        session.send(":wq\r")
        self.assertEqual(session.wait_end(), 0)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"first line\nsecond line\nthird\n")

    # Commands over ssh.

    def test_detached_returns_at_once(self):
        for name, options in (("batch", ()), ("terminal", ("-tt",))):
            with self.subTest(name):
                # run() waits for the end of the connection, which waits for every holder of it.
                done = self.sshd.run(*options, f"outlast run -d -n {name} sleep 1000")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.outlast.run("wait", "--timeout", "100ms", name).rc, 124)
                self.outlast.must("stop", name)
                self.assertEqual(self.outlast.run("wait", name).rc, 143)

    def test_exit_code_and_output(self):
        for code in (0, 7, 255):
            with self.subTest(code=code):
                done = self.sshd.run(f"outlast run sh -c 'echo out; exit {code}'")
                self.assertEqual((done.returncode, done.stdout), (code, b"out\n"), done.stderr)
                terminal = self.sshd.terminal(f"outlast run sh -c 'echo out; exit {code}'")
                self.assertEqual(terminal.wait_end(), code)
                self.assertIn(b"out\r\n", terminal.output)
        done = self.sshd.run("outlast run sh -c 'kill -KILL $$'")
        self.assertEqual(done.returncode, 137)

    def test_bytes_through_ssh_and_outlast(self):
        data = bytes(range(256)) * 8192
        done = self.sshd.run("outlast run cat", input=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout), len(data))
        self.assertEqual(done.stdout, data)

    def test_ctrl_c_over_ssh(self):
        session = self.sshd.terminal("outlast run sh -c 'echo up; exec cat'")
        session.wait_for("up\r\n")
        session.send_line("text")
        session.wait_for("text.*text")
        session.send("\x03")
        self.assertEqual(session.wait_end(), 130)

    def test_a_command_without_a_terminal_survives_too(self):
        gate = self.gate()
        script = self.outlast.path("batch.sh")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"echo pid $$.; cat {gate}; seq 1 100000; exit 9")
        # A terminal for the client, none for the command: -T after -tt wins.
        session = self.sshd.terminal("-T", f"outlast run -n batch bash {script}")
        job = int(session.wait_for(r"pid (\d+)\.")[1])
        self.sshd.cut()
        self.assertTrue(procs.alive(job))
        self.open_gate(gate)
        self.assertEqual(self.outlast.run("wait", "batch").rc, 9)
        self.assertEqual(self.outlast.must("logs", "--raw", "batch").out,
                         b"pid %d.\n" % job + numbers(1, 100000, b"\n"))


@unittest.skipIf(network.available(), network.available())
class CableTest(FrozenClientTest):
    """The network cable is unplugged, and the server gives the session up."""

    namespaces = True

    def test_unplugged_and_nobody_told(self):
        # Half-open: the session is alive, and no packet gets through.
        session, job = self.start("writer", "read x; seq 1 300000; exit 4")
        session.send_line("")
        session.wait_for("\r\n10\r\n")
        self.sshd.cable.unplug()
        self.assertEqual(self.outlast.run("wait", "writer", timeout=60).rc, 4)
        self.assertFalse(procs.alive(job))
        self.assertNotEqual(self.sshd.sessions(), [])
        self.assertTrue(self.log("writer").endswith(numbers(1, 300000)))


if __name__ == "__main__":
    unittest.main()
