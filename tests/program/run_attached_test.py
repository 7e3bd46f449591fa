"""`outlast run` has to look like the plain command: every case runs both, plain first.

The plain half proves the test, the outlast half proves outlast.
"""

# ctest: TIMEOUT 300

import hashlib
import os
import random
import signal
import subprocess
import termios
import unittest

from harness import procs
from harness.outlast import Outlast, World, has_failed
from harness.terminal import Terminal
from harness.tmux import Tmux
from harness.waiting import eventually

BASH = ["bash", "--norc", "--noprofile", "-i"]
INPUTRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness", "inputrc")
# Says when it reads: what is typed earlier meets the terminal as the shell's line editor set it.
REPLY = "sh -c 'echo up; exec sed -u s/^/got:/'"
# What a program finds around it.
SURROUNDINGS = r"""
import os, resource, signal, sys
status = open('/proc/self/status').read()
row = lambda name: status.split(name + ':')[1].split()[0]
limits = {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith('RLIMIT_')}
# outlast tells a job about itself, and Python to write at once where there is no terminal.
own = ('OUTLAST_JOB', 'OUTLAST_NAME', 'OUTLAST_RUN', 'OUTLAST_ID', 'PYTHONUNBUFFERED', '_', 'SHLVL')
env = {k: v for k, v in os.environb.items() if k.decode() not in own}
print([os.fsencode(a) for a in sys.argv[1:]], sorted(env.items()), os.getcwd(), row('Umask'),
      os.nice(0), sorted(limits.items()), row('SigIgn'), row('SigBlk'), row('NoNewPrivs'),
      row('CapEff'), sep='\n')
for fd in os.listdir('/proc/self/fd'):
    try:
        link = os.readlink('/proc/self/fd/' + fd)
    except OSError:
        continue  # the listing itself
    # The job holds its own lock: as long as something of it lives, it is locked.
    if int(fd) > 2 and not link.endswith('/lock'):
        print(fd, link)
"""


