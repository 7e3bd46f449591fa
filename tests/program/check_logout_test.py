"""What `outlast check` says under a real systemd-logind, typed by an ordinary user, and what happens at logout.

KillUserProcesses= yes and no, a user who lingers and one who does not. The sshd is root's, so that what it
holds is hidden from the user who asks.
"""
# ctest: TIMEOUT 180 RUN_SERIAL TRUE

import json
import re
import unittest

from harness import laboratory, private_systemd
from harness.outlast import binary
from harness.waiting import Deadline, TimedOut, eventually

REASON = private_systemd.missing()
LINGERS, LEAVES = "ann", "bob"
POLICY = "[Login]\nKillUserProcesses={}\nUserStopDelaySec=1s\n"
STOP_DELAY = 1.0
NULL = "</dev/null >/dev/null 2>&1"
SITUATIONS = [
    ("in the background", "sleep {} &"),
    ("disown, redirected", f"sleep {{}} {NULL} & disown"),
    ("nohup", f"nohup sleep {{}} {NULL} &"),
    ("setsid -f, redirected", f"setsid -f sleep {{}} {NULL}"),
    ("in tmux, detached", "tmux -f /dev/null new -d 'sleep {}'"),
    ("job of outlast, -d", "outlast run -d -q sleep {}"),
    ("systemd-run --user", "systemd-run --user -q sh -c 'exec sleep {}'"),
    ("systemd-run --user --scope setsid -f", f"systemd-run --user -q --scope setsid -f sleep {{}} {NULL}"),
]
UNDECIDED = {"systemd-run --user", "systemd-run --user --scope setsid -f"}


class Login:
    """A user's login with every situation in it; each is told apart by how long it sleeps."""

    def __init__(self, host, user, first):
        self.host, self.user = host, user
        self.seconds = [first + number for number in range(len(SITUATIONS))]
        self.terminal = host.login(user)
        self.terminal.wait_for("ready> ")
        self.type("stty cols 4000 -echo")

    def type(self, command):
        """What the command printed."""
        self.terminal.send_line(command)
        self.terminal.send_line("echo end-of-$((1))")
        return self.terminal.wait_for(r"(.*?)end-of-1\r\n.*?ready> ").group(1).decode()

    def start(self):
        for (_, line), seconds in zip(SITUATIONS, self.seconds):
            self.type(line.format(seconds))
            eventually(lambda s=seconds: self.host.sleeping(s), what=lambda line=line: line)

    def predict(self):
        """{seconds: report} of every sleep there is, as the user himself is told."""
        text = self.type("outlast check --json sleep")
        answer = json.loads(re.search(r"\{.*\}", text, re.DOTALL).group(0).replace("\r\n", ""))
        return {int(each["command"].split()[1]): each for each in answer["processes"] if each["name"] == "sleep"}


@unittest.skipIf(REASON, f"no private systemd: {REASON}")
class LogoutLaboratory(unittest.TestCase):
    """Predicted and actual."""

    def try_policy(self, kills):
        host = private_systemd.PrivateSystemd(
            (LINGERS, LEAVES), {"/usr/bin/outlast": ("copy", binary()),
                                "/etc/systemd/logind.conf.d/outlast-test.conf": POLICY.format(kills)})
        self.addCleanup(host.close)
        host.must("loginctl", "enable-linger", LINGERS)
        logins = [Login(host, user, 80000 + 100 * number) for number, user in enumerate((LINGERS, LEAVES))]
        reports = {}
        for login in logins:
            login.start()
            reports.update(login.predict())
        for login in logins:
            login.terminal.hang_up()
        self.await_ends(host, reports)
        rows = []
        for login in logins:
            how = f"KillUserProcesses={kills}, " + ("lingers" if login.user == LINGERS else "no linger")
            for (name, _), seconds in zip(SITUATIONS, login.seconds):
                report = reports[seconds]
                happened = "lived" if host.sleeping(seconds) else "ended"
                reasons = "; ".join(each["reason"] for each in report["threats"] if each["mark"] != "safe")
                rows.append(laboratory.Row(name, how, "", laboratory.words(report), happened,
                                           laboratory.judge(report, happened), reasons))
        laboratory.publish(self, rows)
        self.assertEqual([row for row in rows if row.verdict == "contradiction"], [])
        # With leftovers of the login a user manager stays without linger too, but not for certain.
        self.assertEqual({row.situation for row in rows if row.verdict == "undecided"},
                         UNDECIDED if kills == "no" else set())

    @staticmethod
    def await_ends(host, reports):
        """Those that are said to end get the time for it; the others have to be there after that time."""
        doomed = [seconds for seconds, report in reports.items()
                  if "dies" in (laboratory.marks_of(report)["hangup"], laboratory.marks_of(report)["logout"])]
        try:
            eventually(lambda: not any(host.sleeping(seconds) for seconds in doomed))
        except TimedOut:
            pass
        limit = Deadline(3 * STOP_DELAY)
        eventually(limit.over)

    def test_kept_by_the_host(self):
        self.try_policy("no")

    def test_ended_by_the_host(self):
        self.try_policy("yes")


if __name__ == "__main__":
    unittest.main()
