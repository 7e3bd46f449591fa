"""A job's output as its terminal has shown it: `outlast logs` and `wait --match`."""

import subprocess
import unittest

from harness.case import OutlastCase
from harness.waiting import eventually

PYTHON_BARS = r"""
import sys, time
for name in ("alpha", "beta", "gamma"): print(name, "waiting")
for step in range(1, 1001):
    which = step % 3
    up = 3 - which
    sys.stdout.write(f"\033[{up}A\r\033[2K{('alpha', 'beta', 'gamma')[which]} {step}\033[{up}B\r")
    sys.stdout.flush()
print("all done")
"""


class Rendered(OutlastCase):
    """Jobs with a terminal."""

    def job(self, script, *options, name="x"):
        self.world.must("run", "-d", "-t", "-n", name, *options, "--", "bash", "-c", script)

    def finished(self, script, *options, name="x"):
        self.job(script, *options, name=name)
        self.world.run("wait", name)

    def plain(self, *words):
        return self.world.must("logs", "--plain", *words).text

    def start(self, *words, **options):
        """An outlast command whose output comes through a pipe."""
        process = subprocess.Popen(
            [f"{self.world.folder}/bin/outlast", *words], env=self.world.env, cwd=self.world.work,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            bufsize=0, **options)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def test_bars_in_several_lines_are_lines_in_their_final_form(self):
        script = self.file("bars.py", PYTHON_BARS)
        self.finished(f"python3 {script}")
        wanted = "alpha 999\nbeta 1000\ngamma 998\nall done\n"
        self.assertEqual(self.plain("x"), wanted)
        self.assertEqual(self.plain("x", "-n", "2"), "gamma 998\nall done\n")
        self.assertEqual(self.world.must("logs", "x", "--grep", "beta").text, "beta 1000\n")
        self.assertEqual(self.world.run("logs", "x", "--grep", "waiting").rc, 1)
        with self.world.terminal("logs", "x") as terminal:
            terminal.wait_end()
            self.assertIn(wanted.replace("\n", "\r\n").encode(), bytes(terminal.output))
        self.assertEqual(self.world.must("logs", "x", "--raw").out.count(b"\x1b[2K"), 1000)

    def test_real_programs(self):
        self.job("seq 1 500 > numbers; echo before; less numbers; echo after", name="less")
        eventually(lambda: "20" in self.world.must("screen", "less").text)
        self.world.must("send", "less", "--keys", "Space Space q")
        self.world.run("wait", "less")
        self.assertEqual(self.plain("less"), "before\nafter\n")
        self.job("vim -u NONE -N --cmd 'set t_u7= t_RV=' notes; echo left vim", name="vim")
        eventually(lambda: "All" in self.world.must("screen", "vim").text
                   or "~" in self.world.must("screen", "vim").text)
        self.world.must("send", "vim", "--keys", "i a b c Escape : q ! Enter")
        self.world.run("wait", "vim")
        self.assertEqual(self.plain("vim").split(), ["left", "vim"])

    def test_colours_go_and_tabs_stay(self):
        self.finished(r"printf '\e[31mred\e[0m\tx\n'; printf '1%%\r2%%\n'; printf 'a\tb'")
        self.assertEqual(self.plain("x"), "red\tx\n2%\na\tb")
        self.assertEqual(self.world.must("logs", "x").out,
                         b"\x1b[31mred\x1b[0m\tx\r\n1%\r2%\r\na\tb")

    def test_cleared_screens_and_other_runs_are_kept(self):
        self.finished("echo one; clear; echo two; printf 'three'")
        self.world.must("restart", "x")
        self.world.run("wait", "x")
        self.assertEqual(self.plain("x"), "one\ntwo\nthree\none\ntwo\nthree")
        self.assertEqual(self.plain("x", "--run", "2", "-n", "1"), "three")

    def test_offsets_and_times_are_those_of_the_line(self):
        self.finished(r"printf 'one\r\e[Ktwo\n'; printf '\e[1mthree\e[0m\n'")
        lines = self.world.must("logs", "x", "--plain", "--json").text.splitlines()
        self.assertIn('"offset":0', lines[0])
        self.assertIn('"text":"two"', lines[0])
        self.assertIn('"text":"three"', lines[1])
        begin = self.world.must("logs", "x", "--raw").out.index(b"\x1b[1m")
        self.assertIn(f'"offset":{begin}', lines[1])
        self.assertEqual(self.plain("x", "--from", str(begin)), "three\n")
        self.assertRegex(self.plain("x", "-t"), r"^\d\d:\d\d:\d\d  two\n\d\d:\d\d:\d\d  three\n$")

    def test_the_end_of_a_long_full_screen_session(self):
        """The last lines of a log whose last megabyte lies in the alternate screen."""
        script = self.file("full.py", r"""
import sys
print("before")
sys.stdout.write("\033[?1049h")
for i in range(60000): sys.stdout.write(f"\033[{i % 20 + 1};1Hfull screen row {i}\r\n")
sys.stdout.write("\033[?1049l")
print("after")
""")
        self.finished(f"python3 {script}")
        self.assertEqual(self.plain("x", "-n", "1"), "after\n")
        self.assertEqual(self.plain("x", "-n", "5"), "before\nafter\n")

    def test_a_program_that_leaves_no_lines(self):
        self.finished("printf '\\033[?1049hon the whole screen'; exit 3")
        shown = self.world.must("logs", "--plain", "x")
        self.assertEqual(shown.out, b"")
        self.assertIn("outlast screen x", shown.said)
        self.finished("printf 'a line\\n'", name="y")
        self.assertNotIn("outlast screen", self.world.must("logs", "--plain", "y").said)

    def test_following_in_a_pipe_gives_whole_lines(self):
        gate = self.gate()
        self.job(f"printf '1%%\\r2%%'; cat {gate}; printf '\\r3%%\\nnext\\n'; printf 'at the end'")
        reader = self.start("logs", "-f", "--plain", "x")
        eventually(lambda: "2%" in self.world.must("screen", "x").text)
        self.open_gate(gate)
        self.assertEqual(reader.stdout.readline(), b"3%\n")
        self.assertEqual(reader.communicate(timeout=20)[0], b"next\nat the end")

    def test_following_at_a_terminal_draws_bars_in_place(self):
        gate = self.gate()
        self.job(r"printf 'a 1\nb 1\n'; read x; printf '\e[2Aa 2\r\nb 2\r\n'; "
                 f"cat {gate}; echo end")
        with self.world.terminal("logs", "-f", "x") as person:
            person.wait_for(r"a 1\r\nb 1")
            self.world.must("send", "x", "--keys", "Enter")
            person.wait_for(r"\r\x1b\[\d+A\x1b\[J.*a 2\r\nb 2")
            self.open_gate(gate)
            person.wait_end()

    def test_following_the_last_lines_at_a_terminal(self):
        gate = self.gate()
        self.job(f"seq -f 'line %g' 50; printf '1%%\\r2%%'; cat {gate}; echo")
        eventually(lambda: "2%" in self.world.must("screen", "x").text)
        with self.world.terminal("logs", "-f", "-n", "3", "x") as person:
            person.wait_for(r"line 49\r\nline 50\r\n2%")
            self.open_gate(gate)
            person.wait_end()
            self.assertNotIn(b"line 48", bytes(person.output))

    def test_waiting_for_what_is_seen(self):
        self.job(r"printf 'Rea\e[1;32mdy\e[0m> '; read x; printf '\r\e[K'; "
                 r"for i in 10 50 100; do printf '\rstep %s%%' $i; done; read x; "
                 r"printf '\e[?1049h\e[2J\e[5;5HMe\e[1mnu'; read x")
        self.assertEqual(self.world.must("wait", "x", "-t", "20s", "-m", "^Ready> ").text,
                         "Ready> \n")
        self.world.must("send", "x", "--keys", "Enter")
        for what in ("step 100%", "^step 50%$"):
            self.assertEqual(self.world.run("wait", "x", "-t", "20s", "-m", what).rc, 0, what)
        self.assertEqual(self.world.run("wait", "x", "-t", "0", "-m", "step 77").rc, 124)
        self.world.must("send", "x", "--keys", "Enter")
        self.assertEqual(self.world.run("wait", "x", "-t", "20s", "-m", "^ *Menu$").rc, 0)
        self.world.must("stop", "x")


if __name__ == "__main__":
    unittest.main()
