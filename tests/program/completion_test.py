"""Tab in real bash, zsh and fish."""

import os
import shutil
import unittest

from harness.terminal import Terminal
from stop_test import Jobs

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"


class Completion(Jobs):
    """Each shell with its script, as a person meets it."""

    def setUp(self):
        super().setUp()
        self.start("migrate", "sleep", "1000", ready="")
        self.start("backup", "sleep", "1000", ready="")
        self.start("mended", "true", ready="")
        self.world.run("wait", "mended")
        for shell in ("bash", "zsh", "fish"):
            with open(self.world.path(f"script.{shell}"), "wb") as file:
                file.write(self.world.must("completion", shell).out)
        with open(self.world.path("settings.txt"), "w", encoding="utf-8"):
            pass

    def shell(self, *argv, setup):
        """An interactive shell that is ready."""
        if shutil.which(argv[0]) is None:
            self.skipTest(f"{argv[0]} is missing")
        env = {**self.world.env, "PS1": "ready> ", "TERM": "xterm", "ZDOTDIR": self.world.work}
        terminal = Terminal([shutil.which(argv[0]), *argv[1:]], env=env, cwd=self.world.work,
                            cols=200)
        self.addCleanup(terminal.close)
        terminal.send(setup + "; echo up$((1+1))\r" if argv[0] != "fish" else
                      setup + "; echo up(math 1+1)\r")
        terminal.wait_for("up2.*ready> ")
        return terminal

    def tab(self, terminal, typed, expected):
        """What Tab makes of what is typed; the line is thrown away after."""
        terminal.send(typed + "\t")
        terminal.wait_for(expected)
        terminal.send("\x15\x0b")

    def check(self, terminal):
        """The same questions to every shell."""
        self.tab(terminal, "outlast sto", "stop")
        self.tab(terminal, "outlast stop mig", "migrate")
        self.tab(terminal, "outlast rm me", "mended")
        self.tab(terminal, "outlast stop --gra", "--grace")
        self.tab(terminal, "outlast signal migrate TER", "TERM")
        self.tab(terminal, "outlast run --env-file sett", "settings.txt")
        self.tab(terminal, "outlast run cat sett", "settings.txt")

    def test_bash(self):
        terminal = self.shell("bash", "--norc", "--noprofile", "-i", setup="source script.bash")
        self.check(terminal)
        self.tab(terminal, "outlast stop --signal=HU", "HUP")
        self.tab(terminal, "outlast run -d mkfi", "mkfifo")

    @unittest.skipUnless(os.path.exists(BASH_COMPLETION), "bash-completion is missing")
    def test_bash_with_bash_completion(self):
        terminal = self.shell("bash", "--norc", "--noprofile", "-i",
                              setup=f"source {BASH_COMPLETION}; source script.bash")
        self.check(terminal)

    def test_zsh(self):
        terminal = self.shell(
            "zsh", "-f", "-i", setup="PS1='ready> '; autoload -U compinit; compinit -u -D; "
            "source ./script.zsh")
        self.check(terminal)

    def test_fish(self):
        terminal = self.shell("fish", "--no-config", setup="function fish_prompt; echo 'ready> '; end; "
                              "source script.fish")
        self.check(terminal)

    def test_the_answer_is_quick_and_safe(self):
        result = self.world.must("completion", "words", "--", "stop", "")
        lines = result.text.splitlines()
        self.assertEqual(lines[0], "words")
        self.assertEqual([line.split("\t")[0] for line in lines[1:]], ["backup", "migrate"])
        self.assertEqual(self.world.run("completion", "tcsh").rc, 2)


if __name__ == "__main__":
    unittest.main()
