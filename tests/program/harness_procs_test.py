"""The readers of /proc, tried on processes whose facts are known."""

import os
import signal
import subprocess
import tempfile
import unittest

from harness import procs
from harness.waiting import TimedOut, eventually


class ProcsTest(unittest.TestCase):
    def start(self, *argv, **options):
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_children_and_descendants(self):
        shell = self.start("sh", "-c", "sh -c 'sleep 1000; true' & exec sleep 1000")
        inner = eventually(lambda: procs.children(shell.pid))[0]
        leaf = eventually(lambda: procs.children(inner))[0]
        self.addCleanup(procs.kill, leaf)
        self.addCleanup(procs.kill, inner)
        self.assertEqual(procs.descendants(shell.pid), [inner, leaf])
        self.assertEqual(procs.stat(leaf).parent, inner)
        self.assertIn(shell.pid, procs.children(os.getpid()))

    def test_a_zombie_is_dead(self):
        process = self.start("true")
        eventually(lambda: procs.stat(process.pid).state == "Z")
        self.assertFalse(procs.alive(process.pid))
        self.assertTrue(procs.alive(os.getpid()))

    def test_a_name_with_blanks_and_brackets(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink("/usr/bin/sleep", f"{folder}/a) (b")
            process = self.start(f"{folder}/a) (b", "1000")
            eventually(lambda: procs.stat(process.pid).name == "a) (b")
            self.assertEqual(procs.stat(process.pid).parent, os.getpid())

    def test_mark_in_the_environment(self):
        value = f"here-{os.getpid()}"
        process = self.start("sleep", "1000", env={**os.environ, "PROCS_TEST": value})
        eventually(lambda: procs.marked("PROCS_TEST", value) == [process.pid])
        self.assertEqual(procs.marked("PROCS_TEST", value[:-1]), [])
        self.assertEqual(procs.environment(process.pid)[b"PROCS_TEST"], value.encode())

    def test_who_uses_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/file", "wb") as file:
                by_file = self.start("sleep", "1000", stdout=file)
            by_argument = self.start("tail", "-f", f"{folder}/file", stdout=subprocess.DEVNULL)
            by_place = self.start("sleep", "1000", cwd=folder)
            expected = sorted(p.pid for p in (by_file, by_argument, by_place))
            eventually(lambda: sorted(procs.using(folder)) == expected)

    def test_memory_and_switches(self):
        code = "b=bytearray(64<<20)\nimport sys,time\nprint(1,flush=True)\nwhile 1: time.sleep(.01)"
        process = self.start("/usr/bin/python3", "-c", code, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        process.stdout.readline()
        self.assertGreater(procs.private_kilobytes(process.pid), 65536)
        before = procs.voluntary_switches(process.pid)
        eventually(lambda: procs.voluntary_switches(process.pid) > before + 5)
        self.assertEqual(procs.open_files(process.pid)[0], "/dev/null")

    def test_kill_asks_whether_it_is_still_the_one(self):
        process = self.start("sleep", "1000")
        self.assertTrue(procs.kill(process.pid, still=lambda pid: False))
        self.assertIsNone(process.poll())
        self.assertTrue(procs.kill(process.pid))
        self.assertEqual(process.wait(), -signal.SIGKILL)

    def test_eventually_gives_up(self):
        with self.assertRaisesRegex(TimedOut, "the moon"):
            eventually(lambda: False, 0.05, "the moon")


if __name__ == "__main__":
    unittest.main()
