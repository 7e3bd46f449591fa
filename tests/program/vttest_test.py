"""vttest runs in a session, and each of its pages looks as it does in a real xterm."""

# ctest: TIMEOUT 240

import json
import re
import shutil
import unittest

from harness.case import OutlastCase
from harness.emulators import Display, Shown, Xterm, trimmed
from harness.waiting import eventually

ROWS, COLS = 24, 80
# vttest lets the terminal switch between 80 and 132 columns. Ours has the size that its user gives
# it and does the rest of it; xterm gets the rest only.
SWITCH_COLUMNS = (rb"\x1b\[\?40h|\x1b\[\?3[hl]", b"\x1b[r\x1b[2J\x1b[H")
# Where the cursor is, whether that counts from the margins, and these.
WHERE = b"\x1b[6n\x1b[?6$p\x1bP$qr\x1b\\\x1bP$qs\x1b\\"
WHERE_ANSWERS = rb"\x1b\[(\d+);(\d+)R\x1b\[\?6;(\d)\$y\x1bP1\$r(\d+);\d+r\x1b\\\x1bP1\$r(\d+);\d+s\x1b\\"
QUESTIONS = {rb"\x1b\[0?c$": b"\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c",
             rb'\x1bP\$q"p\x1b\\$': b'\x1bP1$r64;1"p\x1b\\'}
PAGE_OR_MENU = rb"(?:Push <RETURN>|Enter choice number \(0 - \d+\): )$"


@unittest.skipUnless(shutil.which("vttest") and shutil.which("xterm") and shutil.which("Xvfb"),
                     "vttest, xterm or Xvfb is not installed")
class VttestTest(OutlastCase):
    """Menus of vttest, page by page."""

    @classmethod
    def setUpClass(cls):
        cls.display = Display()
        cls.addClassCleanup(cls.display.close)

    def setUp(self):
        super().setUp()
        self.xterm = Xterm(self.display, ROWS, COLS)
        self.addCleanup(self.xterm.close)
        self.person = self.terminal("outlast", "run", "-n", "vttest", "vttest", rows=ROWS, cols=COLS)
        for question, answer in QUESTIONS.items():
            self.person.wait_for(question)
            self.person.send(answer)
        self.seen = 0
        self.next_page()

    def next_page(self):
        """Wait for a page that has been drawn; what vttest has written so far, and whether it is a menu."""
        def drawn():
            output = self.log("vttest")
            return output if re.search(PAGE_OR_MENU, output[self.seen:]) else None

        output = self.person.wait_until(drawn)
        self.seen = len(output)
        return output, output.endswith(b": ")

    def look(self, output):
        """The session's screen, once it has all of the output."""
        def shown():
            screen = json.loads(self.world.must("screen", "--json", "vttest").out)
            return screen if screen["offset"] == len(output) else None

        screen = eventually(shown)
        cursor = screen["cursor"]
        return Shown(trimmed("\n".join(screen["lines"])), (cursor["row"], cursor["column"]))

    def look_at_xterm(self, output):
        """The screen of an xterm that has got the output."""
        pattern, rest = SWITCH_COLUMNS
        switched = re.sub(pattern, lambda match: b"" if match.group().endswith(b"40h") else rest, output)
        shown = self.xterm.show(switched, WHERE)
        row, column, origin, top, left = map(int, re.fullmatch(WHERE_ANSWERS, shown.answers).groups())
        return Shown(shown.text, (row + top - 1, column + left - 1) if origin == 1 else (row, column))

    def go_through(self, *choices):
        """From the main menu down, then every page up to the menu that comes back; how many pages."""
        for choice in choices:
            self.person.send(choice + "\r")
            output, menu = self.next_page()
        pages = 0
        while not menu:
            with self.subTest(page=(*choices, pages)):
                self.assertEqual(self.look(output), self.look_at_xterm(output))
            pages += 1
            self.person.send("\r")
            output, menu = self.next_page()
        return pages

    def test_cursor_movements(self):
        """Menu 1."""
        self.assertEqual(self.go_through("1"), 6)

    def test_screen_features(self):
        """Menu 2."""
        self.assertEqual(self.go_through("2"), 15)

    def test_double_sized_characters(self):
        """Menu 4."""
        self.assertGreater(self.go_through("4"), 3)

    def test_insert_and_delete(self):
        """Menu 8."""
        self.assertGreater(self.go_through("8"), 5)

    def test_what_is_not_vt100(self):
        """Of menu 11: movements and other things of ISO 6429, rectangles and margins of a VT420."""
        for choices in (("5", "1"), ("5", "2"), ("5", "5"), ("7", "2"), ("7", "3"), ("7", "4"), ("7", "5")):
            self.assertGreater(self.go_through("11", *choices), 0)
            for _ in choices:
                self.person.send("0\r")
                self.next_page()


if __name__ == "__main__":
    unittest.main()
