"""Processes that somebody else has started, and the probe that adopts them without ptrace."""

import json
import os
import signal
import subprocess

from . import procs
from .case import OutlastCase
from .waiting import eventually

# Writes a line now and then, tells what it gets, and moves to another terminal when it is told to.
# argv: the file that says which terminal, the file that gets its pid.
COOPERATIVE = r'''
import os, signal, sys, time
def say(text):
    try:
        os.write(1, (text + "\n").encode())
    except OSError:
        pass  # its terminal has gone
signal.signal(signal.SIGINT, lambda *_: say("got INT"))
signal.signal(signal.SIGWINCH, lambda *_: say("size %dx%d" % os.get_terminal_size(1)))
signal.signal(signal.SIGUSR1, lambda *_: os._exit(7))
if "group" in sys.argv: os.setpgid(0, 0)
if "nohup" in sys.argv: signal.signal(signal.SIGHUP, signal.SIG_IGN)
with open(sys.argv[2] + ".new", "w") as file: file.write(str(os.getpid()))
os.rename(sys.argv[2] + ".new", sys.argv[2])
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
fd = os.open(open(sys.argv[1]).read(), os.O_RDWR | os.O_NOCTTY)
for number in range(3): os.dup2(fd, number)
os.close(fd)
say("moved")
while True:
    try:
        line = os.read(0, 1000)
    except InterruptedError:
        continue
    except OSError:
        time.sleep(0.05)
        continue
    if not line:
        time.sleep(0.05)
        continue
    if line == b"quit\n": sys.exit(3)
    if line == b"count\n":
        for number in range(60000): os.write(1, b"line %d\n" % number)
        continue
    if line == b"lead\n":
        os.setsid()
        import fcntl, termios
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        say("leads")
        continue
    say("read " + repr(line.decode()))
'''


class AdoptionCase(OutlastCase):
    """A world in which processes run that outlast has not started."""

    def setUp(self):
        super().setUp()
        build = os.environ.get("OUTLAST_BUILD") or os.path.dirname(os.environ["OUTLAST_BIN"])
        self.probe_program = os.path.join(os.path.abspath(build), "tests/tools/outlast_adopt_probe")

    def start(self, *argv, stdout=subprocess.DEVNULL, **options):
        """A process in a session of its own."""
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout,
                                   stderr=subprocess.DEVNULL, env=self.world.env,
                                   cwd=self.world.work, start_new_session=True, **options)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        """So that nothing is left of it and its group."""
        if process.returncode is not None:
            return
        # Not reaped yet: its number is still its own.
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()

    def script(self, name, text):
        """A shell script in the working directory."""
        return self.file(name, "#!/bin/sh\n" + text, 0o755)

    def pid_in(self, path):
        """The number that somebody writes into a file."""
        def read():
            try:
                with open(path, encoding="utf-8") as file:
                    return file.read().strip()
            except FileNotFoundError:
                return None

        return int(eventually(read, what=f"a number in {path}"))

    def finish(self, name, text):
        """A file that is there with all of its content, or not at all."""
        self.file(f"{name}.new", str(text))
        os.rename(self.world.path(f"{name}.new"), self.world.path(name))

    def cooperative(self, shell, *words):
        """The cooperative program as the end of a shell's foreground pipeline."""
        self.file("cooperative.py", COOPERATIVE)
        shell.send_line(f"{{ cat; true; }} | /usr/bin/python3 cooperative.py {self.world.path('where')} "
                        f"{self.world.path('pid')} {' '.join(words)}")
        return self.pid_in(self.world.path("pid"))

    def probe(self, *words, env=None, **options):
        """The probe; it has begun. (process, number of the job, its keeper's pid, terminal)."""
        probe = subprocess.Popen([self.probe_program, *map(str, words)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, env={**self.world.env, **(env or {})},
                                 cwd=self.world.work, text=True, **options)
        self.addCleanup(self.end, probe)
        self.addCleanup(probe.stdin.close)
        self.addCleanup(probe.stdout.close)
        line = probe.stdout.readline()
        self.assertFalse(line.startswith("error"), line)
        number, keeper, terminal = (line.rstrip("\n").split(" ", 2) + [""])[:3]
        return probe, int(number), int(keeper), terminal

    def commit(self, probe):
        """To its end; what it said."""
        said, _ = probe.communicate("commit\n", timeout=20)
        return said.strip()

    def adopt_into_terminal(self, pid, *members, exit_status="kernel", env=None):
        """A cooperative process as a job with a terminal of ours."""
        group = procs.stat(pid).group
        probe, number, _, terminal = self.probe(pid, "terminal", exit_status, f"G:{group}", *members,
                                                env=env)
        self.finish("where", terminal)
        eventually(lambda: procs.open_files(pid).get(0) == terminal, what="the move")
        self.assertEqual(self.commit(probe), "committed")
        return number

    def kill_both_residents(self):
        """Keeper and scribe at the same time, so that neither can start the other anew."""
        def stop():
            pids = [self.record()[role] for role in ("keeper_pid", "scribe_pid")]
            for pid in pids:
                if not procs.kill(pid, signal.SIGSTOP) or not procs.alive(pid):
                    # A scribe was being replaced; the record will name the new one.
                    procs.kill(pids[0], signal.SIGCONT)
                    return None
            return pids

        pids = eventually(stop, what="a pause of both")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not any(procs.alive(pid) for pid in pids))

    def watch(self, process, *options):
        """`outlast adopt --watch`; the object that it prints."""
        return self.world.json("adopt", "--watch", str(process.pid), *options)

    def events(self, kind):
        """All events of the newest job of that kind."""
        with open(f"{self.world.job_folders()[-1]}/events.jsonl", encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
        return [event for event in found if event["event"] == kind]
