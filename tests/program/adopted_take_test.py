"""exec outlast take: in place of a shell it keeps what the shell has started, with real drops."""

# ctest: TIMEOUT 240

import os
import shutil
import signal
import subprocess
import unittest

from harness import network, procs
from harness.adoption import AdoptionCase
from harness.sshd import Sshd, missing
from harness.waiting import eventually

# Writes, waits, and ends as the file says that it is given.
WORKER = """
import os, sys, time
print("here", os.getpid(), flush=True)
open(sys.argv[1] + ".pid.new", "w").write(str(os.getpid()))
os.rename(sys.argv[1] + ".pid.new", sys.argv[1] + ".pid")
while not os.path.exists(sys.argv[1]): time.sleep(0.02)
print("there", flush=True)
sys.exit(int(open(sys.argv[1]).read()))
"""
SHELLS = {"bash": ("bash", "--norc", "--noprofile", "-i"), "zsh": ("zsh", "-f", "-i"),
          "dash": ("dash", "-i"), "fish": ("fish", "--no-config", "-i"), "mksh": ("mksh", "-i"),
          "tcsh": ("tcsh", "-f", "-i")}


class Take(AdoptionCase):
    """A person at a shell that was started with no precaution."""

    def setUp(self):
        super().setUp()
        self.file("worker.py", WORKER)
        self.file("rest", "")

    def person(self, shell="bash", env=None):
        """At a prompt."""
        if shutil.which(shell) is None:
            self.skipTest(f"{shell} is not installed")
        terminal = self.terminal(*SHELLS[shell], env={"TERM": "xterm", **(env or {})})
        terminal.send_line("echo rea''dy")
        terminal.wait_for("ready\r")
        return terminal

    def worker(self, terminal, name, behind="&"):
        """A background job; the pid of the worker, whose end is in the hands of `finish`."""
        terminal.send_line(f"/usr/bin/python3 worker.py {name} {behind}")
        return self.pid_in(self.world.path(f"{name}.pid"))

    def take(self, terminal):
        """Typed; until the fresh shell is there."""
        terminal.send_line("exec outlast take")
        terminal.wait_for("leaves it running")

    def job_of(self, pid):
        return next(record for record in self.records() if record["pid"] == pid)

    def ended(self, pid):
        return eventually(lambda: self.job_of(pid).get("fate"), what=f"the fate of {pid}")

    def test_every_shell(self):
        for shell in SHELLS:
            with self.subTest(shell=shell):
                self.survive_in(shell)

    def survive_in(self, shell):
        terminal = self.person(shell)
        session = terminal.pid
        one = self.worker(terminal, f"{shell}-one")
        two = self.worker(terminal, f"{shell}-two", "| cat &" if shell != "tcsh" else "&")
        if shell == "fish":
            terminal.send_line("disown (jobs -p)")
        self.take(terminal)
        self.assertEqual(procs.command_line(session)[:2], [b"outlast", b"take"])
        terminal.hang_up()
        eventually(lambda: procs.stat(session).tty == 0, what="the hangup")
        for pid in (one, two):
            self.assertTrue(procs.alive(pid), pid)
        self.finish(f"{shell}-one", 6)
        self.assertEqual(self.ended(one)["code"], 6)
        self.assertIn("there", self.world.must("logs", str(self.job_of(one)["number"])).text)
        # As long as something is left of the old shell's, its session has a leader.
        self.assertTrue(procs.alive(session))
        self.finish(f"{shell}-two", 0)
        terminal.wait_end()
        self.assertFalse(procs.alive(session))

    def test_the_fresh_shell_lasts(self):
        terminal = self.person()
        self.take(terminal)
        terminal.send_line("echo $((40 + 2)) $OUTLAST_NAME")
        terminal.wait_for("42 bash")
        terminal.hang_up()
        terminal.wait_end()
        self.assertEqual(self.record()["phase"], "running")
        self.world.must("send", "-", "echo $((50 + 5))")
        eventually(lambda: b"55" in self.log())

    def test_its_end_is_the_sessions(self):
        terminal = self.person()
        self.take(terminal)
        terminal.send_line("exit 5")
        self.assertEqual(terminal.wait_end(), 5)

    def test_no_job_for_the_shell(self):
        terminal = self.person()
        pid = self.worker(terminal, "one")
        # No file can be written, so no job can be made.
        terminal.send_line("ulimit -f 0")
        terminal.send_line("exec outlast take")
        terminal.wait_for("ordinary one")
        terminal.send_line("echo $((40 + 2))")
        terminal.wait_for("42")
        self.assertTrue(procs.alive(pid))
        terminal.hang_up()
        self.finish("one", 3)
        eventually(lambda: not procs.alive(pid))
        terminal.wait_end()

    def test_detached(self):
        terminal = self.person()
        pid = self.worker(terminal, "one")
        self.take(terminal)
        terminal.send("\x1cd")
        self.assertEqual(terminal.wait_end(), 0)
        terminal.hang_up()
        self.finish("one", 3)
        self.assertEqual(self.ended(pid)["code"], 3)

    def test_an_older_kernel(self):
        terminal = self.person(env={"OUTLAST_WITHOUT": "pidfd-info"})
        pid = self.worker(terminal, "one")
        self.take(terminal)
        self.assertEqual(self.job_of(pid)["adopted"]["exit_status"], "parent")
        terminal.send("\x1cd")
        terminal.wait_for("need this process until they end")
        terminal.hang_up()
        self.assertTrue(procs.alive(terminal.pid))
        self.finish("one", 3)
        fate = self.ended(pid)
        self.assertEqual(fate["code"], 3)
        terminal.wait_end()

    def test_one_that_cannot_be_moved(self):
        terminal = self.person()
        pid = self.worker(terminal, "one")
        # Somebody traces it already.
        tracer = subprocess.Popen([os.environ["OUTLAST_BIN"]], env={"OUTLAST_RESIDENT": f"tracer {pid} 1"},
                                  stdout=subprocess.DEVNULL)
        self.addCleanup(self.end, tracer)
        eventually(lambda: tracer_of(pid) == tracer.pid)
        self.take(terminal)
        self.assertIn(b"keeps its old terminal", terminal.output)
        self.assertTrue(self.job_of(pid)["adopted"]["watched_only"])
        terminal.hang_up()
        eventually(lambda: procs.stat(terminal.pid).tty == 0)
        self.assertTrue(procs.alive(pid))
        # What it writes to the old terminal fails.
        self.finish("one", 3)
        self.assertEqual(self.ended(pid)["kind"], "exited")
        terminal.wait_end()

    def test_without_exec_it_refuses(self):
        terminal = self.person()
        pid = self.worker(terminal, "one")
        terminal.send_line("outlast take; echo said $?")
        terminal.wait_for("fix:.* exec outlast take")
        terminal.wait_for("said 4")
        self.assertEqual(self.world.job_folders(), [])
        self.finish("one", 0)
        eventually(lambda: not procs.alive(pid))

    def test_a_shell_in_a_shell(self):
        terminal = self.person()
        terminal.send_line("bash --norc --noprofile -i")
        terminal.send_line("echo in''ner")
        terminal.wait_for("inner\r")
        pid = self.worker(terminal, "one")
        self.take(terminal)
        terminal.hang_up()
        terminal.wait_end()
        self.assertTrue(procs.alive(pid))
        self.finish("one", 9)
        self.assertEqual(self.ended(pid)["code"], 9)

    def test_a_shell_that_is_a_job_stays_a_shell(self):
        self.world.must("run", "-d", "-t", "bash", "--norc", "--noprofile", "-i")
        self.world.must("send", "-", "exec outlast take")
        eventually(lambda: b"already" in self.log(), what=lambda: self.log())
        self.world.must("send", "-", "echo $((50 + 5))")
        eventually(lambda: b"55" in self.log(), what=lambda: self.log())

    def test_bash_ends_its_stopped_jobs(self):
        terminal = self.person()
        pid = self.worker(terminal, "one", "")
        terminal.send("\x1a")
        terminal.wait_for("Stopped")
        self.assertEqual(procs.stat(pid).state, "T")
        self.take(terminal)
        eventually(lambda: not procs.alive(pid), what="bash's SIGTERM")
        # That can be told only where bash has not asked for it itself.
        if b"had no background jobs" not in terminal.output:
            self.assertIn(b"bg lets them go on first", terminal.output)
        self.assertIn("bash ends those", self.world.must("take", "--help").text)

    def test_after_bg(self):
        terminal = self.person()
        pid = self.worker(terminal, "one", "")
        terminal.send("\x1a")
        terminal.wait_for("Stopped")
        terminal.send_line("bg")
        eventually(lambda: procs.stat(pid).state != "T")
        self.take(terminal)
        terminal.hang_up()
        self.finish("one", 8)
        self.assertEqual(self.ended(pid)["code"], 8)

    def test_killed_it_takes_nothing_along(self):
        terminal = self.person()
        pid = self.worker(terminal, "one")
        self.take(terminal)
        terminal.kill(signal.SIGKILL)
        terminal.wait_end()
        self.assertTrue(procs.alive(pid))
        self.finish("one", 4)
        self.assertEqual(self.ended(pid)["code"], 4)


