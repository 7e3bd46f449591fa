"""outlast send: text, keys, files and the end of input, into terminals."""

import hashlib
import resource
import subprocess
import unittest

from harness import procs
from harness.waiting import eventually
from stop_test import Jobs

SHELL = ("-t", "-e", "PS1=ready> ", "-e", "TERM=dumb")


class Send(Jobs):
    """Typing from afar."""

    def shell(self):
        return self.start("sh", "bash", "--norc", "--noprofile", "-i", options=SHELL,
                          ready="ready> ")

    def raw(self, command="cat -v"):
        """A program that gets every byte as it was typed, and shows it."""
        return self.start("raw", "bash", "-c", f"stty raw -echo; echo ready; {command}",
                          options=("-t",))

    def wait_log(self, text, number=1):
        eventually(lambda: text in self.log(number), what=lambda: self.log(number)[-400:])

    def test_text_and_enter(self):
        self.shell()
        self.world.must("send", "sh", "echo", "one $((1+1)) three")
        self.wait_log(b"one 2 three")
        self.world.must("send", "sh", "-n", "echo no")
        self.world.must("send", "sh", "thing $((3*3))")
        self.wait_log(b"nothing 9")

    def test_keys(self):
        self.raw()
        self.world.must("send", "raw", "--keys", "C-a Up F1 M-x y Space Tab C-Left")
        self.wait_log(b"^A^[[A^[OP^[xy \t^[[1;5D")

    def test_arrow_keys_as_the_program_wants_them(self):
        self.raw("printf '\\033[?1hset'; cat -v")
        self.wait_log(b"set")
        self.world.must("send", "raw", "-k", "Up C-Up")
        self.wait_log(b"^[OA^[[1;5A")

    def test_interrupt_as_a_key(self):
        self.shell()
        self.world.must("send", "sh", "cat")
        pid = self.state(1)["pid"]
        eventually(lambda: any(procs.stat(child) and procs.stat(child).name == "cat" and
                               procs.stat(child).foreground == child
                               for child in procs.children(pid)))
        self.world.must("send", "sh", "--keys", "C-c")
        # The interrupt throws away what was typed ahead, so the shell has to be back first.
        eventually(lambda: self.log(1).count(b"ready> ") == 2)
        self.world.must("send", "sh", "echo after $((1+1))")
        self.wait_log(b"after 2")

    def test_the_end_of_input(self):
        self.start("cat", "bash", "-c", "echo ready; cat; echo done", options=("-t",))
        self.world.must("send", "cat", "-n", "half a line", "--eof")
        self.assertEqual(self.world.run("wait", "cat", "-t", "20s").rc, 0)
        self.assertIn(b"done", self.log(1))

    def test_ten_megabytes_arrive_whole(self):
        out = self.world.path("out")
        self.start("sink", "bash", "-c",
                   f"stty raw -echo; echo ready; head -c 10000000 > {out}; echo done",
                   options=("-t",))
        data = (hashlib.sha256(b"x").hexdigest() * 64).encode()
        data = (data * (10_000_000 // len(data) + 1))[:10_000_000]
        self.world.must("send", "sink", "-", input=data, timeout=60)
        self.world.must("wait", "sink", timeout=60)
        with open(out, "rb") as file:
            self.assertTrue(file.read() == data, "the bytes differ")

    def test_one_that_does_not_read_holds_us_up(self):
        number = self.raw("exec sleep 1000")
        keeper = self.state(number)["keeper_pid"]
        before = procs.private_kilobytes(keeper)
        with subprocess.Popen(["head", "-c", "30000000", "/dev/zero"],
                              stdout=subprocess.PIPE) as zeros:
            result = self.world.run("send", "raw", "-", "-t", "1s", stdin=zeros.stdout)
            zeros.stdout.close()
        self.assertEqual(result.rc, 124)
        self.assertIn("does not read", result.said)
        self.assertLess(procs.private_kilobytes(keeper) - before, 1000)

    def test_a_client_that_does_not_wait_cannot_fill_the_keeper(self):
        number = self.raw("exec sleep 1000")
        state = self.state(number)
        before = procs.private_kilobytes(state["keeper_pid"])
        flood(state["socket"], 20_000_000)
        self.assertLess(procs.private_kilobytes(state["keeper_pid"]) - before, 2000)

    def test_a_paste_into_a_shell_is_not_run(self):
        self.start("sh", "bash", "--norc", "--noprofile", "-i",
                   options=("-t", "-e", "PS1=ready> ", "-e", "TERM=xterm"), ready="ready> ")
        self.wait_log(b"\x1b[?2004h")
        done = self.world.must("send", "sh", "--paste",
                               "echo $((40+2))\n\x1b[201~echo $((40+3))\x03\r\necho end")
        self.assertIn("left out 2 control characters", done.said)
        self.wait_log(b"echo end")
        self.assertNotIn(b"\n42", self.log(1))
        self.world.must("send", "sh", "--keys", "Enter")
        self.wait_log(b"end\r\n")
        eventually(lambda: b"\n42\r\n43\r\nend" in self.log(1) or b"42\r\n43\r\nend" in self.log(1),
                   what=lambda: self.log(1)[-400:])

    def test_a_paste_into_an_editor_is_not_indented(self):
        path = self.world.path("file.c")
        self.start("vim", "vim", "-u", "NONE", "-N", "-c", "set autoindent cindent", path,
                   options=("-t", "-e", "TERM=xterm"), ready="")
        eventually(lambda: b"\x1b[?2004h" in self.log(1))
        self.world.must("send", "vim", "--keys", "i")
        text = "if (x) {\n    y();\n        z();\n}\n"
        with open(self.world.path("in"), "w+", encoding="utf-8") as file:
            file.write(text)
            file.seek(0)
            self.world.must("send", "vim", "--paste", "-", stdin=file)
        self.world.must("send", "vim", "--keys", "Escape : w q Enter")
        self.assertEqual(self.world.run("wait", "vim").rc, 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), text + "\n")

    def test_a_program_that_did_not_ask_gets_no_brackets(self):
        self.raw()
        self.world.must("send", "raw", "-p", "a\tb\r\n\x1b[31m\x7f\x04c\x9b")
        self.wait_log("a\tb^M[31mc".encode())
        self.assertNotIn(b"200~", self.log(1))

    def test_a_paste_of_ten_megabytes_arrives_whole_in_little_memory(self):
        line = b"0123456789 abcdefghij \xc3\xa4\xe4\xb8\xad " + b"x" * 80 + b"\n"
        data = line * (10_000_000 // len(line))
        self.start("eater", "bash", "-c", "stty raw -echo icrnl; printf '\\033[?2004hready'; "
                   f"head -c {len(data) + 12} | sha256sum; echo done", options=("-t",))
        self.wait_log(b"ready")
        with open(self.world.path("big"), "wb+") as file:
            file.write(data)
            file.seek(0)
            # Ten megabytes held at once would be too much for this.
            few = 6 << 20
            self.world.must("send", "eater", "--paste", "-", stdin=file, timeout=60, preexec_fn=lambda:
                            resource.setrlimit(resource.RLIMIT_DATA, (few, few)))
        wanted = hashlib.sha256(b"\x1b[200~" + data + b"\x1b[201~").hexdigest()
        self.wait_log(wanted.encode())

    def test_no_terminal(self):
        self.start("plain", "bash", "-c", "echo ready; sleep 1000")
        for words in (("x",), ("--eof",), ("-k", "Enter")):
            result = self.world.run("send", "plain", *words)
            self.assertEqual(result.rc, 4)
            self.assertIn("has no terminal to type into", result.said)

    def test_wrong_usage(self):
        self.shell()
        for words in ((), ("sh",), ("sh", "x", "-k", "Enter"), ("sh", "-k", "Entre")):
            self.assertEqual(self.world.run("send", *words).rc, 2, words)
        self.assertEqual(self.world.json("send", "sh", "true")["jobs"][0]["bytes"], 5)


def flood(path, size):
    """Send input frames without reading an answer, until `size` is sent or nothing more goes."""
    import socket  # pylint: disable=import-outside-toplevel
    import struct  # pylint: disable=import-outside-toplevel

    def frame(kind, payload):
        return struct.pack("<IHH", len(payload), kind, 0) + payload

    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.settimeout(1)
        version = b"test"
        client.sendall(frame(1, struct.pack("<IHQQH", 0x4C54554F, 1, 0, 4711, len(version))
                             + version))
        try:
            for sequence in range(0, size, 16384):
                client.sendall(frame(6, struct.pack("<Q", sequence) + b"x" * 16384))
        except (TimeoutError, BrokenPipeError):
            return
        raise AssertionError("the keeper took everything")


if __name__ == "__main__":
    unittest.main()