class Plain(unittest.TestCase):
    """The command without outlast."""

    prefix = ()

    def setUp(self):
        self.world = self.make_world()
        self.addCleanup(self.close_world)

    @staticmethod
    def make_world():
        return World()

    def close_world(self):
        self.world.close(failed=has_failed(self))

    def call(self, *command, timeout=30, **options):
        """Run without a terminal; a CompletedProcess whose code is a shell's ($?)."""
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("env", self.world.env)
        options.setdefault("cwd", self.world.work)
        done = subprocess.run([*self.prefix, *command], stderr=subprocess.PIPE, timeout=timeout,
                              check=False, **options)
        if done.returncode < 0:
            done.returncode = 128 - done.returncode
        return done

    def shell(self, line, **options):
        """A line for the shell, with @ for `outlast run`."""
        line = line.replace("@", " ".join(self.prefix))
        return self.call_plain("bash", "-c", line, **options)

    def call_plain(self, *command, **options):
        return Plain.call(_without_prefix(self), *command, **options)

    def terminal(self, *command, prefix=None, **options):
        """A person at a terminal who types this command."""
        terminal = Terminal([*(self.prefix if prefix is None else prefix), *command],
                            env={**self.world.env, "PS1": "ready> ", "INPUTRC": INPUTRC},
                            cwd=self.world.work, **options)
        self.addCleanup(terminal.close)
        return terminal

    def end(self, terminal, deadline=30):
        """How the command at the terminal ended, as a shell's $?."""
        code = terminal.wait_end(deadline)
        return 128 - code if code < 0 else code

    # Exit codes.

    def test_exit_codes(self):
        for code in (0, 1, 7, 124, 125, 127, 200, 255):
            with self.subTest(code=code):
                self.assertEqual(self.call("sh", "-c", f"exit {code}").returncode, code)
        for code in (0, 3, 255):
            with self.subTest(terminal=code):
                self.assertEqual(self.end(self.terminal("sh", "-c", f"exit {code}")), code)

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGSEGV, signal.SIGINT):
            kill = ("sh", "-c", f"ulimit -c 0; kill -{number} $$")
            with self.subTest(signal=number):
                self.assertEqual(self.call(*kill).returncode, 128 + number)
            with self.subTest(signal=number, terminal=True):
                self.assertEqual(self.end(self.terminal(*kill)), 128 + number)

    # Streams.

    def test_output_in_a_variable_and_in_a_pipe(self):
        done = self.shell(r"""x=$(@ printf 'a\nb'); printf '<%s>' "$x" """)
        self.assertEqual(done.stdout, b"<a\nb>")
        done = self.shell("@ seq 1 200000 | sha256sum")
        numbers = "".join(f"{n}\n" for n in range(1, 200001)).encode()
        self.assertEqual(done.stdout[:64].decode(), hashlib.sha256(numbers).hexdigest())

    def test_all_bytes_through_pipes(self):
        data = random.Random(1).randbytes(3_000_000)
        done = self.call("cat", input=data)
        self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(data).digest())

    def test_head_ends_the_pipeline(self):
        for lines in ("seq 1 1000000", "yes"):
            with self.subTest(lines):
                done = self.shell(f"@ {lines} | head -n 3")
                self.assertEqual(done.stdout, b"y\ny\ny\n" if lines == "yes" else b"1\n2\n3\n")
                self.assertEqual(done.returncode, 0)

    def test_input_from_a_file_a_pipe_and_nowhere(self):
        data = bytes(range(256)) * 4096
        with open(self.world.path("in"), "wb") as file:
            file.write(data)
        self.assertEqual(self.shell("@ wc -c < in").stdout.strip(), b"1048576")
        self.assertEqual(self.shell("@ cat < in | cmp - in").returncode, 0)
        self.assertEqual(self.shell("cat in in | @ wc -c").stdout.strip(), b"2097152")
        self.assertEqual(self.shell(r"printf 'b\na\nc' | @ sort").stdout, b"a\nb\nc\n")
        self.assertEqual(self.shell("@ cat < /dev/null").stdout, b"")
        self.assertEqual(self.shell("for i in 1 2; do @ sh -c 'read x; echo $x'; done < in",
                                    ).stdout.count(b"\n"), 2)

    def test_output_to_a_file(self):
        self.shell("@ seq 1 1000 > out; @ echo more >> out")
        with open(self.world.path("out"), "rb") as file:
            self.assertEqual(file.read().split(), [b"%d" % n for n in range(1, 1001)] + [b"more"])

    def test_no_terminal_no_terminal(self):
        done = self.call("sh", "-c", "test -t 0 || echo in; test -t 1 || echo out")
        self.assertEqual(done.stdout, b"in\nout\n")

    def test_at_a_terminal_but_into_a_variable(self):
        shell = self.terminal(*BASH, prefix=())
        shell.wait_for("ready> ")
        line = r"""x=$(@ printf 'a\nb'); printf '%s' "$x" | od -An -c""".replace(
            "@", " ".join(self.prefix))
        shell.send_line(line)
        shell.wait_for(r" a  \\n +b\r\n")

    def test_many_short_commands(self):
        for number in range(40):
            self.assertEqual(self.call("echo", str(number)).stdout, b"%d\n" % number)

    def test_large_output_at_a_terminal(self):
        terminal = self.terminal("sh", "-c", "stty -opost; seq 1 300000; echo end.")
        terminal.wait_for(r"end\.\n", 60)
        self.assertEqual(self.end(terminal), 0)
        numbers = "".join(f"{n}\n" for n in range(1, 300001)).encode()
        self.assertIn(numbers, terminal.output)

    # The command's surroundings.

    def test_surroundings(self):
        odd = [b"plain", b"", b"two words", b"\xff\xfe", "snow☃".encode(), b"new\nline", b"-d", b"*"]
        env = {**self.world.env, "ODD": os.fsdecode(b"\xffvalue"), "EMPTY": ""}
        line = "ulimit -n 777; umask 027; exec nice -n 3 \"$@\""
        command = ["/usr/bin/python3", "-I", "-c", SURROUNDINGS, *odd]
        expected = Plain.call(_without_prefix(self), "bash", "-c", line, "x", *command, env=env)
        found = self.call_plain("bash", "-c", line, "x", *self.prefix, *command, env=env)
        self.assertIn(b"777", found.stdout)
        self.maxDiff = None
        self.assertEqual(found.stdout.decode("latin-1").split("\n"),
                         expected.stdout.decode("latin-1").split("\n"))

    def test_ignored_signals_stay_ignored(self):
        done = self.shell("trap '' PIPE USR1; @ grep SigIgn /proc/self/status")
        ignored = int(done.stdout.split()[1], 16)
        for number in (signal.SIGPIPE, signal.SIGUSR1):
            self.assertTrue(ignored & 1 << number - 1, number)
        done = self.shell("@ grep SigIgn /proc/self/status")
        self.assertEqual(int(done.stdout.split()[1], 16) & 0x7fffffff, 0)

    def test_in_a_makefile(self):
        with open(self.world.path("Makefile"), "w", encoding="utf-8") as file:
            file.write(f"all:\n\t@{' '.join(self.prefix)} echo made\n\t{' '.join(self.prefix)} false\n")
        done = self.call_plain("make")
        self.assertEqual((done.stdout.splitlines()[0], done.returncode), (b"made", 2))

    # The keyboard.

    def test_ctrl_c(self):
        terminal = self.terminal("sh", "-c", "trap 'echo caught; exit 9' INT; echo ready; cat")
        terminal.wait_for("ready")
        # cat answers, so it is there to be interrupted
        terminal.send_line("echo")
        terminal.wait_for("echo.*echo")
        terminal.send("\x03")
        terminal.wait_for("caught")
        self.assertEqual(self.end(terminal), 9)

    def test_ctrl_c_kills(self):
        terminal = self.terminal("sh", "-c", "echo ready; exec cat")
        terminal.wait_for("ready")
        terminal.send_line("back")
        terminal.wait_for("back.*back")
        terminal.send("\x03")
        self.assertEqual(self.end(terminal), 130)

    def test_ctrl_d(self):
        terminal = self.terminal("sh", "-c", "echo ready; cat; echo the end")
        terminal.wait_for("ready")
        terminal.send("\x04")
        terminal.wait_for("the end")
        self.assertEqual(self.end(terminal), 0)

    def test_ctrl_z_and_back(self):
        shell = self.terminal(*BASH, prefix=())
        shell.wait_for("ready> ")
        shell.send_line(" ".join([*self.prefix, REPLY]))
        shell.wait_for(r"\nup\r\n")
        shell.send_line("before")
        shell.wait_for("got:before")
        shell.send("\x1a")
        shell.wait_for("Stopped")
        shell.wait_for("ready> ")
        shell.send_line("fg; echo $?.")
        shell.wait_for(r"got:/'\r\n")
        shell.send("after\n")  # Ctrl-J ends a line also while the shell still sets the modes
        shell.wait_for("got:after")
        shell.send("\x04")
        shell.wait_for(r"0\.\r\n")

    def test_job_control_in_a_shell(self):
        shell = self.terminal(*BASH)
        shell.wait_for("ready> ")
        shell.send_line(REPLY)
        shell.wait_for(r"\nup\r\n")
        shell.send_line("inner")
        shell.wait_for("got:inner")
        shell.send("\x1a")
        shell.wait_for(r"\[1\]\+ +Stopped +sh")
        shell.send_line("fg")
        shell.wait_for(r"got:/'\r\n")
        shell.send("again\n")
        shell.wait_for("got:again")
        shell.send("\x03")
        shell.wait_for("ready> ")
        shell.send_line("exit 4")
        self.assertEqual(self.end(shell), 4)

    def test_size(self):
        terminal = self.terminal(
            "bash", "-c", "trap 'stty size' WINCH; stty size; sleep 1000 & for i in 1 2 3 4 5; do wait; done",
            rows=31, cols=97)
        terminal.wait_for("31 97\r\n")
        terminal.resize(40, 120)
        terminal.wait_for("40 120\r\n")

    def test_password(self):
        terminal = self.terminal(
            "/usr/bin/python3", "-c", "import getpass; print(len(getpass.getpass('Password:')))")
        terminal.wait_for("Password:")
        terminal.send_line("geheim")
        terminal.wait_for(r"\r\n6\r\n")
        self.assertEqual(self.end(terminal), 0)
        self.assertNotIn(b"geheim", terminal.output)

    def test_raw_mode_and_a_paste_of_10_mb(self):
        size, path = 10_000_000, self.world.path("pasted")
        # No 0x1c: that key is outlast's own; it has a test of its own.
        data = random.Random(2).randbytes(size).replace(b"\x1c", b"!")
        terminal = self.terminal("sh", "-c", f"stty raw -echo; echo go; head -c {size} >{path}; echo done")
        terminal.wait_for("go")
        terminal.send(data, deadline=120)
        terminal.wait_for("done", 60)
        self.assertEqual(self.end(terminal), 0)
        with open(path, "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(data).digest())

    def test_the_terminal_is_left_as_it_was(self):
        shell = self.terminal(*BASH, prefix=())
        shell.wait_for("ready> ")
        shell.send_line("stty -g")
        before = shell.wait_for(r"\r\n([0-9a-f:]+)\r\n")[1]
        for command in ("true", "sh -c 'stty raw -echo'", "sh -c 'kill -9 $$'"):
            shell.wait_for("ready> ")
            shell.send_line(" ".join([*self.prefix, command]))
            if not self.prefix:
                # A plain command may leave the terminal as it likes; a job cannot.
                shell.wait_for("ready> ")
                shell.send_line("stty " + before.decode())
        shell.wait_for("ready> ")
        shell.send_line("stty -g")
        after = shell.wait_for(r"\r\n([0-9a-f:]+)\r\n")[1]
        self.assertEqual(after, before)

    # Full-screen programs, on an independent terminal emulator.

    def tmux(self, *command, **options):
        tmux = Tmux([*self.prefix, *command], env=self.world.env, **options)
        self.addCleanup(tmux.close)
        return tmux

    def test_vim(self):
        path = self.world.path("text")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"line {n}\n" for n in range(1, 101))
        tmux = self.tmux("vim", "-u", "NONE", "-N", path, rows=15, cols=50)
        tmux.wait_for(r"(?m)^line 14$")
        tmux.send_text("Gothe last")
        tmux.send_keys("Escape")
        tmux.wait_for(r"(?m)^the last$")
        tmux.resize(20, 60)
        tmux.wait_for(r"(?m)^line 83$")
        self.assertEqual([line for line in tmux.screen()[:19]],
                         [f"line {n}" for n in range(83, 101)] + ["the last"])
        tmux.send_text(":wq")
        tmux.send_keys("Enter")
        self.assertEqual(tmux.wait_end(), 0)
        with open(path, encoding="utf-8") as file:
            self.assertTrue(file.read().endswith("line 100\nthe last\n"))
        self.assertNotIn("the last", tmux.screen())  # the screen from before is back

    def test_less(self):
        path = self.world.path("text")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"row {n}\n" for n in range(1, 1001))
        tmux = self.tmux("less", path, rows=12, cols=40)
        tmux.wait_for(r"(?m)^row 11$")
        tmux.send_keys("G")
        tmux.wait_for(r"(?m)^row 1000$")
        self.assertEqual(tmux.screen()[:11], [f"row {n}" for n in range(990, 1001)])
        tmux.send_text("/row 50$")
        tmux.send_keys("Enter")
        tmux.send_text("g/row 500$")
        tmux.send_keys("Enter")
        tmux.wait_for(r"\Arow 500\n")
        tmux.send_text("q")
        self.assertEqual(tmux.wait_end(), 0)


