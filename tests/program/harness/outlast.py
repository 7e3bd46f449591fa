"""The program under test, in a world of its own: own home, own state, own runtime directory.

Whatever it starts carries a mark in its environment, is found again by it, and has to be gone
when the test is over.
"""

import collections
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile

from . import procs
from .sweeper import MARK, Sweeper
from .terminal import Terminal
from .waiting import DEADLINE, TimedOut, eventually


class Result(collections.namedtuple("Result", "rc out err")):
    """How one call ended: exit code (-N for signal N) and both streams as bytes."""

    @property
    def text(self):
        return self.out.decode("utf-8", "replace")

    @property
    def said(self):
        return self.err.decode("utf-8", "replace")


class LeftBehind(AssertionError):
    """Processes of a test were still there after everything had been stopped."""


def binary():
    """The program under test, from $OUTLAST_BIN."""
    path = os.environ.get("OUTLAST_BIN")
    if not path or not os.access(path, os.X_OK):
        raise RuntimeError(f"OUTLAST_BIN must name the program under test (it is {path!r})")
    return os.path.abspath(path)


def _user():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # a number without an account is a user too


def has_failed(case):
    """Whether a test case has failed so far; for its clean-up, which then need not complain too."""
    result = case._outcome.result  # pylint: disable=protected-access
    return any(getattr(test, "test_case", test) is case
               for test, _ in [*result.failures, *result.errors])


class World:
    """A folder, an environment and a mark; everything that is started in it ends with it."""

    def __init__(self, extra=None, base="/tmp"):
        # Short: the path of a socket has 108 bytes.
        self.folder = tempfile.mkdtemp(prefix="olw", dir=base)
        self.mark = secrets.token_hex(8)
        self._sweeper = Sweeper(self.mark, self.folder)
        for name in ("home", "state", "run", "work"):
            os.mkdir(f"{self.folder}/{name}", 0o700)
        user = _user()
        self.env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8",
            "TERM": "xterm-256color", "SHELL": "/bin/bash", "USER": user, "LOGNAME": user,
            "HOME": f"{self.folder}/home", "XDG_STATE_HOME": f"{self.folder}/state",
            "XDG_RUNTIME_DIR": f"{self.folder}/run", MARK: self.mark,
            **{name: value for name, value in os.environ.items()
               if name.endswith("SAN_OPTIONS")}, **(extra or {})}
        self.work = f"{self.folder}/work"  # where programs run and leave their files

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(failed=kind is not None)

    def processes(self):
        """Everything alive which was started in this world."""
        return sorted({*procs.marked(MARK, self.mark), *procs.using(self.folder)})

    def path(self, name):
        """A file in the working directory."""
        return os.path.join(self.work, name)

    def stop(self):
        """End what runs, in an orderly way; the subclass knows how."""

    def close(self, failed=False, deadline=DEADLINE):
        """Stop everything; LeftBehind when something does not go (unless the test failed anyway)."""
        try:
            self.stop()
            eventually(lambda: not self.processes(), 0.0 if failed else deadline)
        except (TimedOut, subprocess.TimeoutExpired) as error:
            left = [procs.describe(pid) for pid in self.processes()]
            procs.kill_all(self.processes)
            if not failed:
                raise LeftBehind(f"{error}; left behind:\n  " + "\n  ".join(left)) from None
        finally:
            self._sweeper.dismiss()
            shutil.rmtree(self.folder, ignore_errors=True)


class Outlast(World):
    """A world with outlast in it, first in the PATH."""

    def __init__(self, extra=None, base="/tmp"):
        super().__init__(extra, base)
        os.mkdir(f"{self.folder}/bin")
        os.symlink(binary(), f"{self.folder}/bin/outlast")
        self.env["PATH"] = f"{self.folder}/bin:{self.env['PATH']}"

    def run(self, *args, timeout=DEADLINE, env=None, **options):
        """Call outlast and wait for it *and for the end of its output*, as a shell's $(…) does."""
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("cwd", self.work)
        done = subprocess.run(
            ["outlast", *args], executable=f"{self.folder}/bin/outlast", capture_output=True,
            env={**self.env, **(env or {})}, timeout=timeout, check=False, **options)
        return Result(done.returncode, done.stdout, done.stderr)

    def must(self, *args, **options):
        """Like run(), and the call has to succeed."""
        result = self.run(*args, **options)
        if result.rc != 0:
            raise AssertionError(f"outlast {' '.join(args)}: exit {result.rc}\n"
                                 f"stdout: {result.text}\nstderr: {result.said}")
        return result

    def json(self, *args, **options):
        """The one object or array that --json prints."""
        return json.loads(self.must(*args, "--json", **options).out)

    def record(self, job):
        """What the keeper keeps in state.json."""
        for folder in reversed(self.job_folders()):
            try:
                with open(f"{folder}/state.json", "rb") as file:
                    record = json.load(file)
            except FileNotFoundError:
                continue
            if job in ("-", record["name"]):
                return record
        raise AssertionError(f"no job {job}")

    def terminal(self, *args, rows=24, cols=80, env=None, cwd=None):
        """A person who types an outlast command at a terminal."""
        return Terminal([f"{self.folder}/bin/outlast", *args], env={**self.env, **(env or {})},
                        cwd=cwd or self.work, rows=rows, cols=cols)

    def job_folders(self):
        """The folders of the jobs, oldest first."""
        root = f"{self.env['XDG_STATE_HOME']}/outlast/jobs"
        try:
            return sorted(os.path.join(root, name) for name in os.listdir(root))
        except FileNotFoundError:
            return []

    def stop(self):
        if self.job_folders():
            self.run("stop", "-t", "1s", "*")
