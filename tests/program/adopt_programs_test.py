"""Programs adopted out of a shell's terminal, which is lost then: output, input, exit status."""

# ctest: TIMEOUT 300

import json
import os
import re
import shutil
import signal
import termios
import unittest

from harness import procs
from harness.adopting import AdoptCase, victim
from harness.waiting import eventually

PYTHON = "/usr/bin/python3"
LINES = r"""
import os, sys, time
for n in range(int(sys.argv[1])):
    os.write(1, b"line %d\n" % n)
    time.sleep(.004)
sys.exit(7)
"""


class Programs(AdoptCase):
    def begin(self, line, pattern=r"line 5\r\n"):
        """A person types `line`; the shell, and the group of the command."""
        shell = self.interactive_shell()
        shell.send_line(line)
        shell.wait_for(pattern)
        return shell, self.foreground(shell)

    def end(self, code, name=None):
        """The fate, as everybody is told it."""
        fate = self.fate(name)
        self.assertEqual((fate["kind"], fate.get("code")), ("exited", code), fate)
        self.assertEqual(self.world.run("wait", name or "-").rc, code)

    def test_python_that_prints(self):
        script = self.file("count.py", LINES)
        shell, main = self.begin(f"{PYTHON} {script} 600")
        result = self.adopt(main)
        self.assertIn(f"python3 (PID {main}) is now job 1 \"count\"", result.text)
        for line in (r"✓ hangup", r"✓ output +from here on in the job's log", r"✓ exit status"):
            self.assertRegex(result.text, line)
        self.assertIn("its exit status will be known", result.said)
        shell.wait_for("ready> ")
        shell.send_line("echo usable $((6*7)).")
        shell.wait_for(r"usable 42\.\r\n")
        self.lose(shell)
        self.assertIn("count", self.world.must("ls").text)
        self.end(7)
        self.check_seam(shell)
        self.assertTrue(self.log().endswith(b"line 599\r\n"))
        self.assertIn("line 599", self.world.must("logs", "count").text)

    def test_a_shell_loop_with_children(self):
        script = self.file("loop.sh", "for n in $(seq 0 300); do echo line $n; sleep .01; done\n"
                                      "exit 9\n")
        shell, main = self.begin(f"bash {script}")
        self.adopt(main)
        self.lose(shell)
        self.end(9, "loop")
        self.check_seam(shell)

    def test_a_pipeline_by_name(self):
        name = f"count-{os.getpid()}.py"  # of no other test that runs at the same time
        script = self.file(name, LINES)
        shell, main = self.begin(f"{PYTHON} {script} 600 | cat | tee copy")
        result = self.adopt(name, "-n", "pipe")
        self.assertIn("and 2 more processes", result.said)
        self.lose(shell)
        self.end(7, "pipe")
        self.check_seam(shell)
        with open(self.world.path("copy"), "rb") as file:
            self.assertEqual(len(file.readlines()), 600)
        self.assertFalse(procs.alive(main))

    def test_stop_ends_all_of_it(self):
        script = self.file("loop.sh", "while true; do echo line $((n++)); sleep .01; done | cat\n")
        shell, main = self.begin(f"bash {script}")
        below = procs.descendants(main)
        self.adopt(main)
        self.lose(shell)
        self.world.must("stop", "loop")
        for pid in [main, *below]:
            eventually(lambda: not procs.alive(pid), what=lambda: procs.describe(pid))
        self.assertEqual(self.fate("loop")["cause"], "stopped")

    def test_threads_of_which_one_reads(self):
        script = self.file("threads.py", r"""
import os, threading
done = threading.Event()
def compute():
    while not done.is_set(): sum(range(1000))
def read():
    os.write(1, b"line 5\n")
    os.write(1, b"got %r\n" % os.read(0, 100))
    done.set()
threads = [threading.Thread(target=compute) for _ in range(4)] + [threading.Thread(target=read)]
for thread in threads: thread.start()
for thread in threads: thread.join()
os._exit(5)
""")
        shell, main = self.begin(f"{PYTHON} {script}")
        self.adopt(main)
        self.lose(shell)
        self.world.must("send", "threads", "hello")
        self.end(5, "threads")
        self.assertIn(rb"got b'hello\n'", self.log("threads"))

    @unittest.skipUnless(os.access(victim(), os.X_OK), "outlast_victim is not built")
    def test_a_static_program(self):
        shell, main = self.begin(f"{victim()} lines")
        self.adopt(main)
        self.lose(shell)
        self.await_log(rb"(line \d+\r\n.*){20}")
        self.check_seam(shell)
        self.world.must("stop", "-")

    def test_a_stopped_job(self):
        script = self.file("count.py", LINES)
        shell, main = self.begin(f"{PYTHON} {script} 600")
        shell.send(b"\x1a")
        shell.wait_for("Stopped.*ready> ")
        result = self.adopt(main)
        self.assertIn("it was stopped and runs again", result.text)
        shell.send_line("jobs; echo e''nd.")  # what is typed must not look like the answer
        self.assertIn(b"Running", shell.wait_for(r"jobs.*end\.\r\n")[0])
        self.lose(shell)
        self.end(7)
        self.check_seam(shell)

    def test_a_background_job_by_its_number(self):
        script = self.file("count.py", LINES)
        shell = self.interactive_shell()
        shell.send_line(f"{PYTHON} {script} 600 &")
        shell.wait_for(r"line 5\r\n")
        shell.send_line("outlast adopt %1; echo rc $?.")
        said = shell.wait_for(r"rc (\d)\.\r\n")
        self.assertEqual(said[1], b"0", said[0])
        self.lose(shell)
        self.end(7)

    def test_output_in_a_file(self):
        script = self.file("count.py", LINES)
        shell = self.interactive_shell()
        shell.send_line(f"{PYTHON} {script} 400 > out 2>&1 &")
        shell.send_line("echo pid $!.")
        main = int(shell.wait_for(r"pid (\d+)\.\r\n")[1])
        path = self.world.path("out")
        eventually(lambda: os.path.exists(path) and os.path.getsize(path) > 100)
        result = self.adopt(main)
        self.assertRegex(result.text, rf"✓ output +goes on to {re.escape(path)}")
        self.lose(shell)
        self.end(7, "count")
        with open(path, "rb") as file:
            self.assertEqual(len(file.readlines()), 400)
        self.assertIn("line 399", self.world.must("logs", "count", "-n", "1").text)

    def test_epoll_on_the_terminal(self):
        script = self.file("loop.py", r"""
import asyncio, os, sys
async def main():
    done = asyncio.Event()
    def read():
        os.write(1, b"got %r\n" % os.read(0, 100))
        done.set()
    asyncio.get_running_loop().add_reader(0, read)
    os.write(1, b"line 5\n")
    await done.wait()
asyncio.run(main())
sys.exit(3)
""")
        shell, main = self.begin(f"{PYTHON} {script}")
        self.adopt(main)
        self.lose(shell)
        self.world.must("send", "loop", "hello")
        self.end(3, "loop")
        self.assertIn(rb"got b'hello\n'", self.log("loop"))

    def test_other_descriptors_and_dev_tty(self):
        script = self.file("descriptors.py", r"""
import os, select, sys, time
tty = os.open("/dev/tty", os.O_RDWR)
high = os.dup2(1, 77, inheritable=False)
os.set_blocking(tty, False)
null = os.open("/dev/null", os.O_RDWR)
for fd in 0, 1, 2: os.dup2(null, fd)
os.write(77, b"line 5\n")
select.select([tty], [], [])
os.write(77, b"got %r on %r %r\n" % (os.read(tty, 100), os.get_blocking(tty), os.get_inheritable(77)))
sys.exit(4)
""")
        shell, main = self.begin(f"{PYTHON} {script}")
        self.adopt(main)
        self.assertEqual({target for target in procs.open_files(main).values()
                          if target.startswith(("/dev/pts", "/dev/tty"))},
                         {procs.open_files(main)[77]})
        self.lose(shell)
        self.world.must("send", "descriptors", "hello")
        self.end(4, "descriptors")
        self.assertIn(rb"got b'hello\n' on False False", self.log("descriptors"))

    def test_no_new_privs(self):
        script = self.file("count.py", LINES)
        shell, main = self.begin(f"setpriv --no-new-privs {PYTHON} {script} 600")
        self.adopt(main)
        self.lose(shell)
        self.end(7)
        self.check_seam(shell)

    def test_a_program_that_catches_hangups(self):
        # rsync and vim do so: what the shell sends must not reach it at all.
        script = self.file("catch.py", "import signal, sys\n"
                           "signal.signal(signal.SIGHUP, lambda *_: sys.exit(20))\n" + LINES)
        shell, main = self.begin(f"{PYTHON} {script} 600")
        self.adopt(main)
        self.lose(shell)
        self.end(7, "catch")

    def test_the_whole_terminal_after_the_shell_has_gone(self):
        script = self.file("wait.sh", "echo line 5; read -r word; echo word $word; "
                                      "tty < /dev/tty; sleep 1000; echo not reached; exit 1\n")
        shell, main = self.begin(f"bash {script}")
        self.adopt(main)
        self.assertNotEqual(procs.stat(main).group, main)
        self.lose(shell)
        terminal = self.world.terminal("attach", "wait", rows=30, cols=100)
        self.addCleanup(terminal.close)
        eventually(lambda: procs.stat(main).session == main, what="a session of its own")
        eventually(lambda: procs.stat(main).foreground == main, what="the new terminal in it")
        terminal.send_line("hello")
        terminal.wait_for(r"word hello\r\n/dev/tty\r\n")
        # While a command that is not interrupted ends, bash takes the Ctrl-C for that one's affair.
        eventually(lambda: any(procs.command_line(child)[:1] == [b"sleep"]
                               for child in procs.children(main)))
        terminal.send(b"\x03")
        fate = self.fate("wait")
        self.assertEqual((fate["kind"], fate["signal"]), ("signaled", signal.SIGINT))

    def test_an_interrupt_reaches_those_that_are_in_no_new_session(self):
        script = self.file("wait.sh", "echo line 5; sleep 1000; echo not reached\n")
        shell, main = self.begin(f"bash {script}")
        child = eventually(lambda: procs.children(main))[0]
        self.adopt(main)
        self.lose(shell)
        terminal = self.world.terminal("attach", "wait")
        self.addCleanup(terminal.close)
        eventually(lambda: procs.stat(main).foreground == main, what="the new terminal in it")
        self.assertNotEqual(procs.stat(child).session, main)
        terminal.wait_until(lambda: not terminal.modes() & termios.ISIG, what="the viewer at work")
        terminal.send(b"\x03")
        eventually(lambda: not procs.alive(child))
        fate = self.fate("wait")
        self.assertEqual((fate["kind"], fate["signal"]), ("signaled", signal.SIGINT))

    def test_modes_and_size_come_along(self):
        script = self.file("ask.sh", "stty -echo; echo line 5; read -r secret; stty echo; "
                                     "stty size; exit 3\n")
        shell = self.interactive_shell(rows=31, cols=97)
        shell.send_line(f"bash {script}")
        shell.wait_for(r"line 5\r\n")
        main = self.foreground(shell)
        self.adopt(main)
        terminal = os.open(procs.open_files(main)[0], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, terminal)
        self.assertFalse(termios.tcgetattr(terminal)[3] & termios.ECHO)
        self.lose(shell)
        self.world.must("send", "ask", "secret")
        self.end(3, "ask")
        self.assertEqual(self.log("ask"), b"31 97\r\n")

    def test_the_leader_of_a_session(self):
        script = self.file("count.py", LINES)
        terminal = self.terminal(PYTHON, script, "600")
        terminal.wait_for(r"line 5\r\n")
        self.adopt(terminal.pid)
        terminal.hang_up()
        fate = self.fate("count")
        self.assertEqual(fate["kind"], "exited")

    def test_machine_readable(self):
        script = self.file("count.py", LINES)
        shell, main = self.begin(f"{PYTHON} {script} 600 | cat")
        done = json.loads(self.adopt("--json", main, "-n", "mine").out)
        job, = done["jobs"]
        self.assertEqual((done["ok"], job["name"], job["pid"], job["result"]),
                         (True, "mine", main, "adopted"))
        self.assertEqual({name: promise["kept"] for name, promise in job["promises"].items()},
                         dict.fromkeys(("hangup", "logout", "output", "exit_status"), True))
        self.assertEqual(len(job["processes"]), 2)
        self.assertGreater(job["frozen_us"], 0)
        self.assertEqual(self.world.run("adopt", "-q", "4194000", "4194001").rc, 3)
        self.lose(shell)
        self.end(7, "mine")


