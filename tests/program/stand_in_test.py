"""What plays a job's terminal while nobody watches, and who does when several do."""
# ctest: TIMEOUT 300

import json
import os
import re
import shutil
import signal
import unittest

from harness.case import OutlastCase
from harness.procs import Handle
from harness.tmux import Tmux
from harness.waiting import eventually

# Asks the terminal what its arguments say, one after another, and prints each answer.
ASK = r"""
import os, select, sys, termios, time, tty
def ask(question):
    os.write(1, question)
    answer = b""
    while True:
        ready, _, _ = select.select([0], [], [], WAIT if not answer else 0.2)
        if not ready:
            return answer
        answer += os.read(0, 1000)
WAIT = float(sys.argv[1])
before = termios.tcgetattr(0)
tty.setraw(0)
answers = [ask(bytes.fromhex(word)) for word in sys.argv[2:]]
termios.tcsetattr(0, termios.TCSADRAIN, before)
for answer in answers:
    print("answer", ascii(answer.decode("latin-1")), flush=True)
"""

# Asks, and looks at what was answered when its gate is opened.
LATE = r"""
import os, select, sys, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"here\033[5n")
open(sys.argv[1]).read()
got = b""
while select.select([0], [], [], 0.5)[0]:
    got += os.read(0, 100)
termios.tcsetattr(0, termios.TCSADRAIN, before)
print("answer", ascii(got.decode("latin-1")), flush=True)
"""


class StandInCase(OutlastCase):
    """Calls that these tests share."""

    def setUp(self):
        super().setUp()
        self.asker = self.file("ask.py", ASK)

    def ask_line(self, *questions, wait=5):
        """A command line that asks `questions` and prints the answers."""
        words = " ".join(question.encode("latin-1").hex() for question in questions)
        return f"python3 {self.asker} {wait} {words}"

    def job(self, script, *options, name="x"):
        self.world.must("run", "-d", "-t", "-n", name, *options, "--", "bash", "-c", script)
        return self.record(name)["number"]

    def stand_in(self):
        """Pid of the stand-in of the world's only job, or None."""
        for pid in self.world.processes():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if file.read().startswith(b"outlast: stand-in "):
                        return pid
            except OSError:
                pass  # it has gone
        return None

    def answers(self, count, name="x"):
        """The answers that the job's program has printed."""
        def look():
            found = re.findall(rb"answer '(.*?)'\r?\n", self.log(name))
            return found if len(found) >= count else None
        return [found.decode().encode().decode("unicode_escape") for found in eventually(look)]

    def tmux(self, *command, **options):
        tmux = Tmux(command, env=self.world.env, **options)
        self.addCleanup(tmux.close)
        return tmux

    def events(self, kind, name="x"):
        lines = self.world.must("events", "--json", name).text.splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == kind]


