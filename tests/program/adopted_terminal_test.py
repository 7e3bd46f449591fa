"""Adopted jobs with a terminal of ours: the process moves by itself, everything else is real."""

# ctest: TIMEOUT 240

import os
import resource
import signal
import socket
import struct
import unittest

from harness import procs
from harness.adoption import AdoptionCase
from harness.builds import other_build
from harness.waiting import eventually

HELLO, CONTROLLING_TERMINAL, OK, ERROR = 1, 29, 3, 4


class Adopted(AdoptionCase):
    """A job taken out of an interactive shell."""

    def setUp(self):
        super().setUp()
        self.old_shell = self.interactive_shell()

    def adopt(self, *members, exit_status="kernel", env=None, words=("group",)):
        """The cooperative program, adopted; by itself it has left the group that its shell knows."""
        self.pid = self.cooperative(self.old_shell, *words)
        self.adopt_into_terminal(self.pid, *members, exit_status=exit_status, env=env)
        self.log_has(b"moved")
        return self.record()

    def log_has(self, text):
        eventually(lambda: text in self.log(), what=lambda: f"{text} in {self.log()}")

    def test_input_and_output_go_through_the_job(self):
        self.adopt()
        eventually(lambda: self.world.json("status", "-")["jobs"][0]["state"] == "needs input")
        self.world.must("send", "-", "hello\n")
        self.log_has(b"read 'hello\\n'")
        with self.world.terminal("attach", "-", rows=40, cols=120) as viewer:
            viewer.wait_for("read 'hello")
            self.log_has(b"size 120x40")
            viewer.send("there\r")
            viewer.wait_for("read 'there")
            # No session has the terminal: the keeper raises the signal in the kernel's place.
            viewer.send("\x03")
            viewer.wait_for("got INT")
            # Behind ^V it is an ordinary character.
            viewer.send("\x16\x03\r")
            viewer.wait_for(r"read '\\x03")
            viewer.resize(25, 90)
            viewer.wait_for("size 90x25")
        self.assertEqual(self.log().count(b"got INT"), 1)

    def test_survives_the_drop_and_tells_its_exit_status(self):
        record = self.adopt()
        self.assertEqual(record["adopted"]["exit_status"], "kernel")
        self.old_shell.hang_up()
        self.old_shell.wait_end()
        self.world.must("send", "-", "still\n")
        self.log_has(b"read 'still\\n'")
        self.assertTrue(procs.alive(self.pid))
        self.world.must("send", "-", "quit\n")
        self.assertEqual(self.world.run("wait", "-").rc, 3)
        fate = self.fate()
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 3))
        text = self.world.must("status", "-").text
        self.assertIn("adopted", text)
        self.assertIn("what it wrote before is not in it", text)
        self.assertIn("what it wrote before is not in it", self.world.must("logs", "-").said)

    def test_stop_ends_the_job_and_nothing_else(self):
        self.adopt()
        self.world.must("stop", "-")
        self.assertFalse(procs.alive(self.pid))
        self.assertTrue(procs.alive(self.old_shell.pid))
        self.assertEqual(self.fate()["signal"], signal.SIGTERM)
        self.old_shell.send("\x04")  # cat reads from the old terminal
        self.old_shell.send_line("echo $((40 + 2))")
        self.old_shell.wait_for("42")

    def test_a_member_with_another_start_is_a_stranger(self):
        stranger = self.start("sleep", "1000")
        self.adopt(f"{stranger.pid}@1")
        self.world.must("stop", "-")
        self.assertTrue(procs.alive(stranger.pid))

    def test_pause_and_resume(self):
        self.adopt()
        done = self.world.must("pause", "-")
        self.assertIn("do not close the terminal", done.said)
        eventually(lambda: procs.stat(self.pid).state == "T")
        eventually(lambda: procs.stat(self.old_shell.pid).state == "S")
        self.assertEqual(self.record()["phase"], "paused")
        self.world.must("resume", "-")
        eventually(lambda: procs.stat(self.pid).state != "T")

    def test_suspend_key(self):
        self.adopt()
        person = self.interactive_shell()
        person.send_line("outlast attach -")
        person.wait_for("moved")
        person.send("\x1a")
        person.wait_for("paused; fg resumes it")
        # It has been sent the signal, and stops when it gets a processor.
        eventually(lambda: procs.stat(self.pid).state == "T")
        self.assertEqual(self.record()["phase"], "paused")
        person.send_line("fg")
        eventually(lambda: procs.stat(self.pid).state != "T")
        eventually(lambda: self.record()["phase"] == "running")

    def kill(self, role):
        record = self.record()
        procs.kill(record[role])
        eventually(lambda: self.record()[role] != record[role], what=f"a new {role}")

    def test_keeper_and_scribe_are_killed(self):
        self.adopt()
        for role in ("keeper_pid", "scribe_pid", "keeper_pid"):
            self.kill(role)
        self.world.must("send", "-", "again\n")
        self.log_has(b"read 'again\\n'")
        with self.world.terminal("attach", "-") as viewer:
            viewer.wait_for("again")
            viewer.send("\x03")
            viewer.wait_for("got INT")
        self.assertIn("adopted", self.record())
        os.kill(self.pid, signal.SIGUSR1)
        self.assertEqual(self.fate()["code"], 7)

    def test_nothing_is_lost_while_they_are_killed(self):
        self.adopt()
        self.world.must("send", "-", "count")
        for role in ("scribe_pid", "keeper_pid") * 6:
            self.kill(role)
        self.log_has(b"line 59999\r\n")
        lines = [line for line in self.log().split(b"\r\n") if line.startswith(b"line ")]
        self.assertEqual(lines, [b"line %d" % number for number in range(60000)])
        os.kill(self.pid, signal.SIGUSR1)
        self.assertEqual(self.fate()["code"], 7)

    def test_both_are_killed_at_the_same_time(self):
        self.adopt()
        self.kill_both_residents()
        self.assertTrue(procs.alive(self.pid))
        status = self.world.json("status", "-")["jobs"][0]
        self.assertTrue(status["alive"], status)
        self.assertTrue(eventually(lambda: self.record()["adopted"]["terminal_lost"]))
        self.assertIn("terminal was lost", self.world.must("status", "-").text)
        with self.world.terminal("attach", "-") as viewer:
            viewer.wait_for("moved")
            viewer.send("x\x1cd")
            self.assertEqual(viewer.wait_end(), 0)
        os.kill(self.pid, signal.SIGUSR1)
        self.assertEqual(self.fate()["code"], 7)

    def test_upgrade(self):
        record = self.adopt()
        other = f"{self.world.folder}/bin/other"
        other_build(other)
        self.shell(f"{other} upgrade -", check=0)
        self.assertEqual(procs.executable(record["keeper_pid"]), other)
        self.assertIn("adopted", self.record())
        self.world.must("send", "-", "upgraded\n")
        self.log_has(b"read 'upgraded\\n'")
        os.kill(self.pid, signal.SIGUSR1)
        self.assertEqual(self.fate()["code"], 7)

    def test_a_session_of_its_own(self):
        # A leader of a group cannot leave its session, so it stays in the shell's.
        self.adopt(words=("nohup",))
        client = connect(self.record()["socket"])
        self.addCleanup(client.close)
        self.assertEqual(self.tell_terminal(client), ERROR)  # it does not lead yet
        self.old_shell.hang_up()
        self.old_shell.wait_end()
        self.world.must("send", "-", "lead\n")
        self.log_has(b"leads")
        self.assertEqual(self.tell_terminal(client), OK)
        self.assertEqual(self.record()["adopted"]["session_leader"], self.pid)
        with self.world.terminal("attach", "-") as viewer:
            viewer.wait_for("leads")
            viewer.send("\x03")
            viewer.wait_for("got INT")
            viewer.send("done\r")
            viewer.wait_for("read 'done")
        self.assertEqual(self.log().count(b"got INT"), 1)  # by the kernel alone

    def tell_terminal(self, client):
        send_frame(client, CONTROLLING_TERMINAL, struct.pack("<i", self.pid))
        return receive_frame(client)

    def test_the_job_ends_when_its_command_has(self):
        sleeper = self.start("sleep", "1000")
        self.adopt(str(sleeper.pid))
        self.assertEqual({process["pid"] for process in self.record()["adopted"]["processes"]},
                         {self.pid, sleeper.pid})
        sleeper.kill()
        sleeper.wait()
        event = eventually(lambda: self.events("process-ended"))[0]
        self.assertEqual((event["pid"], event["kind"], event["signal"]), (sleeper.pid, "signaled", 9))
        self.assertNotIn("fate", self.record())
        self.world.must("send", "-", "quit\n")
        self.assertEqual(self.fate()["code"], 3)

    def test_an_older_kernel_with_a_tracer(self):
        old = {"OUTLAST_WITHOUT": "pidfd-info"}
        self.adopt(exit_status="tracer", env=old)
        eventually(lambda: tracer_of(self.pid) != 0, what="a tracer")
        os.kill(self.pid, signal.SIGUSR1)
        fate = self.fate()
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 7))

    def test_an_older_kernel_without(self):
        old = {"OUTLAST_WITHOUT": "pidfd-info"}
        # Its shell reaps it in no time, and then nobody can tell.
        self.adopt(exit_status="unknown", env=old)
        self.world.must("send", "-", "quit\n")
        fate = self.fate()
        self.assertIn(fate["kind"], ("unknown", "exited"))
        if fate["kind"] == "unknown":
            self.assertIn("tells only its parent", fate["why"])


