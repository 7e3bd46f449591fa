"""Ending, holding and signalling jobs made of stubborn processes."""

import json
import os
import signal
import unittest

from harness import procs
from harness.outlast import Outlast, has_failed
from harness.waiting import eventually

# Each prints a line when it is ready, so that nothing is stopped half started.
IGNORES_TERM = "trap '' TERM HUP; echo ready; while :; do sleep 1000; done"
FAMILY = ("(trap '' TERM HUP; exec sleep 901) & setsid sleep 902 & "
          "(setsid sh -c 'trap \"\" TERM HUP; sleep 903; sleep 904' &) ; "
          "echo ready; wait; sleep 905")


class Jobs(unittest.TestCase):
    """A world with outlast, and jobs that say when they are ready."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))

    def start(self, name, *command, options=("-T",), ready="ready"):
        """Start a job detached; returns its number when its output holds `ready`."""
        number = int(self.world.must("run", "-d", "-n", name, *options, *command).out)
        if ready:
            eventually(lambda: ready.encode() in self.log(number), what=f"{name} ready")
        return number

    def folder(self, number):
        return f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/{number}"

    def log(self, number):
        with open(f"{self.folder(number)}/log", "rb") as file:
            return file.read()

    def state(self, number):
        with open(f"{self.folder(number)}/state.json", encoding="utf-8") as file:
            return json.load(file)

    def pids(self, number):
        """The command and everything below it."""
        pid = self.state(number)["pid"]
        return [pid, *procs.descendants(pid)]


class Stop(Jobs):
    """outlast stop and kill."""

    def test_one_that_goes_by_itself(self):
        self.start("nice", "bash", "-c", "trap 'echo bye; exit 3' TERM; echo ready; "
                   "while :; do sleep 0.05; done")
        result = self.world.run("stop", "nice")
        self.assertEqual((result.rc, result.text), (0, "stopped nice (1), exit code 3\n"))
        self.assertIn(b"bye", self.log(1))
        fate = self.state(1)["fate"]
        self.assertEqual((fate["cause"], fate["code"]), ("stopped", 3))
        self.assertIn("outlast stop (uid", fate["by"])

    def test_several_stubborn_ones_at_the_same_time(self):
        for name in ("one", "two", "three"):
            self.start(name, "bash", "-c", IGNORES_TERM)
        before = os.times().elapsed
        result = self.world.must("stop", "-t", "1s", "one", "two", "three")
        # One after the other would be three seconds at least.
        self.assertLess(os.times().elapsed - before, 2.9)
        self.assertEqual(result.text.count("with SIGKILL"), 3, result.text)

    def test_nothing_of_it_is_left(self):
        number = self.start("family", "bash", "-c", FAMILY)
        sleeps = lambda: [pid for pid in self.world.processes()
                          if procs.command_line(pid)[:1] == [b"sleep"]]
        eventually(lambda: len(sleeps()) == 3, what="three sleeps")
        self.world.must("stop", "-t", "300ms", str(number))
        # When stop returns, not a moment later.
        self.assertEqual([procs.describe(pid) for pid in sleeps()], [])

    def test_a_login_shell_in_a_terminal(self):
        self.start("shell", "bash", "--norc", "-i", options=("-t", "-e", "PS1=ready> "))
        result = self.world.must("stop", "shell")
        self.assertEqual(result.text, "stopped shell (1)\n")

    def test_kill_asks_nobody(self):
        self.start("stubborn", "bash", "-c", IGNORES_TERM)
        self.assertEqual(self.world.must("kill", "stubborn").text, "stopped stubborn (1)\n")
        self.assertEqual(self.state(1)["fate"]["signal"], signal.SIGKILL)

    def test_a_job_inside_a_job_lives_on(self):
        self.start("outer", "bash", "-c", "outlast run -d -n inner sleep 1000; echo ready; sleep 1000")
        self.world.must("stop", "outer")
        inner = self.state(2)
        self.assertEqual(inner["phase"], "running")
        self.assertTrue(procs.alive(inner["pid"]))

    def test_the_words_for_what_cannot_be_done(self):
        self.start("done", "true", ready="")
        self.world.run("wait", "done")
        cases = [(("stop", "done"), 0, "had ended already: ok"),
                 (("pause", "done"), 4, "has ended: ok"),
                 (("resume", "done"), 4, "has ended: ok"),
                 (("signal", "done", "HUP"), 4, "has ended: ok"),
                 (("send", "done", "x"), 4, "has ended: ok"),
                 (("stop",), 2, "never guesses"), (("pause",), 2, "never guesses"),
                 (("signal", "done", "NOPE"), 2, "is no signal"),
                 (("stop", "nobody"), 3, "no job called"), (("stop", "*"), 0, "none of these")]
        for words, code, text in cases:
            with self.subTest(words=words):
                result = self.world.run(*words)
                self.assertEqual(result.rc, code)
                self.assertIn(text, result.text + result.said)

    def test_what_a_command_has_left_running(self):
        sleeping = lambda: [pid for pid in self.world.processes()
                            if procs.command_line(pid)[:1] == [b"sleep"]]
        for number, (setting, grace) in enumerate((("", "20s"), ("trap '' TERM; ", "200ms")), 1):
            with self.subTest(setting=setting):
                name = f"leaver{number}"
                self.start(name, "sh", "-c", setting + "setsid sleep 1000 & echo ready")
                self.assertEqual(self.world.run("wait", name).rc, 0)
                refused = self.world.run("restart", name)
                self.assertEqual(refused.rc, 4)
                self.assertIn(f"outlast stop {number}", refused.said)
                self.assertEqual(self.world.run("rm", name).rc, 4)
                self.assertEqual(len(sleeping()), 1)
                stopped = self.world.must("stop", "-t", grace, name)
                self.assertIn("ended a process that it had left running", stopped.text)
                self.assertEqual([procs.describe(pid) for pid in sleeping()], [])
                self.assertIn("had ended already: ok", self.world.must("stop", name).text)
                self.world.must("rm", name)

    def test_json_tells_of_each(self):
        self.start("a", "sleep", "1000", ready="")
        self.start("b", "true", ready="")
        self.world.run("wait", "b")
        found = self.world.json("stop", "a", "b")
        self.assertEqual([(job["name"], job["result"], job["exit_code"]) for job in
                          sorted(found["jobs"], key=lambda job: job["name"])],
                         [("a", "stopped", 143), ("b", "already-ended", 0)])

    def test_inside_itself_it_is_refused(self):
        self.start("self", "bash", "-c", "outlast stop self; echo rc $?; "
                   "env -u OUTLAST_ID outlast pause self; echo rc $?; echo ready; sleep 1000")
        log = self.log(1).decode()
        self.assertEqual(log.count("rc 4"), 2, log)
        self.assertIn('this is inside job 1 "self"', log)
        self.assertIn("--force", log)

    def test_a_second_interrupt_leaves_it(self):
        self.start("stubborn", "bash", "-c", IGNORES_TERM)
        with self.world.terminal("stop", "-t", "60s", "stubborn") as terminal:
            eventually(lambda: self.state(1)["phase"] == "stopping")
            terminal.wait_until(lambda: blocked(terminal.pid) & 2)
            terminal.send("\x03")
            terminal.wait_for(r"\^C\r\n[^\n]*outlast: still stopping stubborn")
            terminal.send("\x03")
            self.assertEqual(terminal.wait_end(), 130)
        self.world.must("kill", "stubborn")


def blocked(pid):
    """The mask of blocked signals."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(file.read().split("SigBlk:")[1].split()[0], 16)


