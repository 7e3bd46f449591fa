"""Logging out, for real: who lives and who dies under a real systemd-logind, and what was promised.

KillUserProcesses= yes and no, a user who lingers and one who does not: four combinations.  Each
gets an interactive login over ssh, a job, and two processes without protection beside it.
"""
# ctest: TIMEOUT 180 RUN_SERIAL TRUE

import json
import re
import unittest

from harness import private_systemd
from harness.outlast import binary
from harness.waiting import Deadline, TimedOut, eventually

REASON = private_systemd.missing()
LINGERS, LEAVES = "ann", "bob"
USERS = (LINGERS, LEAVES)
POLICY = "[Login]\nKillUserProcesses={}\nUserStopDelaySec=1s\n"
POLICY_FILE = "/etc/systemd/logind.conf.d/outlast-test.conf"
STOP_DELAY = 1.0


def machine(kills):
    return private_systemd.PrivateSystemd(
        USERS, {"/usr/bin/outlast": ("copy", binary()), POLICY_FILE: POLICY.format(kills)})


class Login:
    """One user's login, with the three processes in it; each is told apart by how long it sleeps."""

    def __init__(self, host, user, number):
        self.host, self.user = host, user
        self.job, self.nohup, self.setsid = (number * 1000 + 70001 + i for i in range(3))
        self.terminal = host.login(user)
        self.terminal.wait_for("ready> ")
        self.type("stty cols 4000")

    def type(self, command):
        """What the command printed."""
        self.terminal.send_line(command)
        self.terminal.send_line("echo end-of-$((1))")
        return self.terminal.wait_for(r"(.*?)end-of-1\r\n.*?ready> ").group(1).decode()

    def json(self, command):
        return json.loads(re.search(r"\{.*\}", self.type(command), re.DOTALL).group(0).replace("\r\n", ""))

    def start(self):
        """The three of them; what `run` has said of its own."""
        self.type(f"nohup sleep {self.nohup} >/dev/null 2>&1 &")
        self.type(f"setsid -f sleep {self.setsid}")
        answer = self.json(f"outlast run -d --json sleep {self.job}")
        for seconds in (self.job, self.nohup, self.setsid):
            eventually(lambda s=seconds: self.host.sleeping(s), what=f"sleep {seconds}")
        return answer

    def leave(self):
        self.terminal.send_line("exit")
        self.terminal.wait_end()

    def alive(self):
        return tuple(self.host.sleeping(s) for s in (self.job, self.nohup, self.setsid))


def stays(condition, seconds):
    """Whether the condition holds at every look until the time is over."""
    limit = Deadline(seconds)
    try:
        eventually(lambda: limit.over() or not condition(), seconds + 5)
    except TimedOut:
        pass
    return condition()


@unittest.skipIf(REASON, f"no private systemd: {REASON}")
class Logout(unittest.TestCase):
    """The matrix."""

    def setUp(self):
        self.host = None

    def tearDown(self):
        if self.host is not None:
            self.host.close()

    def expect(self, kills, expected):
        """`expected`: for each user, whether job, nohup and setsid live on."""
        self.host = machine(kills)
        self.host.must("loginctl", "enable-linger", LINGERS)
        logins = {user: Login(self.host, user, i) for i, user in enumerate(USERS)}
        for user, login in logins.items():
            promise = login.start()
            with self.subTest("promised by run", user=user):
                self.assertEqual(promise["survives_logout"], expected[user][0], promise)
            status = login.json("outlast status --json")["jobs"][0]
            with self.subTest("promised by status", user=user):
                kept = {promise["what"]: promise["kept"] for promise in status["survives"]}
                self.assertEqual(kept["logout"], expected[user][0], status)
        for login in logins.values():
            login.leave()
        for user, login in logins.items():
            with self.subTest("what happened", user=user):
                try:
                    eventually(lambda u=user, a=login: a.alive() == expected[u], 15)
                except TimedOut:
                    pass
                self.assertEqual(login.alive(), expected[user])
        # Those who live are past the time at which they would have been ended.
        self.assertTrue(stays(lambda: all(logins[u].alive() == expected[u] for u in USERS), 3 * STOP_DELAY))

    def test_kept_by_the_host(self):
        self.expect("no", {LINGERS: (True, True, True), LEAVES: (True, True, True)})

    def test_ended_by_the_host(self):
        self.expect("yes", {LINGERS: (True, False, False), LEAVES: (False, False, False)})


if __name__ == "__main__":
    unittest.main()
