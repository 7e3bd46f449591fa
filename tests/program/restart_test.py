"""Running a job again, renaming it, removing it."""

import json
import os
import unittest

from harness import procs
from harness.waiting import eventually
from stop_test import Jobs


class Restart(Jobs):
    """outlast restart."""

    def test_the_same_command_again(self):
        number = self.start("job", "bash", "-c", "echo run $OUTLAST_RUN $PWD $MARKER; exit 3",
                            options=("-T", "-e", "MARKER=m1"), ready="run 1")
        self.world.run("wait", "job")
        result = self.world.must("restart", "job", cwd="/")
        self.assertEqual(result.text, f"{number}\n")
        self.assertIn("runs again, run 2", result.said)
        self.assertEqual(self.world.run("wait", "job").rc, 3)
        log = self.log(number).decode().splitlines()
        self.assertEqual(log, [f"run {run} {self.world.work} m1" for run in (1, 2)])
        self.assertEqual(self.state(number)["run"], 2)

    def test_a_living_one_is_stopped_first(self):
        number = self.start("job", "bash", "-c", "echo run $OUTLAST_RUN; sleep 1000", ready="run 1")
        first = self.state(number)["pid"]
        self.world.must("restart", "job")
        eventually(lambda: b"run 2" in self.log(number))
        self.assertFalse(procs.alive(first))
        self.assertEqual(self.state(number)["phase"], "running")

    def test_with_a_terminal(self):
        self.start("job", "bash", "-c", "tty; stty size; echo run $OUTLAST_RUN",
                   options=("-t", "--size", "99x33"), ready="run 1")
        self.world.run("wait", "job")
        self.world.must("restart", "job")
        self.world.run("wait", "job")
        self.assertEqual(self.log(1).count(b"/dev/pts/"), 2)
        self.assertEqual(self.log(1).count(b"33 99"), 2)

    def test_input_from_a_file_again_and_from_a_pipe_not(self):
        with open(self.world.path("in"), "w", encoding="utf-8") as file:
            file.write("from the file\n")
        self.start("file", "cat", options=("-T", "--stdin", "in"), ready="from the file")
        self.world.run("wait", "file")
        self.world.must("restart", "file")
        self.world.run("wait", "file")
        self.assertEqual(self.log(1), b"from the file\n" * 2)
        # What the shell redirects is as good as --stdin: a file is opened again, /dev/null too.
        for name, path in (("again", self.world.path("in")), ("none", os.devnull)):
            with open(path, "rb") as redirected:
                self.world.must("run", "-n", name, "cat", stdin=redirected)
            self.world.must("restart", name)
            self.world.run("wait", name)
        self.assertEqual(self.log(2), b"from the file\n" * 2)
        self.assertEqual(self.log(3), b"")
        self.world.must("run", "-n", "pipe", "bash", "-c", "cat; sleep 0.1", input=b"once\n")
        result = self.world.run("restart", "pipe")
        self.assertEqual(result.rc, 4)
        self.assertIn("cannot be given again", result.said)
        self.assertEqual(self.state(4)["run"], 1)

    def test_what_is_missing_is_found_out_before_the_stop(self):
        program = self.world.path("program")
        with open(program, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho ready\nsleep 1000\n")
        os.chmod(program, 0o755)
        number = self.start("job", program)
        os.unlink(program)
        self.assertEqual(self.world.run("restart", "job").rc, 4)
        self.assertEqual(self.state(number)["phase"], "running")

    def test_one_that_left_something_behind(self):
        self.start("daemon", "bash", "-c", "setsid sleep 1000 & echo ready")
        self.world.run("wait", "daemon")
        result = self.world.run("restart", "daemon")
        self.assertEqual(result.rc, 4)
        self.assertIn("left a process behind", result.said)
        self.assertEqual(self.world.run("rm", "daemon").rc, 4)
        self.assertEqual(self.state(1)["run"], 1)
        for pid in self.world.processes():
            if procs.command_line(pid)[:1] == [b"sleep"]:
                procs.kill(pid)


class Rename(Jobs):
    """outlast rename."""

    def test_living_and_ended(self):
        self.start("old", "sleep", "1000", ready="")
        self.world.must("rename", "old", "new")
        self.assertEqual(self.state(1)["name"], "new")
        self.world.must("stop", "new")
        before = self.state(1)
        self.world.must("rename", "new", "newer")
        self.assertEqual(self.state(1), {**before, "name": "newer"})
        self.assertEqual(self.world.run("stop", "newer").rc, 0)
        self.assertEqual(self.world.run("stop", "old").rc, 3)
        with open(f"{self.folder(1)}/events.jsonl", encoding="utf-8") as file:
            names = [event.get("name") for event in map(json.loads, file)
                     if event["event"] == "renamed"]
        self.assertEqual(names, ["new", "newer"])

    def test_names_that_cannot_be(self):
        self.start("a", "sleep", "1000", ready="")
        self.start("b", "sleep", "1000", ready="")
        self.assertEqual(self.world.run("rename", "a", "b").rc, 4)
        self.assertEqual(self.world.run("rename", "a", "a b").rc, 2)
        self.assertEqual(self.world.run("rename", "a", "7").rc, 2)
        self.assertEqual(self.world.run("rename", "a").rc, 2)


class Remove(Jobs):
    """outlast rm and prune."""

    def ended(self, name, days=0):
        """A job that ended so many days ago."""
        number = self.start(name, "bash", "-c", "echo ready")
        self.world.run("wait", name)
        eventually(lambda: not procs.alive(self.state(number)["keeper_pid"]))
        if days:
            state = self.state(number)
            state["fate"]["ended_at_ns"] -= days * 86400 * 10**9
            with open(f"{self.folder(number)}/state.json", "w", encoding="utf-8") as file:
                json.dump(state, file, separators=(",", ":"))
        return number

    def test_ended_ones_go_and_living_ones_stay(self):
        self.ended("done")
        self.start("living", "sleep", "1000", ready="")
        result = self.world.run("rm", "done", "living")
        self.assertEqual((result.rc, result.text), (4, "removed done (1)\n"))
        self.assertIn("rm -f", result.said)
        self.assertFalse(os.path.exists(self.folder(1)))
        self.assertEqual(self.world.must("rm", "-f", "living").text, "removed living (2)\n")
        self.assertEqual(self.world.job_folders(), [])
        self.assertEqual(self.world.run("rm").rc, 2)

    def test_at_once_after_the_stop(self):
        """The keeper leaves a moment after the end is known: that is nothing left behind."""
        for _ in range(10):
            self.start("brief", "sleep", "1000", ready="")
            self.world.must("stop", "brief")
            self.world.must("rm", "brief")

    def test_a_damaged_one_can_be_removed(self):
        self.ended("done")
        with open(f"{self.folder(1)}/state.json", "w", encoding="utf-8") as file:
            file.write("{")
        self.world.must("rm", "1")

    def test_prune_takes_the_old_ones(self):
        self.ended("old", days=31)
        self.ended("new", days=29)
        self.start("living", "sleep", "1000", ready="")
        self.assertIn("would remove old (1)", self.world.must("prune", "--dry-run").text)
        found = self.world.json("prune")
        self.assertEqual([job["name"] for job in found["jobs"]], ["old"])
        self.assertGreater(found["bytes"], 0)
        result = self.world.must("prune", "--older", "28d")
        self.assertIn("removed new (2), ended 29d", result.text)
        self.assertIn("1 job removed", result.said)
        self.world.must("prune", "--older", "0")
        self.assertEqual(len(self.world.job_folders()), 1)

    def test_keep_days_is_honoured(self):
        self.ended("old", days=3)
        self.assertEqual(self.world.must("prune", "-q", env={"OUTLAST_KEEP_DAYS": "4"}).text, "")
        self.assertEqual(self.world.run("prune", env={"OUTLAST_KEEP_DAYS": "0"}).rc, 4)
        self.assertEqual(self.world.must("prune", "-q", env={"OUTLAST_KEEP_DAYS": "2"}).text, "1\n")


if __name__ == "__main__":
    unittest.main()