class NobodyWatches(StandInCase):
    """A job with a terminal, and no viewer."""

    def test_each_question_is_answered(self):
        self.job(r"printf '\e[3;5H'; " + self.ask_line(
            "\033[c", "\033[>c", "\033[=c", "\033[5n", "\033[6n", "\033[?2004$p", "\033P$qm\033\\",
            "\033[>q", "\033]11;?\033\\", "\033]4;1;?\a", "\033[?u", "\033P+q544e\033\\", "\033[18t"),
            "--size", "90x30")
        self.assertEqual(self.answers(13), [
            "\033[?62;22c", "\033[>1;10;0c", "\033P!|00000000\033\\", "\033[0n", "\033[3;5R",
            "\033[?2004;2$y", "\033P1$r0m\033\\", "\033P>|outlast\033\\",
            "\033]11;rgb:0000/0000/0000\033\\", "\033]4;1;rgb:0000/0000/0000\033\\", "\033[?0u",
            "\033P1+r544E=787465726D2D323536636F6C6F72\033\\".replace("544E", "544e"),
            "\033[8;30;90t"])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_does_not_wait(self):
        started = self.world.must("run", "-d", "-t", "-n", "x", "fish", "--no-config")
        self.assertEqual(started.rc, 0)
        self.world.must("send", "x", "echo it (math 40 + 2) is")
        eventually(lambda: b"it 42 is" in self.log("x"), 5)  # it gives up after ten

    def test_a_shell_script_asks_before_it_switches_echo_off(self):
        self.job(r"""printf '\e[6n'; IFS=';' read -rs -t 5 -d R row column; echo "at ${row:2}"; cat""")
        eventually(lambda: b"at 1" in self.log("x"), 5)

    def test_no_answer_lands_on_a_prompt(self):
        # The terminal edits lines and echoes all the time: whoever asked is not waiting.
        gate = self.gate()
        self.job(rf"printf 'before\e[c\e[6n'; cat {gate}; read -r -t 0.1 rest; echo 'rest<'$rest'>'; read -r")
        eventually(lambda: b"before" in self.log("x"))
        eventually(self.stand_in)
        self.open_gate(gate)
        eventually(lambda: b"rest<" in self.log("x"))
        self.assertNotIn(b"62;22c", self.log("x"))

    def test_an_interactive_shell_gets_no_stray_input(self):
        self.world.must("run", "-d", "-t", "-n", "x", "-e", "PS1=ready> ", "bash", "--norc")
        eventually(lambda: b"ready> " in self.log("x"))
        self.file("questions", "\033[c\033[6n\033]11;?\033\\asked\n")
        self.world.must("send", "x", "cat questions; sleep 0.5; stty sane; echo done")
        eventually(lambda: b"asked" in self.log("x") and b"\ndone" in self.log("x"))
        self.world.must("send", "x", "echo an$((1))d")
        eventually(lambda: b"\ran1d" in self.log("x"))
        self.assertNotIn(b"62;22c", self.log("x").split(b"asked")[-1])

    def test_it_answers_as_the_last_real_terminal(self):
        gate = self.gate()
        viewer = self.tmux("outlast", "run", "-n", "x", "bash", "-c",
                           f"echo here; cat {gate}; {self.ask_line(chr(27) + '[>q', chr(27) + '[c')}; cat")
        viewer.wait_for("here")
        folder = f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/1"
        eventually(lambda: os.path.exists(f"{folder}/terminal"))
        viewer.send_keys("C-\\", "d")
        self.assertEqual(viewer.wait_end(), 0)
        self.open_gate(gate)
        name, primary = self.answers(2)
        self.assertIn("tmux", name)
        self.assertEqual(primary, "\033[?1;2c")

    def test_titles_bells_and_the_like_become_events(self):
        gate = self.gate()
        self.job(rf"printf '\e]2;one\a\e]7;file://h/tmp\a\a\a\e]9;look\a\e]133;D;3\a'; cat {gate}; "
                 r"for i in {1..300}; do printf '\e]2;title %s\a' $i; done; echo over; cat")
        eventually(lambda: self.events("command-ended"))
        self.assertEqual(self.events("title")[0]["title"], "one")
        self.assertEqual(self.events("directory")[0]["directory"], "/tmp")
        self.assertEqual(self.events("notification")[0]["body"], "look")
        self.assertEqual(self.events("command-ended")[0]["code"], 3)
        eventually(lambda: sum(event["times"] for event in self.events("bell")) == 2)
        self.open_gate(gate)
        eventually(lambda: self.events("title")[-1]["title"] == "title 300")
        self.assertLess(len(self.events("title")), 20)

    def test_much_output_leaves_a_screen_at_once(self):
        # The alternate screen was switched to 30 MB ago: it takes checkpoints to know that.
        self.job(r"printf '\e[?1049h\e[?1000h'; for i in {1..300}; do printf '\e[H%s' $i; "
                 r"head -c 100000 /dev/zero | tr '\0' x; done; printf '\e[2J\e[4;4Hready'; cat",
                 "--size", "60x20")
        eventually(lambda: self.log("x").endswith(b"ready"), 60)

        def shown():
            found = self.world.json("screen", "x")
            return found if found["complete"] else None
        found = eventually(shown)
        self.assertTrue(found["alternate_screen"])
        self.assertTrue(self.world.must("screen", "x").text.endswith("\n   ready\n"))

    def test_it_goes_when_the_job_is_quiet(self):
        self.job("echo here; cat")
        eventually(self.stand_in)
        eventually(lambda: self.stand_in() is None, 30)
        # And comes back.
        self.world.must("send", "x", "more")
        eventually(self.stand_in)

    def test_its_death_costs_nothing(self):
        self.job(f"echo here; read -r; {self.ask_line(chr(27) + '[5n', wait=20)}; cat")
        pid = eventually(self.stand_in)
        handle = Handle(pid)
        handle.signal(signal.SIGKILL)
        handle.close()
        # What is asked before its keeper knows is not answered (and it has reaped it by then).
        eventually(lambda: not os.path.exists(f"/proc/{pid}"))
        self.world.must("send", "x", "go")
        # It is started again after a second.
        self.assertEqual(self.answers(1), ["\033[0n"])
        self.assertEqual(self.record("x")["phase"], "running")

    def test_it_has_no_privileges(self):
        self.job("echo here; cat")
        pid = eventually(self.stand_in)

        def status():
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                found = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            return found if found["Seccomp"] == "2" else None
        found = eventually(status)
        self.assertEqual(found["NoNewPrivs"], "1")
        self.assertEqual(int(found["CapEff"], 16), 0)
        opened = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        self.assertFalse([path for path in opened if path.endswith(("/lock", "/ptmx", "/live"))])

    def test_hostile_output_stays_within_bounds(self):
        bomb = self.file("bomb.py", r"""
import os, random
random.seed(7)
for i in range(60000):
    os.write(1, b"\033]8;;http://x/%d\033\\a\033]8;;\033\\\033[1000000b\033]2;%s\a\033P+q%s\033\\" %
             (i, b"t" * 1000, b"41" * 500))
os.write(1, b"\033]52;c;" + b"A" * 10000000)
os.write(1, b"\033[cover\n")
""")
        self.job(f"stty raw -echo; python3 {bomb}; cat >/dev/null")
        eventually(lambda: b"over" in self.log("x"), 120)
        pid = eventually(self.stand_in)
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1])
        self.assertLess(peak, 64 << 10)

    def test_a_log_in_memory(self):
        self.job(self.ask_line("\033[6n") + "; cat", "--no-log")
        eventually(lambda: "answer '\\x1b[1;1R'" in self.world.must("logs", "x").text)

    def test_it_sleeps_where_it_can_write_no_checkpoint(self):
        # The part of the log in which the screen began is no longer kept.
        self.job(r"read -r; for i in {1..9}; do printf '\e[1m'; head -c 1000000 /dev/zero | tr '\0' x; done; cat",
                 "--log-max", "1M")
        # By then the keeper has executed itself, which ends the stand-in that it had.
        self.assertEqual(self.world.run("wait", "x", "-t", "1500ms").rc, 124)
        self.world.must("send", "x", "go")
        pid = eventually(self.stand_in)

        def switches():
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                return int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[1])
        self.assertEqual(self.world.run("wait", "x", "--idle", "1s").rc, 0)  # all is read
        before = switches()
        self.assertEqual(self.world.run("wait", "x", "-t", "2s").rc, 124)
        self.assertLess(switches() - before, 100)

    def test_a_job_without_a_terminal_has_none(self):
        self.world.must("run", "-d", "-T", "-n", "x", "bash", "-c", "echo here; exec sleep 5")
        eventually(lambda: b"here" in self.log("x"))
        self.assertIsNone(self.stand_in())
        self.world.must("stop", "x")


