"""`outlast adopt --session PTS`: a whole ssh session outlives its connection, untouched."""

# Alone: `--every-session` holds those of other tests too, which wait for theirs to be lost.
# ctest: TIMEOUT 300 RUN_SERIAL TRUE

import json
import os
import stat
import subprocess
import unittest

from harness import procs
from harness.outlast import Outlast, binary, has_failed
from harness.sshd import Sshd, missing
from harness.waiting import eventually

NOT_ROOT = os.geteuid() != 0


class Session:
    """A person in a login over ssh, at a prompt "ready> "."""

    def __init__(self, sshd):
        self.terminal = sshd.terminal()
        self.terminal.send_line("PS1='rea''dy> '; echo at:$(tty):$$:")
        _, path, pid = self.terminal.wait_for(r"at:(/dev/pts/\d+):(\d+):")[0].split(b":")[:3]
        self.path, self.pid = path.decode(), int(pid)
        self.terminal.wait_for("ready> ")

    @property
    def name(self):
        return self.path.removeprefix("/dev/")


def holders():
    """The processes that hold sessions in the background."""
    return [pid for pid in procs.pids() if procs.alive(pid) and procs.stat(pid)
            and procs.stat(pid).name == "outlast-holder"]


@unittest.skipIf(missing(), missing())
@unittest.skipIf(NOT_ROOT, "only root may share a terminal with sshd")
class HeldSession(unittest.TestCase):
    """The client is frozen and killed."""

    namespaces = False

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))
        self.sshd = Sshd({**self.world.env, "SHELL": "/bin/bash"}, namespaces=self.namespaces,
                         base=self.world.folder)
        self.addCleanup(self.sshd.close)
        self.before = set(holders())

    def holder(self):
        """The holder that this test has started."""
        found = eventually(lambda: set(holders()) - self.before, what="a holder")
        self.assertEqual(len(found), 1)
        return found.pop()

    def job(self, session):
        """The record of the job that the session has become."""
        def look():
            rows = self.world.json("ls", "-a")["jobs"]
            return [row for row in rows if row.get("pid") == session.pid]

        return eventually(look, what="a job of the session")[0]

    def attach(self, job):
        number = str(job["number"])
        terminal = self.world.terminal("attach", number)
        self.addCleanup(terminal.close)
        eventually(lambda: self.world.json("status", number)["jobs"][0]["viewers"], what="a viewer")
        return terminal

    def service(self):
        """`adopt --every-session`; a function that tells what happens to a session next."""
        service = subprocess.Popen([binary(), "adopt", "--every-session", "--json"],
                                   stdout=subprocess.PIPE, env=self.world.env)
        self.addCleanup(service.stdout.close)
        self.addCleanup(service.wait)
        self.addCleanup(service.terminate)

        def news(session):
            while True:
                event = json.loads(service.stdout.readline())
                if event["leader"] == session.pid:
                    return event

        return news

    def test_the_session_goes_on(self):
        session = Session(self.sshd)
        session.terminal.send_line("tick() { while :; do echo tick >> ticks; sleep 0.05; done; }; tick &")
        session.terminal.send_line("read -p 'your na''me? ' name; echo hello:$name:")
        session.terminal.wait_for("your name")
        before = os.stat(session.path)
        said = self.world.must("adopt", "--session", session.name)
        self.assertIn(f"PID {session.pid}", said.said)
        self.sshd.cut()
        job = self.job(session)
        self.assertTrue(procs.alive(session.pid))
        self.assertEqual(job["state"], "running")
        # What sshd left open to everybody is its owner's again.
        after = os.stat(session.path)
        self.assertEqual((after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)),
                         (before.st_uid, before.st_gid, stat.S_IMODE(before.st_mode)))
        terminal = self.attach(job)
        terminal.send_line("Ann")
        terminal.wait_for("hello:Ann:")
        terminal.send_line("jobs; echo job''s-end")
        self.assertIn(b"Running", terminal.wait_for(r"[\s\S]*?jobs-end")[0])
        terminal.send_line("kill %1; exit 7")
        done = self.world.run("wait", str(job["number"]))
        self.assertEqual(done.rc, 7, done)
        eventually(lambda: not set(holders()) - self.before, what="the holder to go")

    def test_a_logout_leaves_nothing(self):
        session = Session(self.sshd)
        self.world.must("adopt", "--session", session.path)
        holder = procs.Handle(self.holder())
        self.addCleanup(holder.close)
        session.terminal.send_line("exit")
        self.assertTrue(holder.wait_end(20))
        session.terminal.wait_end()
        self.assertEqual(self.world.json("ls", "-a")["jobs"], [])

    def test_the_death_of_the_holder_is_not_noticed(self):
        session = Session(self.sshd)
        self.world.must("adopt", "--session", session.name)
        procs.kill(self.holder())
        session.terminal.send_line("echo still:$((40 + 2))")
        session.terminal.wait_for("still:42")
        self.sshd.cut()
        eventually(lambda: not procs.alive(session.pid), what="the hangup")

    def test_it_is_held_once(self):
        session = Session(self.sshd)
        self.world.must("adopt", "--session", session.name)
        again = self.world.run("adopt", "--session", session.name)
        session.terminal.send_line("exit")
        session.terminal.wait_end()
        self.assertEqual(again.rc, 4)
        self.assertIn("outlast's already", again.said)

    def test_every_session(self):
        news = self.service()
        early = Session(self.sshd)
        self.assertEqual(news(early)["event"], "held")
        late = Session(self.sshd)
        event = news(late)
        self.assertEqual((event["event"], event["terminal"]), ("held", late.path))
        early.terminal.send_line("exit")
        self.assertEqual(news(early)["event"], "left")
        self.sshd.cut()
        self.assertEqual(news(late)["event"], "dropped")
        job = self.job(late)
        terminal = self.attach(job)
        terminal.send_line("exit 3")
        self.assertEqual(self.world.run("wait", str(job["number"])).rc, 3)

    def test_it_is_tried_again_when_the_job_cannot_be_made(self):
        session = Session(self.sshd)
        jobs = self.world.env["XDG_STATE_HOME"] + "/outlast"
        os.makedirs(jobs, exist_ok=True)
        os.rename(jobs, jobs + ".away")
        with open(jobs, "w", encoding="ascii"):
            pass  # a file where the directory should be
        news = self.service()
        self.assertEqual(news(session)["event"], "held")
        self.sshd.cut()
        self.assertEqual(news(session)["event"], "not-saved")
        self.assertTrue(procs.alive(session.pid))
        os.unlink(jobs)
        os.rename(jobs + ".away", jobs)
        self.assertEqual(news(session)["event"], "dropped")
        self.world.must("stop", str(self.job(session)["number"]), "-s", "KILL")


