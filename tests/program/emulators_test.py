"""Our model of a terminal shows what a real xterm shows: text and cursor exactly; tmux beside it."""

# ctest: TIMEOUT 180

import os
import pathlib
import shutil
import unittest

from harness.emulators import Display, Model, TmuxPane, Xterm, size_of
from harness.streams import by_chance

RECORDINGS = pathlib.Path(__file__).parents[1] / "recordings"
FIXTURES = pathlib.Path(os.environ.get("OUTLAST_FIXTURES") or
                        pathlib.Path(__file__).parents[3] / "shared/fixtures") / "xtermjs"
LOOKS = int(os.environ.get("OUTLAST_TEST_LOOKS", "10"))  # at so many places of each recording
SEEDS = int(os.environ.get("OUTLAST_TEST_SEEDS", "150"))

# Streams that emulators disagree about, or that were wrong here once.
HARD = [
    # Wrapping, and characters of two columns at the edge.
    "\x1b[1;26Hhello\x1b[1;30H漢", "\x1b[1;26Hhell\x1b[1;30H漢", "\x1b[?7l\x1b[1;29H漢x", "\x1b[?7l\x1b[1;30H漢x",
    "\x1b[?7l\x1b[1;30H漢字\x1b[?7hx", "\x1b[?7l\x1b[?69h\x1b[5;10s\x1b[1;10H漢x", "\x1b[4h\x1b[1;29H漢x\x1b[1G漢x",
    "the quick brown fox jump\x1b[5a한ab", "W öx漢字\rW ö██", "ab漢字\rabc", "ab漢字\rabcd", "ab漢字\rabcde",
    "\x1b[1;30Hx\x1b[Ky", "\x1b[1;30Hx\x1b[1Ky", "\x1b[1;30Hx\x1b[Xy", "\x1b[1;30Hx\x1b[Zy", "\x1b[1;30Hx\x1b[1@y",
    "\x1b[1;30Hx\x1b[Py", "\x1b[1;30Hx\ty", "\x1b[1;30Hx\x1b7\r\x1b8y", "\x1b[1;30Hx\x1b[my", "\x1b[1;30Hx\x1b[?7hy",
    "\x1b[1;30Hx\x1b[?7l\x1b[?7hy", "\x1b[1;30Hx\by", "\x1b[1;30Hx\x1b[Dy", "\x1b[1;30Hx\x1b[Cy", "\x1b[1;30Hx\x1bDy",
    # Reverse wrap, with BS and CUB, in margins and around the screen.
    "\x1b[?45h\b", "\x1b[?45h\x1b[3H\b\bx", "\x1b[?45h\x1b[3Hab\x1b[1;29Habcd\b\b\b\b\bX", "\x1b[?45h\x1b[3H\x1b[5Dx",
    "\x1b[?45h\x1b[?7l\x1b[3H\b\bx", "\x1b[?45h\x1b[2;4r\x1b[2H\b\bx", "\x1b[?45h\x1b[1;29Hab\bx",
    "\x1b[?45h\x1b[1;29Hab\x1b[Dx", "\x1b[?45h\x1b[1;29Hab\x1b[2Dx", "\x1b[?45h\x1b[2;4r\x1b[4H\x1b[199Dx",
    "\x1b[?45h\x1b[?69h\x1b[5;10s\x1b[4;5H\bx", "\x1b[?45h\x1b[?69h\x1b[5;10s\x1b[4;3H\b\b\b\bx",
    "\x1b[?1045h\x1b[3H\b\bx",
    # Rows of double width.
    "\x1b#6the quick brown", "\x1b#6\x1b[1;20Hx", "abcdefghijklmnopqrstuvwx\x1b#6y",
    "abcdefghijklmnopqrstuvwx\x1b#6\x1b[Cy", "abcdefghijklmnopqrstuvwx\x1b#6\r\x1b[30Cy", "\x1b#6\t\t\tx",
    "abcdefghijklmnopqrstuvwx\x1b#6\x1b[5G\x1b[@y", "\x1b#6\x1b[2;20Hx\x1b[Ay", "\x1b#6\x1b[2;20Hx\x1bMy",
    "\x1b#6abcdefghijklmnopqrstuvwxyzabcdefghij", "\x1b#6\x1b[?69h\x1b[5;25s\x1b[1;5Habcdefghijklmnopqrstuvwx",
    # REP.
    "a\x1b[3bx", "a\x1b[3b\x1b[2bx", "漢\x1b[3b\x1b[3bx", "a\x1b[0b\x1b[3bx", "a\x1b[m\x1b[3bx", "a\r\x1b[3bx",
    # Saving and restoring.
    "\n\x1b[?1048r", "\x1b[3;3H\x1b[?1048sx\r\x1b[?1048r", "a\x1b[?1049hb\x1b[?1049lc", "a\x1b[?47hb\x1b[?47lc\x1b[?47h",
    "a\x1b[?1047hb\x1b[?1047lc\x1b[?47h", "\x1b[2;4H\x1b7\x1b[?1049h\x1b[5;5H\x1b7\x1b[?1049lx\x1b8y",
    "\x1b[2;5r\x1b[?6h\x1b[2;2H\x1b7\x1b[?6l\x1b[r\x1b8x",
    # Scrolling.
    "a\x1b[0Tb", "a\x1b[Tb", "a\x1b[Sb", "a\nb\nc\x1b[1;2r\x1b[Sd", "\x1b[2;4ra\n\n\n\n\nb", "\x1b[2;4r\x1b[6Ha\n\n\n\nb",
    "\x1b[?69h\x1b[5;10s\x1b[1;5Habcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789",
    # Rectangles, columns, erasing what is guarded.
    "abcdef\x1b[1;2;1;4$z", "ab漢字\x1b[1;4;1;5$z", "abcdef\x1b[1;1;1;3;1;2;4;1$v", "\x1b[65;2;3;4;9$x",
    "abcdef\x1b[1;3H\x1b[2'}x", "abcdef\x1b[1;3H\x1b[2'~x", "abcdef\x1b[2 @", "abcdef\x1b[2 A",
    'ab\x1b[1"qcd\x1b[0"qef\x1b[?2K', 'ab\x1b[1"qcd\x1b[0"qef\x1b[2K', "a\x1b[1;28H漢\x1b[1;30H\x1b[1K",
    # Character sets.
    "\x1b(0lqqk\x1b(Bx", "\x1b)0\x0elqqk\x0fx", "\x1b*0\x1bnlqqk\x0fx", "\x1b(At",
    # What is not valid.
    "\x1b[3\x18Ax", "\x1b[3\x1aAx", "\x1b[1\n;5Hx", "\x1b[?>5hx", "\x1b]0;t\x18x", "\x1bP1$qx\x1b\\y", "\x1b_a\x1b\\b",
    "\x1b^a\x1b\\b", "\x1bXa\x1b\\b", "a\x00b\x7fc", "\x1b[1;2;3", "\x1b[99999999999Cx", "\x1b[;5Hx", "\x1b[0;0Hx",
]

