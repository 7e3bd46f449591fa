"""What a terminal shows and how it is set, after it was sent some bytes; and what it would type.

The state is what tests/tools/model_state.cpp prints.  `tidy` ones can be compared between two
programs that bring a terminal to the same look by different means.
"""

import json
import os
import subprocess

BOLD, DIM, ITALIC, BLINK, REVERSE, CONCEAL, STRIKE, OVERLINE = (1 << bit for bit in range(8))
PALETTE, RGB = 1 << 24, 2 << 24


def tool():
    """The built model_state: $OUTLAST_MODEL_STATE, or beside the program under test."""
    given = os.environ.get("OUTLAST_MODEL_STATE")
    if given:
        return given
    build = os.environ.get("OUTLAST_BUILD") or os.path.dirname(os.path.abspath(os.environ["OUTLAST_BIN"]))
    return os.path.join(build, "tests", "outlast_model_state")


class State:
    """A terminal's state.  `steps`: ((columns, rows), bytes) in their order."""

    def __init__(self, steps, folder):
        words = []
        for number, ((columns, rows), data) in enumerate(steps):
            path = os.path.join(folder, f"step{os.getpid()}.{number}")
            with open(path, "wb") as file:
                file.write(data)
            words += [f"{columns}x{rows}", path]
        done = subprocess.run([tool(), *words], capture_output=True, check=True)
        self.all = json.loads(done.stdout)

    def __getitem__(self, name):
        return self.all[name]

    def mode(self, number):
        return self.all["modes"][number]

    def rows(self):
        """The rows of the screen that is shown."""
        return self.all["screens"][1 if self.all["alternate"] else 0]

    def text(self):
        """The screen that is shown, as lines without blanks at their ends."""
        return ["".join(cell[0] or " " for cell in row["cells"]).rstrip() for row in self.rows()]

    def color(self, value, default):
        """As it is seen: palette and dynamic colours looked up."""
        if value == 0:
            return self.all["dynamic"].get(default, "default")
        if value < RGB:
            return self.all["palette"].get(str(value - PALETTE), f"palette {value - PALETTE}")
        return value - RGB

    def looks(self, number):
        """Row `number` as it is seen: (text, foreground, background, attributes, …) a cell."""
        seen = []
        columns = self.all["columns"]
        cells = list(self.rows()[number]["cells"])
        # Cells that are erased are blanks; those behind the last one are too.
        while sum(2 if cell[0] and ord(cell[0][0]) >= 0x1100 else 1 for cell in cells) < columns:
            cells.append(["", 0, 0, 0, 0, ""])
        for text, foreground, background, attributes, underline, link in cells:
            if self.all["modes"]["?5"]:
                attributes ^= REVERSE
            if not text.strip():
                attributes &= REVERSE | STRIKE | OVERLINE | 7 << 9
            seen.append((text or " ", self.color(foreground, "10") if text.strip() or attributes else None,
                         self.color(background, "11"), attributes, underline, link.partition(";")[2]))
        return seen

    def difference(self, other, but=()):
        """What differs in all but the history and what is named, in a few words; "" when nothing does."""
        for name in self.all:
            if name in ("history", "screens", *but) or self.all[name] == other.all[name]:
                continue
            return f"{name}: {self.all[name]} and {other.all[name]}"
        for screen in (0, 1):
            for number, (ours, theirs) in enumerate(zip(self["screens"][screen], other["screens"][screen])):
                if ours != theirs:
                    return f"screen {screen} row {number}: {ours} and {theirs}"
        return ""


class Hands:
    """What a terminal in this state sends for keys, mouse, focus and paste (xterm's ctlseqs)."""

    def __init__(self, state):
        self.state = state

    def up(self):
        return b"\x1bOA" if self.state.mode("?1") else b"\x1b[A"

    def keypad_five(self):
        return b"\x1bOu" if self.state["keypad"] else b"5"

    def control_enter(self):
        keyboard = self.state["keyboards"][1 if self.state["alternate"] else 0]
        if keyboard and keyboard[-1] & 1:
            return b"\x1b[13;5u"
        return b"\x1b[27;5;13~" if self.state["modify_other_keys"] >= 1 else b"\r"

    def paste(self):
        return b"\x1b[200~ls\x1b[201~" if self.state.mode("?2004") else b"ls"

    def focus(self):
        return b"\x1b[O\x1b[I" if self.state.mode("?1004") else b""

    def click(self):
        reports = any(self.state.mode(mode) for mode in ("?1000", "?1002", "?1003"))
        return self._mouse(0) + self._mouse(0, released=True) if reports else b""

    def drag(self):
        return self._mouse(32) if self.state.mode("?1002") or self.state.mode("?1003") else b""

    def move(self):
        return self._mouse(35) if self.state.mode("?1003") else b""

    def _mouse(self, button, released=False, column=7, row=5):
        if self.state.mode("?1006"):
            return b"\x1b[<%d;%d;%d%s" % (button, column, row, b"m" if released else b"M")
        button = 3 if released else button
        if self.state.mode("?1015"):
            return b"\x1b[%d;%d;%dM" % (button + 32, column, row)
        return b"\x1b[M" + bytes((button + 32, column + 32, row + 32))