class SomebodyWatches(StandInCase):
    """One viewer leads."""

    def test_of_two_viewers_one_answers(self):
        gate = self.gate()
        self.job(f"echo here; cat {gate}; {self.ask_line(chr(27) + '[c')}; cat")
        viewers = [self.tmux("outlast", "attach", "x") for _ in range(2)]
        for viewer in viewers:
            viewer.wait_for("here")
        self.open_gate(gate)
        self.assertEqual(self.answers(1), ["\033[?1;2c"])

    def test_a_terminal_that_hangs_is_answered_for(self):
        gate = self.gate()
        # This terminal never answers.
        viewer = self.terminal("outlast", "run", "-n", "x", "bash", "-c",
                               f"echo here; cat {gate}; {self.ask_line(chr(27) + '[5n')}; cat")
        viewer.wait_for("here")
        self.open_gate(gate)
        viewer.wait_for(r"answer '\\x1b\[0n'")
        # The real answer, should it come after all, is not typed.
        viewer.send("\033[0ntyped\r")
        viewer.wait_for(r"typed\r\ntyped\r\n")
        self.assertNotIn(b"[0ntyped", viewer.output)

    def test_an_answer_under_way_does_not_land_on_the_prompt(self):
        shell = self.tmux("bash", "--norc")
        shell.send_text("PS1='prompt> '; clear; outlast run -n x "
                        r"""bash -c 'stty raw -echo; printf "\e[c\e[c\e[c\e[c"; exit'""")
        shell.send_keys("Enter")
        shell.wait_for(r"prompt>\s*$")
        shell.send_text("echo nothing")
        shell.wait_for(r"(?m)^prompt> echo nothing$")

    def test_what_the_stand_in_left_is_not_answered_twice(self):
        gate = self.gate()
        program = self.file("late.py", LATE)
        self.world.must("run", "-d", "-t", "-n", "x", "python3", program, gate)
        eventually(lambda: b"here" in self.log("x"))
        viewer = self.tmux("outlast", "attach", "x")
        viewer.wait_for("here")
        self.open_gate(gate)
        self.assertEqual(self.answers(1), ["\033[0n"])

    def test_the_one_who_types_leads_and_sets_the_size(self):
        self.job("echo here; while read -r; do stty size; done")
        small = self.tmux("outlast", "attach", "x", rows=15, cols=50)
        small.wait_for("here")
        large = self.tmux("outlast", "attach", "x", rows=25, cols=90)
        large.wait_for("here")
        large.send_keys("Enter")
        large.wait_for("(?m)^25 90$")
        small.wait_for("25 90")
        small.send_keys("Enter")
        # Nothing is scrolled off on the way from the picture to the terminal's own screen.
        small.wait_for("(?m)^here\n\n25 90\n\n15 50$")
        large.wait_for("15 50")
        # When the leader goes, the size is the other's.
        small.send_keys("C-\\", "d")
        self.assertEqual(small.wait_end(), 0)
        large.send_keys("Enter")
        large.wait_for("(?m)^25 90\n(.*\n)*25 90$")

    def test_a_terminal_of_another_size_shows_a_picture(self):
        self.job(r"printf '\e[2J\e[3;4Hmiddle\e[20;60Hcorner\e[12;1H'; echo here; read -r; echo 'more'; cat",
                 "--size", "80x24")
        small = self.tmux("outlast", "attach", "x", rows=15, cols=40)
        small.wait_for("here")
        self.assertEqual(small.screen()[2], "   middle")
        large = self.tmux("outlast", "attach", "x", rows=30, cols=100)
        large.wait_for("corner")
        self.assertEqual(large.screen()[19].index("corner"), 59)
        small.send_keys("Enter")
        for viewer in (small, large):
            viewer.wait_for("more")
        # Its own screen is as it was when it leaves.
        small.send_keys("C-\\", "d")
        self.assertEqual(small.wait_end(), 0)
        self.assertEqual(small.show("#{alternate_on}"), "0")
        self.assertNotIn("middle", "\n".join(small.screen()))

    def test_detach_sends_viewers_away(self):
        self.job("echo here; cat")
        viewers = [self.tmux("outlast", "attach", "x") for _ in range(3)]
        for viewer in viewers:
            viewer.wait_for("here")
        pids = [viewer["pid"] for viewer in self.world.json("status", "x")["jobs"][0]["viewers"]]
        self.assertEqual(len(pids), 3)
        refused = self.world.run("detach", "x", "--viewer", "1")
        self.assertEqual(refused.rc, 4)
        self.assertIn("nobody with pid 1", refused.said)
        said = self.world.must("detach", "x", "--viewer", str(pids[0]))
        self.assertIn("sent 1 viewer away from x (1)", said.text)
        eventually(lambda: len(self.world.json("status", "x")["jobs"][0]["viewers"]) == 2)
        found = json.loads(self.world.must("detach", "--json", "x").out)
        self.assertEqual(found["jobs"][0]["result"], "detached")
        for viewer in viewers:
            self.assertEqual(viewer.wait_end(), 0)
            viewer.wait_for(r"left x \(1\) running: sent away by outlast detach")
        self.assertIn("nobody looks at x", self.world.must("detach", "x").text)
        self.assertEqual(self.record("x")["phase"], "running")

    def test_detach_inside_the_job_means_that_job(self):
        viewer = self.tmux("outlast", "run", "-n", "x", "-e", "PS1=ready> ", "bash", "--norc")
        viewer.wait_for("ready>")
        viewer.send_text("outlast detach")
        viewer.send_keys("Enter")
        self.assertEqual(viewer.wait_end(), 0)
        outside = self.world.run("detach")
        self.assertEqual(outside.rc, 2)
        self.assertIn("outlast detach JOB", outside.said)

    def test_detach_of_a_viewer_that_hangs(self):
        self.job("echo here; while read -r; do stty size; done")
        hanging = self.terminal("outlast", "attach", "x", rows=10, cols=33)
        hanging.wait_for("here")
        hanging.kill(signal.SIGSTOP)
        self.world.must("detach", "x")
        self.assertEqual(self.world.json("status", "x")["jobs"][0]["viewers"], [])
        hanging.kill(signal.SIGCONT)
        hanging.wait_for("sent away by")
        self.assertEqual(hanging.wait_end(), 0)


if __name__ == "__main__":
    unittest.main()
