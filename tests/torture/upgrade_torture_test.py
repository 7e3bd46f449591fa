"""`outlast upgrade` back and forth between two builds, as fast as it can, while jobs write as fast as they can.

Keeper and scribe keep their pids, no byte is lost, doubled or reordered, and every fate is right. Prints its counts.
OUTLAST_TORTURE_SECONDS sets how long it goes on (default: 6 s); OUTLAST_OTHER_BIN names a real other build.
"""

import os
import signal
import subprocess
import time
import unittest

from harness.builds import other_build
from harness.outlast import binary
from writers import OUTLAST, SECONDS, SEED, WritersCase

ROLES = ("keeper", "scribe")


class UpgradeTorture(WritersCase):
    def setUp(self):
        super().setUp()
        other = self.directory.name + "/outlast-other"
        other_build(other)
        self.builds = [other, binary()]
        self.upgrades = 0

    def pids(self):
        return {(number, role): self.state(number)[role + "_pid"] for number in self.numbers for role in ROLES}

    def upgrade(self):
        """All jobs go over to the build that they do not run; the command waits until they have."""
        program = self.builds[self.upgrades % 2]
        done = subprocess.run([program, "upgrade"], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(" upgraded\n"), len(self.numbers), done.stdout)
        self.upgrades += 1
        return program

    def torture(self):
        """Upgrades until the time is over; each time both processes must be the same and run the new program."""
        before = self.pids()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            program = self.upgrade()
            self.assertEqual(self.pids(), before, "a resident process was replaced instead of upgraded")
            for (number, role), pid in before.items():
                self.assertTrue(os.path.samefile("/proc/%d/exe" % pid, program), "%s of %d" % (role, number))

    def finish(self, endings):
        total = super().finish(endings)
        print("seed %d: %d upgrades of %d jobs; %d bytes in their logs, none lost, doubled or moved"
              % (SEED, self.upgrades, len(self.numbers), total), flush=True)
        self.assertGreater(self.upgrades, 4)

    def test_with_and_without_a_terminal(self):
        self.start("-t")
        self.start("-T")
        self.torture()
        self.finish([b"\r\n", b"\n"])

    def test_the_anchor_goes_along(self):
        self.environment["OUTLAST_WITHOUT"] = "pidfd-info"
        self.start("-t")
        self.start("-T")
        self.torture()
        self.finish([b"\r\n", b"\n"])

    def test_with_kills_in_between(self):
        """A scribe or keeper that is started anew runs the program of the one that started it."""
        number = self.start("-t")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.upgrade()
            role = self.random.choice(ROLES)
            killed = self.state(number)[role + "_pid"]  # perhaps in the middle of its exec
            os.kill(killed, signal.SIGKILL)
            deadline = time.monotonic() + 20
            while self.resident(number, role) in (None, killed):
                self.assertLess(time.monotonic(), deadline, "%s was not started anew" % role)
                os.sched_yield()
        self.finish([b"\r\n"])

    def test_a_viewer_sees_every_byte(self):
        number = self.start("-t")
        seen = self.directory.name + "/seen"
        with open(seen, "wb") as file:
            viewer = subprocess.Popen(  # pylint: disable=consider-using-with
                [OUTLAST, "attach", "--last", "1000000000", str(number)], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE)
        self.addCleanup(viewer.stderr.close)
        self.addCleanup(viewer.kill)
        self.torture()
        self.finish([b"\r\n"])
        _, remarks = viewer.communicate(timeout=60)
        self.assertEqual(viewer.returncode, 42, remarks)
        with open(seen, "rb") as file, open(self.log_path(number), "rb") as log:
            while True:
                mine, theirs = file.read(1 << 20), log.read(1 << 20)
                self.assertEqual(mine == theirs, True, "the viewer's output differs from the log")
                if not theirs:
                    break


if __name__ == "__main__":
    unittest.main()