class _without_prefix:  # pylint: disable=invalid-name,too-few-public-methods
    """The same test case, calling commands as they are."""

    prefix = ()

    def __init__(self, case):
        self.world = case.world


class Attached(Plain):
    """The same under `outlast run`."""

    prefix = ("outlast", "run")

    @staticmethod
    def make_world():
        return Outlast()

    # What only outlast has.

    def jobs(self):
        return self.world.job_folders()

    def test_what_cannot_be_started_leaves_no_job(self):
        with open(self.world.path("not-a-program"), "w", encoding="utf-8") as file:
            file.write("x")
        cases = {
            127: [("no-such-command-here",), ("./no-such-file",)],
            126: [("./not-a-program",), ("/",)],
            125: [("-C", "/no/such/folder", "true")],
        }
        for code, commands in cases.items():
            for command in commands:
                with self.subTest(command):
                    done = self.call(*command)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertIn(b"error:", done.stderr)
                    self.assertEqual(done.stdout, b"")
                    self.assertEqual(self.jobs(), [])

    def test_one_string_is_a_pipeline_that_fails_when_any_part_does(self):
        self.assertEqual(self.call("false | cat").returncode, 1)
        self.assertEqual(self.call("echo a; exit 6").returncode, 6)
        self.assertEqual(self.call("seq 3 | tac").stdout, b"3\n2\n1\n")

    def test_detach_and_come_back(self):
        terminal = self.terminal("-n", "reader", "cat")
        terminal.send_line("one")
        terminal.wait_for("one.*one")
        terminal.send("\x1cd")
        terminal.wait_for("outlast attach reader")
        self.assertEqual(self.end(terminal), 0)
        again = self.terminal("reader", prefix=("outlast", "attach"))
        again.wait_for("one")
        again.send_line("two")
        again.wait_for("two.*two")
        again.send("\x04")
        self.assertEqual(self.end(again), 0)
        self.assertEqual(self.world.run("wait", "reader").rc, 0)
        self.assertEqual(self.world.must("logs", "--raw", "reader").out,
                         b"one\r\none\r\ntwo\r\ntwo\r\n")

    def test_the_prefix_itself(self):
        terminal = self.terminal(
            "sh", "-c", "stty raw -echo; echo go; while :; do head -c 1 | od -An -tx1; done")
        terminal.wait_for("go")
        terminal.send("\x1c")  # alone: passes after a moment
        terminal.wait_for("1c")
        terminal.send("\x1c\x1c")  # twice: once
        terminal.wait_for("1c")
        terminal.send("\x1c\x0e")  # an unknown second key: both pass
        terminal.wait_for("1c.*0e")
        terminal.send("x")
        terminal.wait_for("78")
        self.assertEqual(terminal.output.count(b"1c"), 3)

    def test_a_closed_terminal_and_a_killed_viewer(self):
        for name, lose in (("closed", lambda t: t.hang_up()), ("killed", lambda t: t.kill())):
            with self.subTest(name):
                terminal = self.terminal("-n", name, "sh", "-c", "echo pid $$.; cat; exit 5")
                job = int(terminal.wait_for(r"pid (\d+)\.")[1])
                lose(terminal)
                terminal.wait_end()
                self.assertTrue(procs.alive(job))
                again = self.terminal(name, prefix=("outlast", "attach"))
                again.wait_for("pid")
                again.send("\x04")
                self.assertEqual(self.end(again), 5)

    def test_a_frozen_terminal_does_not_stop_the_job(self):
        path = self.world.path("finished")
        terminal = self.terminal("-n", "writer", "sh", "-c", f"echo go; seq 1 500000; touch {path}")
        terminal.wait_for("go")
        eventually(lambda: os.path.exists(path), 60, "a job whose viewer has stopped reading")
        self.assertEqual(self.world.run("wait", "writer").rc, 0)
        expected = b"go\r\n" + b"".join(b"%d\r\n" % n for n in range(1, 500001))
        self.assertEqual(self.world.must("logs", "--raw", "writer").out, expected)

    def test_detached_returns_at_once_and_holds_nothing_of_the_caller(self):
        # call() waits for the end of the output: a keeper that held the pipe would hang it.
        done = self.call("-d", "-n", "sleeper", "sleep", "1000")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.world.run("wait", "--timeout", "100ms", "sleeper").rc, 124)
        self.assertEqual(self.world.run("stop", "sleeper").rc, 0)
        self.assertEqual(self.world.run("wait", "sleeper").rc, 143)

    def test_the_job_knows_itself(self):
        done = self.call("-n", "me", "sh", "-c", "echo $OUTLAST_NAME $OUTLAST_JOB $OUTLAST_RUN")
        name, number, run = done.stdout.split()
        self.assertEqual((name, run), (b"me", b"1"))
        self.assertGreater(int(number), 0)

    def test_echo_follows_the_job(self):
        # Our own terminal is raw while attached; what is typed is echoed by the job's terminal.
        terminal = self.terminal("sh", "-c", "stty -echo; echo go; read x; echo \"<$x>\"")
        terminal.wait_for("go")
        eventually(lambda: not terminal.modes() & termios.ECHO)
        terminal.send_line("quiet")
        terminal.wait_for("<quiet>")
        self.assertEqual(terminal.output.count(b"quiet"), 1)


if __name__ == "__main__":
    unittest.main()
