"""A job's SSH_AUTH_SOCK and the like: paths that stay, and lead to what the newest viewer has."""

# ctest: TIMEOUT 300

import json
import os
import signal
import socket
import stat
import subprocess
import unittest

from harness import agents, procs
from harness.outlast import Outlast, has_failed
from harness.waiting import eventually

NO_AGENT = {"SSH_AUTH_SOCK": ""}
GONE = "Error connecting to agent: No such file or directory"


@unittest.skipIf(agents.missing(), agents.missing())
class AgentCase(unittest.TestCase):
    """A shell as a job, and people with agents who come and go."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))
        self.asked = 0

    def agent(self, name, program="ssh-agent"):
        agent = agents.Agent(self.world, name, program)
        self.addCleanup(agent.close)
        return agent

    def terminal(self, *args, agent=None, env=None):
        path = {"SSH_AUTH_SOCK": agent.path} if agent else {}
        terminal = self.world.terminal(*args, env={**path, **(env or {})})
        self.addCleanup(terminal.close)
        return terminal

    def start(self, *options, agent=None, env=None):
        """A shell in a job called sh, and the terminal of who started it."""
        terminal = self.terminal("run", "-n", "sh", *options, "-e", "PS1=ready> ", "bash",
                                 "--norc", "--noprofile", "-i", agent=agent, env=env)
        terminal.wait_for("ready> ")
        return terminal

    def attach(self, *options, agent=None, env=None):
        terminal = self.terminal("attach", *options, "sh", agent=agent, env=env)
        terminal.wait_for("ready> ")
        return terminal

    def detach(self, terminal):
        terminal.send("\x1cd")
        self.assertEqual(terminal.wait_end(), 0)

    def job(self):
        return self.world.json("status", "sh")["jobs"][0]

    def log(self):
        return self.world.must("logs", "--raw", "sh").text

    def type_command(self, command):
        """Has the job's shell run it; the number under which answer() finds the result."""
        self.asked += 1
        self.world.must("send", "sh", f'r=$({command} 2>&1); echo "answer"-{self.asked}: "$r" :end')
        return self.asked

    def answer(self, number):
        def look():
            _, begin, rest = self.log().partition(f"answer-{number}: ")
            text, end, _ = rest.partition(" :end")
            return (text,) if begin and end else None
        return eventually(look, what=self.log)[0].replace("\r\n", "\n").strip()

    def ask(self, command):
        """What a command prints in the job's shell."""
        return self.answer(self.type_command(command))

    def keys(self):
        return self.ask("timeout 10 ssh-add -l")

    def expect_keys(self, text):
        """The keeper is told of a viewer's end by the kernel, in its own time."""
        eventually(lambda: text in self.keys(), what=self.log)

    def link(self, ending=".agent"):
        return os.path.splitext(self.world.record("sh")["socket"])[0] + ending


