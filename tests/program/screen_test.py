"""The screen of a job: `outlast screen`, and what `outlast attach` gives back of it."""

import json
import os
import re
import shutil
import time
import unittest
from xml.etree import ElementTree

from harness.case import OutlastCase
from harness.tmux import Tmux
from harness.waiting import eventually


class ScreenTest(OutlastCase):
    """outlast screen."""

    def job(self, script, *options, name="x"):
        self.world.must("run", "-d", "-t", "-n", name, *options, "--", "bash", "-c", script)

    def screen(self, *words):
        return self.world.must("screen", *words).text

    def test_text_cursor_and_modes(self):
        gate = self.gate()
        self.job(r"printf '\e[?1049h\e[2J\e[3;5Hhere\e[5;2H\e[31mred\e[0m\e[?2004h\e]2;a title\a'; "
                 f"cat {gate}", "--size", "40x10")
        eventually(lambda: "red" in self.screen("x"))
        self.assertEqual(self.screen("x"), "\n\n    here\n\n red\n")
        found = self.world.json("screen", "x")
        self.assertEqual((found["columns"], found["rows"], found["alternate_screen"]), (40, 10, True))
        self.assertEqual((found["cursor"]["row"], found["cursor"]["column"]), (5, 5))
        self.assertEqual((found["title"], found["modes"]["bracketed_paste"]), ("a title", True))
        self.assertTrue(found["complete"])
        self.assertIn("\x1b[31mred\x1b[0m", self.screen("--ansi", "x"))
        self.open_gate(gate)

    def test_as_it_was(self):
        self.job("echo first; read line; clear; echo second; read line")
        eventually(lambda: "first" in self.screen("x"))
        # The timeline has a point every tenth of a second.
        noted = time.time() + 0.2
        eventually(lambda: time.time() > noted)
        self.world.must("send", "x", "go")
        eventually(lambda: "second" in self.screen("x"))
        self.assertNotIn("first", self.screen("x"))
        then = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(noted))
        shown = json.loads(self.world.must("screen", "--json", "--at", then, "x").out)
        self.assertLess(shown["offset"], 20)

    def test_a_recording(self):
        gate = self.gate()
        self.job(r"printf 'one\xe4\xbd'; cat %s; printf '\xa0 \xff\e[31mtwo'; read line" % gate, "--size", "40x10")
        eventually(lambda: "one" in self.screen("x"))
        self.open_gate(gate)
        eventually(lambda: "two" in self.screen("x"))
        lines = self.world.must("export", "--asciicast", "x").text.splitlines()
        header = json.loads(lines[0])
        self.assertEqual((header["version"], header["width"], header["height"]), (2, 40, 10))
        events = [json.loads(line) for line in lines[1:]]
        self.assertEqual({kind for _, kind, _ in events}, {"o"})
        # A character that was written in two parts is one again.
        self.assertEqual("".join(data for _, _, data in events), "one\u4f60 \ufffd\x1b[31mtwo")
        times = [when for when, _, _ in events]
        self.assertEqual(times, sorted(times))
        self.world.must("stop", "x")

    def picture(self, *words):
        """The picture as XML, and all of its elements of a kind."""
        root = ElementTree.fromstring(self.world.must("screen", "--svg", *words).out)
        names = {kind: root.findall(f".//{{http://www.w3.org/2000/svg}}{kind}")
                 for kind in ("text", "rect", "path")}
        return root, names

    def test_a_picture(self):
        self.job(r"printf '\e[1;31mred\e[0m \e[3;4:3;58:2::1:2:3mwave\e[0m \e[48;5;21mblue\e[0m "
                 r"\e[38;2;1;2;3;9mrgb\e[0m \e[7mrev\e[0m \e[8mhidden\e[0m\n\e]4;2;#abcdef\a"
                 r"\e[32mset\e[0m\n中\n\e[6 q'; read line", "--size", "60x5")
        eventually(lambda: "中" in self.screen("x"))
        root, found = self.picture("x")
        self.assertEqual(root.get("viewBox"), "0 0 520.0 96.0")
        texts = {element.text: element for element in found["text"]}
        self.assertEqual(list(texts), ["red", "wave", "blue", "rgb", "rev", "set", "中"])
        for text, wanted in (("red", {"fill": "#cd0000", "font-weight": "bold", "x": "8.0"}),
                             ("wave", {"font-style": "italic"}), ("rgb", {"fill": "#010203"}),
                             ("rev", {"fill": "#000000"}), ("set", {"fill": "#abcdef"}),
                             ("中", {"textLength": "16.8", "y": "52.5"})):
            for name, value in wanted.items():
                self.assertEqual(texts[text].get(name), value, (text, name))
        fills = [element.get("fill") for element in found["rect"]]
        self.assertIn("#0000ff", fills)
        # A bar of a cursor, at the beginning of the fourth row.
        bar = found["rect"][-1]
        self.assertEqual((bar.get("width"), bar.get("x"), bar.get("y")), ("2.0", "8.0", "56.0"))
        self.assertEqual([element.get("stroke") for element in found["path"]],
                         ["#010203", "#010203"])
        file = self.world.path("picture.svg")
        for words in ((f"--svg={file}", "x"), ("x", "--svg", file)):
            self.world.must("screen", *words)
            with open(file, "rb") as picture:
                self.assertEqual(ElementTree.fromstring(picture.read()).tag, root.tag)
            os.unlink(file)
        self.assertEqual(self.world.run("screen", "--svg", "--ansi", "x").rc, 2)
        self.assertEqual(self.world.run("screen", "--svg=/nowhere/x", "x").rc, 4)

    def test_a_picture_of_hostile_text(self):
        script = self.file("hostile.py", r"""
import random, sys
out = sys.stdout.buffer
out.write('<script>alert("1&2")</script>]]> --> \' &amp; &#0;\n'.encode())
out.write(b'\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07 \x1b]2;</title><script>\x07')
out.write('\ufffe\uffff\u0085\u2028\U0010ffff e\u0301\u0302 \u202egpj.exe\n'.encode('utf-8', 'surrogatepass'))
random.seed(3)
out.write(bytes(random.choice(b'<>&"\'\x00\x01\x08\xff\xc3\xed\xa0\x80;#x') for _ in range(600)))
out.write(b'\ndone')
out.flush()
sys.stdin.readline()
""")
        self.job(f"python3 {script}", "--size", "80x24")
        eventually(lambda: "done" in self.screen("x"), what=lambda: self.screen("x"))
        root, found = self.picture("x")
        shown = "".join("".join(element.itertext()) for element in found["text"])
        self.assertIn("<script>alert(", shown)
        self.assertIn("gpj.exe", shown)
        namespace = "{http://www.w3.org/2000/svg}"
        self.assertEqual({element.tag for element in root.iter()} - {
            namespace + kind for kind in ("svg", "title", "g", "rect", "text", "path")}, set())
        for element in root.iter():
            for name, value in element.attrib.items():
                self.assertFalse(name.startswith("on") or "href" in name or "script" in value, name)

    def test_what_has_no_screen(self):
        self.world.must("run", "-d", "-T", "-n", "plain", "true")
        refused = self.world.run("screen", "plain")
        self.assertEqual(refused.rc, 4)
        self.assertIn("outlast logs plain", refused.said)


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class RestoreTest(OutlastCase):
    """outlast attach, seen through tmux."""

    def tmux(self, *command, **options):
        tmux = Tmux(command, env=self.world.env, **options)
        self.addCleanup(tmux.close)
        return tmux

    def started(self, script, name="x", size=(20, 60)):
        """A job that was started in one terminal, which was killed then."""
        rows, cols = size
        first = self.tmux("outlast", "run", "-n", name, "bash", "-c", script, rows=rows, cols=cols)
        first.wait_for("ready")
        first.close()

    @staticmethod
    def content(path):
        with open(path, "rb") as file:
            return file.read()

    def test_queries_of_the_past_are_not_asked_again(self):
        got = self.world.path("got")
        self.started(r"printf '\e[6n\e[c'; read -rs -t 5 -d c; echo ready; cat >" + got)
        tmux = self.tmux("outlast", "attach", "x", rows=20, cols=60)
        tmux.wait_for("ready")
        tmux.send_text("typed")
        tmux.send_keys("Enter")
        eventually(lambda: os.path.exists(got) and b"typed" in self.content(got))
        self.assertEqual(self.content(got), b"typed\n")
        self.world.must("stop", "x")

    def test_the_screen_after_much_output(self):
        # The alternate screen was switched to 3 MB ago.
        self.started(r"printf '\e[?1049h\e[?1000h'; for i in {1..30}; do printf '\e[H%s' $i; "
                     r"head -c 100000 /dev/zero | tr '\0' x; done; printf '\e[2J\e[4;4Hready'; cat")
        tmux = self.tmux("outlast", "attach", "x", rows=20, cols=60)
        tmux.wait_for(r"(?m)^   ready$")
        self.assertEqual(tmux.show("#{alternate_on} #{mouse_standard_flag} #{cursor_x},#{cursor_y}"), "1 1 8,3")
        self.world.must("stop", "x")

    def test_the_terminal_is_left_clean(self):
        shell = self.tmux("bash", "--norc", rows=20, cols=60)
        shell.send_text("PS1='prompt> '; clear; outlast run -n x bash -c "
                        r"""'printf "\e[?1049h\e[?1002h\e[?1006h\e[?2004h\e[?1h\e[4;9r\e[5 q\e[?25lready"; cat'""")
        shell.send_keys("Enter")
        shell.wait_for("(?m)^ready")
        shell.send_keys("C-\\", "d")
        shell.wait_for(r"left x \(1\) running(.*\n)*prompt>")
        flags = "#{alternate_on} #{mouse_button_flag} #{mouse_sgr_flag} #{keypad_cursor_flag} #{cursor_flag} " \
                "#{scroll_region_upper}-#{scroll_region_lower}"
        self.assertEqual(shell.show(flags), "0 0 0 0 1 0-19")
        self.world.must("stop", "x")

    def test_history_goes_into_the_terminals_own_scrollback(self):
        self.started("seq -f 'line %g' 1 300; echo ready; cat")
        tmux = self.tmux("outlast", "attach", "--last", "100", "x", rows=20, cols=60)
        tmux.wait_for("ready")
        lines = [line for line in tmux.history() if line.startswith("line ")]
        self.assertEqual(lines[-1], "line 300")
        self.assertEqual(lines[0], "line 183")  # 100 of the history, the rest is the screen
        self.world.must("stop", "x")

    def test_a_terminal_gets_each_line_of_the_history_once(self):
        gate = self.gate()
        self.world.must("run", "-d", "-t", "-n", "x", "--size", "60x20", "bash", "-c",
                        f"seq -f 'line %g' 1 100; echo ready; cat {gate}; seq -f 'line %g' 101 200; cat")
        shell = self.tmux("bash", "--norc", rows=20, cols=60)
        shell.send_text("PS1='prompt> '; clear; outlast attach x")
        shell.send_keys("Enter")
        shell.wait_for("ready")
        shell.send_keys("C-\\", "d")
        shell.wait_for(r"(?m)^prompt>$")
        self.open_gate(gate)
        eventually(lambda: b"line 200" in self.log("x"))
        shell.send_text("outlast attach x")
        shell.send_keys("Enter")
        shell.wait_for("line 200")
        lines = [line for line in shell.history() if re.fullmatch("line [0-9]+", line)]
        off_screen = [line for line in lines if int(line[5:]) <= 80]
        self.assertEqual(len(off_screen), len(set(off_screen)))
        self.assertLessEqual({f"line {n}" for n in range(1, 201)}, set(lines))
        # Asked for by name, they come again.
        shell.send_keys("C-\\", "d")
        shell.wait_for(r"(?m)^prompt>$")
        shell.send_text("outlast attach --last 195 x")
        shell.send_keys("Enter")
        shell.wait_for("line 200")
        eventually(lambda: shell.history().count("line 50") == 2)
        self.world.must("stop", "x")

    def test_an_ordinary_commands_output_stays_where_it_is(self):
        self.started("echo one; echo ready; cat")
        shell = self.tmux("bash", "--norc", rows=20, cols=60)
        shell.send_text("PS1='prompt> '; clear; echo mine; outlast attach x")
        shell.send_keys("Enter")
        shell.wait_for(r"mine\n(.*\n)*one\nready\n")
        self.world.must("stop", "x")


if __name__ == "__main__":
    unittest.main()
