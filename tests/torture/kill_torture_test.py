"""SIGKILL of keeper, scribe and viewers, one at a time, at random moments, while jobs write as fast as they can.

No job may die, no byte may be lost, doubled or reordered, and every fate must be right. Prints its counts.
OUTLAST_TORTURE_SECONDS sets how long each form is tortured (default: 6 s); OUTLAST_TORTURE_SEED repeats a run.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

OUTLAST = os.environ["OUTLAST_BIN"]
SECONDS = float(os.environ.get("OUTLAST_TORTURE_SECONDS", "6"))
SEED = int(os.environ.get("OUTLAST_TORTURE_SEED", str(random.randrange(1 << 30))))

# Writes numbered lines until it is told to end by a file, then says how many there were and exits 42.
WRITER = r"""
import os, sys
stop = sys.argv[1]
number = 0
while not os.path.exists(stop):
    lines = []
    for _ in range(2000):
        number += 1
        lines.append("line %d %s" % (number, "x" * (number % 61)))
    sys.stdout.write("\n".join(lines) + "\n")
sys.stdout.write("END %d\n" % number)
sys.stdout.flush()
os._exit(42)
"""


def check_log(path, ending):
    """Returns the number of lines; raises with the place of the first line that is not the next one."""
    expected = 0
    with open(path, "rb") as log:
        for line in log:
            if line.startswith(b"END "):
                assert line == b"END %d%s" % (expected, ending), line
                assert log.read() == b"", "something after the end"
                return expected
            expected += 1
            want = b"line %d %s%s" % (expected, b"x" * (expected % 61), ending)
            if line != want:
                raise AssertionError("line %d: expected %r, found %r" % (expected, want, line[:200]))
    raise AssertionError("no END after line %d" % expected)


class TortureCase(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="olt")
        self.addCleanup(self.directory.cleanup)
        path = self.directory.name
        self.environment = dict(os.environ, OUTLAST_STATE_DIR=path + "/s", OUTLAST_RUNTIME_DIR=path + "/r")
        self.environment.pop("OUTLAST_WITHOUT", None)
        self.random = random.Random(SEED)
        self.kills = {"keeper": 0, "scribe": 0, "viewer": 0}
        self.numbers = []
        self.addCleanup(self.end_jobs)

    def end_jobs(self):
        """After a failure too, nothing is left behind."""
        open(self.directory.name + "/stop", "w").close()
        for number in self.numbers:
            if self.state(number)["phase"] != "ended":
                for name in ("pid", "keeper_pid", "scribe_pid"):
                    try:
                        os.kill(self.state(number)[name], signal.SIGKILL)
                    except OSError:
                        pass

    def state(self, number):
        with open("%s/s/jobs/%d/state.json" % (self.directory.name, number)) as file:
            return json.load(file)

    def start(self, *options):
        script = self.directory.name + "/writer.py"
        with open(script, "w") as file:
            file.write(WRITER)
        started = subprocess.run(
            [OUTLAST, "run", "-d", "--log-max", "64G", *options, sys.executable, script, self.directory.name + "/stop"],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        self.assertEqual(started.returncode, 0, started.stderr)
        self.numbers.append(int(started.stdout))
        return self.numbers[-1]

    def resident(self, number, role):
        """The pid of that role's process now, if it can be told and is what it should be."""
        pid = self.state(number)[role + "_pid"]
        try:
            with open("/proc/%d/comm" % pid) as file:
                return pid if file.read() == "outlast-%s\n" % role else None
        except OSError:
            return None

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

    def pass_time(self, shortest, longest):
        end = time.monotonic() + self.random.uniform(shortest, longest)
        while time.monotonic() < end:
            os.sched_yield()

    def torture(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.kill_one(self.random.choice(self.numbers), self.random.choice(["keeper", "scribe"]))
            self.pass_time(0.0005, 0.025)

    def finish(self, endings):
        """The jobs end by themselves; `endings`: the line ending of each one's log."""
        open(self.directory.name + "/stop", "w").close()
        total = 0
        for number, ending in zip(self.numbers, endings):
            deadline = time.monotonic() + 60
            while self.state(number)["phase"] != "ended":
                self.assertLess(time.monotonic(), deadline, self.state(number))
                os.sched_yield()
            fate = self.state(number)["fate"]
            self.assertEqual((fate["kind"], fate.get("code")), ("exited", 42), fate)
            log = "%s/s/jobs/%d/log" % (self.directory.name, number)
            self.assertGreater(check_log(log, ending), 0)
            total += os.path.getsize(log)
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
        self.assertGreater(check_log("%s/s/jobs/%d/log" % (self.directory.name, number), b"\n"), 0)


if __name__ == "__main__":
    unittest.main()