class Lead(AgentCase):
    """Who is attached is who is asked."""

    def test_a_shell_reaches_the_agent_of_whoever_comes_back(self):
        first = self.agent("first-key", program="sshd")
        viewer = self.start(agent=first)
        path = self.ask("echo $SSH_AUTH_SOCK")
        self.assertEqual(path, self.link())
        self.assertNotEqual(path, first.path)
        folder = os.stat(os.path.dirname(path))
        self.assertEqual((stat.S_IMODE(folder.st_mode), folder.st_uid), (0o700, os.getuid()))
        self.assertIn("first-key", self.keys())
        viewer.kill(signal.SIGKILL)
        viewer.wait_end()
        # Nobody attached: at once, and in clear words.
        eventually(lambda: not os.path.lexists(path))
        self.assertEqual(self.keys(), GONE)
        first.close()
        second = self.agent("second-key", program="sshd")
        self.attach(agent=second)
        self.expect_keys("second-key")
        self.assertEqual(self.ask("echo $SSH_AUTH_SOCK"), path)

    def test_the_newest_viewer_counts_and_then_the_one_before(self):
        one, two = self.agent("one-key"), self.agent("two-key", program="sshd")
        self.start(agent=one)
        viewer = self.attach(agent=two)
        self.expect_keys("two-key")
        self.detach(viewer)
        self.expect_keys("one-key")

    def test_a_viewer_without_an_agent_changes_nothing(self):
        one, two = self.agent("one-key"), self.agent("two-key")
        self.start(agent=one)
        stale = {"SSH_AUTH_SOCK": f"{self.world.folder}/nobody"}
        for viewer in (self.attach(env=NO_AGENT), self.attach("-r", agent=two),
                       self.attach(env=stale)):
            self.assertIn("one-key", self.keys())
            self.detach(viewer)
            self.assertIn("one-key", self.keys())

    def test_an_agent_that_outlives_its_viewer_stays(self):
        desktop = self.agent("desktop-key")
        self.detach(self.start(agent=desktop))
        self.assertIn("desktop-key", self.keys())
        forwarded = self.agent("forwarded-key", program="sshd")
        viewer = self.attach(agent=forwarded)
        self.expect_keys("forwarded-key")
        self.detach(viewer)
        self.expect_keys("desktop-key")
        desktop.close()
        self.assertEqual(self.keys(), GONE)

    def test_a_forwarded_agent_goes_with_its_viewer(self):
        forwarded = self.agent("forwarded-key", program="sshd")
        self.detach(self.start(agent=forwarded))
        self.expect_keys(GONE)
        self.assertTrue(forwarded.answers())

    def test_a_stable_path_of_the_users_own_stays(self):
        """Some lead ~/.ssh/agent to the newest login's agent by themselves."""
        own = f"{self.world.folder}/own"
        os.symlink(self.agent("one-key", program="sshd").path, own)
        self.detach(self.start(env={"SSH_AUTH_SOCK": own}))
        self.assertIn("one-key", self.keys())
        os.unlink(own)
        self.assertEqual(self.keys(), GONE)
        os.symlink(self.agent("two-key", program="sshd").path, own)
        self.assertIn("two-key", self.keys())

    def test_detached_from_the_start(self):
        agent = self.agent("some-key", program="sshd")
        self.world.must("run", "-d", "-n", "batch", "ssh-add", "-l",
                        env={"SSH_AUTH_SOCK": agent.path})
        self.assertEqual(self.world.run("wait", "batch").rc, 0)
        self.assertIn("some-key", self.world.must("logs", "batch").text)

    def test_what_the_user_sets_is_the_users(self):
        agent = self.agent("some-key")
        for option, said in (("SSH_AUTH_SOCK=/x", "/x"), ("SSH_AUTH_SOCK", "")):
            done = self.world.run("run", "-e", option, "sh", "-c", "echo [$SSH_AUTH_SOCK]",
                                  env={"SSH_AUTH_SOCK": agent.path})
            self.assertEqual(done.text, f"[{said}]\n")
        self.assertEqual(self.world.run("run", "sh", "-c", "echo [$SSH_AUTH_SOCK]").text, "[]\n")

    def test_a_job_inside_a_job(self):
        outer = self.agent("outer-key", program="sshd")
        viewer = self.start(agent=outer)
        path = self.ask("echo $SSH_AUTH_SOCK")
        inner = self.ask("outlast run sh -c 'echo $SSH_AUTH_SOCK; ssh-add -l'")
        self.assertIn("outer-key", inner)
        self.assertNotIn(path, inner)
        # The inner job follows whoever looks at the outer one.
        self.ask("outlast run -d -n inner sleep 1000")
        self.detach(viewer)
        self.expect_keys(GONE)
        self.attach(agent=self.agent("other-key", program="sshd"))
        self.expect_keys("other-key")
        link = os.path.splitext(self.world.record("inner")["socket"])[0] + ".agent"
        done = subprocess.run(["ssh-add", "-l"], env={**self.world.env, "SSH_AUTH_SOCK": link},
                              capture_output=True, check=False, timeout=20)
        self.assertIn(b"other-key", done.stdout)

    def test_a_viewer_inside_the_job_leads_nowhere_new(self):
        agent = self.agent("some-key")
        self.start(agent=agent)
        self.ask("timeout 2 outlast attach --force sh < /dev/null > /dev/null")
        self.assertEqual(os.readlink(self.link()), agent.path)
        self.assertIn("some-key", self.keys())


