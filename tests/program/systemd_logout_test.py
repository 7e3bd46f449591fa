"""Logging out, for real: who lives and who dies under a real systemd-logind, and what was promised.

KillUserProcesses= yes and no, a user who lingers and one who does not: four combinations.  Each
gets an interactive login over ssh, a job, and two processes without protection beside it.
"""
# ctest: TIMEOUT 240

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
            doctor = login.json("outlast doctor --json")
            marks = {finding["topic"]: finding["mark"] for finding in doctor["findings"]}
            with self.subTest("promised by doctor", user=user):
                self.assertEqual(marks["logout"], "good" if expected[user][0] else "risk", doctor)
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

    def test_what_doctor_mends(self):
        """Lingering is switched on by the user, over ssh, and then the job lives."""
        self.host = machine("yes")
        login = Login(self.host, LEAVES, 1)
        doctor = login.json("outlast doctor --fix -y --json")
        self.assertEqual(len(doctor["fixed"]), 1, doctor)
        self.assertTrue(login.start()["survives_logout"])
        login.leave()
        eventually(lambda: login.alive() == (True, False, False), 15)
        self.assertTrue(stays(lambda: login.alive()[0], 3 * STOP_DELAY))


@unittest.skipIf(REASON, f"no private systemd: {REASON}")
class Placement(unittest.TestCase):
    """Where a job is put on a host that ends processes, and what happens when it cannot be."""

    @classmethod
    def setUpClass(cls):
        cls.host = machine("yes")
        cls.host.must("loginctl", "enable-linger", LINGERS)

    @classmethod
    def tearDownClass(cls):
        cls.host.close()

    def command(self, line):
        """What ann's one-command login answered, as JSON."""
        done = self.host.command(LINGERS, line)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def group(self, pid):
        """The control group of a process, by that machine's numbers."""
        return self.host.must("cat", f"/proc/{pid}/cgroup").rpartition("::")[2].strip()

    def test_everything_of_a_job_is_in_its_scope(self):
        started = self.command("outlast run -d --json sh -c 'sleep 71001 & sleep 71002; wait'")
        record = self.command(f"outlast status --json {started['number']}")["jobs"][0]
        groups = {self.group(pid) for pid in (record["pid"], record["keeper_pid"], record["scribe_pid"])}
        self.assertEqual(len(groups), 1, groups)
        group = groups.pop()
        self.assertRegex(group, r"/user@2000\.service/.*/outlast-\d+-.*\.scope$")
        members = self.host.must("cat", f"/sys/fs/cgroup{group}/cgroup.procs").split()
        sleeps = self.host.must("pgrep", "-f", "^sleep 7100[12]").split()
        self.assertEqual(len(sleeps), 2)
        self.assertLessEqual(set(sleeps), set(members))
        # The scope goes with the job.
        self.command(f"outlast stop --json -t 0s {started['number']}")
        eventually(lambda: self.host.run("test", "-e", f"/sys/fs/cgroup{group}").returncode == 1,
                   what="the end of the scope")

    def test_a_keeper_made_anew_is_where_its_job_is(self):
        started = self.command("outlast run -d --json -T sleep 71003")
        before = self.command(f"outlast status --json {started['number']}")["jobs"][0]
        self.host.must("kill", "-KILL", str(before["keeper_pid"]), str(before["scribe_pid"]))

        def revived():
            record = self.command(f"outlast status --json {started['number']}")["jobs"][0]
            return record["keeper_pid"] != before["keeper_pid"] and record

        record = eventually(revived, what="a new keeper")
        self.assertEqual(self.group(record["keeper_pid"]), self.group(record["pid"]))
        self.assertIn(".scope", self.group(record["pid"]))

    def test_without_the_variables_of_a_login(self):
        started = self.command("env -i HOME=$HOME PATH=$PATH outlast run -d --json sleep 71009")
        self.assertTrue(started["survives_logout"], started)

    def test_an_adopted_process_leaves_its_session(self):
        login = Login(self.host, LINGERS, 3)
        login.type("sleep 71011 &")
        adopted, = login.json("outlast adopt --json $!")["jobs"]
        self.assertTrue(adopted["promises"]["logout"]["kept"], adopted)
        self.assertIn("/outlast-", self.group(adopted["pid"]))
        login.leave()
        record = self.command(f"outlast status --json {adopted['number']}")["jobs"][0]
        self.assertTrue(stays(lambda: self.host.sleeping(71011), 3 * STOP_DELAY), record)
        self.assertEqual(self.group(record["keeper_pid"]), self.group(adopted["pid"]))

    def test_who_watches_outlives_what_is_watched(self):
        """--watch touches nothing: the process ends with its session, and that is recorded."""
        login = Login(self.host, LINGERS, 4)
        login.type("sleep 71012 &")
        watched = login.json("outlast adopt --watch --json $!")
        login.leave()
        eventually(lambda: not self.host.sleeping(71012), what="the end of what was watched")

        def fate():
            record = self.command(f"outlast status --json {watched['number']}")["jobs"][0]
            return record["state"] not in ("running", "quiet") and record

        record = eventually(fate, what="the fate of what was watched")
        self.assertNotEqual(record["state"], "lost", record)

    def test_what_is_said_at_the_terminal(self):
        """The one line that a person reads; each login is another one's."""
        for user, words in ((LINGERS, "is safe if you disconnect"),
                            (LEAVES, "runs, but it will be ended 1s after your last logout.*enable-linger")):
            login = self.host.login(user)
            login.wait_for("ready> ")
            login.send_line("outlast run sleep 71010")
            login.wait_for('job \\d+ "sleep[-0-9]*" ' + words.replace(" ", r"\s+"))
            login.send(b"\x1cd")
            login.wait_for("ready> ")
            login.send_line("exit")
            login.wait_end()

    def test_without_a_message_bus_of_the_users(self):
        """dbus-user-session is not on every server; the manager has a socket of its own."""
        bus = "/run/user/2000/bus"
        self.host.must("mv", bus, bus + ".away")
        try:
            self.assertTrue(self.command("outlast run -d --json sleep 71004")["survives_logout"])
        finally:
            self.host.must("mv", bus + ".away", bus)

    def test_a_manager_that_does_not_answer(self):
        """The job starts all the same, after a bounded time, and nothing is promised."""
        self.host.must("systemctl", "kill", "-s", "STOP", "--kill-whom=main", "user@2000.service")
        try:
            limit = Deadline(15)
            started = self.command("outlast run -d --json sleep 71005")
            self.assertFalse(limit.over())
            self.assertFalse(started["survives_logout"])
            self.assertIn("could not be moved out of your session", started["why"])
        finally:
            self.host.must("systemctl", "kill", "-s", "CONT", "--kill-whom=main", "user@2000.service")
        # The session of that command has ended, and the job with it, as was said.
        eventually(lambda: not self.host.sleeping(71005), what="the end of the job")

    def test_no_user_manager(self):
        self.host.must("systemctl", "mask", "--runtime", "user@2001.service")
        try:
            done = self.host.command(LEAVES, "outlast run -d --json sleep 71006; outlast run -d sleep 71007")
            self.assertIn("you have no user manager", json.loads(done.stdout.splitlines()[0])["why"])
            self.assertIn("could not be moved out of your session", done.stderr)
            self.assertIn("outlast doctor", done.stderr)
        finally:
            self.host.must("systemctl", "unmask", "--runtime", "user@2001.service")

    def test_a_service_of_one_connection_is_left(self):
        """sshd@.service without pam_systemd: the connection's end is the end of the service."""
        unit = "sshd@7-test.service"
        script = ("outlast run -d --json sleep 71013 >/tmp/answer 2>&1; cat /proc/self/cgroup >/tmp/group")
        self.host.must("systemd-run", "-q", "--wait", f"--unit={unit}", f"--uid={LINGERS}",
                       "-E", f"HOME=/home/{LINGERS}", "bash", "-c", script)
        self.assertIn("/sshd@7-test.service", self.host.must("cat", "/tmp/group"))
        started = json.loads(self.host.must("cat", "/tmp/answer"))
        self.assertTrue(started["survives_logout"], started)
        self.assertIn("/user@2000.service/", self.group(started["pid"]))
        self.assertTrue(self.host.sleeping(71013))

    def test_below_the_user_manager_it_stays_where_it_is(self):
        for user, survives in ((LINGERS, True), (LEAVES, False)):
            done = self.host.command(
                user, "systemd-run -q --user --scope --unit=mine outlast run -d --json sleep 71014")
            started = json.loads(done.stdout)
            self.assertEqual(started["survives_logout"], survives, started)
            if survives:
                self.assertRegex(self.group(started["pid"]), r"/user@2000\.service/.*/mine\.scope$")

    def test_root_in_somebodys_session(self):
        """sudo: the session is the user's, root's processes in it are ended too."""
        login = self.host.login(LINGERS)
        login.wait_for("ready> ")
        login.send_line("cat /proc/self/cgroup")
        scope = login.wait_for(r"0::(/user.slice/\S+/session-\S+\.scope)").group(1).decode()
        started = json.loads(self.host.must(
            "sh", "-c", f"echo $$ >/sys/fs/cgroup{scope}/cgroup.procs; "
                        "exec env -i HOME=/root PATH=$PATH outlast run -d --json sleep 71008"))
        self.assertTrue(started["survives_logout"], started)
        self.assertRegex(self.group(started["pid"]), r"^/system\.slice/outlast-.*\.scope$")
        login.send_line("exit")
        login.wait_end()
        eventually(lambda: self.host.run("test", "-e", f"/sys/fs/cgroup{scope}").returncode == 1,
                   what="the end of the session")
        self.assertTrue(self.host.sleeping(71008))

