"""`outlast rescue`: all that would end with a real ssh session is adopted, and the session lost."""

# ctest: TIMEOUT 120

import json
import os
import re
import subprocess
import unittest

from harness import procs
from harness.case import OutlastCase
from harness.sshd import Sshd, missing
from harness.waiting import eventually

COUNTER = """
import sys, time
n = 0
while True:
    print('count', n, flush=True)
    n += 1
    time.sleep(0.02)
"""

# Prints the pid of a bash whose controlling terminal is number argv[1] of a devpts of its own.
ELSEWHERE = """
import fcntl, os, struct, subprocess, sys
TIOCGPTN = 0x80045430  # in Python from 3.13 on; TIOCSPTLCK too
TIOCSPTLCK = 0x40045431
subprocess.run(['mount', '-t', 'devpts', '-o', 'newinstance,ptmxmode=0666', 'none', '/dev/pts'],
               check=True)
held = []
while True:
    master = os.open('/dev/pts/ptmx', os.O_RDWR | os.O_NOCTTY)
    held.append(master)
    index = struct.unpack('i', fcntl.ioctl(master, TIOCGPTN, struct.pack('i', 0)))[0]
    if index == int(sys.argv[1]):
        break
fcntl.ioctl(master, TIOCSPTLCK, struct.pack('i', 0))
name = f'/dev/pts/{index}'
pid = os.fork()
if pid == 0:
    os.setsid()
    slave = os.open(name, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.execv('/bin/bash', ['bash', '-c', 'while :; do sleep 0.1; done'])
with open('/proc/self/comm', 'w') as comm:
    comm.write('sshd-session')  # what is in that terminal is at risk
print(pid, flush=True)
os.waitpid(pid, 0)
"""


@unittest.skipIf(missing(), missing())
class Rescue(OutlastCase):
    """A login with a background job, a pipeline, and one that is safe already."""

    def setUp(self):
        super().setUp()
        self.sshd = Sshd({**self.world.env, "SHELL": "/bin/bash"}, namespaces=False,
                         base=self.world.folder)
        self.addCleanup(self.sshd.close)
        self.counter = self.file("counter.py", COUNTER)
        self.session = self.sshd.terminal("-o", "ServerAliveInterval=0",
                                          "exec bash --norc --noprofile -i")
        self.session.send_line(f"PS1='rea''dy> '; cd {self.world.work}; stty cols 200; set +m; set -m")
        self.session.wait_for("ready> ")

    def start(self, line):
        """In the background of the login; its last process's PID."""
        self.session.send_line(line + " echo pid:$!:")
        pid = int(self.session.wait_for(r"pid:(\d+):")[1])
        self.session.wait_for("ready> ")
        self.addCleanup(procs.kill, pid)
        # A shell, then nohup, and nothing at all in the moment of each exec.
        eventually(lambda: procs.command_line(pid)[:1] not in ([], [b"bash"], [b"nohup"]),
                   what="its program")
        return pid

    def jobs(self):
        return {row["pid"]: row for row in self.world.json("ls", "-a")["jobs"]}

    def test_all_of_it_goes_on(self):
        counter = self.start(f"python3 {self.counter} &")
        pipeline = self.start("(while :; do echo tick; sleep 0.05; done) | cat > ticks &")
        safe = self.start("nohup sleep 1000 >/dev/null 2>&1 &")
        self.session.send_line("outlast rescue")
        shown = bytes(self.session.wait_for(r"[\s\S]*?adopt these 2\? \[y/N\] ")[0]).decode()
        self.assertIn("counter.py", shown)
        self.assertNotIn("sleep 1000", shown)
        self.session.send_line("y")
        self.session.wait_for(r"is now job 1 [\s\S]*is now job 2 [\s\S]*ready> ")
        self.sshd.cut()
        jobs = self.jobs()
        self.assertEqual(len(jobs), 2)
        self.assertTrue(all(row["state"] == "running" for row in jobs.values()), jobs)
        self.assertTrue(procs.alive(safe))
        # They work on, and the output of the one with a terminal is complete from the adoption on.
        number = str(jobs[counter]["number"])
        eventually(lambda: self.world.must("logs", "--raw", number).out.count(b"\n") > 50)
        counts = [int(n) for n in re.findall(rb"count (\d+)\r\n",
                                             self.world.must("logs", "--raw", number).out)]
        self.assertEqual(counts, list(range(counts[0], counts[0] + len(counts))))
        size = len(self.read("ticks"))
        eventually(lambda: len(self.read("ticks")) > size, what="the pipeline to go on")
        self.assertTrue(procs.alive(pipeline))
        self.world.must("stop", *(str(row["number"]) for row in jobs.values()))

    def read(self, name):
        with open(self.world.path(name), "rb") as file:
            return file.read()

    def test_no_leaves_everything(self):
        counter = self.start(f"python3 {self.counter} >/dev/null &")
        self.session.send_line("outlast rescue; echo code:$?:")
        self.session.wait_for(r"adopt it\? \[y/N\] ")
        self.session.send_line("n")
        self.session.wait_for("code:1:")
        self.assertEqual(self.jobs(), {})
        self.session.send_line("outlast rescue --no-input; echo code:$?:")
        self.session.wait_for(r"-y says yes[\s\S]*code:1:")
        self.assertEqual(procs.stat(counter).group, counter)

    def test_json_and_nothing_left(self):
        counter = self.start(f"python3 {self.counter} >/dev/null &")
        self.session.send_line("outlast rescue -y --json > rescued; echo code:$?:")
        self.session.wait_for("code:0:")
        rescued = json.loads(self.read("rescued"))
        self.assertTrue(rescued["ok"])
        self.assertEqual([job["pid"] for job in rescued["jobs"]], [counter])
        self.session.send_line("outlast rescue; echo code:$?:")
        self.session.wait_for("nothing that runs in this session is at risk")
        self.session.wait_for("code:0:")
        self.world.must("stop", str(self.jobs()[counter]["number"]))

    @unittest.skipIf(os.geteuid(), "a devpts of one's own needs root")
    def test_a_container_has_terminals_of_the_same_number(self):
        """Another session's bash, in another devpts, whose terminal has our terminal's number."""
        own = self.start(f"python3 {self.counter} >/dev/null &")
        terminal = os.minor(procs.stat(own).tty)
        other = subprocess.Popen(["unshare", "-m", "python3", "-c", ELSEWHERE, str(terminal)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(other.stdout.close)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        stranger = int(other.stdout.readline())
        self.addCleanup(procs.kill, stranger)
        eventually(lambda: procs.stat(stranger).tty == procs.stat(own).tty, what="the same number")
        before = procs.stat(stranger)
        self.session.send_line("outlast rescue -y --json > rescued; echo code:$?:")
        self.session.wait_for("code:0:")
        rescued = json.loads(self.read("rescued"))
        self.assertEqual([job["pid"] for job in rescued["jobs"]], [own])
        self.assertEqual(procs.stat(stranger).session, before.session)
        self.world.must("stop", str(self.jobs()[own]["number"]))


if __name__ == "__main__":
    unittest.main()
