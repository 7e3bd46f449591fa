"""Full-screen programs adopted, their connection lost, and found again in a terminal of another size."""

# ctest: TIMEOUT 300

import shutil
import unittest

from harness import procs
from harness.adopting import AdoptCase
from harness.tmux import Tmux
from harness.waiting import eventually


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class Screens(AdoptCase):
    def begin(self, line, pattern):
        shell = self.interactive_shell(rows=24, cols=80)
        shell.send_line(line)
        shell.wait_for(pattern)
        return shell, self.foreground(shell)

    def attach(self, name, rows=30, cols=100):
        """A person's terminal, larger than the old one, with the job in it."""
        tmux = Tmux([f"{self.world.folder}/bin/outlast", "attach", name], env=self.world.env,
                    rows=rows, cols=cols)
        self.addCleanup(tmux.close)
        return tmux

    def check_session(self, main):
        """It has the whole new terminal: as its own session's."""
        eventually(lambda: procs.stat(main).session == main)
        eventually(lambda: procs.stat(main).foreground == main)

    @unittest.skipUnless(shutil.which("vim"), "vim is not installed")
    def test_vim(self):
        path = self.file("text", "".join(f"first {n}\n" for n in range(1, 101)))
        shell, main = self.begin(f"vim -u NONE -N -n {path}", r"first 20")
        shell.send("50Gonew words")
        shell.wait_for("new words")
        self.adopt(main)
        shell.wait_for("Stopped.*ready> ")
        self.lose(shell)
        tmux = self.attach("vim")
        self.check_session(main)
        # Redrawn at the new size, still in insert mode.
        tmux.wait_for(r"(?s)first 50\n+new words\n+first 51.*-- INSERT --")
        eventually(lambda: sum("first" in row for row in tmux.screen()) >= 26,
                   what="rows down to the end of the new terminal")
        tmux.send_text(" and more")
        tmux.send_keys("Escape")
        tmux.send_text(":!tty")
        tmux.send_keys("Enter")
        tmux.wait_for(r"/dev/pts/\d+")
        tmux.send_keys("Enter")
        tmux.send_text(":wq")
        tmux.send_keys("Enter")
        fate = self.fate("vim")
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 0))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read().split("\n")[50], "new words and more")

    @unittest.skipUnless(shutil.which("vim"), "vim is not installed")
    def test_it_is_drawn_before_anybody_comes_and_at_the_old_size(self):
        path = self.file("text", "".join(f"first {n}\n" for n in range(1, 101)))
        # With no time after which vim looks at its size by itself, as it does before it writes a swap file.
        shell, main = self.begin(f"vim -u NONE -N -n --cmd 'set updatetime=1000000' {path}", r"first 20")
        self.adopt(main)

        def drawn():
            rows = self.world.must("screen", "vim").text.split("\n")
            return [row.strip() for row in rows[:23]] == [f"first {n}" for n in range(1, 24)]

        eventually(drawn, what=lambda: self.world.must("screen", "vim").text)
        self.lose(shell)
        self.world.must("send", "vim", "--keys", ": q Enter")
        self.fate("vim")

    def test_less(self):
        path = self.file("text", "".join(f"row {n}\n" for n in range(1, 301)))
        shell, main = self.begin(f"less {path}", r"row 23\r\n.*text")
        self.adopt(main)
        shell.wait_for("Stopped.*ready> ")
        self.lose(shell)
        tmux = self.attach("less")
        tmux.wait_for(r"(?s)row 1\n.*row 29\n")
        tmux.send_text("G")
        tmux.wait_for(r"(?s)row 272\n.*row 300\n.*END")
        tmux.send_text("100g")
        tmux.wait_for(r"(?s)row 100\n.*row 128\n")
        tmux.send_text("q")
        fate = self.fate("less")
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 0))

    @unittest.skipUnless(shutil.which("top"), "top is not installed")
    def test_top(self):
        shell, main = self.begin("top -d 0.3", r"load average")
        self.adopt(main)
        shell.wait_for("Stopped.*ready> ")
        self.lose(shell)
        tmux = self.attach("top")
        tmux.wait_for(r"(?s)top - .*load average.*PID USER")
        eventually(lambda: sum(bool(row.strip()) for row in tmux.screen()) > 26,
                   what="rows down to the end of the new terminal")
        tmux.send_text("q")
        self.assertEqual(self.fate("top")["kind"], "exited")


if __name__ == "__main__":
    unittest.main()
