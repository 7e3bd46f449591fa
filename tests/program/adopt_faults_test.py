"""A takeover that fails at any of its steps leaves the processes exactly as they were.

Every step is made to fail in turn, until the takeover succeeds; after each failure the program's
descriptors, groups, terminal, signals, memory and epoll sets are those of before, its output goes
on to the old terminal, and it can be typed to.
"""

# ctest: TIMEOUT 300

import os
import signal
import tempfile
import unittest

from harness import procs
from harness.takeover import Takeover, facts, tool
from harness.terminal import Terminal
from harness.waiting import eventually

PYTHON = "/usr/bin/python3"
ENV = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PS1": "ready> ", "PYTHONUNBUFFERED": "1"}

COUNT = r"""
import itertools, os, time
for n in itertools.count():
    os.write(1, b"line %d\n" % n)
    time.sleep(.002)
"""
# One thread sleeps in a read of the terminal, one computes, one writes.
THREADS = r"""
import itertools, os, threading, time
def read():
    while True: os.write(1, b"read %r\n" % os.read(0, 100))
def compute():
    while True: sum(range(1000))
for work in read, compute: threading.Thread(target=work, daemon=True).start()
for n in itertools.count():
    os.write(1, b"line %d\n" % n)
    time.sleep(.002)
"""
EPOLL = r"""
import asyncio, os, sys
async def main():
    loop = asyncio.get_running_loop()
    loop.add_reader(0, lambda: print("read", os.read(0, 100)))
    n = 0
    while True:
        os.write(1, b"line %d\n" % n)
        n += 1
        await asyncio.sleep(.002)
asyncio.run(main())
"""


@unittest.skipUnless(os.access(tool(), os.X_OK), "outlast_takeover is not built")
class FaultTest(unittest.TestCase):
    def shell(self):
        shell = Terminal(["bash", "--norc", "--noprofile", "-i"], env=ENV)
        self.addCleanup(shell.close)
        shell.wait_for("ready> ")
        return shell

    def script(self, name, text):
        """Write a program; its path."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def fail_at_every_step(self, terminal, main, pids, works):
        """Returns the takeover that succeeded, and how many steps it has."""
        before = {pid: facts(pid) for pid in pids}
        fault = 0
        while True:
            fault += 1
            takeover = Takeover(main, fault)
            if takeover.ok:
                self.addCleanup(takeover.close)
                return takeover, fault - 1
            takeover.close()
            self.assertIn("OUTLAST_ADOPT_FAULT", takeover.report["error"])
            self.assertNotIn("left changed", takeover.report["why"])
            for pid in pids:
                self.assertEqual(facts(pid), before[pid],
                                 f"after a failure at step {fault}: {takeover.report}")
            works(terminal)

    def check(self, program, works, more_steps_than=10):
        """A program in the foreground of a shell, that writes lines."""
        terminal = self.shell()
        terminal.send_line(f"{PYTHON} {self.script('victim.py', program)}")
        terminal.wait_for(r"line 5\r\n")
        main = procs.stat(terminal.pid).foreground
        takeover, steps = self.fail_at_every_step(terminal, main, [main], works)
        self.assertGreater(steps, more_steps_than)
        takeover.wait_for(rb"line \d+\r\n")
        terminal.wait_for("ready> ")  # the shell has its terminal back
        terminal.hang_up()
        terminal.wait_end()
        takeover.wait_for(rb"(line \d+\r\n.*){5}")
        self.assertTrue(procs.alive(main))
        return takeover

    @staticmethod
    def still_writes(terminal):
        terminal.wait_for(r"line \d+\r\n")

    @staticmethod
    def still_reads(terminal):
        terminal.send_line("hello")
        terminal.wait_for(rb"read b'hello\\n'")

    def test_one_process(self):
        self.check(COUNT, self.still_writes)

    def test_threads_of_which_one_reads_the_terminal(self):
        takeover = self.check(THREADS, self.still_reads)
        takeover.send(b"new\n")
        takeover.wait_for(rb"read b'new\\n'")

    def test_epoll_on_the_terminal(self):
        takeover = self.check(EPOLL, self.still_reads)
        takeover.send(b"new\n")
        takeover.wait_for(rb"read b'new\\n'")

    def test_a_pipeline_whose_last_part_reads_dev_tty(self):
        terminal = self.shell()
        source = self.script("source.py", COUNT)
        reader = self.script("reader.py", r"""
import os, sys, threading
tty = open("/dev/tty", "rb", buffering=0)
def read():
    while True: os.write(1, b"read %r\n" % tty.read(100))
threading.Thread(target=read, daemon=True).start()
for line in sys.stdin: print("got " + line, end="")
""")
        terminal.send_line(f"{PYTHON} {source} | cat | {PYTHON} {reader}")
        terminal.wait_for(r"got line 5\r\n")
        group = procs.stat(terminal.pid).foreground
        pids = [pid for pid in procs.pids()
                if procs.stat(pid) is not None and procs.stat(pid).group == group]
        self.assertEqual(len(pids), 3)
        last = next(pid for pid in pids if b"reader" in b" ".join(procs.command_line(pid)))
        takeover, steps = self.fail_at_every_step(terminal, group, pids, self.still_reads)
        self.assertGreater(steps, 30)
        # That one has the new terminal as its controlling one at once; the others are in one group.
        self.assertEqual(takeover.report["owner"], last)
        groups = {found["pid"]: found["group"] for found in takeover.report["processes"]}
        self.assertEqual(groups[last], last)
        self.assertEqual(len(set(groups.values())), 2)
        self.assertNotIn(group, groups.values())
        terminal.wait_for("ready> ")
        terminal.hang_up()
        terminal.wait_end()
        takeover.wait_for(rb"(got line \d+\r\n.*){5}")
        takeover.send(b"new\n")
        takeover.wait_for(rb"read b'new\\n'")

    def test_the_leader_of_a_session(self):
        program = self.script("victim.py", COUNT)
        terminal = Terminal([PYTHON, program], env=ENV)
        self.addCleanup(terminal.close)
        terminal.wait_for(r"line 5\r\n")
        takeover, _ = self.fail_at_every_step(terminal, terminal.pid, [terminal.pid],
                                              self.still_writes)
        self.assertEqual(takeover.report["owner"], terminal.pid)
        terminal.hang_up()
        takeover.wait_for(rb"(line \d+\r\n.*){5}")
        takeover.send(b"\x03")
        takeover.wait_for(b"KeyboardInterrupt")
        eventually(lambda: not procs.alive(terminal.pid))

    def test_a_stopped_group_without_its_leader(self):
        # The first process of the pipeline has ended: nobody has the group's number as a pid.
        terminal = self.shell()
        program = self.script("victim.py", COUNT)
        terminal.send_line(f"true | {PYTHON} {program}")
        terminal.wait_for(r"line 5\r\n")
        group = procs.stat(terminal.pid).foreground
        main = eventually(lambda: [pid for pid in procs.children(terminal.pid)
                                   if procs.alive(pid)])[0]
        eventually(lambda: not procs.alive(group))
        terminal.send(b"\x1a")
        terminal.wait_for("Stopped.*ready> ")
        eventually(lambda: procs.stat(main).state == "T")

        def still_stopped(_):
            eventually(lambda: procs.stat(main).state == "T", what="stopped again")

        takeover, _ = self.fail_at_every_step(terminal, main, [main], still_stopped)
        takeover.wait_for(rb"(line \d+\r\n.*){5}")
        terminal.hang_up()
        terminal.wait_end()
        takeover.wait_for(rb"(line \d+\r\n.*){5}")
        procs.kill(main, signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
