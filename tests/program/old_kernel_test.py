"""Other tests once more, on a kernel that has nothing which came after Linux 5.4."""

# ctest: TIMEOUT 300

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.join(os.environ.get("OUTLAST_BUILD", ""), "tests/tools/outlast_old_kernel")
SKIPPED = 77


@unittest.skipUnless(os.path.exists(TOOL), "outlast_old_kernel is not built")
class OldKernel(unittest.TestCase):
    """The residents, their anchor, the command and the tests themselves all run on it."""

    def repeat(self, name):
        done = subprocess.run([TOOL, sys.executable, "-B", f"{HERE}/{name}_test.py"], timeout=250,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == SKIPPED:
            self.skipTest(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])

    def test_fates(self):
        self.repeat("fates")

    def test_attached(self):
        self.repeat("run_attached")

    def test_callers(self):
        self.repeat("run_callers")

    def test_stop(self):
        self.repeat("stop")

    def test_doctor(self):
        self.repeat("doctor")


if __name__ == "__main__":
    unittest.main()
