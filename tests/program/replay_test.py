"""`outlast replay`: a job's terminal, played in another one."""

import shutil
import unittest

from harness.case import OutlastCase
from harness.tmux import Tmux
from harness.waiting import eventually


class Replay(OutlastCase):
    """At a terminal, byte by byte."""

    def finished(self, script, *options, name="x"):
        self.world.must("run", "-d", "-t", "-n", name, *options, "--", "bash", "-c", script)
        self.world.run("wait", name)

    def test_it_plays_and_ends(self):
        self.finished(r"printf 'one\n'; sleep 0.3; printf '\e[31mtwo\e[0m\n'", "--size", "40x10")
        with self.world.terminal("replay", "x") as person:
            person.wait_for(r"\x1b\[\?1049h.*one")
            person.wait_for("\x1b\\[[0-9;]*mtwo")
            self.assertEqual(person.wait_end(), 0)
            self.assertIn(b"that was x (1)", bytes(person.output))
            self.assertIn(b"\x1b[?25h\x1b[?1049l", bytes(person.output))

    def test_nothing_but_the_picture_reaches_the_terminal(self):
        hostile = (r"\e[c\e[>c\e[6n\e[5n\eP$q m\e\\\e]52;c;aGVsbG8=\a\e]52;c;?\a\e]10;?\a\e[?1000h"
                   r"\e[?2004h\e[>1u\e[?1003h\e]2;stolen title\a\e]8;;http://evil.example\e\\link"
                   r"\e]8;;\e\\\e[5 q\e[21t\e[?69h\e]4;1;?\a\e[?u\eZ\e[18t\a\xc2\x9b6nend")
        self.finished(f"printf '{hostile}'; sleep 0.2")
        with self.world.terminal("replay", "x") as person:
            person.wait_for("linkend")
            self.assertEqual(person.wait_end(), 0)
            shown = bytes(person.output)
        for forbidden in (b"\x1b[c", b"\x1b[>", b"6n", b"5n", b"\x1bP", b"\x1b]", b"\x1b[?1000h",
                          b"\x1b[?1003h", b"\x1b[?2004h", b"\x07", b"\xc2\x9b", b"5 q", b"\x1bZ",
                          b"18t", b"21t"):
            self.assertNotIn(forbidden, shown)

    def test_keys(self):
        self.finished("for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done")
        with self.world.terminal("replay", "x") as person:
            person.wait_for("line 2")
            person.send(" ")
            person.wait_for("paused")
            person.send("+")
            person.wait_for("2x")
            person.send("\x1b[D")  # back to the beginning
            person.wait_for(r"\x1b\[2;1H\x1b\[K\x1b")
            person.send("\x1b[A")
            person.wait_for("line 6")
            person.send("q")
            self.assertEqual(person.wait_end(), 0)
            self.assertNotIn(b"that was", bytes(person.output))
        for key, code in ((b"\x03", 0), ("Q", 0)):
            with self.world.terminal("replay", "--speed", "0.1", "x") as person:
                person.wait_for("line 1")
                person.send(key)
                self.assertEqual(person.wait_end(), code)
                self.assertTrue(bytes(person.output).endswith(b"\x1b[?1049l"))

    def test_from_an_offset_and_without_idle_time(self):
        self.finished("echo first; sleep 1; echo second; sleep 1; echo third")
        offset = self.world.must("logs", "x", "--raw").out.index(b"second")
        with self.world.terminal("replay", "--max-idle", "50ms", "--from", str(offset),
                                 "x") as person:
            person.wait_for("first.*second")
            person.wait_end()
            self.assertIn(b"third", bytes(person.output))

    def test_mistakes_have_a_sentence(self):
        self.finished("echo x")
        self.world.must("run", "-d", "-T", "-n", "plain", "true")
        for words, code, says in ((("x",), 4, "needs a terminal"), ((), 2, "takes one job"),
                                  (("--json", "x"), 2, "asciicast")):
            refused = self.world.run("replay", *words)
            self.assertEqual(refused.rc, code, words)
            self.assertIn(says, refused.said + refused.text)
        for words, code, says in ((("--speed", "0", "x"), 2, "no speed"),
                                  (("--from", "soon", "x"), 2, "no moment"),
                                  (("plain",), 4, "without a terminal")):
            with self.world.terminal("replay", *words) as person:
                person.wait_for(says)
                self.assertEqual(person.wait_end(), code)
                self.assertNotIn(b"\x1b[?1049h", bytes(person.output))


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class InTmux(OutlastCase):
    """As another terminal shows it."""

    def test_a_full_screen_in_a_smaller_terminal(self):
        self.world.must("run", "-d", "-t", "-n", "x", "--size", "100x30", "--", "bash", "-c",
                        r"printf '\e[?1049h\e[2J'; for i in $(seq 1 29); do "
                        r"printf '\e[%s;1Hrow %s \e[7m%060d\e[0m 中文' $i $i 0; done; "
                        r"printf '\e[30;3Hbottom'; read line")
        eventually(lambda: "bottom" in self.world.must("screen", "x").text)
        tmux = Tmux((f"{self.world.folder}/bin/outlast", "replay", "--speed", "0.02", "x"),
                    env=self.world.env, rows=12, cols=50)
        self.addCleanup(tmux.close)
        eventually(lambda: "bottom" in "\n".join(tmux.screen()) or "row 28" in "\n".join(tmux.screen()))
        lines = tmux.screen()
        self.assertTrue(any(line.startswith("row 2") and len(line) <= 50 for line in lines), lines)
        self.assertIn("cut: its terminal has", "\n".join(tmux.screen()))
        self.world.must("stop", "x")


if __name__ == "__main__":
    unittest.main()