@unittest.skipIf(missing(), missing())
class TakeOverSsh(AdoptionCase):
    """A login shell of a real sshd, whose client is killed, or the cable cut."""

    namespaces = False

    def setUp(self):
        super().setUp()
        self.file("worker.py", WORKER)
        self.sshd = Sshd(self.world.env, namespaces=self.namespaces, base=self.world.folder)
        self.addCleanup(self.sshd.close)

    def take(self):
        """Logged in, a pipeline in the background, and the shell taken: (session, pid)."""
        session = self.sshd.terminal(f"cd {self.world.work}; PS1='ready> ' "
                                     "exec bash --norc --noprofile -i")
        session.wait_for("ready> ")
        session.send_line("/usr/bin/python3 worker.py one | cat &")
        pid = self.pid_in(self.world.path("one.pid"))
        session.send_line("exec outlast take")
        session.wait_for("leaves it running")
        return session, pid

    def test_the_connection_is_lost(self):
        session, pid = self.take()
        session.send_line("echo $((40 + 2))")
        session.wait_for("42")
        self.sshd.cut()
        self.assertTrue(procs.alive(pid))
        self.sshd.mend()
        self.finish("one", 0)
        done = self.sshd.run("outlast wait cat || outlast wait worker")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("there", self.world.must("logs", "1").text)
        again = self.sshd.terminal("outlast attach bash")
        again.wait_for("42")
        again.send_line("exit 3")
        self.assertEqual(again.wait_end(), 3)

    def test_the_session_ends_with_its_shell(self):
        session, pid = self.take()
        session.send_line("exit 4")
        self.assertEqual(session.wait_end(), 4)
        self.assertTrue(procs.alive(pid))
        self.finish("one", 0)
        eventually(lambda: not procs.alive(pid))


@unittest.skipIf(network.available(), network.available())
class TakeOverCable(TakeOverSsh):
    """The same with a network that goes away."""

    namespaces = True


def tracer_of(pid):
    """Who traces it; 0: nobody."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("TracerPid"))


if __name__ == "__main__":
    unittest.main()
