"""`outlast check` as it is typed: what can be named, what is shown, the exit codes."""

import json
import os
import subprocess
import unittest

from harness import procs
from harness.case import OutlastCase
from harness.terminal import Terminal
from harness.waiting import eventually

BASH = ["bash", "--norc", "--noprofile", "-i"]
SHELLS = {"bash": BASH, "zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--no-config", "-i"]}
HOOKS = {"bash": 'eval "$(command outlast hook bash)"', "zsh": 'eval "$(command outlast hook zsh)"',
         "fish": "outlast hook fish | source"}


class CheckTest(OutlastCase):
    """Processes in terminals of the test's own, and the command in front of them."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.sweep)

    def open(self, *argv):
        terminal = Terminal(list(argv), env={**self.world.env, "PS1": "ready> ", "COLUMNS": "200"},
                            cwd=self.world.work, cols=200)
        self.addCleanup(terminal.close)
        return terminal

    def sweep(self):
        procs.kill_all(self.world.processes)

    def in_shell(self, name, hook=False):
        terminal = self.open(*SHELLS[name])
        if hook:
            terminal.send_line(HOOKS[name])
        self.type(terminal, "echo up")
        return terminal

    def type(self, terminal, line):
        """Type a line; when this returns the shell has carried it out. Its exit code."""
        count = self.typed = getattr(self, "typed", 0) + 1
        path = self.world.path(f"typed{count}")
        terminal.send_line(f"{line}; echo {'$status' if self.is_fish(terminal) else '$?'} >{path}.new; mv {path}.new {path}")
        terminal.wait_until(lambda: os.path.exists(path), what=lambda: f"{line}: {terminal.tail()!r}")
        with open(path, encoding="ascii") as file:
            return int(file.read())

    @staticmethod
    def is_fish(terminal):
        return terminal.process.args[0] == "fish"

    def background(self, terminal, seconds, after=""):
        """A sleep in the background of a shell; its pid."""
        self.type(terminal, f"sleep {seconds} & {after}" if after else f"sleep {seconds} & true")
        return eventually(lambda: [pid for pid in self.world.processes()
                                   if procs.command_line(pid)[1:] == [str(seconds).encode()]])[0]

    def check_in(self, terminal, *words):
        """The answer of check --json typed in a shell, with its exit code; its terminal is taken to go."""
        path = self.world.path("answer")
        words = ["--ends", str(os.getpid()), *words]
        code = self.type(terminal, f"outlast check --json {' '.join(words)} >{path} 2>/dev/null")
        with open(path, encoding="utf-8") as file:
            return code, json.load(file)

    @staticmethod
    def mark(answer, threat="hangup"):
        report, = answer["processes"]
        return next(each["mark"] for each in report["threats"] if each["threat"] == threat)

    # Jobs of a shell.

    def test_percent_with_the_hook(self):
        for name in SHELLS:
            with self.subTest(name):
                terminal = self.in_shell(name, hook=True)
                first = self.background(terminal, 1001)
                second = self.background(terminal, 1002)
                for word, pid in (("%1", first), ("%2", second), ("%%", second), ("%+", second)):
                    code, answer = self.check_in(terminal, f"'{word}'")
                    self.assertEqual((code, [each["pid"] for each in answer["processes"]]), (1, [pid]), word)
                    self.assertEqual(self.mark(answer), "dies")
                code, answer = self.check_in(terminal, "%7")
                self.assertEqual((code, answer["error"]["code"]), (3, "no_such_job"))
                self.assertIn("%1, %2", answer["error"]["fix"])
                self.sweep()

    def test_percent_without_the_hook(self):
        """bash and zsh are read; fish tells nothing, so that only a single job is clear."""
        for name in SHELLS:
            with self.subTest(name):
                terminal = self.in_shell(name)
                first = self.background(terminal, 1001)
                code, answer = self.check_in(terminal, "%1")
                self.assertEqual((code, answer["processes"][0]["pid"]), (1, first))
                second = self.background(terminal, 1002)
                code, answer = self.check_in(terminal, "%2")
                if name == "fish":
                    self.assertEqual((code, answer["error"]["code"]), (2, "usage"))
                    self.assertIn("outlast hook", answer["error"]["fix"])
                else:
                    self.assertEqual(answer["processes"][0]["pid"], second)
                self.sweep()

    def test_disowned(self):
        for name, hook in (("bash", False), ("zsh", False), ("bash", True), ("zsh", True), ("fish", True)):
            with self.subTest(name, hook=hook):
                terminal = self.in_shell(name, hook)
                kept = self.background(terminal, 1001)
                given_up = self.background(terminal, 1002, "disown")
                self.assertEqual(self.mark(self.check_in(terminal, str(kept))[1]), "dies")
                code, answer = self.check_in(terminal, str(given_up))
                self.assertEqual((code, self.mark(answer)), (1, "safe"))
                self.assertEqual(self.mark(answer, "terminal"), "at_risk")
                self.sweep()

    def test_the_hook_passes_everything_on(self):
        terminal = self.in_shell("bash", hook=True)
        self.assertEqual(self.type(terminal, "outlast run -d -n x sh -c 'env >seen; sleep 1003'"), 0)
        eventually(lambda: os.path.exists(self.world.path("seen")))
        with open(self.world.path("seen"), encoding="utf-8") as file:
            self.assertNotIn("OUTLAST_SHELL_JOBS", file.read())
        self.assertEqual(self.type(terminal, "outlast --json nonsense"), 2)

    def test_percent_from_no_shell(self):
        result = self.world.run("check", "%1", start_new_session=True)
        self.assertEqual(result.rc, 2, result)
        self.assertIn("use the PID", result.said)

    # Names and numbers.

    def start(self, *argv, **options):
        process = subprocess.Popen(list(argv), env=self.world.env, cwd=self.world.work, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                                   **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process.pid

    def test_names(self):
        name = f"migrate{os.getpid()}.sh"  # others may be testing here
        script = self.world.path(name)
        with open(script, "w", encoding="ascii") as file:
            file.write("while :; do read line; sleep 100; done\n")
        pids = {self.start("bash", script), self.start("bash", script)}
        answer = self.world.json("check", name)
        self.assertEqual({each["pid"] for each in answer["processes"]}, pids)
        self.assertEqual(answer["verdict"], "safe")
        result = self.world.run("check", name[:-2] + "hs")
        self.assertEqual(result.rc, 3)
        self.assertIn(f"did you mean {name} (PID", result.said)

    def test_what_is_not_there(self):
        pid = self.start("true")
        eventually(lambda: not procs.alive(pid))
        for word, code in ((str(pid), 3), ("no-such-thing", 3), ("", 2), ("0", 3), ("99999999999", 3)):
            result = self.world.run("check", word)
            self.assertEqual(result.rc, code, (word, result))
            self.assertTrue(result.said.startswith("error: "), result)
        self.assertEqual(self.world.run("check", "--ends", "x").rc, 2)

    def test_exit_codes_and_forms(self):
        safe = self.start("sleep", "1004")
        result = self.world.must("check", str(safe))
        self.assertRegex(result.text, rf"(?s)PID {safe} sleep 1004 +· +SAFE\n.*✓ hangup .*✓ terminal .*✓ pipeline "
                                      r".*✓ logout .*memory .*✗ reboot ")
        self.assertEqual(self.world.must("check", "-q", str(safe)).text, "")
        ascii_form = self.world.must("check", str(safe), env={"LANG": "C", "LC_ALL": "C"}).out
        self.assertTrue(ascii_form.isascii(), ascii_form)
        terminal = self.open("sleep", "1005")
        result = self.world.run("check", "--ends", str(os.getpid()), str(terminal.pid))
        self.assertEqual(result.rc, 1, result)
        self.assertRegex(result.text, rf"PID {terminal.pid} sleep 1005 +· +ENDS\n  ✗ hangup +it leads the session of pts/")
        self.assertIn(f"fix: outlast adopt {terminal.pid}\n", result.text)
        result = self.world.run("check", "-q", "--ends", str(os.getpid()), str(terminal.pid), str(safe))
        self.assertEqual(result.text, f"{terminal.pid}\n")

    def test_control_sequences(self):
        pid = self.start("sleep", "1006", executable="/bin/sleep")
        name = "\x1b]0;title\x07evil\x1b[31m"
        evil = self.start(name, "-c", "while :; do read line; sleep 100; done", executable="/bin/bash")
        for words in ((str(evil),), ("-a",), ("--json", str(evil))):
            result = self.world.run("check", *words)
            self.assertNotIn(b"\x1b", result.out + result.err)
            self.assertNotIn(b"\\u001b", result.out)
        self.assertTrue(procs.alive(pid))

    def test_self(self):
        terminal = self.in_shell("bash")
        code, answer = self.check_in(terminal, "--self")
        report, = answer["processes"]
        self.assertEqual((code, report["pid"], report["role"]), (1, terminal.pid, "shell"))

    # Jobs of outlast.

    def test_own_job(self):
        self.world.must("run", "-d", "-t", "-n", "backup", "sleep", "1007")
        record = self.world.record("backup")
        for word in ("backup", "1", "back"):
            answer = self.world.json("check", word)
            job, = answer["jobs"]
            self.assertEqual((job["name"], job["verdict"]), ("backup", "safe"))
            self.assertIn(record["pid"], job["pids"])
            self.assertIn(record["keeper_pid"], job["pids"])
        text = self.world.must("check", "backup").text
        self.assertRegex(text, r"job backup \(1\) +· +SAFE\n")
        self.assertIn("is held by outlast-keeper", text)
        self.world.must("stop", "-t", "0s", "backup")
        self.assertEqual(self.world.run("check", "back").rc, 4)

    def test_job_that_is_not_safe_is_not_said_to_be(self):
        """Its residents are taken to end, as they would in a control group that is ended."""
        self.world.must("run", "-d", "-t", "-n", "backup", "sleep", "1008")
        record = self.world.record("backup")
        ends = [word for name in ("keeper_pid", "scribe_pid") for word in ("--ends", str(record[name]))]
        result = self.world.run("check", "--json", *ends, "backup")
        self.assertEqual(result.rc, 1)
        answer = json.loads(result.out)
        self.assertEqual(answer["jobs"][0]["verdict"], "dies")

    # All of them.

    def test_everything(self):
        terminal = self.in_shell("bash")
        doomed = self.background(terminal, 1009)
        self.type(terminal, "(sleep 1010 </dev/null >/dev/null 2>&1 &)")
        path = self.world.path("all")
        code = self.type(terminal, f"outlast check --ends {os.getpid()} >{path}")
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(code, 1)
        at = {word: next(i for i, line in enumerate(lines) if word in line) for word in ("sleep 1009", "sleep 1010")}
        self.assertTrue(lines[at["sleep 1009"]].startswith("✗") and str(doomed) in lines[at["sleep 1009"]], lines)
        self.assertTrue(lines[at["sleep 1010"]].startswith("✓"), lines)
        self.assertLess(at["sleep 1009"], at["sleep 1010"])
        self.assertRegex(lines[-1], r"^\d+ at risk, .*safe")
        code, answer = self.check_in(terminal)
        listed = {each["pid"]: each["verdict"] for each in answer["processes"]}
        self.assertEqual(listed[doomed], "dies")
        self.assertEqual(answer["verdict"], "dies")
        self.assertTrue(answer["terminal"].startswith("pts/"))

    def test_processes_that_come_and_go(self):
        """It looks at all of /proc while hundreds of processes end."""
        churn = self.start("bash", "-c", "while :; do /bin/true; (exit 3); done")
        for _ in range(10):
            self.assertIn(self.world.run("check", "--json").rc, (0, 1))
        self.assertTrue(procs.alive(churn))

    def test_changes_nothing(self):
        """No signal, no write, no tracing: by its system calls."""
        terminal = self.in_shell("bash")
        self.background(terminal, 1011)
        path = self.world.path("calls")
        result = subprocess.run(
            ["strace", "-f", "-o", path, "-e", "trace=kill,tkill,tgkill,pidfd_send_signal,ptrace,setpgid,setsid,ioctl,"
             "open,openat,unlink,rename,mkdir,process_vm_writev", f"{self.world.folder}/bin/outlast", "check"],
            env=self.world.env, capture_output=True, check=False, timeout=60)
        self.assertIn(result.returncode, (0, 1), result)
        with open(path, encoding="utf-8", errors="replace") as file:
            calls = file.read()
        for word in ("kill(", "ptrace(", "pidfd_send_signal(", "O_WRONLY", "O_RDWR", "O_CREAT", "unlink(", "rename(",
                     "setpgid(", "setsid(", "mkdir(", "TIOCS", "process_vm_writev("):
            self.assertNotIn(word, calls)


if __name__ == "__main__":
    unittest.main()