class Shells(AdoptCase):
    """The shell that waited for the program can be used on, and does not end it."""

    def check(self, *argv, prompt="ready> "):
        script = self.file("count.py", LINES)
        shell = self.terminal(*argv)
        shell.wait_for(prompt)
        shell.send_line(f"{PYTHON} {script} 900")
        shell.wait_for(r"line 5\r\n")
        main = self.foreground(shell)
        self.adopt(main)
        shell.send_line("echo usable$(expr 6 '*' 7).")
        shell.wait_for(r"usable42\.")
        self.assertTrue(procs.alive(main))
        shell.wait_until(lambda: True)
        shell.hang_up()
        eventually(lambda: not procs.alive(shell.pid))
        fate = self.fate("count")
        self.assertEqual((fate["kind"], fate.get("code")), ("exited", 7))
        self.check_seam(shell)

    def test_bash(self):
        self.check("bash", "--norc", "--noprofile", "-i")

    def test_dash(self):
        self.check("dash", "-i")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        self.check("zsh", "-f", "-i", "-o", "no_prompt_sp", "-o", "no_zle")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        self.check("fish", "--no-config", "-i", "-C", "function fish_prompt; echo 'ready> '; end")

    def test_a_shell_inside_a_shell(self):
        # `bash` typed in bash, with a program in its foreground: the inner shell is the job.
        script = self.file("count.py", LINES)
        shell = self.interactive_shell()
        shell.send_line("PS1='inner> ' bash --norc --noprofile -i")
        shell.wait_for("inner> ")
        shell.send_line("echo inner $$.")
        inner = int(shell.wait_for(r"inner (\d+)\.\r\n")[1])
        shell.send_line(f"{PYTHON} {script} 900")
        shell.wait_for(r"line 5\r\n")
        self.adopt(inner, "-n", "inner")
        shell.wait_for("ready> ")
        self.lose(shell)
        self.await_log(rb"line 899\r\n.*inner> ", "inner")
        self.check_seam(shell, "inner")
        self.world.must("send", "inner", "echo still $((6*7)).")
        self.await_log(rb"still 42\.", "inner")
        self.world.must("send", "inner", "exit 6")
        fate = self.fate("inner")
        self.assertEqual((fate["kind"], fate.get("code")), ("exited", 6))


if __name__ == "__main__":
    unittest.main()
