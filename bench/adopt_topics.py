"""How long adopting a busy program stops it, and whether it is slower afterwards."""

import json
import os
import pty
import select
import signal
import statistics
import subprocess
import time

from bench_world import HERE, OUTLAST, show

ROUNDS = 30
PYTHON = """
import sys, time
report, clock = open(sys.argv[1], "w"), time.perf_counter
rounds, longest, last = 0, 0, clock()
written = reported = last
while True:
    now = clock()
    longest, last, rounds = max(longest, now - last), now, rounds + 1
    if now - written > .01:
        written = now
        print("line", flush=True)
    if now - reported > .05:
        print(rounds, int(longest * 1e6), file=report, flush=True)
        rounds, longest, reported = 0, 0, clock()
        last = reported
"""


class Shell:
    """bash in a terminal of its own, and somebody who reads what comes."""

    def __init__(self, world):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(world.directory)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], world.env)

    def type(self, line):
        os.write(self.master, line.encode() + b"\r")

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                os.read(self.master, 65536)

    def foreground(self):
        """The command's group, once it has one; 0 is nobody's yet."""
        while (group := os.tcgetpgrp(self.master)) in (0, self.pid):
            self.read(.01)
        return group

    def close(self):
        os.close(self.master)
        os.waitpid(self.pid, 0)


def reports(path):
    try:
        with open(path) as file:
            return [tuple(map(int, line.split())) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []  # it has only begun


def adopt_once(world, command):
    """(how long we say it stood still, longest pause it saw, rounds a second before and after)."""
    path = world.path("report")
    shell = Shell(world)
    shell.type(command % path)
    pid = shell.foreground()
    while len(before := reports(path)) < 12:
        shell.read(.05)
    done = json.loads(world.output(OUTLAST, "adopt", "--json", str(pid)))["jobs"][0]
    count = len(reports(path))
    shell.read(.1)
    shell.close()
    while len(after := reports(path)) < count + 13:
        time.sleep(.05)
    os.kill(pid, signal.SIGKILL)
    seen = max(longest for _, longest in after[len(before):count + 2])
    rate = [statistics.median(rounds for rounds, _ in part) for part in (before[2:], after[count + 3:])]
    return done["frozen_us"], seen, rate[1] / rate[0]


def bench_adopt(world):
    script, tool = world.path("count.py"), world.directory + "/busy_tool"
    with open(script, "w") as file:
        file.write(PYTHON)
    subprocess.run(["g++", "-O2", "-std=c++20", "-pthread", HERE + "/busy_tool.cpp", "-o", tool], check=True)
    ways = {"Python, counting": "python3 %s %%s" % script,
            "6 threads, computing": "%s 6 %%s" % tool,
            "1 thread, 1 GB of memory": "python3 -c 'm = bytearray(1 << 30); exec(open(\"%s\").read())' %%s" % script}
    rows = []
    for name, command in ways.items():
        stood, seen, speed = zip(*(adopt_once(world, command) for _ in range(ROUNDS)))
        rows.append((name, *("%.1f" % (value / 1e3) for value in
                             (statistics.median(stood), max(stood), statistics.median(seen), max(seen))),
                     "%.2f" % statistics.median(speed)))
    show("Adopt a busy program in the foreground of a shell (%d rounds)" % ROUNDS, rows,
         ("program", "stood still, ms (median)", "most", "longest pause it saw, ms (median)", "most",
          "speed after / before"))
