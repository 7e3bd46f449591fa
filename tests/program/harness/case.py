"""A test case with a world of outlast, and the calls that most tests of `outlast run` make."""

import json
import os
import subprocess
import unittest

from .outlast import Outlast, has_failed
from .terminal import Terminal
from .waiting import DEADLINE, eventually

BASH = ("bash", "--norc", "--noprofile", "-i")
INPUTRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inputrc")


class OutlastCase(unittest.TestCase):
    """Every test has a world of its own, `self.world`, and starts in its working directory."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))

    # Calling.

    def shell(self, line, timeout=60, check=None, **options):
        """Run a line in bash, without a terminal; a CompletedProcess with bytes.

        `check` is the exit code it must have.
        """
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("env", self.world.env)
        options.setdefault("cwd", self.world.work)
        done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=timeout,
                              check=False, **options)
        if check is not None:
            self.assertEqual(done.returncode, check, done.stderr)
        return done

    def terminal(self, *argv, env=None, **options):
        """A person at a terminal with this command."""
        terminal = Terminal(argv, env={**self.world.env, "PS1": "ready> ", "INPUTRC": INPUTRC,
                                       **(env or {})}, cwd=self.world.work, **options)
        self.addCleanup(terminal.close)
        return terminal

    def interactive_shell(self, **options):
        """A person at a shell's prompt, "ready> "."""
        shell = self.terminal(*BASH, **options)
        shell.wait_for("ready> ")
        return shell

    def file(self, name, text, mode=0o644):
        """Make a file in the working directory; its path."""
        path = self.world.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    # Gates: files that a job waits at (`cat gate`) until the test opens them.

    def gate(self, name="gate"):
        """A new gate; its path."""
        path = self.world.path(name)
        os.mkfifo(path)
        return path

    def open_gate(self, path):
        """Let the job pass; waits until it is there."""
        def try_open():
            try:
                return (os.open(path, os.O_WRONLY | os.O_NONBLOCK),)
            except OSError:
                return None  # nobody has it open yet

        os.close(eventually(try_open, what="the job at its gate")[0])

    # Looking at jobs, by their folders.

    def records(self):
        """state.json of every job, by number."""
        found = []
        for folder in self.world.job_folders():
            try:
                with open(f"{folder}/state.json", encoding="utf-8") as file:
                    found.append(json.load(file))
            except FileNotFoundError:
                pass  # being made or removed
        return sorted(found, key=lambda record: record["number"])

    def record(self, name=None):
        """state.json of the newest job, or of the newest one called `name`."""
        found = [record for record in self.records() if name in (None, record["name"])]
        return found[-1] if found else None

    def fate(self, name=None, deadline=DEADLINE):
        """How the job ended; waits for its end."""
        def look():
            record = self.record(name)
            return record.get("fate") if record else None

        return eventually(look, deadline, lambda: f"the fate of {self.record(name)}")

    def log(self, name=None):
        """All that the job wrote."""
        folder = os.path.join(self.world.env["XDG_STATE_HOME"], "outlast/jobs",
                              str(self.record(name)["number"]))
        with open(f"{folder}/log", "rb") as file:
            return file.read()