@unittest.skipIf(missing(), missing())
@unittest.skipIf(NOT_ROOT, "only root may share a terminal with sshd")
class CutCable(HeldSession):
    """A cable between two network namespaces is unplugged."""

    namespaces = True


class Refused(unittest.TestCase):
    """Nothing is held."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))

    def test_bad_names(self):
        for word in ("", "tty1", "pts/", "pts/x", "pts/-1", "pts/99999999999", "/dev/null"):
            with self.subTest(word=word):
                done = self.world.run("adopt", "--session", word)
                self.assertEqual(done.rc, 2)
                self.assertIn("no terminal is called", done.said)

    def test_no_such_terminal(self):
        done = self.world.run("adopt", "--session", "pts/1000000")
        self.assertEqual(done.rc, 4)
        self.assertIn("there is no terminal /dev/pts/1000000", done.said)

    def test_a_job_of_outlast(self):
        self.world.must("run", "-d", "-t", "-n", "x", "bash", "-c", "tty; cat")
        eventually(lambda: b"/dev/pts/" in self.world.must("logs", "--raw", "x").out)
        path = self.world.must("logs", "--raw", "x").out.decode().strip()
        done = self.world.run("adopt", "--session", path)
        self.assertEqual(done.rc, 4)
        self.assertIn("outlast's already", done.said)


if __name__ == "__main__":
    unittest.main()
