"""Agent forwarding over real ssh connections: lost, and there again in a shell that was started before."""

# ctest: TIMEOUT 300

import os
import signal
import unittest

from harness import agents, network, procs
from harness.outlast import Outlast, has_failed
from harness.sshd import Sshd, missing
from harness.waiting import eventually

GONE = "No such file or directory"


@unittest.skipIf(missing() or agents.missing(), missing() or agents.missing())
class FrozenClientTest(unittest.TestCase):
    """The ssh client is frozen and killed; the next class cuts the cable instead."""

    namespaces = False

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))
        self.sshd = Sshd(self.world.env, namespaces=self.namespaces, base=self.world.folder)
        self.addCleanup(self.sshd.close)
        self.agents = {}
        for name in ("first-key", "second-key"):
            self.agents[name] = agents.Agent(self.world, name)
            self.addCleanup(self.agents[name].close)
        self.asked = 0

    def connect(self, name, command):
        """An ssh session with a terminal, the agent of that name forwarded."""
        return self.sshd.terminal(command, agent=self.agents[name].path)

    def start(self, options=""):
        session = self.connect("first-key", f"outlast run -n sh {options} -e PS1='ready> ' "
                                            "bash --norc --noprofile -i")
        session.wait_for("ready> ")
        return session

    def log(self):
        return self.world.must("logs", "--raw", "sh").text

    def type_command(self, command):
        self.asked += 1
        self.world.must("send", "sh", f'r=$({command} 2>&1); echo "answer"-{self.asked}: "$r" :end')
        return self.asked

    def answer(self, number):
        def look():
            _, begin, rest = self.log().partition(f"answer-{number}: ")
            text, end, _ = rest.partition(" :end")
            return (text,) if begin and end else None
        return eventually(look, what=self.log)[0]

    def keys(self):
        return self.answer(self.type_command("timeout 10 ssh-add -l"))

    def lose(self):
        self.sshd.cut()
        self.sshd.mend()
        eventually(lambda: not self.world.json("status", "sh")["jobs"][0]["viewers"])

    def test_lost_and_found(self):
        self.start()
        self.assertIn("first-key", self.keys())
        self.lose()
        self.assertIn(GONE, self.keys())
        session = self.connect("second-key", "outlast attach sh")
        session.wait_for("leaves it running")
        eventually(lambda: "second-key" in self.keys(), what=self.log)
        self.lose()
        self.assertIn(GONE, self.keys())

    def test_a_program_that_waits(self):
        self.start("--hold-agent")
        self.assertIn("first-key", self.keys())
        self.lose()
        number = self.type_command("ssh-add -l")
        session = self.connect("second-key", "outlast attach sh")
        self.assertIn("second-key", self.answer(number))
        session.send("\x1cd")
        session.wait_end()

    def test_detached_while_the_connection_stands(self):
        """Whether the connection still works would show by a hang only: nobody attached, no agent."""
        session = self.start()
        self.assertIn("first-key", self.keys())
        session.send("\x1cd")
        session.wait_end()
        eventually(lambda: GONE in self.keys(), what=self.log)

    def test_detached_from_the_start(self):
        shell = self.connect("first-key", "PS1='shell> ' bash --norc -i")
        shell.wait_for("shell> ")
        shell.send_line("outlast run -d -t -n sh -e PS1='ready> ' bash --norc --noprofile -i")
        eventually(lambda: self.world.run("logs", "--raw", "sh").text.endswith("ready> "))
        self.assertIn("first-key", self.keys())
        self.sshd.cut()
        self.sshd.mend()
        # A server's process that was killed has left its socket behind.
        self.assertRegex(self.keys(), f"Error connecting to agent: ({GONE}|Connection refused)")

    def test_a_frozen_connection(self):
        """The old one is dead and nobody knows; the new one's agent counts at once."""
        old = self.start()
        self.assertIn("first-key", self.keys())
        old.kill(signal.SIGSTOP)
        session = self.connect("second-key", "outlast attach sh")
        session.wait_for("leaves it running")
        eventually(lambda: "second-key" in self.keys(), what=self.log)
        self.assertEqual(len(self.world.json("status", "sh")["jobs"][0]["viewers"]), 2)

    def test_two_connections_at_once(self):
        self.start()
        second = self.connect("second-key", "outlast attach sh")
        second.wait_for("leaves it running")
        eventually(lambda: "second-key" in self.keys(), what=self.log)
        viewer, = [pid for pid in self.world.processes()
                   if procs.command_line(pid)[1:] == [b"attach", b"sh"]]
        os.kill(viewer, signal.SIGKILL)
        eventually(lambda: "first-key" in self.keys(), what=self.log)


@unittest.skipIf(network.available(), network.available())
class CableTest(FrozenClientTest):
    """The network cable is unplugged, and the server gives the session up."""

    namespaces = True


if __name__ == "__main__":
    unittest.main()
