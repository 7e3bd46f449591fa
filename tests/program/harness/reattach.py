"""Cut somebody's viewer and come back from a new terminal: with outlast, tmux, screen and dtach.

A `Session` is one program (terminal_actor.py) kept by one of them.  Each is set up in its own favour.
"""

import os
import re
import shutil
import signal
import socket
import sys
import threading

from . import terminal_actor
from .terminal import Terminal
from .terminal_state import State
from .waiting import DEADLINE, TimedOut

A_MOMENT = 0.1  # seconds
# What xterm says to those who ask who it is; tmux waits for it.
IDENTITY = {b"\x1b[c": b"\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c", b"\x1b[>c": b"\x1b[>41;379;0c",
            b"\x1b[>q": b"\x1bP>|XTerm(379)\x1b\\"}
TMUX_SETTINGS = """
set -g status off
set -g escape-time 0
set -g focus-events on
set -g extended-keys on
set -g set-titles on
set -g set-titles-string "#T"
set -g default-terminal tmux-256color
set -g allow-passthrough off
set -as terminal-features ",xterm*:256:RGB:usstyle:strikethrough:overline:title:ccolour:cstyle:extkeys:focus:bpaste:mouse"
"""
SCREEN_SETTINGS = """
startup_message off
deflogin off
altscreen on
defutf8 on
vbell off
defscrollback 1000
term screen-256color
termcapinfo xterm* Co#256:AB=\\E[48;5;%dm:AF=\\E[38;5;%dm:hs:ts=\\E]2;:fs=\\007:ds=\\E]2;\\007
"""


