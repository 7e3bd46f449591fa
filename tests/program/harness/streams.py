"""Terminal output made by chance, the same for the same seed, in pieces that can be left out."""

import random

ESCAPE = "\x1b"
TEXTS = ["hello", "x", "the quick brown fox jumps", "漢字", "é", "e\u0301", "👍", "\t", "W ö", "██", "한국어", "~",
         "0123456789" * 4, "ab"]
CONTROLS = ["\r", "\n", "\n", "\b", "\t", "\v", "\f", "\x0e", "\x0f", "\r\n", "\r\n"]
# Whether a terminal saves these by CSI ? s is another question: 47 and 69 are not saved.
MODES = {5: "hlsr", 6: "hlsr", 25: "hlsr", 45: "hlsr", 66: "hlsr", 1048: "hl", 2004: "hlsr",
         47: "hl", 69: "hl", 1047: "hl", 1049: "hl"}
FINALS = "ABCDEFGHHHIJKLMPSTXZ@abdefgjkrrst`su^"
ESCAPES = ["7", "8", "D", "E", "M", "H", "(0", "(B", ")0", "=", ">", "#5", "n", "o", "6", "9", "[!p", "[4h", "[4l",
           "[20h", "[20l", '[1"q', '[0"q', "#8", "c"]
OTHERS = ["[2;2;4;20$z", "[2;2;4;9${", "[65;2;3;4;9$x", "[2'}", "[3'~", "[2 @", "[1 A", "[5;8r", "[r", "[3;30s",
          "[?69h\x1b[5;25s", "[3g", "[12b", "[?2J", "[?1K", "[2J", "[K", "[3b", "[31;44m", "[m", "[1m"]


def _number(chance):
    if chance.randrange(10) == 0:
        return ""
    return str(chance.randrange(300 if chance.randrange(8) == 0 else 13))


def _piece(chance):
    kind = chance.randrange(100)
    if kind < 36:
        return chance.choice(TEXTS)
    if kind < 50:
        return chance.choice(CONTROLS)
    if kind < 58:
        mode = chance.choice(list(MODES))
        return f"{ESCAPE}[?{mode}{chance.choice(MODES[mode])}"
    if kind < 80:
        numbers = ";".join(_number(chance) for _ in range(chance.randrange(3)))
        return f"{ESCAPE}[{numbers}{chance.choice(FINALS)}"
    if kind < 88:
        return ESCAPE + chance.choice(ESCAPES)
    return ESCAPE + chance.choice(OTHERS)


def by_chance(seed, pieces):
    """A list of that many pieces."""
    chance = random.Random(seed)
    return [_piece(chance) for _ in range(pieces)]
