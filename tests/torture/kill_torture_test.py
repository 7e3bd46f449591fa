"""SIGKILL of keeper, scribe and viewers, one at a time, at random moments, while jobs write as fast as they can.

No job may die, no byte may be lost, doubled or reordered, and every fate must be right. Prints its counts.
OUTLAST_TORTURE_SECONDS sets how long each form is tortured (default: 6 s); OUTLAST_TORTURE_SEED repeats a run.
"""

import os
import signal
import subprocess
import time
import unittest

from writers import OUTLAST, SECONDS, SEED, WritersCase, check_log


class TortureCase(WritersCase):
    def setUp(self):
        super().setUp()
        self.kills = {"keeper": 0, "scribe": 0, "viewer": 0}

    def kill_one(self, number, role):
        """Kills that one and waits until the other has started a successor: both at once is another test."""
        pid = self.resident(number, role)
        other = self.resident(number, "scribe" if role == "keeper" else "keeper")
        if pid is None or other is None:
            return
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills[role] += 1
        deadline = time.monotonic() + 20
        while self.resident(number, role) in (None, pid):
            self.assertLess(time.monotonic(), deadline, "%s of job %d was not started anew" % (role, number))
            os.sched_yield()

    def torture(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.kill_one(self.random.choice(self.numbers), self.random.choice(["keeper", "scribe"]))
            self.pass_time(0.0005, 0.025)

    def finish(self, endings):
        total = super().finish(endings)
        print("seed %d: killed %d keepers, %d scribes, %d viewers; %d bytes in %d logs, none lost, doubled or moved"
              % (SEED, self.kills["keeper"], self.kills["scribe"], self.kills["viewer"], total, len(self.numbers)),
              flush=True)
        self.assertGreater(self.kills["keeper"] + self.kills["scribe"], 10)


class OneAtATime(TortureCase):
    def test_jobs_with_a_terminal(self):
        self.start("-t")
        self.start("-t")
        self.torture()
        self.finish([b"\r\n", b"\r\n"])

    def test_jobs_that_write_to_the_log_themselves(self):
        self.start("-T")
        self.start("-T")
        self.torture()
        self.finish([b"\n", b"\n"])

    def test_the_anchor_where_the_kernel_tells_nothing(self):
        self.environment["OUTLAST_WITHOUT"] = "pidfd-info"
        self.start("-t")
        self.start("-T")
        self.torture()
        self.finish([b"\r\n", b"\n"])

    def test_viewers_that_are_killed(self):
        number = self.start("-t")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            with subprocess.Popen([OUTLAST, "attach", str(number)], env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as viewer:
                self.pass_time(0.001, 0.05)
                viewer.kill()
            self.kills["viewer"] += 1
            self.kill_one(number, self.random.choice(["keeper", "scribe"]))
        self.finish([b"\r\n"])


class BothAtOnce(TortureCase):
    def test_a_job_without_a_terminal_goes_on_and_is_found_again(self):
        number = self.start("-T")
        state = self.state(number)
        # Stopped first, so that neither can start the other in between.
        for step in (signal.SIGSTOP, signal.SIGKILL):
            os.kill(state["keeper_pid"], step)
            os.kill(state["scribe_pid"], step)
        deadline = time.monotonic() + 30
        while self.resident(number, "keeper") is not None or self.resident(number, "scribe") is not None:
            self.assertLess(time.monotonic(), deadline)
        self.assertTrue(os.path.exists("/proc/%d" % state["pid"]), "the job has died")
        with subprocess.Popen([OUTLAST, "attach", str(number)], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as viewer:
            while self.resident(number, "keeper") is None:
                self.assertLess(time.monotonic(), deadline, "no keeper was started for the orphaned job")
                os.sched_yield()
            open(self.directory.name + "/stop", "w").close()
            _, remarks = viewer.communicate(timeout=60)
            self.assertEqual(viewer.returncode, 42, remarks)
        self.assertGreater(check_log(self.log_path(number), b"\n"), 0)


if __name__ == "__main__":
    unittest.main()