@unittest.skipIf(REASON, f"no private systemd: {REASON}")
class Policy(unittest.TestCase):
    """What counts is what logind works by, not what its files say by now."""

    def setUp(self):
        self.host = machine("no")
        self.addCleanup(self.host.close)

    def place(self, user):
        """("session" or "scope", what was promised) of a job that the user starts."""
        self.number = getattr(self, "number", 72000) + 1
        done = self.host.command(
            user, f"outlast run -d --json sleep {self.number}; "
                  f"cat /proc/$(pgrep -f '^sleep {self.number}')/cgroup; outlast stop -q -t 0s -")
        started, _, rest = done.stdout.partition("\n")
        group = rest.rpartition("0::")[2]
        return ("scope" if "/outlast-" in group else "session",
                json.loads(started)["survives_logout"])

    def test_a_change_counts_when_logind_has_read_it(self):
        self.host.must("loginctl", "enable-linger", LINGERS)
        self.assertEqual(self.place(LINGERS), ("session", True))
        self.host.write(POLICY_FILE, POLICY.format("yes"))
        self.assertEqual(self.place(LINGERS), ("session", True))
        self.host.must("systemctl", "restart", "systemd-logind")
        self.assertEqual(self.place(LINGERS), ("scope", True))
        self.assertEqual(self.place(LEAVES), ("scope", False))

        # The two lists are exceptions to the switch.
        self.host.write(POLICY_FILE, POLICY.format("no") + f"KillOnlyUsers=nobody {LEAVES}\n")
        self.host.must("systemctl", "restart", "systemd-logind")
        self.assertEqual(self.place(LINGERS), ("session", True))
        self.assertEqual(self.place(LEAVES), ("scope", False))
        self.host.write(POLICY_FILE, POLICY.format("yes") + f"KillExcludeUsers={LEAVES}\n")
        self.host.must("systemctl", "restart", "systemd-logind")
        self.assertEqual(self.place(LINGERS), ("scope", True))
        self.assertEqual(self.place(LEAVES), ("session", True))

    def test_without_logind_on_the_bus_its_files_are_read(self):
        """Marks of doctor; nobody answers for logind while it is stopped and masked."""
        login = self.host.login(LEAVES)
        login.wait_for("ready> ")
        self.host.must("systemctl", "stop", "dbus.socket", "dbus.service")
        login.send_line("outlast doctor --json >answer; echo done-$((1))")
        login.wait_for("done-1")
        answer = json.loads(self.host.must("cat", f"/home/{LEAVES}/answer"))
        policy, = (f for f in answer["findings"] if f["topic"] == "policy")
        self.assertEqual(policy["mark"], "good")
        self.assertIn("by logind.conf; logind could not be asked", policy["text"])
        self.host.must("systemctl", "start", "dbus.socket")


if __name__ == "__main__":
    unittest.main()