# Where we mean to differ, each with its reason. It may only shrink.
DEVIATIONS = {
    "\x1b[?1045h\x1b[3H\b\bx": "mode 1045 is newer than the xterm of Debian 12; what 45 means there is what it means",
    "\x1b#6abcdefghijklmnopqrstuvwxyzabcdefghij": "xterm goes on as if the next row were of double width too, when the "
                                                 "text comes in one piece, and does not when it comes in two",
    "\x1b[1;30Hx\x1b[?7l\x1b[?7hy": "a wrap that waits does not outlive the mode in which there are none",
    "\x1b(At": "xterm 379 takes the British set for the upper half of Latin 1",
}


def parts(data, count):
    """Beginnings of it that do not end within a character."""
    for number in range(1, count + 1):
        cut = len(data) * number // count
        while cut < len(data) and 0x80 <= data[cut] < 0xC0:
            cut -= 1
        yield data[:cut]


@unittest.skipUnless(shutil.which("xterm") and shutil.which("Xvfb"), "xterm or Xvfb is not installed")
class XtermTest(unittest.TestCase):
    """Against a real xterm."""

    @classmethod
    def setUpClass(cls):
        cls.display = Display()
        cls.addClassCleanup(cls.display.close)

    def emulators(self, rows, cols, *more):
        """Ours, xterm, and more of them."""
        made = []
        for make in (Model, lambda *size: Xterm(self.display, *size), *more):
            made.append(make(rows, cols))
            self.addCleanup(made[-1].close)
        return made

    def test_recordings(self):
        """What real programs write; tmux may not be nearer to xterm than we are."""
        looks = {"ours": 0, "tmux": 0}
        count = 0
        for path in sorted(RECORDINGS.glob("*.*x*")):
            model, xterm, tmux = self.emulators(*size_of(path.name), TmuxPane)
            for data in parts(path.read_bytes(), LOOKS):
                with self.subTest(path.name, bytes=len(data)):
                    wanted = xterm.show(data)
                    found = model.show(data)
                    count += 1
                    looks["ours"] += found == wanted
                    looks["tmux"] += tmux.show(data) == wanted
                    self.assertEqual(found.text, wanted.text)
                    self.assertEqual(found.answers, wanted.answers)
            self.doCleanups()
        print(f"\nas xterm shows it, of {count} screens: ours {looks['ours']}, tmux {looks['tmux']}")
        self.assertGreaterEqual(looks["ours"], looks["tmux"])

    def test_hard_streams(self):
        """Made by hand; the list of deviations may only shrink."""
        model, xterm, tmux = self.emulators(8, 30, TmuxPane)
        by_tmux = 0
        for text in HARD:
            with self.subTest(stream=text):
                stream = text.encode()
                found, wanted = model.show(stream), xterm.show(stream)
                by_tmux += tmux.show(stream) == wanted
                if text in DEVIATIONS:
                    self.assertNotEqual(found, wanted, "no longer a deviation: take it off the list")
                else:
                    self.assertEqual(found, wanted)
        self.assertLessEqual(set(DEVIATIONS), set(HARD))
        print(f"\nas xterm shows it, of {len(HARD)} hard streams: ours {len(HARD) - len(DEVIATIONS)}, tmux {by_tmux}")

    def test_streams_of_xterm_js(self):
        """Its test data, where it is: real terminals disagree with it here and there."""
        if not FIXTURES.is_dir():
            self.skipTest(f"no test data at {FIXTURES}")
        model, xterm = self.emulators(25, 80)
        for path in sorted(FIXTURES.glob("*.in")):
            with self.subTest(path.name):
                stream = path.read_bytes().replace(b"\n", b"\r\n")
                self.assertEqual(model.show(stream), xterm.show(stream))

    def test_streams_by_chance(self):
        """Whatever comes: the same screen and the same cursor."""
        model, xterm = self.emulators(8, 30)
        for seed in range(1, SEEDS + 1):
            pieces = by_chance(seed, 16)
            if self._differ(model, xterm, pieces):
                pieces = self._without_what_is_idle(model, xterm, pieces)
                stream = "".join(pieces).encode()
                with self.subTest(seed=seed, stream=stream):
                    self.assertEqual(model.show(stream), xterm.show(stream))

    @staticmethod
    def _differ(model, xterm, pieces):
        stream = "".join(pieces).encode()
        return model.show(stream) != xterm.show(stream)

    def _without_what_is_idle(self, model, xterm, pieces):
        """Only the pieces that it takes."""
        at = 0
        while at < len(pieces):
            fewer = pieces[:at] + pieces[at + 1:]
            if self._differ(model, xterm, fewer):
                pieces = fewer
            else:
                at += 1
        return pieces


if __name__ == "__main__":
    unittest.main()
