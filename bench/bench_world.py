"""What the benchmarks stand on: a throw-away world, and tables."""

import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OUTLAST = os.path.abspath(os.environ.get("OUTLAST_BIN", os.path.join(HERE, "../build/release/outlast")))
QUIET = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class World:
    """A throw-away state directory, tool binary and tmux server; all processes bear a mark."""

    MARK = "OUTLAST_BENCH_WORLD"

    def __init__(self, directory):
        self.directory = directory
        self.tool = directory + "/pty_tool"
        subprocess.run(["g++", "-O2", "-std=c++20", HERE + "/pty_tool.cpp", "-o", self.tool, "-lutil"], check=True)
        self.env = dict(os.environ, OUTLAST_STATE_DIR=directory + "/state", OUTLAST_RUNTIME_DIR=directory + "/run",
                        HOME=directory, TERM="xterm-256color", TS_SOCKET=directory + "/ts", NQDIR=directory + "/nq")
        for name in ("OUTLAST_JOB", "OUTLAST_ID", "TMUX", "STY"):
            self.env.pop(name, None)
        self.env[self.MARK] = directory
        os.mkdir(directory + "/nq")
        self.serial = 0

    def path(self, name):
        self.serial += 1
        return "%s/%s%d" % (self.directory, name, self.serial)

    def run(self, *command, **more):
        return subprocess.run(command, env=self.env, cwd=self.directory, **dict(QUIET, **more))

    def output(self, *command):
        return subprocess.run(command, env=self.env, cwd=self.directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()

    def tmux(self, *words):
        return ["tmux", "-L", "outlast-bench", "-f", "/dev/null", *words]

    def marked(self):
        """The processes that were started from here and still live, outlast's own left out."""
        mark = ("%s=%s" % (self.MARK, self.directory)).encode()
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % name, "rb") as file:
                    if mark in file.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                pass  # gone, or not ours
        return found

    def end_jobs(self):
        """Ends what was started for jobs and still runs."""
        for pid in self.marked():
            try:
                with open("/proc/%d/comm" % pid) as file:
                    name = file.read().strip()
                if name in ("sleep", "yes", "cat", "sh"):
                    os.kill(pid, signal.SIGKILL)
            except OSError:
                pass  # gone

    def close(self):
        """Ends what is left; a keeper goes when its job does."""
        deadline = time.monotonic() + 20
        while (left := self.marked()) and time.monotonic() < deadline:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)


def await_file(path, patience=300):
    deadline = time.monotonic() + patience
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.0002)


def show(title, rows, head):
    print("\n### %s\n\n| %s |\n|%s" % (title, " | ".join(head), "---|" * len(head)))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.stdout.flush()


def flood(world, megabytes, mark):
    """A command that writes to its terminal and then makes a mark."""
    text = world.directory + "/flood"
    if not os.path.exists(text):
        line = b"a line of terminal output with some words and a number 0123456789 in it, 80 col\n"
        with open(text, "wb") as file:
            file.write(line * (megabytes * (1 << 20) // len(line)))
    return ["sh", "-c", "cat %s; touch %s" % (text, mark)]
