"""The control protocol as docs/protocol.md describes it, spoken by a client that shares no code with ours."""

import json
import socket
import struct
import unittest

from harness.outlast import Outlast
from harness.waiting import eventually

MAGIC = b"OUTL"
HELLO, WELCOME, OK, ERROR, ATTACH, INPUT, INPUT_ACK = 1, 2, 3, 4, 5, 6, 7
SIGNAL, STOP, SUBSCRIBE, PHASE, ENDED, GET_VIEWERS, VIEWERS, END_OF_INPUT = 9, 10, 13, 14, 15, 20, 21, 22
LEAD, REPLY, DISMISS, DISMISSED = 25, 26, 27, 28
UNKNOWN = 0x7FFF


def text(value):
    return struct.pack("<H", len(value)) + value


class Client:
    """One connection to a keeper."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, payload=b"", zero=0):
        self.socket.sendall(struct.pack("<IHH", len(payload), kind, zero) + payload)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def receive(self):
        size, kind, _ = struct.unpack("<IHH", self.exactly(8))
        return kind, self.exactly(size)

    def receive_until(self, kind):
        while True:
            found, payload = self.receive()
            if found == kind:
                return payload

    def greet(self, name, capabilities=0, more=b""):
        """Say hello; what the keeper says."""
        self.send(HELLO, MAGIC + struct.pack("<HQQ", 1, capabilities, name) + text(b"9.9.9") + more)
        return self.receive()

    def hangs_up(self):
        """Whether the keeper ends the connection, without a further word."""
        try:
            return not self.socket.recv(1)
        except ConnectionResetError:
            return True


class Protocol(unittest.TestCase):
    def setUp(self):
        self.world = Outlast()
        self.addCleanup(self.world.close)

    def start(self, *command):
        """A job with a terminal; the path of its socket."""
        number = int(self.world.must("run", "-d", "-t", *command).out)
        folder = f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/{number}"
        with open(f"{folder}/state.json", encoding="utf-8") as file:
            self.socket_path = json.load(file)["socket"]
        self.folder = folder
        return self.socket_path

    def log(self):
        with open(f"{self.folder}/log", "rb") as file:
            return file.read()

    def test_greeting_with_fields_of_a_newer_client(self):
        with Client(self.start("cat")) as client:
            kind, payload = client.greet(4711, more=b"\xAA\xBB\xCC")
            self.assertEqual(kind, WELCOME)
            self.assertEqual(payload[:6], MAGIC + struct.pack("<H", 1))
            self.assertEqual(struct.unpack("<QQ", payload[6:22]), (1, 0))  # it tells who leads
            version = self.world.run("--version").text.split()[1].encode()
            self.assertEqual(payload[22:24 + len(version)], text(version))

    def test_unknown_capabilities_are_refused_with_a_sentence(self):
        with Client(self.start("cat")) as client:
            kind, payload = client.greet(4711, capabilities=1 << 63)
            self.assertEqual(kind, ERROR)
            self.assertEqual(struct.unpack("<H", payload[:2]), (HELLO,))
            self.assertIn(b"outlast upgrade", payload)
            self.assertTrue(client.hangs_up())

    def test_who_does_not_speak_the_protocol_is_dropped(self):
        path = self.start("cat")
        for say in (lambda c: c.send(HELLO, b"HTTP" + bytes(20)), lambda c: c.send(STOP, bytes(14)),
                    lambda c: c.socket.sendall(b"\xff" * 64)):
            with Client(path) as client:
                say(client)
                self.assertTrue(client.hangs_up())
        self.assertEqual(self.world.json("ls")["jobs"][0]["alive"], True)

    def test_an_unknown_request_is_refused_and_the_connection_goes_on(self):
        with Client(self.start("cat")) as client:
            client.greet(4711)
            client.send(UNKNOWN, b"whatever it is", zero=0xFFFF)
            kind, payload = client.receive()
            self.assertEqual((kind, payload[:2]), (ERROR, struct.pack("<H", UNKNOWN)))
            self.assertIn(b"outlast upgrade", payload)
            client.send(SUBSCRIBE)
            self.assertEqual(client.receive(), (PHASE, b"\1"))

    def test_a_request_that_is_too_short_is_refused(self):
        with Client(self.start("cat")) as client:
            client.greet(4711)
            client.send(SIGNAL, b"\x0f\0")
            kind, payload = client.receive()
            self.assertEqual((kind, payload[:2]), (ERROR, struct.pack("<H", SIGNAL)))

    def test_input_sent_again_on_another_connection_is_typed_once(self):
        path = self.start("cat")
        with Client(path) as client:
            client.greet(4711)
            client.send(INPUT, struct.pack("<Q", 0) + b"one\n")
            self.assertEqual(client.receive(), (INPUT_ACK, struct.pack("<Q", 4)))
        with Client(path) as client:
            _, payload = client.greet(4711)
            self.assertEqual(struct.unpack("<Q", payload[14:22]), (4,))
            client.send(INPUT, struct.pack("<Q", 0) + b"one\ntwo\n")
            client.receive_until(INPUT_ACK)
            client.send(SUBSCRIBE)
            client.send(END_OF_INPUT)
            self.assertEqual(client.receive_until(OK), struct.pack("<H", END_OF_INPUT))
            ended = client.receive_until(ENDED)
        self.assertEqual(ended, struct.pack("<BiQ", 0, 0, len(self.log())))
        self.assertEqual(self.log().count(b"one\r\n"), 2)  # the terminal's echo, and cat's
        self.assertEqual(self.log().count(b"two\r\n"), 2)

    def test_input_and_end_of_input_in_one_breath(self):
        with Client(self.start("cat")) as client:
            client.greet(4711)
            client.send(SUBSCRIBE)
            client.send(INPUT, struct.pack("<Q", 0) + b"all of it\n")
            client.send(END_OF_INPUT)
            self.assertEqual(client.receive_until(ENDED)[:5], bytes(5))

    def test_viewers_are_told(self):
        with Client(self.start("cat")) as client:
            client.greet(4711)
            client.send(ATTACH, struct.pack("<HHHHB", 50, 132, 0, 0, 1) + text(b"/dev/pts/77") + b"newer")
            self.assertEqual(client.receive(), (OK, struct.pack("<H", ATTACH)))
            client.send(GET_VIEWERS)
            payload = client.receive_until(VIEWERS)
            self.assertEqual(payload[:2], b"\1\0")
            self.assertEqual(payload[6:], struct.pack("<HHHHB", 50, 132, 0, 0, 1) + text(b"/dev/pts/77"))
            client.send(INPUT, struct.pack("<Q", 0) + b"x")
            kind, payload = client.receive()
            self.assertEqual((kind, payload[:2]), (ERROR, struct.pack("<H", INPUT)))

    @staticmethod
    def attach(client, rows, columns):
        client.send(ATTACH, struct.pack("<HHHHB", rows, columns, 0, 0, 0) + text(b"/dev/pts/77"))

    def lead(self, client, who, rows, columns):
        """Wait until the client is told that `who` leads, at this size."""
        while True:
            leader, _, *size = struct.unpack("<QQHHHH", client.receive_until(LEAD))
            if (leader, size) == (who, [rows, columns, 0, 0]):
                return

    def test_who_leads_is_told(self):
        path = self.start("sh", "-c", "while read -r line; do stty size; done")
        with Client(path) as first, Client(path) as second:
            first.greet(4711)
            second.greet(4712)
            self.attach(first, 50, 132)
            self.lead(first, 4711, 50, 132)
            self.attach(second, 40, 90)
            for client in (first, second):
                self.lead(client, 4712, 40, 90)
            # Who types leads.
            first.send(INPUT, struct.pack("<Q", 0) + b"\n")
            for client in (first, second):
                self.lead(client, 4711, 50, 132)
            eventually(lambda: b"50 132" in self.log())
            first.socket.close()
            self.lead(second, 4712, 40, 90)

    def test_a_reply_is_typed_only_where_somebody_waits(self):
        path = self.start("sh", "-c", "read -r line; stty raw -echo; echo ready; exec cat")
        with Client(path) as client:
            client.greet(4711)
            client.send(REPLY, b"\033[0n")  # it does not lead
            self.assertEqual(client.receive()[0], ERROR)
            self.attach(client, 50, 132)
            client.receive_until(OK)
            client.send(REPLY, b"\033[0n")  # the terminal edits lines and echoes
            self.assertIn(b"nobody waits", client.receive_until(ERROR))
            client.send(INPUT, struct.pack("<Q", 0) + b"go\n")
            eventually(lambda: b"ready" in self.log())
            client.send(REPLY, b"\033[0n")
            self.assertEqual(client.receive_until(OK), struct.pack("<H", REPLY))
            eventually(lambda: self.log().endswith(b"\033[0n"))

    def test_viewers_can_be_sent_away(self):
        path = self.start("cat")
        with Client(path) as viewer, Client(path) as client:
            viewer.greet(4711)
            client.greet(4712)
            client.send(DISMISS, struct.pack("<i", 0) + text(b"me"))
            self.assertEqual(client.receive()[0], ERROR)  # nobody is there
            self.attach(viewer, 50, 132)
            viewer.receive_until(OK)
            client.send(DISMISS, struct.pack("<i", 1) + text(b"me"))
            self.assertEqual(client.receive()[0], ERROR)
            client.send(DISMISS, struct.pack("<i", 0) + text(b"me"))
            self.assertEqual(client.receive(), (OK, struct.pack("<H", DISMISS)))
            self.assertEqual(viewer.receive_until(DISMISSED), text(b"me"))
            self.assertTrue(viewer.hangs_up())

    def test_only_the_stand_in_hands_back(self):
        with Client(self.start("cat")) as client:
            client.greet(4711)
            client.send(LEAD, struct.pack("<QQHHHH", 0, 1 << 40, 0, 0, 0, 0))
            self.assertEqual(client.receive()[0], ERROR)

    def test_stop_tells_all_who_listen(self):
        path = self.start("cat")
        with Client(path) as listener, Client(path) as client:
            listener.greet(1)
            listener.send(SUBSCRIBE)
            self.assertEqual(listener.receive(), (PHASE, b"\1"))
            client.greet(2)
            client.send(STOP, struct.pack("<iq", 15, 5000) + text(b"a test") + b"newer")
            self.assertEqual(client.receive_until(OK), struct.pack("<H", STOP))
            self.assertEqual(listener.receive(), (PHASE, b"\3"))
            self.assertEqual(listener.receive_until(ENDED), struct.pack("<BiQ", 1, 15, len(self.log())))
        fate = eventually(lambda: self.world.json("ls", "-a")["jobs"][0].get("fate"))
        self.assertEqual((fate["cause"], fate["by"]), ("stopped", "a test"))


if __name__ == "__main__":
    unittest.main()
