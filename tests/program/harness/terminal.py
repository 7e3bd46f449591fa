"""A real terminal: a program in a session of its own with a pty as its controlling terminal.

The test plays the person at the terminal emulator.  The pty is read only while the test waits
for something, so a test that does not wait is a terminal that has stopped reading.
"""

import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios

from .procs import Handle
from .waiting import DEADLINE, Deadline, TimedOut, eventually


class Terminal:
    """Starts `argv` at once; use it as a context manager, or call close()."""

    KEPT = 16 << 20  # bytes of output kept; the oldest half goes when there is more

    def __init__(self, argv, env=None, cwd=None, rows=24, cols=80):
        self.output = bytearray()  # what came, the newest KEPT bytes at least half of the time
        self.received = 0          # how many bytes came in all
        self._searched = 0         # index in output up to which wait_for has consumed
        self._ended = False        # the pty has no more output: nobody has it open any more
        self.master, slave = os.openpty()
        try:
            self._set_size(slave, rows, cols)
            self.process = subprocess.Popen(
                argv, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        except BaseException:
            os.close(self.master)
            raise
        finally:
            os.close(slave)
        self.pid = self.process.pid
        self._handle = Handle(self.pid)
        os.set_blocking(self.master, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What a person does.

    def send(self, data, deadline=DEADLINE):
        """Type or paste; reads output meanwhile, so that a large paste cannot lock up."""
        data = memoryview(data.encode() if isinstance(data, str) else data)
        limit = Deadline(deadline)
        while data:
            events = self._poll(select.POLLIN | select.POLLOUT, limit.left())
            if events & select.POLLIN:
                self._read()
            if events & select.POLLOUT:
                try:
                    data = data[os.write(self.master, data[:65536]):]
                except BlockingIOError:
                    pass
            elif events & (select.POLLHUP | select.POLLERR):
                raise TimedOut("the program at the terminal has gone, it cannot be typed to")
            if limit.over() and data:
                raise TimedOut(f"{len(data)} bytes could not be typed within {deadline:g} s")

    def send_line(self, text):
        """Type a line and the Enter key."""
        self.send(text + "\r")

    def resize(self, rows, cols):
        """Change the window size; the kernel sends SIGWINCH."""
        self._set_size(self.master, rows, cols)

    def hang_up(self):
        """Close the window: the kernel hangs the terminal up."""
        if self.master is not None:
            os.close(self.master)
            self.master = None
            self._ended = True

    def kill(self, number=signal.SIGKILL):
        """Signal the program that was started here, and it alone."""
        self._handle.signal(number)

    # What a person sees.

    def wait_for(self, pattern, deadline=DEADLINE):
        """Wait until the output after the last match holds `pattern`; returns the match."""
        if isinstance(pattern, str):
            pattern = pattern.encode()
        expression, limit = re.compile(pattern, re.DOTALL), Deadline(deadline)
        while True:
            match = expression.search(self.output, self._searched)
            if match:
                # The match must not hold on to the bytearray, which grows.
                match = expression.search(bytes(self.output[self._searched:match.end()]))
                self._searched += match.end()
                return match
            if self._ended or limit.over():
                why = "the output ended" if self._ended else f"{deadline:g} s went by"
                raise TimedOut(f"{why} without {pattern!r}; last output: {self.tail()!r}")
            self._step(limit.left())

    def wait_end(self, deadline=DEADLINE):
        """Wait until the program has ended; returns its exit code, -N for signal N.

        All it wrote is in `output` then.
        """
        limit = Deadline(deadline)
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        while self.process.poll() is None:
            if limit.over():
                raise TimedOut(
                    f"{self.process.args!r} still ran after {deadline:g} s; "
                    f"last output: {self.tail()!r}")
            if self._ended:
                poller.poll(limit.left() * 1000)
            else:
                self._step(limit.left(), also=self._handle)
        while not self._ended and self._poll(select.POLLIN, 0):
            self._read()
        return self.process.returncode

    def wait_until(self, condition, deadline=DEADLINE, what=None):
        """Like eventually(), but the terminal goes on reading meanwhile, as terminals do."""
        def look():
            while not self._ended and self._poll(select.POLLIN, 0):
                self._read()
            return condition()

        return eventually(look, deadline, what or (lambda: f"last output: {self.tail()!r}"))

    def tail(self, size=400):
        """The last bytes that came, for messages."""
        return bytes(self.output[-size:])

    def modes(self):
        """The local modes of the terminal (termios lflag): ECHO, ICANON, ISIG …"""
        return termios.tcgetattr(self.master)[3]

    def close(self):
        """Hang up, then kill what was started here if it still runs."""
        self.hang_up()
        if self._handle is not None:
            if self.process.poll() is None:
                self._handle.signal(signal.SIGKILL)
            self.process.wait(DEADLINE)
            self._handle.close()
            self._handle = None

    # How it is done.

    @staticmethod
    def _set_size(fd, rows, cols):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def _poll(self, events, seconds, also=None):
        if self.master is None:
            raise ValueError("the terminal was closed")
        poller = select.poll()
        poller.register(self.master, events)
        if also is not None:
            poller.register(also, select.POLLIN)
        return dict(poller.poll(seconds * 1000)).get(self.master, 0)

    def _step(self, seconds, also=None):
        """Wait for output (or for the descriptor `also`) and take it."""
        if self._poll(select.POLLIN, seconds, also):
            self._read()

    def _read(self):
        try:
            data = os.read(self.master, 65536)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""  # the last program that had the terminal open has closed it
        if not data:
            self._ended = True
            return
        self.output += data
        self.received += len(data)
        if len(self.output) > self.KEPT:
            surplus = len(self.output) - self.KEPT // 2
            del self.output[:surplus]
            self._searched = max(0, self._searched - surplus)