def settings_file(world, name, text):
    """Its path; made anew each time, for several may ask at once."""
    path = world.path(name)
    with open(f"{path}.{threading.get_ident()}", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(file.name, path)
    return path


class Outlast:
    """The program under test."""

    name = "outlast"

    def start(self, world, name, command):
        return ["outlast", "run", "-n", name, *command]

    def attach(self, world, name):
        return ["outlast", "attach", "--last", "1000", name]


class Tmux:
    """A server of its own for each session, without a status line."""

    name = "tmux"

    def _words(self, world, name):
        settings = settings_file(world, "tmux.conf", TMUX_SETTINGS)
        return ["tmux", "-S", world.path(name + ".tmux"), "-f", settings]

    def start(self, world, name, command):
        return [*self._words(world, name), "new-session", *command]

    def attach(self, world, name):
        return [*self._words(world, name), "attach-session"]


class Screen:
    """GNU screen."""

    name = "screen"

    def _words(self, world):
        settings = settings_file(world, "screenrc", SCREEN_SETTINGS)
        os.makedirs(world.path("screens"), 0o700, exist_ok=True)
        return ["env", "SCREENDIR=" + world.path("screens"), "screen", "-U", "-c", settings]

    def start(self, world, name, command):
        return [*self._words(world), "-S", name, *command]

    def attach(self, world, name):
        return [*self._words(world), "-d", "-r", name]


class Dtach:
    """dtach keeps no state: what is seen is what the program draws when it is told of a size."""

    name = "dtach"

    def start(self, world, name, command):
        return ["dtach", "-c", world.path(name + ".dtach"), "-E", "-r", "winch", *command]

    def attach(self, world, name):
        return ["dtach", "-a", world.path(name + ".dtach"), "-E", "-r", "winch"]


PEERS = (Outlast(), Tmux(), Screen(), Dtach())


def installed(peer):
    return peer.name == "outlast" or shutil.which(peer.name) is not None


class Actor:
    """terminal_actor.py: `command` has to be started by somebody, in a terminal."""

    def __init__(self, world, name):
        path = world.path(name + ".actor")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._listener.setblocking(False)
        self._connection = None
        self._answers = b""
        self.command = [sys.executable, "-S", terminal_actor.__file__, path]

    def has_come(self):
        """Whether it runs and has called us."""
        if self._connection is None:
            try:
                self._connection, _ = self._listener.accept()
            except BlockingIOError:
                return False
            self._connection.settimeout(DEADLINE)
        return True

    def ask(self, line):
        self._connection.sendall(line.encode() + b"\n")
        while b"\n" not in self._answers:
            data = self._connection.recv(65536)
            if not data:
                raise TimedOut("the program in the terminal has gone")
            self._answers += data
        answer, _, self._answers = self._answers.partition(b"\n")
        return answer.decode()

    def write(self, data):
        """It writes this to its terminal."""
        self.ask("write " + data.hex())

    def typed(self):
        """What was typed since the last time."""
        return bytes.fromhex(self.ask("typed"))

    def size(self):
        """(columns, rows) of its terminal."""
        return tuple(map(int, self.ask("size").split("x")))

    def close(self):
        """It ends by this."""
        for each in (self._listener, self._connection):
            if each is not None:
                each.close()


class Session:
    """A program in the care of `peer`, seen from a terminal of `size`, (columns, rows)."""

    def __init__(self, world, peer, name, size):
        self.world, self.peer, self.name = world, peer, name
        self._written = []  # what a terminal saw that was there all the time
        self._folder = world.path(name + ".states")
        os.mkdir(self._folder)
        self.actor = Actor(world, name)
        self.terminal = None
        self._open(size, peer.start(world, name, self.actor.command))

    def _open(self, size, words):
        columns, rows = size
        self.size = size
        self._written.append((size, bytearray()))
        self._asked = 0  # how many bytes of the output were searched for questions
        self.terminal = Terminal(words, env=self.world.env, cwd=self.world.work, rows=rows, cols=columns)

    def await_size(self):
        """Until the program's terminal has the size of the one that it is seen from."""
        def is_there():
            self._answer()
            return self.actor.has_come() and self.actor.size() == self.size

        self.terminal.wait_until(is_there)

    def _answer(self):
        """As a terminal does, to whoever asks it what it is."""
        asked, self._asked = bytes(self.terminal.output[self._asked:]), len(self.terminal.output)
        for question in re.findall(rb"\x1b\[>?[cq]", asked):
            self.terminal.send(IDENTITY.get(question, b""))

    def write(self, data):
        """The program writes this."""
        self._written[-1][1].extend(data)
        self.actor.write(data)

    def cut(self):
        """The viewer stops in the middle of whatever it does, and is killed: a connection is lost."""
        self.terminal.kill(signal.SIGSTOP)
        self.terminal.kill(signal.SIGKILL)
        self.terminal.close()

    def attach(self, size):
        """Somebody comes back, from a new terminal."""
        self._open(size, self.peer.attach(self.world, self.name))

    def wanted(self):
        """The state of a terminal that was there all the time."""
        return State([(size, bytes(data)) for size, data in self._written], self._folder)

    def seen(self):
        """The state of the terminal that is there now."""
        return State([(self.size, bytes(self.terminal.output))], self._folder)

    def check(self, item, patience):
        """Whether what is seen of the item becomes what it should be within so many seconds."""
        wanted = item.look(self.wanted())
        seen = []

        def is_right():
            seen[:] = [item.look(self.seen())]
            return seen[0] == wanted

        right = self._in_time(is_right, patience)
        if not hasattr(item.look, "typed"):
            return right
        self.actor.typed()
        for event in re.findall(rb"(?:\x1b|^)[^\x1b]+", seen[0]):
            self.terminal.send(event)
            self._in_time(lambda: False, A_MOMENT)  # a person's next movement does not come at once
        got = bytearray()

        def has_arrived():
            got.extend(self.actor.typed())
            # In front of it may be what somebody who comes back is told first: that he is there. A key may have
            # either of two forms.
            return bytes(got).replace(b"\x1b[13;5u", b"\x1b[27;5;13~").endswith(
                wanted.replace(b"\x1b[13;5u", b"\x1b[27;5;13~"))

        return self._in_time(has_arrived, patience)

    def _in_time(self, condition, patience):
        def look():
            self._answer()
            return condition()

        try:
            return self.terminal.wait_until(look, patience)
        except TimedOut:
            return False

    def close(self):
        """End the program and with it whoever keeps it."""
        self.actor.close()
        self.terminal.close()
