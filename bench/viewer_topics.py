"""Benchmarks of viewers: ones that do not keep up, Ctrl-C under a flood, coming back; beside the peers."""

import fcntl
import json
import os
import pty
import shutil
import signal
import statistics
import struct
import subprocess
import termios
import time

from bench_world import OUTLAST, await_file, flood, show

PATIENCE = 30  # seconds that a job may take
SLOW = 1000000  # bytes a second


class Peer:
    """Who keeps a job: how a detached one is started, how one attaches to it."""

    name = "outlast"

    def __init__(self, world):
        self.world, self.mark = world, None

    def start(self, command):
        """The job runs when this returns, at 120x40 where that can be said."""
        self.mark = self.world.output(OUTLAST, "run", "-d", "-t", "--size", "120x40", *command).strip()

    def attach(self):
        return [OUTLAST, "attach", self.mark]

    def run(self, command):
        """Started and attached to in one."""
        return [OUTLAST, "run", *command]

    def processes(self):
        """Those that keep the job, and its viewers."""
        with open("%s/state/jobs/%s/state.json" % (self.world.directory, self.mark)) as file:
            state = json.load(file)
        return [state["keeper_pid"], state["scribe_pid"], *named(self.world, "outlast")]

    def end(self):
        self.world.run(OUTLAST, "stop", "-s", "KILL", self.mark)


class Other(Peer):
    """One whose processes bear its name."""

    def processes(self):
        return named(self.world, self.name)


class Tmux(Other):
    name = "tmux"

    def _words(self, *words):
        return ["tmux", "-S", self.mark, "-f", "/dev/null", *words]

    def start(self, command):
        self.mark = self.world.path("tmux")
        self.world.run(*self._words("new-session", "-d", "-x", "120", "-y", "40", *command))

    def attach(self):
        return self._words("attach-session")

    def run(self, command):
        self.mark = self.world.path("tmux")
        return self._words("new-session", *command)


    def end(self):
        self.world.run(*self._words("kill-server"))


class Screen(Other):
    name = "screen"

    def start(self, command):
        self.mark = os.path.basename(self.world.path("screen"))
        self.world.run("screen", "-dmS", self.mark, *command)

    def attach(self):
        return ["screen", "-r", self.mark]

    def run(self, command):
        self.mark = os.path.basename(self.world.path("screen"))
        return ["screen", "-S", self.mark, *command]


    def end(self):
        self.world.run("screen", "-S", self.mark, "-X", "quit")


class Dtach(Other):
    name = "dtach"

    def start(self, command):
        self.mark = self.world.path("dtach")
        self.world.run("dtach", "-n", self.mark, *command)

    def attach(self):
        return ["dtach", "-a", self.mark]

    def run(self, command):
        self.mark = self.world.path("dtach")
        return ["dtach", "-c", self.mark, *command]


    def end(self):
        """It ends with its job."""


def named(world, name):
    """The world's processes of this name."""
    found = []
    for pid in world.marked():
        try:
            with open("/proc/%d/comm" % pid) as file:
                if file.read().startswith(name):
                    found.append(pid)
        except OSError:
            pass  # gone
    return found


def peers(world):
    """New ones, of those that are installed."""
    return [kind(world) for kind in (Peer, Tmux, Screen, Dtach) if kind is Peer or shutil.which(kind.name)]


def held_kb(peer):
    """Memory that belongs to keeper and viewers alone."""
    total = 0
    for pid in set(peer.processes()):
        with open("/proc/%d/smaps_rollup" % pid) as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    return total


