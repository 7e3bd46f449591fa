"""The throwaway ssh server and its two ways to lose a connection, tried on sleep and nohup."""

import os
import unittest

from harness import network, procs
from harness.sshd import Sshd, missing
from harness.waiting import eventually


@unittest.skipIf(missing(), missing())
class LoopbackTest(unittest.TestCase):
    namespaces = False

    def setUp(self):
        self.sshd = Sshd(env={"SSHD_TEST": "it is here"}, namespaces=self.namespaces)
        self.addCleanup(self.sshd.close)

    def test_run_a_command(self):
        done = self.sshd.run("echo $SSHD_TEST; cat; tty; exit 3", input=b"in\n")
        self.assertEqual((done.stdout, done.returncode), (b"it is here\nin\nnot a tty\n", 3))
        done = self.sshd.run("-tt", "tty")
        self.assertRegex(done.stdout, rb"^/dev/pts/\d+\r\n$")

    def test_a_local_connection(self):
        # What a program in a session does that talks to the same machine, as rsync over ssh.
        done = self.sshd.run(f"{self.sshd.client} server-local echo inner")
        self.assertEqual(done.stdout, b"inner\n", done.stderr)

    def test_a_second_server_on_the_same_machine(self):
        second = Sshd(beside=self.sshd, name="second", env={"SSHD_TEST": "the second"})
        self.addCleanup(second.close)
        done = self.sshd.run(f"{second.client} second 'echo $SSHD_TEST'")
        self.assertEqual(done.stdout, b"the second\n", done.stderr)
        eventually(lambda: not second.sessions(), what="the end of the connection at its server")

    def test_the_cut(self):
        session = self.sshd.terminal("PS1='ready> ' exec bash --norc --noprofile -i")
        session.wait_for("ready> ")
        session.send_line("nohup sleep 1000 >/dev/null 2>&1 & echo nohup $!.")
        nohup = int(session.wait_for(r"nohup (\d+)\.")[1])
        self.addCleanup(procs.kill, nohup)
        eventually(lambda: procs.command_line(nohup)[:1] == [b"sleep"])
        session.send_line("sleep 1000 & echo plain $!.")
        plain = int(session.wait_for(r"plain (\d+)\.")[1])
        second = self.sshd.terminal("echo $$.; exec sleep 1000")
        alone = int(second.wait_for(r"(\d+)\.")[1])

        how = self.sshd.cut()

        self.assertIn("cable" if self.namespaces else "frozen", how)
        self.assertEqual(self.sshd.sessions(), [])
        for victim in (plain, alone):
            eventually(lambda: not procs.alive(victim), what=procs.describe(victim))
        self.assertTrue(procs.alive(nohup))
        if self.namespaces:  # the client has heard nothing of it
            self.assertIsNone(session.process.poll())
        self.sshd.mend()
        done = self.sshd.run(f"kill -0 {nohup} && echo alive")
        self.assertEqual(done.stdout, b"alive\n", done.stderr)

    def test_nothing_to_cut(self):
        with self.assertRaises(RuntimeError):
            self.sshd.cut()

    def test_nothing_is_left(self):
        session = self.sshd.terminal("echo $$.; exec sleep 1000")
        remote = int(session.wait_for(r"(\d+)\.")[1])
        server, folder = self.sshd._process.pid, self.sshd.folder
        machines = [m.pid for m in (self.sshd.cable.server, self.sshd.cable.client)] \
            if self.namespaces else []
        self.sshd.close()
        for pid in (remote, server, session.pid, *machines):
            eventually(lambda: not procs.alive(pid), what=procs.describe(pid))
        self.assertFalse(os.path.exists(folder))


@unittest.skipIf(network.available(), network.available())
class CableTest(LoopbackTest):
    namespaces = True

    def test_no_packet_gets_through(self):
        self.sshd.cable.unplug()
        done = self.sshd.run("-o", "ConnectTimeout=1", "true")
        self.assertEqual(done.returncode, 255)
        self.sshd.mend()
        self.assertEqual(self.sshd.run("true").returncode, 0)


if __name__ == "__main__":
    unittest.main()
