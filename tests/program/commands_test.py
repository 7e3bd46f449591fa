"""`outlast logs -c`: the output of one command of a shell in a job, by the marks of `outlast hook`."""

import shutil
import unittest

from harness.case import OutlastCase
from harness.waiting import eventually


class Commands(OutlastCase):
    """With the shells that there are."""

    prompts = 0

    def shell(self, name, *argv):
        self.world.must("run", "-d", "-t", "-n", name, "-e", "TERM=xterm", "--size", "80x24", "--",
                        *argv)
        eventually(lambda: b"133;A" in self.log(name), what=lambda: self.log(name)[-300:])
        self.prompts = 1

    def log(self, name):
        return self.world.must("logs", name, "--raw").out

    def enter(self, name, line):
        self.world.must("send", name, line)
        self.prompts += 1
        eventually(lambda: self.log(name).count(b"133;A") >= self.prompts,
                   what=lambda: self.log(name)[-300:])

    def output(self, name, *words):
        result = self.world.must("logs", name, "--plain", *words)
        return result.text, result.said.strip()

    def check(self, name):
        self.enter(name, "seq 1 3")
        self.enter(name, "printf 'a\\033[1mb\\033[0m\\n'; sh -c 'exit 3'")
        self.assertEqual(self.output(name, "-c", "last"), ("ab\n", "— failed (3)"))
        self.assertEqual(self.output(name, "-c", "-2"), ("1\n2\n3\n", "— ok"))
        self.assertEqual(self.output(name, "-c", "1", "-n", "1"), ("3\n", "— ok"))
        self.assertEqual(self.world.must("logs", name, "-c", "1").out, b"1\r\n2\r\n3\r\n")
        self.assertEqual(self.world.must("logs", name, "-c", "1", "-q", "--grep", "2").text, "2\n")
        refused = self.world.run("logs", name, "-c", "7")
        self.assertEqual(refused.rc, 4)
        self.assertIn("it has 2: -c 1 to -c 2", refused.said)
        self.world.must("send", name, "echo begun; read line")
        eventually(lambda: "begun\n" in self.output(name, "-c", "last")[0])
        self.assertEqual(self.output(name, "-c", "last"), ("begun\n", "— still running"))
        self.world.must("stop", "-s", "KILL", name)

    def test_bash(self):
        path = self.file("rc", "")
        hook = self.world.must("hook", "bash").text
        with open(path, "w", encoding="utf-8") as file:
            file.write("PS1='ready> '\nPROMPT_COMMAND='true'\n" + hook)
        self.shell("bash", "bash", "--noprofile", "--rcfile", path, "-i")
        self.check("bash")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        with open(self.world.path(".zshrc"), "w", encoding="utf-8") as file:
            file.write("PS1='ready> '\n" + self.world.must("hook", "zsh").text)
        self.shell("zsh", "env", f"ZDOTDIR={self.world.work}", "zsh", "-i")
        self.check("zsh")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        path = self.file("config.fish", self.world.must("hook", "fish").text)
        self.shell("fish", "fish", "--no-config", "-C", f"source {path}")
        self.enter("fish", "seq 1 3")
        self.enter("fish", "echo two; sh -c 'exit 3'")
        self.assertEqual(self.output("fish", "-c", "last"), ("two\n", "— failed (3)"))
        self.assertEqual(self.output("fish", "-c", "1"), ("1\n2\n3\n", "— ok"))
        self.world.must("stop", "-s", "KILL", "fish")

    def test_the_last_of_many_and_one_behind_much_output(self):
        script = self.file("marks.py", r"""
import sys
for i in range(3000): sys.stdout.write(f"\033]133;A\a$ \033]133;B\acmd\n\033]133;C;cmd=x\033\\out {i}\n\033]133;D;{i % 200}\033\\")
sys.stdout.write("\033]133;C\a" + "long line of output\n" * 200000 + "\033]133;D;9\a\033]133;A\aprompt")
""")
        self.world.must("run", "-d", "-t", "-n", "x", "python3", script)
        self.world.run("wait", "x")
        text, said = self.output("x", "-c", "last")
        self.assertEqual((text.count("\n"), said), (200000, "— failed (9)"))
        self.assertEqual(self.output("x", "-c", "-2"), ("out 2999\n", "— failed (199)"))
        self.assertEqual(self.output("x", "-c", "2001"), ("out 2000\n", "— ok"))

    def test_without_marks_it_says_how_to_get_them(self):
        self.world.must("run", "-d", "-t", "-n", "x", "echo", "no marks")
        self.world.run("wait", "x")
        refused = self.world.run("logs", "x", "-c", "last")
        self.assertEqual(refused.rc, 4)
        self.assertIn("has no prompt marks", refused.said)
        self.assertIn("outlast hook bash", refused.said)
        for words in (("-c", "0"), ("-c", "first"), ("-c", "last", "-f")):
            self.assertEqual(self.world.run("logs", "x", *words).rc, 2, words)


if __name__ == "__main__":
    unittest.main()
