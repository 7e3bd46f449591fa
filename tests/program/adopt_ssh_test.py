"""rsync in a real ssh session, adopted over a second connection; then the network is cut."""

# ctest: TIMEOUT 300

import filecmp
import os
import shutil
import subprocess
import unittest

from harness import network, procs
from harness.adopting import AdoptCase
from harness.sshd import Sshd, missing
from harness.waiting import eventually

PROXY = r"""
# Connects as ssh's ProxyCommand does, but only when the gate is open.
import os, socket, sys, threading
open(sys.argv[3]).read()
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def send():
    while data := os.read(0, 65536): peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := peer.recv(65536): os.write(1, data)
"""


@unittest.skipIf(missing(), missing())
@unittest.skipUnless(shutil.which("rsync"), "rsync is not installed")
class Rsync(AdoptCase):
    namespaces = False

    def setUp(self):
        super().setUp()
        self.sshd = Sshd(self.world.env, namespaces=self.namespaces,
                         base=self.world.folder)
        self.addCleanup(self.sshd.close)
        # Where rsync copies to: a server whose connections are not cut.
        self.target = Sshd(beside=self.sshd, name="target", env=self.world.env,
                           base=self.world.folder)
        self.addCleanup(self.target.close)
        os.mkdir(self.world.path("source"))
        for number in range(40):
            with open(self.world.path(f"source/file{number}"), "wb") as file:
                file.write(os.urandom(200_000))

    def session(self, line, pattern):
        """A person who has logged in and typed `line`; the terminal and the rsync."""
        session = self.sshd.terminal(f"cd {self.world.work}; "
                                     "PS1='ready> ' exec bash --norc --noprofile -i")
        session.wait_for("ready> ")
        session.send_line(line)
        session.wait_for(pattern)

        def find():
            return [pid for pid in procs.using(self.world.folder)
                    if procs.command_line(pid)[:1] == [b"rsync"]
                    and b"--server" not in procs.command_line(pid)
                    and procs.stat(pid).group == pid]

        return session, eventually(find)[0]

    def child_ssh(self, rsync):
        return next(pid for pid in procs.descendants(rsync) if procs.stat(pid).name == "ssh")

    def cut(self):
        self.sshd.cut()
        self.sshd.mend()

    def check_copied(self):
        fate = self.fate("rsync", 60)
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 0), self.log("rsync")[-500:])
        names = sorted(os.listdir(self.world.path("source")))
        self.assertEqual(filecmp.cmpfiles(self.world.path("source"), self.world.path("copy"),
                                          names, shallow=False)[0], names)

    def copy(self, client):
        return f"rsync -a --info=progress2 --bwlimit=3M -e '{client}' source/ " \
               f"target:{self.world.path('copy')}/"

    def test_in_the_middle_of_a_transfer(self):
        session, rsync = self.session(self.copy(self.target.client), r"\d+%")
        done = self.sshd.run(f"outlast adopt {rsync}")
        self.assertEqual(done.returncode, 0, done.stderr)
        ssh = self.child_ssh(rsync)
        # ssh may have to ask for something: it has the terminal at once.
        self.assertEqual(procs.stat(ssh).session, ssh)
        session.wait_for("ready> ")
        self.cut()
        self.assertTrue(procs.alive(rsync))
        self.assertIn(b"running", self.sshd.run("outlast ls").stdout)
        self.check_copied()
        self.assertRegex(self.log("rsync"), rb"100%")
        done = self.sshd.run("outlast wait rsync; echo rc $?")
        self.assertEqual(done.stdout, b"rc 0\n")

    def protect_key(self):
        """A second key, with a passphrase; the client that has to ask for it."""
        key = f"{self.world.folder}/locked"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-C", "locked",
                        "-f", key], check=True)
        with open(f"{key}.pub", encoding="utf-8") as file:
            public = file.read()
        with open(f"{self.target.folder}/authorized_keys", "w", encoding="utf-8") as file:
            file.write(public)
        return f"{self.target.client} -o BatchMode=no -i {key}"

    def answer(self):
        """The passphrase, typed by somebody who has come back over a new connection."""
        again = self.sshd.terminal("outlast attach rsync")
        again.wait_for("passphrase for key")
        eventually(lambda: procs.stat(again.pid) is not None)
        again.send("secret\r")
        self.check_copied()
        self.assertNotIn(b"secret", self.log("rsync"))

    def test_at_a_password_prompt(self):
        session, rsync = self.session(self.copy(self.protect_key()), "Enter passphrase for key")
        done = self.sshd.run(f"outlast adopt {rsync}")
        self.assertEqual(done.returncode, 0, done.stderr)
        session.wait_for("ready> ")
        self.cut()
        # What was asked before stands on the old terminal; ssh asks again after a wrong answer.
        self.world.must("send", "rsync", "wrong")
        self.await_log(rb"Enter passphrase for key", "rsync")
        self.answer()

    def test_asked_for_a_password_later(self):
        gate, proxy = self.gate(), self.file("proxy.py", PROXY)
        client = self.protect_key() + \
            f' -o ProxyCommand="/usr/bin/python3 {proxy} %h %p {gate}"'
        session, rsync = self.session(self.copy(client), "")
        eventually(lambda: any(b"proxy.py" in b" ".join(procs.command_line(pid))
                               for pid in procs.descendants(rsync)))
        done = self.sshd.run(f"outlast adopt {rsync}")
        self.assertEqual(done.returncode, 0, done.stderr)
        session.wait_for("ready> ")
        self.cut()
        self.open_gate(gate)
        self.await_log(rb"Enter passphrase for key", "rsync")
        self.answer()


@unittest.skipIf(network.available(), network.available())
class RsyncOverACable(Rsync):
    namespaces = True


if __name__ == "__main__":
    unittest.main()
