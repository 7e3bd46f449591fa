"""Taking a process over without a job around it: tests/tools/takeover.cpp, and what must not change."""

import json
import os
import re
import select
import signal
import subprocess

from . import procs
from .waiting import DEADLINE, Deadline, TimedOut


def tool():
    """The program, from the build under test."""
    return os.path.join(os.environ.get("OUTLAST_BUILD", ""), "tests/tools/outlast_takeover")


class Takeover:
    """The terminal that a process was taken over to, and the person at it."""

    def __init__(self, pid, fault=None, env=None):
        """Fails at the step `fault`, when there is one."""
        extra = {"OUTLAST_ADOPT_FAULT": str(fault)} if fault else {}
        self._process = subprocess.Popen([tool(), str(pid)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE,
                                         env={**os.environ, **extra, **(env or {})})
        os.set_blocking(self._process.stdout.fileno(), False)
        self.output = b""
        self._searched = 0
        line = self.wait_for(rb"^(\{[^\n]*\})\n")[1]
        self.report = json.loads(line)

    @property
    def ok(self):
        return self.report["ok"]

    def wait_for(self, pattern, deadline=DEADLINE):
        """Wait until the output after the last match holds `pattern`; returns the match."""
        limit = Deadline(deadline)
        while True:
            match = re.search(pattern, self.output[self._searched:], re.DOTALL)
            if match:
                self._searched += match.end()
                return match
            if not self._read(limit.left()):
                raise TimedOut(f"no {pattern!r} at the new terminal; last: {self.output[-300:]!r}")

    def _read(self, seconds):
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return False
        data = os.read(self._process.stdout.fileno(), 65536)
        self.output += data
        return bool(data)

    def send(self, data):
        """Type at the new terminal."""
        os.write(self._process.stdin.fileno(), data)

    def give_terminal(self):
        """Make it the controlling terminal; the answer in words."""
        self._process.send_signal(signal.SIGUSR1)
        return self.wait_for(rb"(owner \d+|\{\"ok\":false[^\n]*)\n")[1].decode()

    def wait_end(self, deadline=DEADLINE):
        """Read until nobody has the terminal open any more; all output."""
        limit = Deadline(deadline)
        while self._read(limit.left()):
            pass
        if limit.over():
            raise TimedOut(f"the terminal did not end; last: {self.output[-300:]!r}")
        return self.output

    def close(self):
        """Hang the new terminal up."""
        self._process.kill()
        self._process.wait(DEADLINE)
        self._process.stdin.close()
        self._process.stdout.close()


def facts(pid):
    """What a takeover changes of a process, and a failed one must not: to be compared."""
    stat = procs.stat(pid)
    if stat is None:
        return None
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    descriptors = {}
    for fd, target in procs.open_files(pid).items():
        with open(f"/proc/{pid}/fdinfo/{fd}", encoding="utf-8") as file:
            info = file.read()
        flags = re.search(r"flags:\s*(\d+)", info)[1]
        watches = sorted(re.findall(r"tfd:\s*\d+ events:\s*\w+ data:\s*\w+", info))
        descriptors[fd] = (target, flags, watches)
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        # Not the heap and its like: the program goes on working.
        mappings = sum(1 for line in file if len(line.split()) < 6)
    return {
        "group": stat.group, "session": stat.session, "terminal": stat.tty,
        "foreground": stat.foreground, "tracer": status["TracerPid"],
        "blocked": status["SigBlk"], "ignored": status["SigIgn"], "caught": status["SigCgt"],
        "pending": status["ShdPnd"], "descriptors": descriptors, "mappings": mappings,
        "children": sorted(procs.children(pid)), "threads": status["Threads"]}
