"""The items of a terminal's state that somebody who comes back wants to find as they were.

An item: the program writes `before`; the viewer is cut, and somebody attaches from a new terminal;
the program writes `after`.  Then `look` tells what is seen of the item, to be compared with what a
terminal shows that was there all the time.
"""

import collections

from .terminal_state import Hands

# `same_size`: what it is about does not outlive a change of the size in any terminal.
Item = collections.namedtuple("Item", "name before after look same_size")

# Something stands in the last row, as where a program has the whole screen.
BASE = b"\x1b[H\x1b[2J\x1b[24;1Hthe last row\x1b[H"


def text(state):
    return state.text()


def row(number):
    """The row as it is seen, counted from 1."""
    return lambda state: state.looks(number - 1)


def screen(state):
    return [state.looks(number) for number in range(state["rows"])]


def value(name):
    return lambda state: state[name]


def mode(number):
    return lambda state: state.mode(number)


def typed(what):
    """What a person's keys or mouse send; `Session.check` types it and looks at what arrives."""
    def look(state):
        return getattr(Hands(state), what)()

    look.typed = True
    return look


def wraps(state):
    return state.text(), [line["wraps"] for line in state.rows()]


def line_sizes(state):
    return [line["size"] for line in state.rows()]


def old_lines(state):
    """Of the hundred lines that were written first: those that have left the screen."""
    return [line for line in state["history"] if line.startswith("line ")][:70]


def cursor(state):
    return state["row"], state["column"]


def item(name, before, after=b"", look=text, same_size=False):
    return Item(name, BASE + before, after, look, same_size)


def attribute(name, sequence):
    return item(name, b"\x1b[3;3H\x1b[" + sequence + b"mwords\x1b[0m plain", look=row(3))


def each(numbers, form):
    return b"".join(form % number + b"x" for number in numbers) + b"\x1b[0m"


SCREENS = [
    item("text of the main screen", b"\x1b[3;5Hsome text\x1b[5;1Hmore of it"),
    item("text of the alternate screen", b"main\x1b[?1049h\x1b[2J\x1b[4;2Hfull screen"),
    item("the main screen behind the alternate (1049)",
         b"\x1b[3;5Hmain text\x1b[?1049h\x1b[2J\x1b[4;2Hfull screen", b"\x1b[?1049l"),
    item("the cursor that 1049 brings back", b"\x1b[7;9H\x1b[?1049h\x1b[2;2Hx", b"\x1b[?1049lX"),
    item("an alternate screen by 1047", b"\x1b[3;5Hmain\x1b[?1047h\x1b[4;4Hother", b"\x1b[?1047lX"),
    item("what 47 leaves on the alternate screen", b"\x1b[?47h\x1b[4;4Hkept\x1b[?47l", b"\x1b[?47h"),
    item("a line that was wrapped is one line", b"\x1b[3;1H" + b"0123456789" * 10, look=wraps),
    item("lines of double width", b"\x1b[3;1Hwide\x1b#6", look=line_sizes),
    Item("history in the terminal's own scrollback",
         b"".join(b"line %d\r\n" % number for number in range(100)) + b"\x1b[5;1H", b"", old_lines, False),
]

LOOKS = [
    attribute("bold", b"1"), attribute("dim", b"2"), attribute("italic", b"3"),
    attribute("underline", b"4"), attribute("blink", b"5"), attribute("reverse", b"7"),
    attribute("conceal", b"8"), attribute("strike", b"9"), attribute("overline", b"53"),
    item("underlines: double, curly, dotted, dashed",
         b"\x1b[3;1H" + each((2, 3, 4, 5), b"\x1b[4:%dm"), look=row(3)),
    attribute("an underline's colour", b"4;58:2::10:20:30"),
    item("16 colours", b"\x1b[3;1H" + each((*range(30, 38), *range(90, 98)), b"\x1b[%dm")
         + each((*range(40, 48), *range(100, 108)), b"\x1b[%dm"), look=row(3)),
    item("256 colours", b"\x1b[3;1H" + each(range(16, 256, 16), b"\x1b[38;5;%dm")
         + each(range(17, 256, 16), b"\x1b[48;5;%dm"), look=row(3)),
    attribute("24-bit colours", b"38;2;10;20;30;48;2;200;100;50"),
    item("a background that was erased with", b"\x1b[5;7H\x1b[44m\x1b[K", look=row(5)),
    item("wide characters", "\x1b[3;1H\u4f60\u597d, \U0001f600!".encode()),
    item("combining characters", "\x1b[3;1Hre\u0301sume\u0301 \u0915\u094d".encode()),
    item("links (OSC 8)", b"\x1b[3;1H\x1b]8;;http://a.example/\x1b\\here\x1b]8;;\x1b\\ not", look=row(3)),
    item("reverse video (DECSCNM)", b"words\x1b[?5h", look=screen),
    item("changed palette (OSC 4)", b"\x1b]4;1;#123456\x1b\\\x1b[3;1H\x1b[31mred", look=row(3)),
    item("changed foreground and background (OSC 10, 11)",
         b"\x1b]10;#102030\x1b\\\x1b]11;#405060\x1b\\\x1b[3;1Hwords", look=row(3)),
    item("the cursor's colour (OSC 12)", b"\x1b]12;#708090\x1b\\", look=lambda state: state["dynamic"].get("12")),
    item("the cursor's shape", b"\x1b[4 q", look=value("cursor_shape")),
    item("a hidden cursor", b"\x1b[?25l", look=mode("?25")),
]

