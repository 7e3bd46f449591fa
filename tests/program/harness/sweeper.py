"""A process which clears up after a test that was killed.

It holds the other end of a pipe from the test.  When the pipe closes without the word "clean",
the test has died, and the sweeper kills what carries the test's mark and removes its folder.
It is a daemon, so that whoever kills the test and its children does not kill the sweeper too.
"""

import os
import shutil
import subprocess
import sys

MARK = "OUTLAST_TEST_MARK"  # environment variable found in everything that a test starts


class Sweeper:
    """Watches over `folder` and the processes marked `mark` from now on."""

    def __init__(self, mark, folder):
        # Not the mark in its environment: it must not find itself.
        self._daemon = subprocess.Popen(
            [sys.executable, "-S", "-m", "harness.sweeper", mark, folder], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, cwd=os.path.dirname(os.path.dirname(__file__)),
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")})
        self._daemon.wait()

    def dismiss(self):
        """The test has cleared up by itself."""
        self._daemon.stdin.write(b"clean")
        self._daemon.stdin.close()


def _main(mark, folder):
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    if sys.stdin.buffer.read() == b"clean":
        return
    from . import procs  # pylint: disable=import-outside-toplevel

    ours = os.getpid()
    procs.kill_all(lambda: [pid for pid in {*procs.marked(MARK, mark), *procs.using(folder)}
                            if pid != ours])
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