class Life(AgentCase):
    """What becomes of the links when our own processes die, and of what is left behind."""

    def test_a_killed_keeper(self):
        one, two = self.agent("one-key", program="sshd"), self.agent("two-key", program="sshd")
        self.start(agent=one)
        viewer = self.attach(agent=two)
        self.expect_keys("two-key")
        keeper = self.world.record("sh")["keeper_pid"]
        procs.kill(keeper)
        eventually(lambda: self.world.record("sh")["keeper_pid"] != keeper)
        # Both viewers are back: the newest still counts, and its end is noticed.
        eventually(lambda: len(self.job()["viewers"]) == 2)
        self.expect_keys("two-key")
        self.detach(viewer)
        self.expect_keys("one-key")

    def test_a_keeper_and_its_viewer_killed(self):
        agent = self.agent("some-key", program="sshd")
        viewer = self.start(agent=agent, env={"DISPLAY": ":42"})
        keeper = self.world.record("sh")["keeper_pid"]
        # The prompt can be there before the keeper knows what the viewer has brought.
        eventually(lambda: ":42" in self.world.run("env", "sh", "--json").text)
        viewer.kill(signal.SIGSTOP)
        procs.kill(keeper)
        viewer.kill(signal.SIGKILL)
        viewer.wait_end()
        eventually(lambda: not os.path.lexists(self.link()))
        self.assertEqual(self.keys(), GONE)

    def test_upgraded(self):
        agent = self.agent("some-key", program="sshd")
        self.start(agent=agent)
        self.world.must("upgrade", "sh")
        eventually(lambda: len(self.job()["viewers"]) == 1)
        self.expect_keys("some-key")

    def test_nothing_is_left_behind(self):
        agent = self.agent("some-key")
        viewer = self.start("--hold-agent", agent=agent)
        folder = os.path.dirname(self.link())
        self.assertTrue(any(name.endswith(".agent") for name in os.listdir(folder)))
        viewer.send_line("exit")
        viewer.wait_end()
        eventually(lambda: not os.listdir(folder), what=lambda: os.listdir(folder))
        done = self.world.run("run", "--hold-agent", "/dev/null", env={"SSH_AUTH_SOCK": agent.path})
        self.assertEqual(done.rc, 126)
        eventually(lambda: not os.listdir(folder), what=lambda: os.listdir(folder))

    def test_removed_with_the_job_when_its_keeper_was_killed(self):
        agent = self.agent("some-key")
        self.world.must("run", "-d", "-t", "-n", "sh", "sleep", "1000",
                        env={"SSH_AUTH_SOCK": agent.path})
        record = self.world.record("sh")
        both = [record["keeper_pid"], record["scribe_pid"]]
        for pid in both:
            os.kill(pid, signal.SIGSTOP)
        for pid in both:
            procs.kill(pid)
        self.assertTrue(os.path.lexists(self.link()))
        folder = os.path.dirname(self.link())
        self.assertEqual(self.world.run("wait", "sh").rc, 125)
        self.world.must("rm", "-f", "sh")
        self.assertEqual(os.listdir(folder), [])

    def test_restart_takes_the_agent_of_who_asks(self):
        one, two = self.agent("one-key"), self.agent("two-key")
        self.world.must("run", "-d", "-n", "list", "ssh-add", "-l",
                        env={"SSH_AUTH_SOCK": one.path})
        self.assertEqual(self.world.run("wait", "list").rc, 0)
        self.world.must("restart", "list", env={"SSH_AUTH_SOCK": two.path})
        self.assertEqual(self.world.run("wait", "list").rc, 0)
        said = self.world.must("logs", "--raw", "list").text
        self.assertRegex(said, r"one-key[^\n]*\n[^\n]*two-key")