class Beginnings(AdoptionCase):
    """Before the commit there is no job."""

    def test_nobody_sees_it_and_nothing_remains(self):
        for how in ("abandon", "leave", "kill"):
            process = self.start("sleep", "1000")
            probe, number, keeper, terminal = self.probe(process.pid, "terminal", "kernel")
            self.assertTrue(terminal.startswith("/dev/pts/"))
            self.assertEqual(self.world.json("ls", "-a")["jobs"], [])
            self.assertEqual(self.world.run("status", str(number)).rc, 3)
            if how == "abandon":
                probe.communicate("abandon\n", timeout=20)
            elif how == "leave":
                probe.stdin.close()
                probe.wait(20)
            else:
                probe.kill()
                probe.wait()
            eventually(lambda keeper=keeper: not procs.alive(keeper), what="the keeper's end")
            self.assertEqual(self.world.job_folders(), [], how)
            state = f"{self.world.env['XDG_STATE_HOME']}/outlast"
            self.assertEqual(os.listdir(f"{state}/names"), [])
            self.assertEqual(os.listdir(f"{self.world.env['XDG_RUNTIME_DIR']}/outlast"), [])
            self.assertTrue(procs.alive(process.pid))

    def test_the_keeper_is_killed_before(self):
        process = self.start("sleep", "1000")
        probe, _, keeper, _ = self.probe(process.pid, "terminal", "kernel")
        procs.kill(keeper)
        self.assertIn("error", self.commit(probe))
        self.assertEqual(self.world.job_folders(), [])

    def test_the_keeper_does_not_move(self):
        process = self.start("sleep", "1000")
        probe, _, keeper, _ = self.probe(process.pid, "terminal", "kernel")
        os.kill(keeper, signal.SIGSTOP)
        probe.communicate("abandon\n", timeout=20)
        eventually(lambda: not procs.alive(keeper), what="the keeper's end")
        self.assertEqual(self.world.job_folders(), [])

    def test_few_descriptors(self):
        process = self.start("sleep", "1000")
        others = [self.start("sleep", "1000") for _ in range(30)]
        limit = (40, 1000)
        probe, _, _, _ = self.probe(
            process.pid, "plain", "kernel", *[other.pid for other in others],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit))
        self.assertEqual(self.commit(probe), "committed")
        self.assertEqual(len(self.record()["adopted"]["processes"]), 31)
        self.world.must("stop", "-")
        for other in others:
            self.assertEqual(other.wait(20), -signal.SIGTERM)
        eventually(lambda: len(self.events("process-ended")) == 30)

    def test_its_name_is_taken_meanwhile(self):
        process = self.start("sleep", "1000")
        probe, _, _, _ = self.probe(process.pid, "plain", "kernel")
        self.world.must("run", "-d", "sleep", "1000")
        self.assertEqual(self.record()["name"], "sleep-2")
        self.assertEqual(self.commit(probe), "committed")
        self.assertEqual({record["name"] for record in self.records()}, {"sleep", "sleep-2"})

    def test_a_process_that_has_ended(self):
        process = self.start("sleep", "1000")
        probe, _, _, _ = self.probe(process.pid, "plain", "kernel")
        process.kill()
        process.wait()
        self.assertEqual(self.commit(probe), "committed")
        self.assertEqual(self.fate()["signal"], 9)


def tracer_of(pid):
    """Who traces it; 0: nobody."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("TracerPid"))


def connect(path):
    """To a keeper, and past the greeting."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.settimeout(10)
    send_frame(client, HELLO, struct.pack("<IHQQH", 0x4C54554F, 1, 0, 99, 0))
    receive_frame(client)
    return client


def send_frame(client, kind, payload):
    """As docs/protocol.md has it."""
    client.sendall(struct.pack("<IHH", len(payload), kind, 0) + payload)


def receive_frame(client):
    """The kind of the next one."""
    size, kind, _ = struct.unpack("<IHH", client.recv(8, socket.MSG_WAITALL))
    client.recv(size, socket.MSG_WAITALL)
    return kind


if __name__ == "__main__":
    unittest.main()
