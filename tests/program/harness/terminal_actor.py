"""The program whose terminal is looked at: writes what a test tells it to, keeps what is typed.

    python3 terminal_actor.py SOCKET

Connects to the test's socket and obeys a line at a time, answering each with one:
    write HEX    these bytes, to the terminal, which is raw
    size         answers "COLUMNSxROWS"
    typed        answers all that was typed since the last time, as hex
"""

import os
import select
import socket
import sys
import tty


def obey(line, typed):
    word, _, rest = line.partition(" ")
    if word == "write":
        data = memoryview(bytes.fromhex(rest))
        while data:
            data = data[os.write(1, data):]
        return "done"
    if word == "size":
        return "%dx%d" % os.get_terminal_size(1)
    if word == "typed":
        answer = typed.hex()
        typed.clear()
        return answer
    return "what?"


def main(path):
    tty.setraw(0)
    master = socket.socket(socket.AF_UNIX)
    master.connect(path)
    typed, commands = bytearray(), bytearray()
    poller = select.poll()
    poller.register(0, select.POLLIN)
    poller.register(master, select.POLLIN)
    while True:
        ready = dict(poller.poll())
        if 0 in ready:
            data = os.read(0, 65536) if ready[0] & select.POLLIN else b""
            if not data:
                return
            typed += data
        if master.fileno() in ready:
            data = master.recv(65536)
            if not data:
                return
            commands += data
        while b"\n" in commands:
            line, _, commands = commands.partition(b"\n")
            master.sendall(obey(line.decode(), typed).encode() + b"\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except OSError:
        pass  # the terminal or the test is gone
