"""The options of `outlast run`, each with a real job."""

# ctest: TIMEOUT 180

import json
import os
import signal
import subprocess
import time
import unittest

from harness import procs
from harness.case import OutlastCase
from harness.waiting import eventually


class TimeTest(OutlastCase):
    """--timeout, --stop-signal, --stop-grace, --yield."""

    def test_timeout(self):
        done = self.world.run("run", "-n", "slow", "--timeout", "0.3s", "sleep", "1000")
        self.assertEqual(done.rc, 143)
        self.assertIn("its time was over", done.said)
        fate = self.fate("slow")
        self.assertEqual((fate["kind"], fate["signal_name"], fate["cause"]),
                         ("signaled", "TERM", "timeout"))

    def test_timeout_of_a_job_that_does_not_listen(self):
        done = self.world.run("run", "-n", "deaf", "--timeout", "0.2s", "--stop-grace", "0.3s",
                              "sh", "-c", "trap '' TERM HUP; while :; do sleep 0.05; done")
        self.assertEqual(done.rc, 137)
        fate = self.fate("deaf")
        self.assertEqual((fate["signal_name"], fate["cause"]), ("KILL", "timeout"))

    def test_timeout_takes_the_whole_job(self):
        self.world.run("run", "--timeout", "0.5s", "sh", "-c", "sleep 1000 & echo $!; sleep 1000")
        child = int(self.log().split()[0])
        eventually(lambda: not procs.alive(child), what="the end of the child")

    def test_a_job_that_cleans_up_after_its_time(self):
        done = self.world.run("run", "--timeout", "0.3s", "sh", "-c",
                              "trap 'echo cleaning; exit 9' TERM; sleep 1000 & wait")
        self.assertEqual((done.rc, done.out), (9, b"cleaning\n"))
        self.assertIn("its time was over", done.said)
        fate = self.fate()
        self.assertEqual((fate["kind"], fate["code"], fate["cause"]), ("exited", 9, "timeout"))

    def test_a_job_that_is_quicker(self):
        self.assertEqual(self.world.run("run", "--timeout", "100s", "true").rc, 0)
        self.assertNotIn("cause", self.fate())

    def test_stop_signal_and_grace(self):
        self.world.must("run", "-d", "-n", "polite", "--stop-signal", "INT", "sh", "-c",
                        "trap 'echo interrupted; exit 3' INT; echo up; while :; do sleep 0.05; done")
        eventually(lambda: self.log("polite") == b"up\n", what="the job to listen")
        self.world.must("stop", "polite")
        fate = self.fate("polite")
        self.assertEqual((fate["kind"], fate["code"], fate["cause"]), ("exited", 3, "stopped"))
        self.assertEqual(self.log("polite"), b"up\ninterrupted\n")
        self.world.must("run", "-d", "-n", "deaf", "--stop-grace", "0.2s", "sh", "-c",
                        "trap '' TERM HUP; echo up; while :; do sleep 0.05; done")
        eventually(lambda: self.log("deaf") == b"up\n", what="the job to listen")
        self.world.run("stop", "deaf")
        fate = self.fate("deaf")
        self.assertEqual((fate["signal_name"], fate["cause"]), ("KILL", "stopped"))

    def test_yield(self):
        started = time.monotonic()
        done = self.world.run("run", "--yield", "0.5s", "-n", "long", "sh", "-c",
                              "echo so far; sleep 1000")
        self.assertEqual((done.rc, done.out), (124, b"so far\n"))
        self.assertGreaterEqual(time.monotonic() - started, 0.5)
        self.assertIn("long (1) still runs", done.said)
        self.assertTrue(procs.alive(self.record("long")["pid"]))
        done = self.world.run("run", "--yield", "20s", "sh", "-c", "echo all; exit 3")
        self.assertEqual((done.rc, done.out), (3, b"all\n"))

    def test_yield_as_json(self):
        done = self.world.run("run", "--json", "--yield", "0.5s", "-n", "long", "sh", "-c",
                              "echo so far; sleep 1000")
        found = json.loads(done.out)
        self.assertEqual(done.rc, 124)
        self.assertEqual((found["ok"], found["name"], found["number"], found["running"],
                          found["output"]), (True, "long", 1, True, "so far\n"))
        done = self.world.run("run", "--json", "--yield", "20s", "sh", "-c", "printf '\\377'; exit 3")
        found = json.loads(done.out)
        self.assertEqual((done.rc, found["running"], found["exit_code"]), (3, False, 3))

    def test_json_without_yield_waits_for_the_end(self):
        done = self.world.run("--json", "run", "-n", "short", "sh", "-c", "echo all; exit 3")
        found = json.loads(done.out)
        self.assertEqual((done.rc, done.err), (3, b""))
        self.assertEqual((found["name"], found["number"], found["running"], found["state"],
                          found["exit_code"], found["output"]),
                         ("short", 1, False, "failed (3)", 3, "all\n"))
        terminal = self.terminal("outlast", "--json", "run", "-T", "-n", "caught", "sh", "-c",
                                 "trap 'exit 8' INT; touch up; while :; do sleep 0.05; done")
        terminal.wait_until(lambda: os.path.exists(self.world.path("up")), what="the job to run")
        terminal.send("\x03")
        self.assertEqual(terminal.wait_end(), 8)
        self.assertEqual(json.loads(bytes(terminal.output).removeprefix(b"^C"))["exit_code"], 8)

    def test_attach_has_no_json(self):
        self.world.must("run", "-d", "-n", "x", "true")
        done = self.world.run("--json", "attach", "x")
        error = json.loads(done.out)["error"]
        self.assertEqual((done.rc, done.err, error["code"]), (2, b"", "usage"))
        self.assertIn("outlast logs --json", error["fix"])
        self.assertIn("outlast status --json", error["fix"])

    def test_yield_at_a_terminal(self):
        terminal = self.terminal("outlast", "run", "--yield", "0.5s", "-n", "long", "sh", "-c",
                                 "echo so far; sleep 1000")
        terminal.wait_for("so far")
        self.assertEqual(terminal.wait_end(), 124)
        self.assertIn(b"long (1) still runs", terminal.output)


