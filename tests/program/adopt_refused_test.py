"""What cannot be adopted is refused, with why and what works instead, and goes on as it was."""

# ctest: TIMEOUT 300

import os
import shutil
import signal
import subprocess
import unittest

from harness import other_user, procs
from harness.adopting import AdoptCase, victim
from harness.takeover import facts
from harness.waiting import eventually

NO_ADMIN = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]


class Refused(AdoptCase):
    def refuse(self, pid, *said, prefix=(), fix=None):
        """Adopting `pid` is refused, and nothing of it or of any job is there afterwards."""
        before = facts(pid)
        done = subprocess.run([*prefix, f"{self.world.folder}/bin/outlast", "adopt", str(pid)],
                              env=self.world.env, capture_output=True, timeout=30, check=False,
                              cwd=self.world.work)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, 4, text)
        for part in said:
            self.assertIn(part, text)
        if fix:
            self.assertRegex(text, rf"fix: .*{fix}")
        self.assertEqual(facts(pid), before)
        self.assertEqual(self.world.job_folders(), [])
        self.assertEqual(done.stdout, b"")
        return text

    def as_other_user(self, *words):
        """`outlast` called by another user, with a folder of its own, `self.theirs`."""
        return other_user.run([f"{self.theirs}/outlast", *map(str, words)], stdin=subprocess.DEVNULL,
                              env={"OUTLAST_STATE_DIR": f"{self.theirs}/state",
                                   "HOME": self.theirs, "XDG_RUNTIME_DIR": self.theirs})

    def make_theirs(self):
        self.theirs = f"{self.world.folder}/theirs"
        os.chmod(self.world.folder, 0o755)
        os.mkdir(self.theirs)
        os.chown(self.theirs, other_user.UID, other_user.UID)
        shutil.copy(f"{self.world.folder}/bin/outlast", f"{self.theirs}/outlast")

    def shell_with(self, line, pattern=r"line 5\r\n"):
        shell = self.interactive_shell()
        shell.send_line(line)
        shell.wait_for(pattern)
        return shell, self.foreground(shell)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_traced_already(self):
        shell, main = self.shell_with("sh -c 'while :; do echo line $((n+=1)); sleep .05; done'")
        tracer = subprocess.Popen(["strace", "-o", "/dev/null", "-p", str(main)],
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.terminate)
        eventually(lambda: facts(main)["tracer"] == str(tracer.pid))
        self.assertIn("it is traced already, by strace (PID ", self.refuse_moving(main))
        shell.wait_for(r"line \d+\r\n")

    def refuse_moving(self, pid):
        """As refuse(), of a process that has children coming and going."""
        done = self.world.run("adopt", str(pid))
        self.assertEqual(done.rc, 4, done.said)
        self.assertEqual(self.world.job_folders(), [])
        return done.said

    @unittest.skipUnless(os.access(victim(), os.X_OK), "outlast_victim is not built")
    @unittest.skipUnless(shutil.which("setpriv"), "setpriv is not installed")
    def test_a_filter_that_might_kill_it(self):
        shell, main = self.shell_with(f"{victim()} strict")
        prefix = NO_ADMIN if os.geteuid() == 0 else []
        self.refuse(main, "it has a filter of system calls (seccomp), which might kill it",
                    prefix=prefix, fix="disown -h")
        shell.wait_for(r"line \d+\r\n")
        self.assertTrue(procs.alive(main))

    @unittest.skipUnless(os.access(victim(), os.X_OK), "outlast_victim is not built")
    @unittest.skipUnless(os.geteuid() == 0, "only root may suspend a filter")
    def test_root_suspends_the_filter(self):
        shell, main = self.shell_with(f"{victim()} strict")
        self.adopt(main)
        self.lose(shell)
        self.await_log(rb"(line \d+\r\n.*){20}")
        self.check_seam(shell)
        self.world.must("stop", "-")

    @unittest.skipUnless(os.access(victim(), os.X_OK), "outlast_victim is not built")
    @unittest.skipUnless(os.geteuid() == 0, "only root may make a pid namespace")
    @unittest.skipUnless(shutil.which("setpriv"), "setpriv is not installed")
    def test_the_filter_of_a_container(self):
        # All processes of a container have its filter; it kills nobody, as the command can try.
        shell = self.terminal("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", victim(),
                              "filtered", *NO_ADMIN, "bash", "--norc", "--noprofile", "-i")
        shell.wait_for("ready> ")
        shell.send_line("grep Seccomp: /proc/self/status")
        shell.wait_for(r"Seccomp:\t2\r\n")
        shell.send_line(f"{victim()} lines")
        shell.wait_for(r"line 5\r\n")
        shell.send(b"\x1a")
        shell.wait_for("Stopped.*ready> ")
        shell.send_line("outlast adopt $(jobs -p %1); echo rc $?.")
        said = shell.wait_for(r"is now job.*rc (\d)\.\r\n")
        self.assertEqual(said[1], b"0", said[0])
        self.await_log(rb"(line \d+\r\n.*){5}")
        # One that has a filter of its own besides is refused as ever.
        shell.send_line(f"{victim()} strict")
        shell.wait_for(r"line 5\r\n")
        shell.send(b"\x1a")
        shell.wait_for("Stopped.*ready> ")
        shell.send_line("outlast adopt $(jobs -p %%); echo rc $?.")
        self.assertEqual(shell.wait_for(r"which might kill it.*rc (\d)\.\r\n")[1], b"4")

    @unittest.skipUnless(os.access(victim(), os.X_OK), "outlast_victim is not built")
    def test_a_sleep_that_nothing_interrupts(self):
        shell = self.interactive_shell()
        shell.send_line(f"{victim()} asleep")
        main = self.foreground(shell)
        eventually(lambda: procs.stat(main).state == "D", what="state D")
        self.refuse(main, "it sleeps where nothing can interrupt it", fix="try again")
        child, = procs.children(main)
        procs.kill(child)
        eventually(lambda: not procs.alive(main))
        shell.wait_for("ready> ")

    def test_what_is_nobodys_to_adopt(self):
        self.assertIn("it is the first process of this system", self.refuse_moving(1))
        if procs.stat(2) and procs.stat(2).name == "kthreadd":  # not in a container
            self.assertIn("it is a part of the kernel", self.refuse_moving(2))

    def test_the_calling_shell(self):
        shell = self.interactive_shell()
        shell.send_line("outlast adopt $$; echo rc $?.")
        said = shell.wait_for(r"this command runs inside it.*rc (\d)\.\r\n")
        self.assertEqual(said[1], b"4")
        self.assertTrue(procs.alive(shell.pid))

    def test_a_job_of_ours_already(self):
        self.world.must("run", "-d", "-n", "mine", "sleep", "1000")
        pid = self.record("mine")["pid"]
        said = self.world.run("adopt", str(pid))
        self.assertEqual(said.rc, 4)
        self.assertIn('is job 1 "mine" already', said.said)
        self.world.must("stop", "mine")

    def test_nobody(self):
        done = self.world.run("adopt", "4194000")
        self.assertEqual(done.rc, 3, done.said)
        self.assertEqual(self.world.run("adopt").rc, 2)
        self.assertEqual(self.world.run("adopt", "no-such-program-runs").rc, 3)

    @unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")
    def test_another_users(self):
        sleeper = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        self.make_theirs()
        done = self.as_other_user("adopt", sleeper.pid)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn(b"it belongs to another user (uid 0)", done.stderr)
        self.assertTrue(procs.alive(sleeper.pid))

    @unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")
    def test_a_setuid_program_below_ones_own(self):
        # A user's script that has started sudo or the like: all or nothing, so nothing.
        self.make_theirs()
        tool = shutil.copy("/usr/bin/sleep", f"{self.theirs}/powerful")
        os.chmod(tool, 0o4755)
        script = subprocess.Popen(["sh", "-c", f"{tool} 1000; true"], user=other_user.UID,
                                  group=other_user.UID, extra_groups=[], stdin=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(script.wait)
        self.addCleanup(script.kill)
        child = eventually(lambda: procs.children(script.pid))[0]
        self.addCleanup(procs.kill, child)
        eventually(lambda: procs.stat(child).name == "powerful")
        done = self.as_other_user("adopt", script.pid)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn(b"(powerful)", done.stderr)
        self.assertIn(b"it runs with the rights of uid 0 (setuid)", done.stderr)
        self.assertIn(b"sudo outlast adopt", done.stderr)
        self.assertTrue(procs.alive(child))

    @unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")
    def test_one_that_may_not_be_traced(self):
        # A program that protects itself, as ssh-agent does.
        code = ("import ctypes, time; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); "
                "print('ready', flush=True); time.sleep(1000)")
        process = subprocess.Popen(["/usr/bin/python3", "-c", code], user=other_user.UID,
                                   group=other_user.UID, extra_groups=[], cwd="/",
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdout.readline()
        self.make_theirs()
        done = self.as_other_user("adopt", process.pid)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn(b"the kernel does not let us trace it", done.stderr)
        self.assertIn(b"sudo outlast adopt", done.stderr)
        self.assertIsNone(process.poll())

    def test_a_failure_at_any_step_leaves_no_job(self):
        script = self.file("count.py", "import os, time\nn = 0\nwhile True:\n"
                           "    os.write(1, b'line %d\\n' % n)\n    n += 1\n    time.sleep(.005)\n")
        shell, main = self.shell_with(f"/usr/bin/python3 {script}")
        before, fault = facts(main), 0
        while True:
            fault += 1
            done = self.world.run("adopt", str(main), env={"OUTLAST_ADOPT_FAULT": str(fault)})
            if done.rc == 0:
                break
            self.assertIn("OUTLAST_ADOPT_FAULT", done.said)
            self.assertEqual(done.rc, 4, done.said)
            self.assertEqual(facts(main), before, f"after a failure at step {fault}: {done.said}")
            self.assertEqual(self.world.job_folders(), [])
            shell.wait_for(r"line \d+\r\n")
        self.assertGreater(fault, 15)
        self.lose(shell)
        self.await_log(rb"(line \d+\r\n.*){5}")
        self.check_seam(shell)
        self.world.must("stop", "-")

    def test_a_signal_waits_until_it_is_over(self):
        # Signals to the process are held back, not lost, while it is taken over.
        script = self.file("signals.py", r"""
import os, signal, time
count = 0
def note(*_):
    global count
    count += 1
signal.signal(signal.SIGUSR1, note)
os.write(1, b"line 5\n")
while count < 200: time.sleep(.001)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # at its end Python takes handlers of its own away
os.write(1, b"all\n")
""")
        shell, main = self.shell_with(f"/usr/bin/python3 {script}")
        sender = subprocess.Popen(["sh", "-c", f"while kill -USR1 {main}; do sleep .005; done"],
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(sender.wait)
        self.adopt(main)
        self.lose(shell)
        self.assertEqual(self.fate("signals")["kind"], "exited")
        self.assertEqual(self.log("signals"), b"all\r\n")
        procs.kill(sender.pid, signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
