"""What the torture tests share: jobs that write numbered lines as fast as they can, and their logs looked through."""

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

# Writes numbered lines until it is told to end by a file, then says how many there were and exits 42. It ends by
# itself when a test that was killed has left it behind.
WRITER = r"""
import os, sys, time
stop = sys.argv[1]
end = time.monotonic() + float(sys.argv[2])
number = 0
while not os.path.exists(stop) and time.monotonic() < end:
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


class WritersCase(unittest.TestCase):
    """Starts writers with start(), lets a test do its worst, and finish() looks at what became of them."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="olt")
        self.addCleanup(self.directory.cleanup)
        path = self.directory.name
        self.environment = dict(os.environ, OUTLAST_STATE_DIR=path + "/s", OUTLAST_RUNTIME_DIR=path + "/r")
        self.environment.pop("OUTLAST_WITHOUT", None)
        self.random = random.Random(SEED)
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

    def log_path(self, number):
        return "%s/s/jobs/%d/log" % (self.directory.name, number)

    def start(self, *options):
        script = self.directory.name + "/writer.py"
        with open(script, "w") as file:
            file.write(WRITER)
        started = subprocess.run(
            [OUTLAST, "run", "-d", "--log-max", "64G", *options, sys.executable, script, self.directory.name + "/stop",
             str(SECONDS + 120)],
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

    def pass_time(self, shortest, longest):
        end = time.monotonic() + self.random.uniform(shortest, longest)
        while time.monotonic() < end:
            os.sched_yield()

    def finish(self, endings):
        """The jobs end by themselves; `endings`: the line ending of each one's log. Returns the bytes in all logs."""
        open(self.directory.name + "/stop", "w").close()
        total = 0
        for number, ending in zip(self.numbers, endings):
            deadline = time.monotonic() + 60
            while self.state(number)["phase"] != "ended":
                self.assertLess(time.monotonic(), deadline, self.state(number))
                os.sched_yield()
            fate = self.state(number)["fate"]
            self.assertEqual((fate["kind"], fate.get("code")), ("exited", 42), fate)
            self.assertGreater(check_log(self.log_path(number), ending), 0)
            total += os.path.getsize(self.log_path(number))
        return total