class PauseAndSignal(Jobs):
    """outlast pause, resume and signal."""

    def test_a_pipeline_stands_still_and_goes_on(self):
        number = self.start("pipe", "yes | while read line; do echo ready; sleep 0.01; done")
        # Zombies cannot be held, and need not be.
        everyone = lambda: [procs.stat(pid).state for pid in self.pids(number) if procs.alive(pid)]
        self.assertEqual(self.world.must("pause", "pipe").text, "paused pipe (1)\n")
        eventually(lambda: set(everyone()) == {"T"}, what=everyone)
        self.assertEqual(self.world.must("pause", "pipe").text, "pipe (1) was paused already\n")
        size = len(self.log(number))
        self.assertEqual(self.world.must("resume", "pipe").text, "resumed pipe (1)\n")
        eventually(lambda: len(self.log(number)) > size)
        self.assertEqual(self.world.must("resume", "pipe").text, "pipe (1) was not paused\n")

    def test_a_paused_job_can_be_stopped(self):
        self.start("held", "sleep", "1000", ready="")
        self.world.must("pause", "held")
        self.world.must("stop", "held")
        self.assertEqual(self.state(1)["fate"]["signal"], signal.SIGTERM)

    def test_whom_a_signal_goes_to(self):
        script = ("trap 'echo main' USR1; (trap 'echo child' USR1; echo up; "
                  "while :; do sleep 0.02; done) & echo ready; while :; do sleep 0.02; done")
        number = self.start("traps", "bash", "-c", script, ready="up")
        self.world.must("signal", "traps", "USR1")
        eventually(lambda: b"main" in self.log(number))
        self.assertNotIn(b"child", self.log(number))
        # sleep, which has no trap, ends by it; the loops go on.
        self.world.must("signal", "--all", "traps", "SIGUSR1")
        eventually(lambda: b"child" in self.log(number))
        eventually(lambda: self.log(number).count(b"main") == 2)


if __name__ == "__main__":
    unittest.main()
