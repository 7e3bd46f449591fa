"""Who comes back from a lost terminal to one of another size sees what a mere change of size shows."""

# ctest: TIMEOUT 240

import shutil
import unittest

from harness.case import OutlastCase
from harness.tmux import Tmux
from harness.waiting import eventually

SIZES = ((24, 80), (32, 110), (18, 60))  # the first is the one that they begin with


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class Returning(OutlastCase):
    """The same program twice: by itself in a terminal that changes its size, and as a job."""

    def tmux(self, *command, size=SIZES[0]):
        tmux = Tmux(command, env=self.world.env, rows=size[0], cols=size[1])
        self.addCleanup(tmux.close)
        return tmux

    def begin(self, *command, ready):
        self.plain = self.tmux(*command)
        self.job = self.tmux("outlast", "run", "-n", "x", *command)
        self.wait_for(ready)

    def wait_for(self, pattern):
        for tmux in (self.plain, self.job):
            tmux.wait_for(pattern)

    def type(self, text, *keys):
        for tmux in (self.plain, self.job):
            tmux.send_text(text)
            if keys:
                tmux.send_keys(*keys)

    @staticmethod
    def screen(tmux):
        """Text with its colours, without what a full-screen program leaves to the terminal."""
        lines = tmux.tmux("capture-pane", "-p", "-e").split("\n")[:-1]
        return lines, tmux.cursor(), tmux.show("#{alternate_on} #{cursor_flag} #{mouse_any_flag}")

    def lose_and_return(self, look):
        """To each size; what `look` sees of the two is the same."""
        for size in SIZES[1:] + SIZES[:1]:
            self.plain.resize(*size)
            self.job.close()
            self.job = self.tmux("outlast", "attach", "x", size=size)
            self.same(look, size)

    def same(self, look, size=None):
        seen = []

        def is_same():
            seen[:] = look(self.plain), look(self.job)
            return seen[0] == seen[1]

        eventually(is_same, what=lambda: f"the same screen at {size}:\n{seen[0]}\n{seen[1]}")

    def test_vim_with_a_split(self):
        path = self.file("text", "".join(f"row {n}: some words of it\n" for n in range(1, 201)))
        self.begin("vim", "-u", "NONE", "-N", "-n", "--cmd", "syntax on", path, ready=r"(?m)^row 5:")
        self.type(":split", "Enter")
        self.type("100G0ihalf a word")
        self.wait_for("(?s)half a wordrow 100.*INSERT")
        self.lose_and_return(self.screen)
        self.type(" and more", "Escape")
        self.same(self.screen)
        self.type("u:only", "Enter")
        self.same(self.screen)

    def test_less_in_colours(self):
        rows = (f"\033[3{n % 8}mrow {n}\033[0m \033[1;4mbold {n}\033[0m plain\n" for n in range(1, 301))
        self.begin("less", "-R", self.file("text", "".join(rows)), ready=r"(?m)^row 5 ")
        self.type("100g")
        self.type("/bold 150", "Enter")
        self.wait_for(r"\Arow 150 ")
        self.lose_and_return(self.screen)
        # A key that comes with a change of size is lost on less, wherever it runs.
        for tmux in (self.plain, self.job):
            eventually(lambda tmux=tmux: (tmux.send_text("g"), tmux.screen()[0].startswith("row 1 "))[1])
        self.same(self.screen)

    def test_a_python_with_half_a_line(self):
        self.begin("/usr/bin/python3", "-q", ready=">>>")
        self.type("import sys", "Enter")
        self.wait_for(r">>> import sys\n>>>")
        self.type("for i in range(3):", "Enter")
        self.wait_for(r"range\(3\):\n\.\.\.")
        self.type("    print('value', i")
        self.wait_for("'value', i")

        def look(tmux):
            # Above stands what outlast says about the job.
            text = "\n".join(tmux.screen()).rstrip("\n")
            begin, found, rest = text.rpartition(">>> import sys")
            return found + rest, tmux.cursor()[1], tmux.cursor()[0] - begin.count("\n")

        self.lose_and_return(look)
        self.type(")", "Enter", "Enter")
        self.wait_for(r"value 1\nvalue 2\n>>>")
        self.same(look)


if __name__ == "__main__":
    unittest.main()
