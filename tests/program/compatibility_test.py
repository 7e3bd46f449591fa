"""Programs of different builds meet: the keeper of one, the client of the other, and old files."""

import json
import os
import shutil
import subprocess
import unittest

from harness.builds import other_build, version_of
from harness.outlast import Outlast, binary
from harness.terminal import Terminal

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


class Builds(unittest.TestCase):
    """`ours` is the build under test, `other` another one."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(self.world.close)
        self.other = f"{self.world.folder}/bin/outlast-other"
        other_build(self.other)
        self.assertNotEqual(version_of(self.other), version_of(binary()))

    def run_with(self, program, *args):
        return subprocess.run([program, *args], env=self.world.env, cwd=self.world.work, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def start(self, program, *command):
        done = self.run_with(program, "run", "-d", *command)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def resident_programs(self, number):
        """The files that keeper and scribe run."""
        folder = f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/{number}"
        with open(f"{folder}/state.json", encoding="utf-8") as file:
            text = file.read()
        found = []
        for role in ("keeper_pid", "scribe_pid"):
            pid = text.partition(f'"{role}":')[2].partition(",")[0]
            found.append(os.path.realpath(f"/proc/{pid}/exe"))
        return found

    def served(self, keeper, client):
        """A job under one build, with everything asked of it by the other."""
        number = self.start(keeper, "-t", "-n", "talker", "sh", "-c",
                            "while read line; do echo \"got $line\"; done")
        self.assertEqual(self.resident_programs(number), [os.path.realpath(keeper)] * 2)
        with Terminal([client, "attach", "talker"], env=self.world.env, cwd=self.world.work) as terminal:
            terminal.wait_for("leaves it running")
            terminal.send_line("hello")
            terminal.wait_for("got hello")
            terminal.send("\x1cd")
            self.assertEqual(terminal.wait_end(), 0)
        for command in (("ls",), ("pause", "talker"), ("resume", "talker"), ("logs", "talker")):
            done = self.run_with(client, *command)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("got hello", done.stdout)
        status = self.run_with(client, "status", "talker")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertIn("running", status.stdout)
        stopped = self.run_with(client, "stop", "talker")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertIn("talker", self.run_with(client, "ls", "-a").stdout)

    def test_a_keeper_of_the_other_build_serves_our_client(self):
        self.served(self.other, binary())

    def test_our_keeper_serves_the_other_client(self):
        self.served(binary(), self.other)

    def test_upgrade_there_and_back_with_a_viewer_that_notices_nothing(self):
        number = self.start(self.other, "-t", "-n", "talker", "sh", "-c",
                            "while read line; do echo \"got $line\"; done; exit 7")
        with Terminal([binary(), "attach", "talker"], env=self.world.env, cwd=self.world.work) as terminal:
            terminal.wait_for("leaves it running")
            for round_number, program in enumerate((binary(), self.other, binary())):
                done = self.run_with(program, "upgrade")
                self.assertEqual((done.returncode, done.stdout), (0, f"talker ({number}) upgraded\n"), done.stderr)
                self.assertEqual(self.resident_programs(number), [os.path.realpath(program)] * 2)
                terminal.send_line(f"line {round_number}")
                terminal.wait_for(f"got line {round_number}")
            done = self.run_with(binary(), "upgrade")
            self.assertEqual((done.returncode, done.stdout), (0, f"talker ({number}) is up to date\n"))
            terminal.send("\x04")
            self.assertEqual(terminal.wait_end(), 7)


class OldFiles(unittest.TestCase):
    """A state directory as version 0.1.0 left it."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(self.world.close)
        shutil.copytree(f"{GOLDEN}/job-v1", f"{self.world.env['XDG_STATE_HOME']}/outlast", symlinks=True)

    def test_its_jobs_are_listed(self):
        jobs = self.world.json("ls", "-a")["jobs"]
        self.assertEqual([(job["number"], job["name"], job["description"]) for job in jobs],
                         [(12, "reindex", "failed (3)"), (13, "train", "stopped (TERM)")])

    def test_its_logs_are_read_and_what_is_missing_is_said(self):
        self.assertIn(b"ERROR:  out of shared memory", self.world.must("logs", "reindex").out)
        both = self.world.must("logs", "--raw", "13")
        self.assertIn(b"epoch 3 of run 2\n", both.out)
        self.assertIn("100 B", both.text + both.said)

    def test_its_exit_codes_are_known(self):
        self.assertEqual(self.world.run("wait", "reindex").rc, 3)
        self.assertEqual(self.world.run("wait", "13").rc, 143)

    def test_its_names_keys_and_numbers_go_on(self):
        known = json.loads(self.world.must("run", "-d", "--json", "--key", "nightly/reindex", "true").out)
        self.assertEqual((known["number"], known["existing"]), (12, True))
        self.assertEqual(self.world.must("run", "-d", "true").out, b"14\n")


if __name__ == "__main__":
    unittest.main()