REPEATED = item("the character that REP repeats", b"\x1b[9;1Hx", b"\x1b[5b", same_size=True)
LIVE = [
    item("the cursor's place", b"\x1b[9;20H", b"X"),
    item("a wrap that waits", b"\x1b[6;1H" + b"a" * 80, b"X", same_size=True),
    item("the pen", b"\x1b[8;1H\x1b[1;3;38;2;10;20;30;48;5;22m", b"words", row(8)),
    item("the saved cursor", b"\x1b[12;34H\x1b[35m\x1b7\x1b[2;2H\x1b[0m", b"\x1b8X", screen),
    item("the alternate screen's own saved cursor", b"\x1b[?1049h\x1b[2J\x1b[9;9H\x1b7\x1b[H", b"\x1b8X"),
    item("line drawing in G0", b"\x1b(0", b"\x1b[9;1Hlqqk"),
    item("line drawing in G1, shifted in", b"\x1b)0\x0e", b"\x1b[9;1Hlqqk"),
    item("line drawing in G1, not shifted in", b"\x1b)0", b"\x1b[9;1Hl\x0elqqk\x0fl"),
    item("G2 and G3 for single shifts", b"\x1b*0\x1b+0", b"\x1b[9;1Hq\x1bNq\x1bOqq"),
    item("margins at top and bottom",
         b"".join(b"\x1b[%d;1Hrow %d" % (number, number) for number in range(1, 21)) + b"\x1b[5;15r\x1b[15;1H",
         b"\n\nX\x1b[5;1H\x1bM"),
    item("margins at left and right", b"\x1b[?69h\x1b[10;40s\x1b[5;10H", b"x" * 50),
    item("origin mode", b"\x1b[5;15r\x1b[?6h", b"\x1b[1;1HX"),
    item("insert mode", b"\x1b[3;1Habcdef\x1b[4h\x1b[3;3H", b"XY"),
    item("newline mode", b"\x1b[20h\x1b[4;10H", b"\nX"),
    item("no autowrap", b"\x1b[?7l\x1b[6;70H", b"x" * 60 + b"y"),
    item("reverse wrap", b"\x1b[?45h\x1b[6;1H" + b"a" * 85, b"\x08" * 8 + b"X", same_size=True),
    item("tab stops", b"\x1b[3g\x1b[1;5H\x1bH\x1b[1;20H\x1bH\x1b[4;1H", b"\tA\tB"),
    item("protected characters", b"\x1b[3;1H\x1b[1\"qkept\x1b[0\"q gone", b"\x1b[?2J"),
    item("half an escape sequence", b"\x1b[9;1H\x1b[3", b"1mred", row(9)),
    item("half a character", b"\x1b[9;1H\xe4\xbd", b"\xa0x"),
    REPEATED,
]

KEYS = [
    item("cursor keys (DECCKM)", b"\x1b[?1h", look=typed("up")),
    item("keypad", b"\x1b=", look=typed("keypad_five")),
    item("bracketed paste", b"\x1b[?2004h", look=typed("paste")),
    item("focus reports", b"\x1b[?1004h", look=typed("focus")),
    item("mouse clicks (1000)", b"\x1b[?1000h", look=typed("click")),
    item("mouse drags (1002, SGR)", b"\x1b[?1002h\x1b[?1006h", look=typed("drag")),
    item("mouse movement (1003, SGR)", b"\x1b[?1003h\x1b[?1006h", look=typed("move")),
    item("mouse clicks as 1006 (SGR)", b"\x1b[?1000h\x1b[?1006h", look=typed("click")),
    item("mouse clicks as 1015 (urxvt)", b"\x1b[?1000h\x1b[?1015h", look=typed("click")),
    item("the wheel as keys (1007)", b"\x1b[?1007h", look=mode("?1007")),
    item("modifyOtherKeys", b"\x1b[>4;2m", look=typed("control_enter")),
    item("kitty's keyboard protocol", b"\x1b[>1u", look=typed("control_enter")),
    item("kitty's keyboard protocol, the main screen's behind the alternate",
         b"\x1b[>1u\x1b[?1049h\x1b[>0u", b"\x1b[?1049l", typed("control_enter")),
    item("a mode that was saved (XTSAVE)", b"\x1b[?2004h\x1b[?2004s\x1b[?2004l", b"\x1b[?2004r", typed("paste")),
]

NAMES = [
    item("title", b"\x1b]2;a title\x1b\\", look=value("title")),
    item("icon's name", b"\x1b]1;a name\x1b\\", look=value("icon")),
    item("stack of titles", b"\x1b]2;one\x1b\\\x1b[22;0t\x1b]2;two\x1b\\", b"\x1b[23;0t", value("title")),
    item("directory (OSC 7)", b"\x1b]7;file://host/some/where\x1b\\", look=value("directory")),
    item("the pointer's shape (OSC 22)", b"\x1b]22;text\x1b\\", look=value("pointer")),
    item("marks of prompts (OSC 133)", b"\x1b[3;1H\x1b]133;A\x1b\\$ ",
         look=lambda state: [line["mark"] for line in state.rows()]),
    item("reports of theme and size (2031, 2048)", b"\x1b[?2031h\x1b[?2048h",
         look=lambda state: (state.mode("?2031"), state.mode("?2048"))),
]

GROUPS = (("screens", SCREENS), ("looks", LOOKS), ("what comes next", LIVE), ("keys and mouse", KEYS),
          ("names", NAMES))
ITEMS = [each_item for _, group in GROUPS for each_item in group]
# For whoever compares the whole state; what it looks like is nobody's guess.
EVERYTHING = item("everything at once", b"".join(each_item.before for each_item in ITEMS
                                                 if not each_item.name.startswith("half ")), b"\x1b8X\n\x1b[?1049lY")
