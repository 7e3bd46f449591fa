"""A private tmux server: an independent terminal emulator whose screen can be read."""

import os
import re
import shutil
import signal
import subprocess
import tempfile

from . import procs
from .waiting import DEADLINE, TimedOut, eventually


class Tmux:
    """One server with one session, made by the constructor and gone after close()."""

    def __init__(self, command, env=None, rows=24, cols=80):
        self._folder = tempfile.mkdtemp(prefix="olt", dir="/tmp")
        self._env = dict(os.environ if env is None else env, TMUX_TMPDIR=self._folder)
        self._env.pop("TMUX", None)
        self._server = None
        try:
            # An explicit shell-less command: what is typed goes to it and to nobody else.
            self.tmux("set", "-g", "remain-on-exit", "on", ";", "set", "-g", "escape-time", "0",
                      ";", "new-session", "-d", "-x", str(cols), "-y", str(rows), *command,
                      start=True)
            self._server = procs.Handle(int(self.tmux("display-message", "-p", "#{pid}")))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def tmux(self, *args, start=False):
        """Run one tmux command against the server; returns what it printed."""
        prefix = ["tmux", "-L", "test", "-f", "/dev/null"] + (["start-server", ";"] if start else [])
        done = subprocess.run([*prefix, *args], env=self._env, capture_output=True,
                              timeout=DEADLINE, check=False)
        if done.returncode:
            raise RuntimeError(f"tmux {args!r}: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout.decode("utf-8", "replace")

    def send_keys(self, *keys):
        """Press keys by tmux's names: 'C-c', 'Enter', 'a' …"""
        self.tmux("send-keys", *keys)

    def send_text(self, text):
        """Type text as it is."""
        self.tmux("send-keys", "-l", "--", text)

    def screen(self):
        """The lines on the screen, without trailing blanks."""
        return self.tmux("capture-pane", "-p").split("\n")[:-1]

    def history(self):
        """The screen with the scrollback above it."""
        return self.tmux("capture-pane", "-p", "-S", "-").split("\n")[:-1]

    def wait_for(self, pattern, deadline=DEADLINE):
        """Wait until the screen shows `pattern`; returns the match."""
        expression = re.compile(pattern)
        last = ["(nothing)"]

        def look():
            last[:] = self.screen()
            return expression.search("\n".join(last))

        return eventually(look, deadline, lambda: f"{pattern!r} on the screen:\n"
                          + "\n".join(f"  | {line}" for line in last))

    def resize(self, rows, cols):
        """Change the size of the window, as a person drags the corner of theirs."""
        self.tmux("resize-window", "-x", str(cols), "-y", str(rows))

    def show(self, format_string):
        """What tmux knows of the pane, by its formats: "#{alternate_on}" …"""
        return self.tmux("display-message", "-p", format_string).strip()

    def cursor(self):
        """(row, column) of the cursor, counted from 0."""
        row, column = self.tmux("display-message", "-p", "#{cursor_y} #{cursor_x}").split()
        return int(row), int(column)

    def wait_end(self, deadline=DEADLINE):
        """Wait until the program in the pane has ended; returns its exit code, -N for signal N."""
        def status():
            dead, code, number = self.tmux(
                "display-message", "-p", "#{pane_dead},#{pane_dead_status},#{pane_dead_signal}"
            ).strip().split(",")
            if code or number:
                return (int(code) if code else -int(number),)
            if dead == "1":
                # The terminal is closed, but tmux 3.3 sometimes overlooks the end of the program
                # (one in fifteen on a busy machine): remind it to look.
                self._server.signal(signal.SIGCHLD)
            return None

        return eventually(status, deadline, "the end of the program in the pane")[0]

    def close(self):
        """End the server, and kill it if it does not go."""
        if self._server is not None:
            try:
                self.tmux("kill-server")
            except RuntimeError:
                pass  # it has gone already
            if not self._server.wait_end(DEADLINE):
                self._server.signal(signal.SIGKILL)
                raise TimedOut("the tmux server did not end by itself")
            self._server.close()
            self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)