class Hold(AgentCase):
    """run --hold-agent: with nobody attached, programs wait."""

    def waits(self, number):
        """The program is connected, and nothing has come of it."""
        self.assertNotIn(f"answer-{number}: ", self.log())

    def listen_queue(self):
        """How many wait at the job's place for that (proc(5), /proc/net/unix: state 2 is SYN)."""
        with open("/proc/net/unix", encoding="utf-8") as file:
            name = os.path.basename(self.link(".wait"))
            return sum(1 for row in file if row.rstrip().endswith(name)) - 1

    def test_a_program_waits_until_somebody_comes(self):
        forwarded = self.agent("first-key", program="sshd")
        self.detach(self.start("--hold-agent", agent=forwarded))
        eventually(lambda: os.readlink(self.link()) == self.link(".wait"))
        number = self.type_command("ssh-add -l")
        eventually(lambda: self.listen_queue() == 1)
        self.waits(number)
        # Who has none cannot help.
        self.detach(self.attach(env=NO_AGENT))
        self.waits(number)
        viewer = self.attach(agent=self.agent("second-key", program="sshd"))
        self.assertIn("second-key", self.answer(number))
        self.assertIn("second-key", self.keys())
        self.detach(viewer)
        number = self.type_command("ssh-add -l")
        eventually(lambda: self.listen_queue() == 1)
        self.attach(agent=self.agent("third-key"))
        self.assertIn("third-key", self.answer(number))

    def test_who_had_none_at_the_start_gets_one_later(self):
        self.detach(self.start("--hold-agent", env=NO_AGENT))
        number = self.type_command("ssh-add -l")
        eventually(lambda: self.listen_queue() == 1)
        self.attach(agent=self.agent("late-key"))
        self.assertIn("late-key", self.answer(number))

    def test_many_wait(self):
        self.detach(self.start("--hold-agent", env=NO_AGENT))
        count = 45  # more than the queue takes, and more than a viewer serves at a time
        number = self.type_command(
            f"for i in $(seq {count}); do ssh-add -l & done; wait")
        eventually(lambda: self.listen_queue() > 32)
        self.attach(agent=self.agent("late-key"))
        self.assertEqual(self.answer(number).count("late-key"), count)

    def test_waiting_outlives_the_keeper(self):
        self.detach(self.start("--hold-agent", env=NO_AGENT))
        number = self.type_command("ssh-add -l")
        eventually(lambda: self.listen_queue() == 1)
        keeper = self.world.record("sh")["keeper_pid"]
        procs.kill(keeper)
        eventually(lambda: self.world.record("sh")["keeper_pid"] != keeper)
        self.world.must("upgrade", "sh")
        self.waits(number)
        self.attach(agent=self.agent("late-key"))
        self.assertIn("late-key", self.answer(number))

    def test_a_large_answer_and_a_large_question(self):
        """Bytes pass through the viewer as they are, in both directions."""
        self.detach(self.start("--hold-agent", env=NO_AGENT))
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.connect(self.link())
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.settimeout(20)
        listener.bind(f"{self.world.folder}/mine")
        listener.listen()
        self.attach(env={"SSH_AUTH_SOCK": f"{self.world.folder}/mine"})
        data = os.urandom(100000)
        client.sendall(data[:1000])
        peer = self.accept_with(listener, data[:1000])
        self.addCleanup(peer.close)
        peer.sendall(data)
        peer.close()
        got = b""
        while piece := client.recv(65536):
            got += piece
        self.assertEqual(got, data)

    def accept_with(self, listener, first):
        """The connection that begins so; the viewer has looked whether somebody is there."""
        while True:
            peer, _ = listener.accept()
            peer.settimeout(20)
            if peer.recv(len(first), socket.MSG_WAITALL) == first:
                return peer
            peer.close()

    def test_by_configuration(self):
        done = self.world.run("run", "sh", "-c", "echo $SSH_AUTH_SOCK",
                              env={"OUTLAST_HOLD_AGENT": "true"})
        self.assertTrue(done.text.endswith(".agent\n"), done.text)
        done = self.world.run("run", "-e", "SSH_AUTH_SOCK=/x", "sh", "-c", "echo $SSH_AUTH_SOCK",
                              env={"OUTLAST_HOLD_AGENT": "true"})
        self.assertEqual(done.text, "/x\n")
        done = self.world.run("run", "--hold-agent", "-e", "SSH_AUTH_SOCK=/x", "true")
        self.assertEqual(done.rc, 125)
        self.assertIn("--hold-agent", done.said)


