"""The tmux driver, tried on bash and vim."""

import os
import tempfile
import unittest

from harness import procs
from harness.tmux import Tmux
from harness.waiting import TimedOut, eventually


class TmuxTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LANG": "C.UTF-8", "PS1": "ready> "}

    def open(self, *command, **options):
        tmux = Tmux(command, env=self.env, **options)
        self.addCleanup(tmux.close)
        return tmux

    def test_shell_screen_size_and_end(self):
        tmux = self.open("bash", "--norc", "--noprofile", "-i", rows=10, cols=60)
        tmux.wait_for("^ready>")
        tmux.send_text("stty size; seq 30")
        tmux.send_keys("Enter")
        tmux.wait_for(r"(?m)^30\nready>")
        self.assertIn("10 60", tmux.history())
        self.assertNotIn("10 60", tmux.screen())
        self.assertEqual(tmux.cursor(), (9, len("ready> ")))
        tmux.resize(20, 70)
        tmux.send_text("clear; stty size; cat")
        tmux.send_keys("Enter")
        tmux.wait_for(r"(?m)^20 70$")
        tmux.send_text("sent back")
        tmux.send_keys("Enter")
        tmux.wait_for("sent back\nsent back")  # cat runs now, and takes the interrupt
        tmux.send_keys("C-c")
        tmux.wait_for(r"\^C\nready>")
        tmux.send_text("exit 5")
        tmux.send_keys("Enter")
        self.assertEqual(tmux.wait_end(), 5)

    def test_vim(self):
        path = f"{self.folder}/file"
        tmux = self.open("vim", "-u", "NONE", "-N", path)
        tmux.wait_for(r"(?s)~.*\[New")
        tmux.send_text("ione")
        tmux.send_keys("Enter", "Escape")
        tmux.send_text("atwo")
        tmux.send_keys("Escape")
        tmux.send_text(":wq")
        tmux.send_keys("Enter")
        self.assertEqual(tmux.wait_end(), 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "one\ntwo\n")

    def test_end_by_a_signal(self):
        tmux = self.open("sh", "-c", "kill -KILL $$")
        self.assertEqual(tmux.wait_end(), -9)

    def test_nothing_is_left(self):
        tmux = Tmux(["sleep", "1000"], env=self.env)
        server = int(tmux.tmux("display-message", "-p", "#{pid}"))
        job = int(tmux.tmux("display-message", "-p", "#{pane_pid}"))
        with self.assertRaises(TimedOut):
            tmux.wait_for("never", 0.1)
        tmux.close()
        self.assertFalse(procs.alive(server))
        eventually(lambda: not procs.alive(job))
        self.assertFalse(os.path.exists(tmux._folder))


if __name__ == "__main__":
    unittest.main()
