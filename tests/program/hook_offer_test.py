"""`outlast hook SHELL`: after Ctrl-Z in an ssh session the shell tells how the job can go on."""

import os
import shutil
import unittest

from harness import procs
from harness.case import OutlastCase
from harness.waiting import eventually

OFFER = "outlast: to let it go on without this connection: outlast adopt %1"
SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


class Offer(OutlastCase):
    """One test a shell; the shell has the hook and a prompt "ready> "."""

    def shell_with_hook(self, shell, env):
        folder = self.world.path(shell)
        os.mkdir(folder)
        if shell == "bash":
            argv = ["bash", "--rcfile", f"{folder}/rc", "-i"]
            self.file("bash/rc", 'PS1="ready> "\neval "$(outlast hook bash)"\n')
        elif shell == "zsh":
            argv = ["zsh", "-d", "-i"]
            self.file("zsh/.zshrc", 'PS1="ready> "\nunsetopt zle\neval "$(outlast hook zsh)"\n')
        else:
            # Without its configuration, fish does not begin to read all man pages at its first start.
            argv = ["fish", "--no-config", "-i", "-C",
                    "set -g fish_greeting; function fish_prompt; echo -n 'ready> '; end; "
                    "outlast hook fish | source"]
        return self.terminal(*argv, env={"ZDOTDIR": folder, "TERM": "dumb", **env})

    def stop_a_job(self, terminal):
        terminal.wait_for("ready> ")
        terminal.send_line("sleep 1000")
        self.press_ctrl_z(terminal)

    def press_ctrl_z(self, terminal):
        """Once the command runs: the key would go to the shell before that."""
        eventually(lambda: any(procs.stat(pid).name == "sleep" and procs.stat(pid).state == "S"
                               for pid in procs.children(terminal.pid)),
                   what="sleep in the foreground")
        terminal.send("\x1a")
        terminal.wait_for(r"[Ss]topped|suspended")

    def check_shell(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        terminal = self.shell_with_hook(shell, SSH)
        self.stop_a_job(terminal)
        terminal.wait_for(OFFER)
        # The same job is not offered twice.
        terminal.wait_for("ready> ")
        before = len(terminal.output)
        terminal.send_line("fg")
        self.press_ctrl_z(terminal)
        terminal.wait_for("ready> ")
        self.assertNotIn(OFFER.encode(), bytes(terminal.output[before:]))
        terminal.send_line("kill %1; fg; exit")
        terminal.wait_for("exit")

    def test_bash(self):
        self.check_shell("bash")

    def test_zsh(self):
        self.check_shell("zsh")

    def test_fish(self):
        self.check_shell("fish")

    def check_adopted(self, shell):
        """What was offered does what it says, and once: the shell sees its job go on meanwhile."""
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        terminal = self.shell_with_hook(shell, {})
        terminal.wait_for("ready> ")
        terminal.send_line("sleep 1000 | cat")
        self.press_ctrl_z(terminal)
        before = len(terminal.output)
        status = "$status" if shell == "fish" else "$?"
        terminal.send_line(f"outlast adopt %1; echo code={status}.")
        terminal.wait_for(r"code=\d+\.")
        said = bytes(terminal.output[before:]).decode()
        self.assertIn("code=0.", said)
        self.assertEqual(said.count("is now job 1"), 1)
        self.assertNotIn("error:", said)
        self.assertEqual(len(self.records()), 1)
        self.world.must("stop", "sleep")

    def test_bash_adopts_a_stopped_pipeline_once(self):
        self.check_adopted("bash")

    def test_zsh_adopts_a_stopped_pipeline_once(self):
        self.check_adopted("zsh")

    def test_fish_adopts_a_stopped_pipeline_once(self):
        self.check_adopted("fish")

    def test_not_outside_ssh_nor_where_it_is_safe(self):
        for env in ({}, {**SSH, "TMUX": "/tmp/x,1,0"}, {**SSH, "OUTLAST_JOB": "3"}):
            with self.subTest(env=env):
                terminal = self.shell_with_hook("bash", env)
                self.stop_a_job(terminal)
                terminal.wait_for("ready> ")
                self.assertNotIn(b"adopt", bytes(terminal.output))
                shutil.rmtree(self.world.path("bash"))


if __name__ == "__main__":
    unittest.main()