class Look(AgentCase):
    """What status and env tell."""

    def status(self):
        return self.world.must("status", "sh").text

    def test_status(self):
        agent = self.agent("some-key", program="sshd")
        viewer = self.start(agent=agent)
        row = next(line for line in self.status().splitlines() if "agent" in line)
        self.assertRegex(row, rf"agent +{agent.path}, of /dev/pts/\d+")
        path, = self.job()["stable_paths"]
        self.assertEqual(path["variable"], "SSH_AUTH_SOCK")
        self.assertEqual((path["path"], path["leads_to"]), (self.link(), agent.path))
        self.assertEqual(path["viewer_pid"], viewer.pid)
        self.detach(viewer)
        eventually(lambda: "agent     nobody's: a program that asks for it fails" in self.status(),
                   what=self.status)
        self.assertEqual(self.job()["stable_paths"][0]["leads_to"], "")

    def test_status_of_one_that_holds(self):
        self.detach(self.start("--hold-agent", env=NO_AGENT))
        self.assertIn("agent     nobody's: a program that asks for it waits", self.status())
        self.assertTrue(self.job()["stable_paths"][0]["waits"])

    def test_env_in_the_shell_of_the_job(self):
        first = {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "a 1 b 2"}
        self.detach(self.start(env=first))
        self.assertEqual(self.ask("outlast env; echo $?").split("\n")[-1], "4")
        second = {"DISPLAY": "localhost:11.0", "KRB5CCNAME": "FILE:/tmp/it's; echo $HOME"}
        self.attach(env=second)
        self.ask('eval "$(outlast env)"')
        self.world.must("send", "sh", 'eval "$(outlast env)"')
        self.assertEqual(self.ask("echo $DISPLAY"), "localhost:11.0")
        self.assertEqual(self.ask('echo "$KRB5CCNAME"'), second["KRB5CCNAME"])
        self.assertEqual(self.ask("echo [${SSH_CONNECTION-none}]"), "[none]")
        variables = json.loads(self.world.must("env", "sh", "--json").out)["variables"]
        self.assertEqual(variables["DISPLAY"], "localhost:11.0")
        self.assertIsNone(variables["SSH_CONNECTION"])
        self.assertIn("set -gx DISPLAY localhost:11.0;\n",
                      self.world.must("env", "sh", "--shell", "fish").text.replace("'", ""))

    def test_wayland(self):
        """A relative name lies in XDG_RUNTIME_DIR; the job's path is absolute and stays."""
        runtime = self.world.env["XDG_RUNTIME_DIR"]
        names = ("wayland-0", "wayland-1")
        for name in names:
            listener = socket.socket(socket.AF_UNIX)
            self.addCleanup(listener.close)
            listener.bind(f"{runtime}/{name}")
            listener.listen()
        self.detach(self.start(env={"WAYLAND_DISPLAY": names[0]}))
        path = self.ask("echo $WAYLAND_DISPLAY")
        self.assertEqual(path, self.link(".wayland"))
        self.assertEqual(os.path.realpath(path), f"{runtime}/{names[0]}")
        self.attach(env={"WAYLAND_DISPLAY": f"{runtime}/{names[1]}"})
        eventually(lambda: os.path.realpath(path) == f"{runtime}/{names[1]}")


if __name__ == "__main__":
    unittest.main()
