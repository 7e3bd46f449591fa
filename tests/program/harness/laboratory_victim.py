"""The process whose fate the laboratory looks at: PATH [read|catch|daemon|keep]...

Writes its pid to PATH.pid. When PATH.ping appears it makes PATH.pong: it lives. When PATH.ask appears it
writes a byte to its standard output and puts into PATH.wrote how that went.

read    reads its standard input first
catch   has a handler for SIGHUP, which does nothing
daemon  forks twice into a session of its own, with /dev/null as its standard streams
keep    the same, but keeps its standard streams
"""

import errno
import os
import signal
import sys
import time


def leave(streams):
    """The two forks of a daemon: the second one cannot get a terminal again."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    if streams == "daemon":
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)


def put(path, text):
    """At once or not at all."""
    with open(f"{path}.new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(f"{path}.new", path)


def main(path, flags):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if "catch" in flags:
        signal.signal(signal.SIGHUP, lambda *_: None)
    for flag in flags:
        if flag in ("daemon", "keep"):
            leave(flag)
    put(f"{path}.pid", str(os.getpid()))
    if "read" in flags:
        try:
            put(f"{path}.read", f"{len(os.read(0, 1))} bytes")
        except OSError as error:
            put(f"{path}.read", errno.errorcode[error.errno])
    answered = asked = False
    while True:
        if not answered and os.path.exists(f"{path}.ping"):
            answered = True
            put(f"{path}.pong", "")
        if not asked and os.path.exists(f"{path}.ask"):
            asked = True
            try:
                os.write(1, b".")
                put(f"{path}.wrote", "ok")
            except OSError as error:
                put(f"{path}.wrote", errno.errorcode[error.errno])
        time.sleep(0.05)


main(sys.argv[1], sys.argv[2:])