class KeyTest(OutlastCase):
    """--key and -n."""

    def test_a_key_starts_one_job(self):
        first = self.world.must("run", "-d", "--key", "nightly/2024 ä", "sleep", "1000")
        second = self.world.must("run", "-d", "--key", "nightly/2024 ä", "sleep", "1000")
        self.assertEqual(first.out, second.out)
        self.assertEqual(len(self.records()), 1)
        third = json.loads(self.world.must("run", "--json", "-d", "--key", "other", "sleep", "1000").out)
        again = json.loads(self.world.must("run", "--json", "-d", "--key", "other", "sleep", "1000").out)
        self.assertEqual((third["existing"], again["existing"]), (False, True))
        self.assertEqual(third["number"], again["number"])

    def test_an_empty_key_is_none(self):
        done = self.world.run("run", "--key", "", "true")
        self.assertEqual((done.rc, self.records()), (125, []))
        self.assertIn("--key: an empty key names no job", done.said)

    def test_many_at_once_start_one(self):
        calls = [subprocess.Popen(["outlast", "run", "-d", "--key", "k", "sh", "-c", "echo x; sleep 1000"],
                                  executable=f"{self.world.folder}/bin/outlast", env=self.world.env,
                                  cwd=self.world.work, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE) for _ in range(12)]
        answers = {call.communicate(timeout=60)[0] for call in calls}
        self.assertEqual(answers, {b"1\n"})
        self.assertEqual([call.returncode for call in calls], [0] * 12)
        self.assertEqual(len(self.records()), 1)

    def test_a_key_while_attached_joins_and_tells_the_end(self):
        gate = self.gate()
        self.world.must("run", "-d", "--key", "k", "sh", "-c", f"echo one; cat {gate}; exit 6")
        call = subprocess.Popen(["outlast", "run", "--key", "k", "sh", "-c", "never"],
                                executable=f"{self.world.folder}/bin/outlast", env=self.world.env,
                                cwd=self.world.work, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(call.stdout.readline(), b"one\n")
        self.open_gate(gate)
        self.assertIn(b"has this key already", call.communicate(timeout=30)[1])
        self.assertEqual(call.returncode, 6)
        # Also when it has ended: the same answer, nothing started.
        self.assertEqual(self.world.run("run", "--key", "k", "sh", "-c", "never").rc, 6)
        self.assertEqual(len(self.records()), 1)

    def test_names(self):
        self.world.must("run", "-d", "-n", "worker", "sleep", "1000")
        done = self.world.run("run", "-d", "-n", "worker", "true")
        self.assertEqual(done.rc, 125)
        self.assertIn('a job called "worker" is running', done.said)
        self.assertEqual(len(self.records()), 1)
        self.world.must("stop", "worker")
        self.world.must("run", "-n", "worker", "true")  # free again
        for number, name in enumerate(("true", "true-2")):
            self.world.must("run", "-d", "sh", "-c", "exec sleep 1000")
            self.assertEqual(self.record()["name"], ("sh", "sh-2")[number], name)


class StreamsTest(OutlastCase):
    """--stdin, --stderr, --no-log, -t and -T, --size, the environment, --tag."""

    def test_terminal_or_not(self):
        tell = ("sh", "-c", "test -t 0 && test -t 1 && echo tty || echo none")
        self.assertEqual(self.world.must("run", "-t", *tell).out, b"tty\r\n")
        self.assertEqual(self.world.must("run", *tell).out, b"none\n")
        terminal = self.terminal("outlast", "run", "-T", *tell)
        self.assertEqual(terminal.wait_end(), 0)
        self.assertIn(b"none", terminal.output)
        # With -t in a pipeline the job's terminal is no pipe: its input is what attach types.
        done = self.shell("echo piped | outlast run -t --timeout 20s sh -c 'test -t 0 && echo tty' | cat")
        self.assertEqual(done.stdout, b"tty\r\n")

    def test_ctrl_c_without_a_terminal_for_the_job(self):
        terminal = self.terminal("outlast", "run", "-T", "sh", "-c",
                                 "trap 'echo caught; exit 8' INT; echo up; while :; do sleep 0.05; done")
        terminal.wait_for("up")
        terminal.send("\x03")
        terminal.wait_for("caught")
        self.assertEqual(terminal.wait_end(), 8)

    def test_input(self):
        path = self.file("in", "from a file\n")
        self.assertEqual(self.world.must("run", "--stdin", path, "cat").out, b"from a file\n")
        self.assertEqual(self.world.must("run", "--stdin", "-", "cat", input=b"ours\n").out, b"ours\n")
        self.world.must("run", "-d", "-n", "reader", "cat", input=b"not for it\n")
        self.assertEqual((self.fate("reader")["code"], self.log("reader")), (0, b""))

    def test_stderr_apart(self):
        done = self.world.must("run", "--stderr", "sh", "-c", "echo out; echo err >&2")
        self.assertEqual(self.log(), b"out\n")
        self.assertEqual(done.out, b"out\n")
        folder = self.world.job_folders()[0]
        with open(f"{folder}/log.stderr", "rb") as file:
            self.assertEqual(file.read(), b"err\n")

    def test_stderr_apart_reaches_the_callers_stderr(self):
        done = self.shell("outlast run --stderr sh -c 'echo o; echo e >&2; exit 4'", check=4)
        self.assertEqual((done.stdout, done.stderr), (b"o\n", b"e\n"))
        size = 3_000_000
        self.shell(f"outlast run --stderr sh -c 'head -c {size} /dev/zero >&2; echo o' 2>err", check=0)
        self.assertEqual(os.path.getsize(self.world.path("err")), size)
        # As the plain command: nobody who takes the errors is no reason to end.
        self.assertEqual(self.shell("outlast run --stderr sh -c 'echo e >&2; sleep 0.2; echo o' "
                                    "2>/dev/full", check=0).stdout, b"o\n")
        done = self.world.run("attach", "--last", "1", "-")
        self.assertEqual((done.out, done.err.split(b"\n")[0]), (b"o\n", b"e"))

    def test_stderr_apart_while_it_runs(self):
        gate = self.gate()
        with open(self.world.path("err"), "wb") as file, subprocess.Popen(
                ["outlast", "run", "--stderr", "sh", "-c", f"echo early >&2; cat {gate}"],
                env=self.world.env, cwd=self.world.work, stderr=file,
                stdin=subprocess.DEVNULL) as process:
            eventually(lambda: os.path.getsize(file.name) == len("early\n"), what="the error output")
            self.open_gate(gate)
            self.assertEqual(process.wait(20), 0)

    def test_stderr_apart_as_json(self):
        done = self.world.run("--json", "run", "--stderr", "--yield", "20s", "sh", "-c",
                              "echo o; echo e >&2; exit 4")
        answer = json.loads(done.out)
        self.assertEqual((done.rc, answer["output"], answer["stderr"], answer["stderr_end"]),
                         (4, "o\n", "e\n", 2))

    def test_no_log(self):
        done = self.world.must("run", "--no-log", "seq", "1", "50000")
        self.assertEqual(done.out.split()[-1], b"50000")
        self.assertFalse(os.path.exists(self.world.job_folders()[0] + "/log"))

    def test_size(self):
        self.assertEqual(self.world.must("run", "-t", "--size", "123x45", "stty", "size").out,
                         b"45 123\r\n")
        terminal = self.terminal("outlast", "run", "--size", "123x45", "sh", "-c",
                                 "stty size; read x; stty size", rows=20, cols=60)
        terminal.wait_for("45 123")
        terminal.resize(30, 100)
        terminal.send_line("")
        terminal.wait_for("45 123")
        self.assertEqual(terminal.wait_end(), 0)

    def test_environment(self):
        path = self.file("env", "# a remark\n\nA=1\nB=two words \nC='kept'\nD=a=b\r\n")
        out = self.world.must("run", "--env-file", path, "-e", "A=2", "-e", "LANG", "sh", "-c",
                              "printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\" \"${LANG-unset}\"").out
        self.assertEqual(out, b"2|two words |'kept'|a=b|unset|")
        bad = self.file("bad", "no equals sign\n")
        done = self.world.run("run", "--env-file", bad, "true")
        self.assertEqual(done.rc, 125)
        self.assertIn("bad:1", done.said)
        for line in ("export A=1", " A=1", "A =1", "=1", "A\tB=1"):
            with self.subTest(line):
                bad = self.file("bad", f"# a remark\nGOOD=1\n{line}\n")
                done = self.world.run("run", "--env-file", bad, "true")
                self.assertEqual(done.rc, 125)
                self.assertIn("bad:3: not of the form NAME=value", done.said)
                self.assertIn("fix: ", done.said)
        for entry in ("=x", "", "="):
            with self.subTest(entry=entry):
                done = self.world.run("run", "-e", entry, "true")
                self.assertEqual(done.rc, 125)
                self.assertIn(f'--env: "{entry}" names no variable', done.said)
        self.assertEqual(len(self.records()), 1)

    def test_path_from_the_jobs_environment(self):
        os.mkdir(self.world.path("bin"))
        self.file("bin/tool", "#!/bin/sh\necho mine\n", 0o755)
        out = self.world.must("run", "-e", f"PATH={self.world.path('bin')}:/usr/bin:/bin", "tool").out
        self.assertEqual(out, b"mine\n")

    def test_tags(self):
        self.world.must("run", "--tag", "nightly", "--tag", "db", "true")
        self.world.must("run", "true")
        self.assertEqual(self.record()["tags"], [])
        self.assertEqual(self.records()[0]["tags"], ["nightly", "db"])

    def test_a_signal_to_the_viewer_ends_only_the_viewer(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):
                call = subprocess.Popen(
                    ["outlast", "run", "sh", "-c", "echo up; sleep 1000"], env=self.world.env,
                    executable=f"{self.world.folder}/bin/outlast", cwd=self.world.work,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual(call.stdout.readline(), b"up\n")
                call.send_signal(number)
                call.communicate(timeout=30)
                self.assertEqual(call.returncode, 0 if number == signal.SIGQUIT else 128 + number)
                self.assertTrue(procs.alive(self.record()["pid"]))


if __name__ == "__main__":
    unittest.main()
