"""Terminal emulators that show a stream of bytes and are asked what they show: xterm, tmux, ours.

Each has show(stream, questions), which gives the screen as text (a line a row, without blanks at
the ends of lines and without empty lines at the end) and what was answered to the questions.
"""

import collections
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import tty
import unicodedata

from . import procs
from .waiting import DEADLINE, TimedOut, eventually

Shown = collections.namedtuple("Shown", "text answers")

CANCEL = b"\x18"  # ends an unfinished sequence
WHERE = b"\x1b[6n"  # asks for the cursor
BEHIND_WIDE = "\uffff"  # what xterm has behind a wide character
HOLDER = ["sh", "-c", "tty >\"$0\".new && mv \"$0\".new \"$0\" && exec sleep 1000000"]


def trimmed(text):
    """Lines without blanks at their ends, without empty ones at the end; é as one character."""
    lines = [line.rstrip(" ") for line in unicodedata.normalize("NFC", text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


class Model:
    """Our own, by outlast_model_server."""

    def __init__(self, rows=24, cols=80):
        self._size = f"{rows} {cols}"
        program = os.path.join(os.environ["OUTLAST_BUILD"], "tests/tools/outlast_model_server")
        self._server = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def show(self, stream, questions=WHERE):
        """See the module."""
        stream += CANCEL
        self._server.stdin.write(f"{self._size} {len(stream)} {len(questions)}\n".encode())
        self._server.stdin.write(stream + questions)
        self._server.stdin.flush()
        text, answers = map(int, self._server.stdout.readline().split())
        shown = self._server.stdout.read(text).decode()
        return Shown(trimmed(shown), self._server.stdout.read(answers))

    def close(self):
        """End it."""
        self._server.stdin.close()
        self._server.wait(DEADLINE)
        self._server.stdout.close()


class _Line:
    """The program's side of an emulator's pty: what is written there is shown."""

    def __init__(self, path):
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._fd)
        os.set_blocking(self._fd, False)

    def send(self, data):
        """Write all of it, and wait until it has been understood; what was answered meanwhile.

        Who is asked for its version last has done all that was before.
        """
        wanted = data.count(b"\x1b[>q") + data.count(b"\x1b[>0q") + 1
        data = memoryview(data + b"\x1b[>q")
        end = time.monotonic() + DEADLINE
        answers, poller = bytearray(), select.poll()
        while answers.count(b"\x1bP>|") < wanted or not answers.endswith(b"\x1b\\"):
            poller.register(self._fd, select.POLLIN | (select.POLLOUT if data else 0))
            events = dict(poller.poll(max(0, end - time.monotonic()) * 1000)).get(self._fd, 0)
            if events & select.POLLIN:
                answers += os.read(self._fd, 65536)
            if data and events & select.POLLOUT:
                data = data[os.write(self._fd, data[:4096]):]
            if time.monotonic() > end or events & (select.POLLHUP | select.POLLERR):
                raise TimedOut(f"the emulator did not answer; it said {bytes(answers[-200:])!r}")
        return bytes(answers[:answers.rindex(b"\x1bP>|")])

    def close(self):
        """Leave the pty alone."""
        os.close(self._fd)


class Display:
    """An X server without a screen."""

    def __init__(self):
        reader, writer = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
            pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        with open(reader, encoding="ascii") as file:
            self.name = ":" + file.readline().strip()

    def close(self):
        """End it."""
        self._server.terminate()
        self._server.wait(DEADLINE)


class Xterm:
    """A real xterm; its screen is read by having it printed."""

    # Both screens, both saved cursors, and the saved modes.
    RESET = (b"\x18\x1b\\\x1bc\x1b[?47h\x1b[2J\x1b[H\x1b7\x1b[?47l\x1b[?1048h\x1bc"
             b"\x1b[?1;4;5;6;7;8;9;12;25;45;47;66;67;69;1000;1002;1003;1004;1006;1015;1047;1049;2004s")

    MARK = "=== the mark"

    def __init__(self, display, rows=24, cols=80):
        self._folder = tempfile.mkdtemp(prefix="olx", dir="/tmp")
        self._page = f"{self._folder}/page"
        self._rows = rows
        where = f"{self._folder}/tty"
        resources = {"printerCommand": f"cat >{self._page}.new && mv {self._page}.new {self._page}",
                     "printerAutoClose": "true", "printAttributes": "0",
                     "printerFormFeed": "false", "printerNewLine": "false", "c132": "false", "utf8": "1",
                     "allowWindowOps": "false", "termName": "xterm-256color", "visualBell": "false",
                     "audibleBell": "false", "jumpScroll": "false", "font": "fixed"}
        options = [word for name, value in resources.items() for word in ("-xrm", f"XTerm*{name}: {value}")]
        env = {**os.environ, "DISPLAY": display.name, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self._process = subprocess.Popen(
            ["xterm", "-geometry", f"{cols}x{rows}", *options, "-e", *HOLDER, where], env=env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: os.path.exists(where), what="a terminal of xterm")
            with open(where, encoding="ascii") as file:
                self._line = _Line(file.read().strip())
        except BaseException:
            self._line = None
            self.close()
            raise

    def show(self, stream, questions=WHERE):
        """See the module."""
        self._line.send(self.RESET)
        self._line.send(stream + CANCEL)
        answers = self._line.send(questions)
        self._line.send(self._print_rows())
        eventually(lambda: os.path.exists(self._page), what="a page that xterm prints")
        with open(self._page, "rb") as file:
            page = file.read().decode("utf-8", "replace").replace("\r", "").replace(BEHIND_WIDE, "")
        os.unlink(self._page)
        bottom, rows = page.split(self.MARK, 1)
        rows = rows.split("\n")[1:self._rows]
        return Shown(trimmed("\n".join([*rows, bottom.rstrip("\n")])), answers)

    def _print_rows(self):
        """Prints the bottom row, a mark, and a copy of each other row in the bottom row's place.

        Because rows that were wrapped into each other are printed as one, copied ones are not.  A
        page behind them makes xterm close the printer.
        """
        last = self._rows
        to_bottom, print_row = b"\x1b[%dH" % last, b"\x1b[?1i"
        return b"".join([
            b"\x1b[?6l\x1b[?69l\x1b[r\x1b[4l\x1b(B\x0f\x1b[0m\x1b[0\"q", to_bottom, print_row,
            b"\r\x1b[K\x1b#5", self.MARK.encode(), print_row,
            *(b"\x1b[%d;1;%d;999;1;%d;1;1$v%s" % (row, row, last, print_row) for row in range(1, last)),
            b"\x1b[i"])

    def close(self):
        """Close its window."""
        self._process.terminate()
        self._process.wait(DEADLINE)
        if self._line is not None:
            self._line.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class TmuxPane:
    """tmux, as an emulator."""

    def __init__(self, rows=24, cols=80):
        self._folder = tempfile.mkdtemp(prefix="olt", dir="/tmp")
        self._env = {**os.environ, "TMUX_TMPDIR": self._folder, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        self._env.pop("TMUX", None)
        self._panes = 0
        self._tmux("new-session", "-d", "-x", str(cols), "-y", str(rows), *HOLDER, f"{self._folder}/0", ";",
                   "set", "-g", "remain-on-exit", "on", ";", "set", "-g", "status", "off")
        self._server = procs.Handle(int(self._tmux("display-message", "-p", "#{pid}")))

    def _tmux(self, *words):
        done = subprocess.run(["tmux", "-L", "test", "-f", "/dev/null", *words], env=self._env, timeout=DEADLINE,
                              capture_output=True, check=True)
        return done.stdout.decode("utf-8", "replace")

    def show(self, stream, questions=WHERE):
        """See the module; each stream comes into a new pane."""
        self._panes += 1
        where = f"{self._folder}/{self._panes}"
        self._tmux("respawn-pane", "-k", *HOLDER, where)
        eventually(lambda: os.path.exists(where), what="a terminal of tmux")
        with open(where, encoding="ascii") as file:
            line = _Line(file.read().strip())
        try:
            line.send(stream + CANCEL)
            return Shown(trimmed(self._tmux("capture-pane", "-p")), line.send(questions))
        finally:
            line.close()

    def close(self):
        """End the server."""
        try:
            self._tmux("kill-server")
        except subprocess.CalledProcessError:
            pass
        if not self._server.wait_end(DEADLINE):
            self._server.signal(signal.SIGKILL)
        self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def size_of(recording):
    """(rows, columns) by the name of a recording."""
    cols, rows = map(int, re.search(r"\.(\d+)x(\d+)$", recording).groups())
    return rows, cols
