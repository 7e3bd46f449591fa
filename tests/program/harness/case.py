"""How a test file ends: exit 0 all passed, 1 something failed, 77 nothing could be tried here."""

import sys
import unittest

SKIPPED = 77


def main():
    """Run the calling file's tests; to be called under `if __name__ == "__main__"`."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped and result.testsRun in (0, len(result.skipped)):
        sys.exit(SKIPPED)
    if result.testsRun == 0:
        sys.exit("no test was found")
    sys.exit(0)
