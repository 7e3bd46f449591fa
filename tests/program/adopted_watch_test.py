"""outlast adopt --watch: a job of a process that is not touched."""

# ctest: TIMEOUT 180

import os
import shutil
import signal
import struct
import subprocess
import unittest

from harness import procs
from harness.adoption import AdoptionCase
from harness.waiting import eventually


class Watched(AdoptionCase):
    """Real processes that somebody else has started."""

    def writer(self, code=7):
        """Writes a line whenever the gate opens, into a file of its own."""
        gate = self.gate()
        with open(self.world.path("own.log"), "wb") as file:
            process = self.start("sh", "-c", f"echo before; cat {gate}; echo after; cat {gate}; exit {code}",
                                 stdout=file)
        eventually(lambda: b"before" in self.own_file())
        return process, gate

    def own_file(self):
        with open(self.world.path("own.log"), "rb") as file:
            return file.read()

    def test_its_file_is_its_log(self):
        process, gate = self.writer()
        said = self.watch(process, "-n", "mine")
        self.assertEqual(said["output"], self.world.path("own.log"))
        self.assertTrue(said["exit_status_will_be_known"])
        shown = self.world.must("logs", "mine")
        self.assertEqual(shown.out, b"before\n")
        self.assertIn("own.log, the file that mine writes", shown.said)
        follower = subprocess.Popen(["outlast", "logs", "-f", "mine"], env=self.world.env,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(follower.kill)
        self.open_gate(gate)
        eventually(lambda: b"after" in self.own_file())
        self.open_gate(gate)
        out, err = follower.communicate(timeout=20)
        self.assertEqual(out, b"before\nafter\n")
        self.assertIn(b"failed (7)", err)
        self.assertEqual(process.wait(20), 7)  # its parent has its status too
        self.assertEqual(self.world.run("wait", "mine").rc, 7)
        self.assertEqual(self.world.json("status", "mine")["jobs"][0]["log"]["size"], 13)
        self.world.must("rm", "mine")
        self.assertEqual(self.own_file(), b"before\nafter\n")

    def test_its_file_is_never_trimmed(self):
        with open(self.world.path("own.log"), "wb") as file:
            process = self.start("sh", "-c", "sleep 1000", stdout=file)
        self.watch(process)
        record = self.record()
        target = self.world.path("own.log")
        # Each goes on in an image of its own a second later, and closes much on the way.
        eventually(lambda: procs.in_own_image(*(self.record()[who] for who in ("keeper_pid", "scribe_pid"))))
        record = self.record()
        eventually(lambda: target in procs.open_files(record["scribe_pid"]).values())
        for pid in (record["keeper_pid"], record["scribe_pid"]):
            for fd, path in procs.open_files(pid).items():
                if path != target:
                    continue
                with open(f"/proc/{pid}/fdinfo/{fd}", encoding="utf-8") as file:
                    flags = next(line for line in file if line.startswith("flags")).split()[1]
                self.assertEqual(int(flags, 8) & os.O_ACCMODE, os.O_RDONLY)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_reaped_while_the_keeper_looks(self):
        """Its parent reaps it after the kernel was asked and before its zombie is looked at."""
        gate = self.gate()
        process = self.start("sh", "-c", f"cat {gate}; exit 8")
        if not self.watch(process)["exit_status_will_be_known"]:
            self.skipTest("this kernel tells only the parent how a process ended")
        keeper = self.record()["keeper_pid"]
        tracer = subprocess.Popen(["strace", "-q", "-o", "/dev/null", "-p", str(keeper), "-e",
                                   "inject=ioctl:delay_exit=500000", "-e", "trace=ioctl"])
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.terminate)
        eventually(lambda: procs.tracer_of(keeper) == tracer.pid)
        self.open_gate(gate)
        # It asks twice, by two descriptors: for what status shows, then for the record.
        first = eventually(lambda: procs.in_ioctl_of(keeper))
        eventually(lambda: procs.in_ioctl_of(keeper) not in (None, first))
        self.assertEqual(process.wait(20), 8)
        fate = eventually(lambda: self.record().get("fate"))
        self.assertEqual(fate.get("code"), 8, fate)

    def test_it_is_noted_when_its_file_grows(self):
        process, gate = self.writer()
        self.watch(process)
        self.open_gate(gate)
        eventually(lambda: b"after" in self.own_file())
        eventually(lambda: self.noted() == (len(self.own_file()),
                                            os.stat(self.world.path("own.log")).st_mtime_ns),
                   what="its size and the time of its last change")

    def noted(self):
        """log_end and last_output of the live block (docs/on-disk-format.md)."""
        with open(f"{self.world.job_folders()[-1]}/live", "rb") as file:
            return struct.unpack_from("<Qq", file.read(), 16)

    def test_nothing_of_it_is_captured(self):
        process = self.start("sleep", "1000")
        done = self.world.must("adopt", "--watch", str(process.pid))
        self.assertIn("goes to /dev/null and is not captured", done.text)
        shown = self.world.must("logs", "-")
        self.assertEqual(shown.out, b"")
        self.assertIn("the output of sleep is not here", shown.said)
        process.kill()
        process.wait()
        self.assertEqual(self.fate()["signal"], signal.SIGKILL)

    def test_a_shells_job_from_its_pause_to_its_stop(self):
        shell = self.interactive_shell()
        self.file("part.sh", "trap 'exit 5' TERM; echo $$ > pid; while :; do sleep 0.1; done")
        shell.send_line("sh part.sh | sleep 1000 > out &")
        pid = self.pid_in(self.world.path("pid"))
        sleeper = eventually(lambda: next((each for each in procs.descendants(shell.pid)
                                           if procs.command_line(each) == [b"sleep", b"1000"]), None))
        self.world.must("adopt", "--watch", str(pid))
        self.assertIn(sleeper, [each["pid"] for each in self.record()["adopted"]["processes"]])
        self.assertIn("do not close the terminal", self.world.must("pause", "-").said)
        eventually(lambda: {procs.stat(each).state for each in (pid, sleeper)} == {"T"})
        self.world.must("resume", "-")
        eventually(lambda: "T" not in {procs.stat(each).state for each in (pid, sleeper)})
        self.world.must("stop", "-")
        self.assertEqual(self.fate()["code"], 5)
        eventually(lambda: not procs.alive(sleeper), what="the end of the other part")
        self.assertTrue(procs.alive(shell.pid))
        event = eventually(lambda: [each for each in self.events("process-ended")
                                    if each["pid"] == sleeper])[0]
        self.assertEqual(event.get("signal"), signal.SIGTERM)

    def test_a_script_shares_its_group(self):
        # Without job control everything is in one group: what is not below the process is not its.
        self.file("both.sh", "sleep 1001 & echo $! > one; sleep 1002 & echo $! > two; wait")
        self.start("sh", "both.sh")
        one, two = (self.pid_in(self.world.path(name)) for name in ("one", "two"))
        self.world.must("adopt", "--watch", str(one))
        self.assertEqual(self.record()["adopted"]["groups"], [])
        self.world.must("stop", "-")
        self.assertFalse(procs.alive(one))
        self.assertTrue(procs.alive(two))

    def test_what_a_parent_leaves_behind_is_stopped_too(self):
        self.file("left.sh", "(trap '' TERM; echo $(exec sh -c 'echo $PPID') > left; "
                             "while :; do sleep 0.1; done) & exec sleep 1000")
        process = self.start("sh", "left.sh")
        left = self.pid_in(self.world.path("left"))
        self.watch(process)
        self.world.must("stop", "-t", "1s", "-")
        eventually(lambda: not procs.alive(left), what="the end of what ignores TERM")

    def test_keeper_and_scribe_are_killed(self):
        process, gate = self.writer()
        self.watch(process)
        for role in ("keeper_pid", "scribe_pid"):
            before = self.record()[role]
            procs.kill(before)
            eventually(lambda role=role, before=before: self.record()[role] != before)
        self.kill_both_residents()
        self.assertTrue(self.world.json("status", "-")["jobs"][0]["alive"])
        self.assertTrue(self.record()["adopted"]["watched_only"])
        self.open_gate(gate)
        eventually(lambda: b"after" in self.own_file())
        self.assertIn(b"after", self.world.must("logs", "-").out)
        self.open_gate(gate)
        self.assertEqual(self.fate()["code"], 7)

    def test_it_ends_while_nobody_watches(self):
        process = self.start("sleep", "1000")
        self.watch(process)
        self.kill_both_residents()
        process.kill()
        process.wait()
        job = self.world.json("status", "-")["jobs"][0]
        self.assertEqual((job["alive"], job["fate"]["kind"]), (False, "unknown"))
        self.assertIn("killed at the same time", job["fate"]["why"])

    def test_restart_runs_it_anew(self):
        process, gate = self.writer(code=4)
        self.watch(process)
        self.open_gate(gate)
        eventually(lambda: b"after" in self.own_file())
        self.open_gate(gate)
        self.assertEqual(self.fate()["code"], 4)
        before = self.own_file()
        self.world.must("restart", "-")
        self.assertNotIn("adopted", self.record())
        eventually(lambda: b"before" in self.log())
        self.open_gate(gate)
        eventually(lambda: b"after" in self.log())
        self.open_gate(gate)
        self.assertEqual(self.fate()["code"], 4)
        self.assertEqual(self.own_file(), before)

    def test_a_kernel_that_tells_only_the_parent(self):
        process = self.start("sleep", "1000")
        old = {"OUTLAST_WITHOUT": "pidfd-info"}
        done = self.world.must("adopt", "--watch", str(process.pid), env=old)
        self.assertIn("tells only its parent", done.text)
        self.assertIn("will probably not be known", self.world.must("status", "-", env=old).text)
        handle = procs.Handle(process.pid)
        self.addCleanup(handle.close)
        process.kill()
        process.wait()
        fate = self.fate()
        # Whoever looks at the right moment sees the zombie.
        self.assertIn(fate["kind"], ("unknown", "signaled"))

    def test_what_cannot_be_watched(self):
        process = self.start("sleep", "1000")
        for words, code in (("999999999",), 3), (("0",), 3), ((), 2), (("1", "2"), 2):
            done = self.world.run("adopt", "--watch", *words)
            self.assertEqual(done.rc, code, done)
            self.assertIn("error:", done.said)
        done = self.world.run("adopt", "--watch", "-n", "a/b", str(process.pid))
        self.assertEqual(done.rc, 2, done)
        self.assertEqual(self.world.job_folders(), [])
        self.watch(process)
        done = self.world.run("adopt", "--watch", str(process.pid))
        self.assertEqual(done.rc, 4, done)
        self.assertIn("is job 1", done.said)
        thread = self.start("/usr/bin/python3", "-c", "import threading as t; e = t.Event(); "
                            "t.Thread(target=e.wait).start(); e.wait()")
        tasks = f"/proc/{thread.pid}/task"
        eventually(lambda: len(os.listdir(tasks)) == 2)
        other = next(name for name in os.listdir(tasks) if int(name) != thread.pid)
        self.assertIn("is a thread", self.world.run("adopt", "--watch", other).said)


if __name__ == "__main__":
    unittest.main()
