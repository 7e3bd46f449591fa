"""The world of a test: everything started in it is found, ended, and missed when it stays."""

import os
import signal
import subprocess
import sys
import unittest

from harness import other_user, procs
from harness.outlast import LeftBehind, World
from harness.waiting import eventually

DAEMON = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &"  # escapes its parent


def start_daemon(world):
    out = subprocess.run(["sh", "-c", DAEMON], env=world.env, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, check=True).stdout
    return int(out)


class WorldTest(unittest.TestCase):
    def test_what_stays_behind_is_found_killed_and_reported(self):
        world = World()
        daemon = start_daemon(world)
        self.assertEqual(world.processes(), [daemon])
        with self.assertRaisesRegex(LeftBehind, f"{daemon} S .*sleep 1000"):
            world.close(deadline=0.2)
        self.assertFalse(procs.alive(daemon))
        self.assertFalse(os.path.exists(world.folder))

    def test_a_failed_test_is_cleared_up_without_a_second_failure(self):
        with self.assertRaises(ZeroDivisionError), World() as world:
            daemon = start_daemon(world)
            raise ZeroDivisionError
        self.assertFalse(procs.alive(daemon))

    def test_a_clean_world_closes(self):
        with World() as world:
            subprocess.run(["true"], env=world.env, check=True)
        self.assertFalse(os.path.exists(world.folder))

    def test_the_sweeper_after_a_killed_test(self):
        code = ("from harness.outlast import World\nimport os, signal, harness_world_test as t\n"
                "w = World()\nprint(t.start_daemon(w), w.folder, flush=True)\n"
                "os.kill(os.getpid(), signal.SIGKILL)\n")
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False,
                              cwd=os.path.dirname(os.path.abspath(__file__)))
        self.assertEqual(done.returncode, -signal.SIGKILL)
        daemon, folder = done.stdout.split()
        eventually(lambda: not procs.alive(int(daemon)) and not os.path.exists(folder))

    @other_user.needs_root()
    def test_another_user_sees_nothing_of_a_world(self):
        with World() as world:
            done = other_user.run(["sh", "-c", f"id -u; id -G; ls {world.folder}"])
            self.assertEqual(done.stdout.split(), [b"65534", b"65534"])
            self.assertIn(b"Permission denied", done.stderr)


if __name__ == "__main__":
    unittest.main()
