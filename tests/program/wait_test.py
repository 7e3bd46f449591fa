"""outlast wait: for ends, lines, silence and questions, of jobs and of foreign processes."""

import json
import os
import signal
import subprocess
import unittest

from harness import procs
from harness.waiting import eventually
from stop_test import Jobs


class Wait(Jobs):
    """Waiting for jobs."""

    def background(self, *words):
        """outlast wait … in the background; killed at the end of the test."""
        process = subprocess.Popen(
            [f"{self.world.folder}/bin/outlast", "wait", *words], env=self.world.env,
            cwd=self.world.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def gate(self, name):
        """A job that ends with code 3 when its file is written to; returns the file's path."""
        path = self.world.path(name)
        os.mkfifo(path)
        self.start(name, "bash", "-c", f"echo ready; read line < {path}; echo $line; exit 3")
        return path

    @staticmethod
    def open_gate(path, text="go\n"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def test_the_exit_code_is_the_jobs(self):
        for command, code in (("true", 0), ("exit 7 ", 7), ("kill -9 $$", 137)):
            number = self.start("x", "bash", "-c", command, ready="")
            self.assertEqual(self.world.run("wait", str(number)).rc, code)

    def test_it_wakes_when_the_job_ends(self):
        path = self.gate("gate")
        process = self.background("gate")
        self.open_gate(path)
        _, said = process.communicate(timeout=20)
        self.assertEqual((process.returncode, said), (3, b"outlast: gate (1) failed (3)\n"))

    def test_of_several_the_first_in_order_that_failed(self):
        self.start("a", "true", ready="")
        self.start("b", "bash", "-c", "sleep 0.2; exit 4", ready="")
        self.start("c", "bash", "-c", "exit 5", ready="")
        self.assertEqual(self.world.run("wait", "a", "b", "c").rc, 4)
        self.assertEqual(self.world.run("wait", "a", "c", "b").rc, 5)
        self.assertEqual(self.world.run("wait", "a").rc, 0)

    def test_any_prints_which(self):
        self.start("long", "sleep", "1000", ready="")
        self.start("short", "bash", "-c", "exit 6", ready="")
        result = self.world.run("wait", "--any", "long", "short")
        self.assertEqual((result.rc, result.text), (6, "short (2) failed (6)\n"))
        self.assertEqual(self.world.run("wait", "--any", "-q", "long", "short").text, "2\n")

    def test_time_over_and_errors_are_no_exit_codes_of_jobs(self):
        self.start("long", "sleep", "1000", ready="")
        self.assertEqual(self.world.run("wait", "-t", "50ms", "long").rc, 124)
        self.assertEqual(self.world.run("wait", "-t", "0", "long").rc, 124)
        for words in (("nobody",), ("long", "--idle", "x"), ("long", "--match", "("),
                      (str(2 ** 22 - 1),)):
            self.assertEqual(self.world.run("wait", *words).rc, 125, words)
        found = self.world.run("wait", "--json", "-t", "0", "long")
        self.assertIn('"timed_out":true', found.text)

    def test_json_has_the_jobs_own_code_beside_that_of_the_command(self):
        self.start("good", "true", ready="")
        self.start("bad", "bash", "-c", "echo ready; exit 3")
        self.start("long", "bash", "-c", "echo ready; sleep 1000")
        for words, code, own in ((("good", "-m", "zzz"), 1, 0), (("bad", "-m", "zzz"), 1, 3),
                                 (("bad", "-m", "ready"), 0, 3), (("bad",), 3, 3),
                                 (("long", "-m", "ready"), 0, None)):
            with self.subTest(words):
                self.world.run("wait", words[0], "-t", "0" if own is None else "20s")
                found = self.world.run("wait", "--json", *words)
                answer = json.loads(found.out)
                self.assertEqual((found.rc, answer["exit_code"], answer["jobs"][0].get("exit_code")),
                                 (code, code, own))

    def test_a_keeper_that_is_killed_is_no_end(self):
        path = self.gate("gate")
        process = self.background("gate")
        eventually(lambda: len(procs.open_files(process.pid)) > 4, what="subscribed")
        keeper = self.state(1)["keeper_pid"]
        procs.kill(keeper)
        eventually(lambda: self.state(1)["keeper_pid"] != keeper)
        self.assertIsNone(process.poll())
        self.open_gate(path)
        self.assertEqual(process.wait(20), 3)

    def test_it_sleeps_while_nothing_happens(self):
        self.gate("gate")
        process = self.background("gate", "--match", "never", "--idle", "1h")
        eventually(lambda: procs.stat(process.pid).state == "S" and
                   any("inotify" in file for file in procs.open_files(process.pid).values()))

        def sleeps():
            before = procs.voluntary_switches(process.pid)
            self.world.run("wait", "-t", "300ms", "gate")  # time goes by
            return procs.voluntary_switches(process.pid) - before <= 1

        eventually(sleeps)  # the first time it may be on its way to sleep

    def test_a_line_that_matches(self):
        path = self.gate("gate")
        process = self.background("gate", "--match", "port [0-9]+")
        self.open_gate(path, r"\033[32mport\033[0m 8080 is open".replace(r"\033", "\033") + "\n")
        out, _ = process.communicate(timeout=20)
        self.assertEqual((process.returncode, out), (0, b"port 8080 is open\n"))
        # What was written before counts too, unless it must not.
        self.assertEqual(self.world.run("wait", "gate", "--match", "port").rc, 0)
        self.assertEqual(self.world.run("wait", "gate", "--match", "port", "--from-now").rc, 1)
        self.assertEqual(self.world.run("wait", "gate", "--match", "never").rc, 1)

    def test_a_prompt_without_a_line_feed_matches(self):
        self.start("ask", "bash", "-c", "printf 'Password: '; sleep 1000", ready="Pass")
        self.assertEqual(self.world.run("wait", "ask", "-m", "^Password:").rc, 0)

    def test_the_output_of_an_earlier_run_is_none_of_this_one(self):
        self.start("twice", "bash", "-c", "[ $OUTLAST_RUN = 2 ] && sleep 1000; echo listening",
                   ready="listening")
        self.world.run("wait", "twice")
        self.world.must("restart", "twice")
        self.assertEqual(self.world.run("wait", "twice", "-m", "listening", "-t", "200ms").rc, 124)

    def test_silence(self):
        path = self.world.path("talk")
        os.mkfifo(path)
        self.start("talk", "bash", "-c", f"exec 3<> {path}; echo ready; while :; do echo x; "
                   "sleep 0.02; read -t 0.01 -u 3 stop && break; done; sleep 1000")
        process = self.background("talk", "--idle", "500ms")
        self.assertEqual(self.world.run("wait", "-t", "1s", "talk").rc, 124)
        self.assertIsNone(process.poll())  # it writes all the time
        self.open_gate(path)
        self.assertEqual(process.wait(20), 0)
        self.world.must("kill", "talk")
        self.assertEqual(self.world.run("wait", "talk", "--idle", "1h").rc, 1)

    def test_a_question(self):
        self.start("ask", "python3", "-c", "input('your name? ')", options=("-t",), ready="name")
        result = self.world.run("wait", "ask", "--needs-input")
        self.assertEqual((result.rc, result.said), (0, "outlast: ask (1) needs input\n"))
        self.world.must("send", "ask", "me")
        self.assertEqual(self.world.run("wait", "ask", "--needs-input").rc, 1)


class WaitForProcesses(Jobs):
    """Processes that are no jobs."""

    def child(self, code):
        """A process that runs until its stdin is closed."""
        process = subprocess.Popen(["bash", "-c", f"read; {code}"], stdin=subprocess.PIPE,
                                   env=self.world.env)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdin.close()))
        return process

    def wait(self, pid, env=None):
        return subprocess.Popen([f"{self.world.folder}/bin/outlast", "wait", str(pid)],
                                env={**self.world.env, **(env or {})}, stderr=subprocess.PIPE)

    def test_the_status_of_a_zombie(self):
        for code, expected in (("exit 0", 0), ("exit 9", 9), ("kill -TERM $$", 143)):
            child = self.child(code)
            with self.wait(child.pid) as wait:
                eventually(lambda wait=wait: any("pidfd" in file for file in
                                                 procs.open_files(wait.pid).values()))
                child.stdin.close()
                # Not reaped: we do not call wait before outlast is done.
                self.assertEqual(wait.wait(20), expected)
            child.wait()

    def test_the_status_of_one_that_its_parent_has_reaped(self):
        parent = subprocess.Popen(["bash", "-c", "sleep 1000 & echo $!; wait $! 2>/dev/null; read"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, env=self.world.env)
        self.addCleanup(lambda: (parent.stdin.close(), parent.wait(), parent.stdout.close()))
        pid = int(parent.stdout.readline())
        with self.wait(pid) as wait:
            eventually(lambda: any("pidfd" in file for file in
                                   procs.open_files(wait.pid).values()))
            os.kill(pid, signal.SIGKILL)
            code = wait.wait(20)
            said = wait.stderr.read().decode()
        # 137 where the kernel tells (or while it was a zombie), else the truth: unknown.
        self.assertIn(code, (137, 125))
        self.assertIn("killed (KILL)" if code == 137 else "unknown", said)

    def test_what_only_a_job_has(self):
        child = self.child("exit 0")
        result = self.world.run("wait", str(child.pid), "--idle", "1s")
        self.assertEqual(result.rc, 125)
        self.assertIn("is no job", result.said)
        child.stdin.close()


if __name__ == "__main__":
    unittest.main()