def with_viewer(world, peer, rate):
    """Seconds until a job has written 64 MB, None when it does not within PATIENCE; kB held then.

    `rate`: bytes a second that the viewer's terminal takes; None: nobody is attached.
    """
    go, done = world.path("go"), world.path("done")
    write = flood(world, 64, done)[2]
    peer.start(["sh", "-c", "echo ready; while [ ! -e %s ]; do sleep 0.05; done; %s; sleep 3600" % (go, write)])
    viewer = None
    if rate is not None:
        viewer = subprocess.Popen([world.tool, "read-at", str(rate), *peer.attach()], env=world.env,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        viewer.stdout.readline()
    begin = time.perf_counter()
    open(go, "w").close()
    try:
        await_file(done, PATIENCE)
        seconds = time.perf_counter() - begin
    except TimeoutError:
        seconds = None
    held = held_kb(peer)
    if viewer is not None:
        viewer.kill()
        viewer.wait()
        viewer.stdin.close()
        viewer.stdout.close()
    peer.end()
    world.end_jobs()
    return seconds, held


def bench_bad_viewers(world):
    """64 MB while nobody is attached, while the viewer has stopped reading, and while it takes 1 MB/s."""
    rates = (None, 0, SLOW)
    found = {}
    for _ in range(3):
        for peer in peers(world):
            for rate in rates:
                if None in [seconds for seconds, _ in found.get((peer.name, rate), [])]:
                    continue  # once is enough
                found.setdefault((peer.name, rate), []).append(with_viewer(world, peer, rate))
    rows = []
    for name in dict.fromkeys(name for name, _ in found):
        row = [name]
        for rate in rates:
            seconds, held = zip(*found[name, rate])
            row.append("not within %d" % PATIENCE if None in seconds else "%.2f" % statistics.median(seconds))
            if rate == 0:
                row.append("%.1f" % (statistics.median(held) / 1000))
        rows.append(row)
    show("64 MB while a viewer does not keep up: seconds until the job is done (3 rounds)", rows,
         ("way", "nobody attached", "a viewer that stopped reading", "MB of memory then", "one that takes 1 MB/s"))


def bench_interrupt(world):
    """From Ctrl-C, typed two seconds into a flood, until the prompt is seen."""
    rows = []
    job = ["sh", "-c", "trap : INT; yes 'a line that says nothing new'; echo the-prompt; exec sleep 3600"]
    bare = type("Bare", (Peer,), {"name": "bare pty", "run": lambda self, command: command, "end": lambda self: None})
    for peer in [bare(world), *peers(world)]:
        row = [peer.name]
        for rate in (0, SLOW):
            times = []
            for _ in range(5):
                words = peer.run(job)
                times.append(world.output(world.tool, "interrupt", str(rate), "the-prompt", *words).strip())
                if peer.mark and peer.name != "outlast":
                    peer.end()
                world.run(OUTLAST, "stop", "-s", "KILL", "*")
                world.end_jobs()
            never = "never" in times
            row += ["not within 60 s"] * 2 if never else ["%.1f" % statistics.median(map(float, times)),
                                                        "%.1f" % max(map(float, times))]
        rows.append(row)
    show("Ctrl-C under a flood: ms until the prompt is seen (5 rounds)", rows,
         ("way", "a fast terminal, median", "most", "one that takes 1 MB/s, median", "most"))


def seconds_until(world, marker, words):
    """Runs `words` in a terminal of its own; the time until `marker` is shown."""
    begin = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        os.execvpe(words[0], words, world.env)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    while marker not in seen:
        seen += os.read(master, 65536)
    seconds = time.perf_counter() - begin
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(master)
    return seconds


def bench_attach(world):
    """From attaching to the restored screen, for a job that has written a lot."""
    rows = []
    sizes = [int(word) for word in os.environ.get("OUTLAST_BENCH_ATTACH", "1 10 1000").split()]
    for megabytes in sizes:
        for peer in peers(world):
            if peer.name == "dtach" or (peer.name != "outlast" and megabytes > 10):
                continue  # it restores nothing; theirs is in memory, of the same size for ever
            mark = world.path("done")
            script = "stty -opost; yes 'a line of output with some words and a number 0123456789 in it' | head -c %d; " \
                     "printf 'the-end'; touch %s; sleep 3600" % (megabytes * 1000000, mark)
            peer.start(["sh", "-c", script])
            await_file(mark, 3600)
            times = []
            for _ in range(15):
                while peer.name == "screen" and "(Detached)" not in world.output("screen", "-ls", peer.mark):
                    time.sleep(0.02)  # it has not noticed yet that its last viewer was killed
                times.append(seconds_until(world, b"the-end", peer.attach()) * 1e3)
            rows.append((peer.name, "%d MB" % megabytes, "%.1f" % statistics.median(times), "%.1f" % min(times)))
            peer.end()
            world.end_jobs()
    show("From attach to the restored screen (15 rounds)", rows, ("way", "the job wrote", "ms (median)", "minimum"))
