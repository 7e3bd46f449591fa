"""`outlast ls`, `status`, the bare `outlast` and `hook`: what is told of jobs, whatever happened to them."""

# ctest: TIMEOUT 120

import json
import os
import random
import shutil
import signal
import subprocess
import unittest

from harness import other_user, procs
from harness.outlast import Outlast, has_failed
from harness.terminal import Terminal
from harness.waiting import eventually


class Look(unittest.TestCase):

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(self.close_world)
        self.to_end = []

    def close_world(self):
        for pid in self.to_end:
            procs.kill(pid)
        self.world.close(failed=has_failed(self))

    def start(self, *command, options=()):
        """A job without a terminal unless -t is among the options; its number."""
        kind = () if "-t" in options else ("-T",)
        return self.world.must("run", "-d", *kind, *options, "--", *command).text.strip()

    def folder(self, number):
        return f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/{number}"

    def state(self, number):
        with open(f"{self.folder(number)}/state.json", encoding="utf-8") as file:
            return json.load(file)

    def edit_state(self, number, **members):
        state = {**self.state(number), **members}
        for name in [name for name, value in members.items() if value is None]:
            del state[name]
        with open(f"{self.folder(number)}/state.json", "w", encoding="utf-8") as file:
            json.dump(state, file)

    def wait_for_end(self, number):
        eventually(lambda: "fate" in self.state(number))

    def ended(self, *command, options=()):
        """A job that has ended; its number."""
        number = self.start(*command, options=options)
        self.wait_for_end(number)
        return number

    def sleeper(self, options=()):
        """A job that runs; it is ended with the test, whatever its files say by then."""
        number = self.start("sleep", "1000", options=options)
        self.to_end.append(self.state(number)["pid"])
        return number

    def jobs(self, *options):
        return {str(job["number"]): job for job in self.world.json("ls", *options)["jobs"]}

    # ls

    def test_what_is_listed(self):
        good = self.ended("echo", "12 rows copied", options=("--tag", "night"))
        bad = self.ended("sh", "-c", "echo 'ERROR: full'; exit 3")
        old = self.ended("true")
        state = self.state(old)
        state["fate"]["ended_at_ns"] -= 25 * 3600 * 10**9
        self.edit_state(old, fate=state["fate"])
        living = self.sleeper()
        text = self.world.must("ls").text
        rows = [line.split() for line in text.splitlines()]
        self.assertEqual([row[0] for row in rows], ["JOB", good, bad, living])
        self.assertIn("failed (3)", text)
        self.assertIn("12 rows copied", text)
        self.assertIn("$ sleep 1000", text)
        self.assertEqual(self.world.must("ls", "-q").text.split(), [good, bad, living])
        self.assertEqual(self.world.must("ps", "-aq").text.split(), [good, bad, old, living])
        self.assertEqual(self.world.must("list", "--failed", "-q").text.split(), [bad])
        self.assertEqual(self.world.must("ls", "--tag", "night", "-q").text.split(), [good])
        jobs = self.jobs()
        self.assertEqual(jobs[bad]["exit_code"], 3)
        self.assertEqual(jobs[good]["last_line"], "12 rows copied")
        self.assertTrue(jobs[living]["alive"])
        self.assertEqual(jobs[living]["state"], "running")

    def test_columns_and_order(self):
        self.sleeper()
        busy = self.start("sh", "-c", "while :; do :; done")
        self.to_end.append(self.state(busy)["pid"])
        rows = self.world.must("ls", "--sort", "cpu", "--columns", "number,cpu,command").text
        self.assertEqual(rows.splitlines()[0].split(), ["JOB", "CPU", "COMMAND"])
        self.assertEqual(rows.splitlines()[1].split()[0], busy)
        wrong = self.world.run("ls", "--columns", "number,colour")
        self.assertEqual(wrong.rc, 2)
        self.assertIn("colour", wrong.said)
        self.assertEqual(self.world.run("ls", "--sort", "luck").rc, 2)

    def test_no_line_is_wider_than_the_terminal(self):
        self.ended("sh", "-c", "printf 'läng %.0s' $(seq 200); printf '\\033[2J\\033]0;x\\007'")
        for cols in (30, 80, 200):
            terminal = self.world.terminal("ls", cols=cols)
            self.addCleanup(terminal.close)
            self.assertEqual(terminal.wait_end(), 0)
            lines = bytes(terminal.output).decode().replace("\r", "").splitlines()
            self.assertEqual(len(lines), 2, lines)
            for line in lines:
                plain = line.replace("\033[2m", "").replace("\033[32m", "").replace("\033[0m", "")
                self.assertLessEqual(len(plain), cols)
                self.assertNotIn("\033", plain)

    # After a crash, a reboot, on another host.

    def test_a_full_disk_behind_the_redirection(self):
        self.world.must("run", "-d", "-n", "x", "true")
        for args, code in ((("ls",), 4), (("--json", "ls"), 4), (("status", "x"), 4), (("ls", "-q"), 4),
                           (("logs", "--path", "x"), 4), (("--json", "wait", "x"), 125),
                           (("run", "-d", "-n", "y", "true"), 125),
                           (("--json", "run", "-n", "z", "true"), 125)):
            with self.subTest(args), open("/dev/full", "wb") as full:
                done = subprocess.run([f"{self.world.folder}/bin/outlast", *args], stdout=full,
                                      stderr=subprocess.PIPE, env=self.world.env, timeout=20,
                                      cwd=self.world.work, stdin=subprocess.DEVNULL, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                said = done.stderr.decode().splitlines()
                self.assertEqual(said[0], "error: the output cannot be written: No space left on device")
                self.assertIn("  why: it goes to /dev/full", said[1])
                self.assertTrue(said[2].startswith("  fix: "), said)
                if args[0] == "run":
                    self.assertIn('; job 2 "y" was started', said[1])

    def test_every_mistake_has_a_way_out(self):
        self.world.must("run", "-n", "gone", "--no-log", "true")
        for line in ("logs a b c", "attach a b c", "logs --raw --plain gone", "wait --idle 0 gone",
                     "logs -n x gone", "attach gone", "logs gone", "logs --path gone"):
            with self.subTest(line):
                done = self.world.run(*line.split())
                self.assertIn(done.rc, (2, 4, 125))
                self.assertIn("  fix: ", done.said)

    def test_nothing_of_ours_is_beyond_ascii_without_utf_8(self):
        self.world.must("run", "-d", "-n", "wide", "sh", "-c", "echo " + "words " * 50)
        self.world.run("wait", "wide")
        for args, said in ((["ls"], b"..."), (["status", "wide"], b"wide"), ([], b"wide"),
                           (["run", "-n", "again", "true"], b" - Ctrl-"),
                           (["attach", "wide"], b"words"), (["logs", "wide"], b"words"),
                           (["run", "--help"], b"COMMAND..."), (["--help"], b"START"),
                           (["run"], b"COMMAND...")):
            with self.subTest(args), self.world.terminal(*args, env={"LC_ALL": "C"}) as terminal:
                terminal.wait_end()
                self.assertIn(said, terminal.output)
                self.assertTrue(terminal.output.isascii(), terminal.tail())

    def test_lost_in_a_reboot(self):
        number = self.sleeper()
        self.edit_state(number, boot_id="00000000-0000-0000-0000-000000000000")
        job = self.jobs()[number]
        self.assertEqual((job["state"], job["fate"]["cause"]), ("lost", "reboot"))
        self.assertIn("lost", self.world.must("status", number).text)
        self.assertIn("1 failed", self.world.must("news", "--login").text)

    def test_a_clock_that_was_set_back_during_the_run(self):
        # Nobody but the whole machine has such a clock: the record says what its keeper would have.
        number = self.ended("sh", "-c", "echo here; exit 3")
        fate = self.state(number)["fate"]
        hour = 3600 * 10 ** 9
        self.edit_state(number, fate={**fate, "ended_at_ns": self.state(number)["started_at_ns"] - hour})
        job = self.jobs("-a")[number]
        self.assertEqual((job["state"], job["exit_code"]), ("failed", 3))
        self.assertNotIn("took_ns", job["fate"])
        for command in (("ls", "-a"), ("status", number), ("logs", "-f", number), ("news",)):
            done = self.world.must(*command)
            self.assertIn("failed (3)", done.text + done.said)
            self.assertNotIn("after", done.text + done.said)
        self.assertEqual(self.world.run("wait", number).rc, 3)

    def test_on_another_host(self):
        number = self.sleeper()
        self.edit_state(number, host="elsewhere")
        self.assertEqual(self.jobs()[number]["description"], "running on elsewhere")
        self.assertNotIn("survives", self.world.must("status", number).text)

    def test_keeper_and_scribe_are_found_dead_together(self):
        number = self.start("sh", "-c", "echo here; exec sleep 1000")
        before = self.state(number)
        self.to_end.append(before["pid"])
        residents = [before["keeper_pid"], before["scribe_pid"]]
        for pid in residents:
            os.kill(pid, signal.SIGSTOP)
        for pid in residents:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not any(map(procs.alive, residents)))
        self.assertEqual(self.jobs()[number]["state"], "running")
        after = self.state(number)
        self.assertNotIn(after["keeper_pid"], residents)
        self.assertTrue(procs.alive(after["keeper_pid"]))
        self.assertEqual(after["pid"], before["pid"])

    # Damage.

    def test_damaged_folders_hide_nobody(self):
        good = self.ended("echo", "fine")
        cases = {}
        for kind in ("garbage", "empty", "missing", "folder", "fifo", "array", "unreadable"):
            number = cases[kind] = self.ended("true")
            path = f"{self.folder(number)}/state.json"
            os.unlink(path)
            if kind == "folder":
                os.mkdir(path)
            elif kind == "fifo":
                os.mkfifo(path)
            elif kind != "missing":
                with open(path, "wb") as file:
                    file.write({"garbage": os.urandom(4096), "array": b"[1]"}.get(kind, b""))
            if kind == "unreadable":
                os.chmod(path, 0)
        last = self.ended("echo", "fine too")
        jobs = self.jobs()
        self.assertEqual(sorted(map(int, jobs)), sorted(map(int, [good, *cases.values(), last])))
        for kind, number in cases.items():
            self.assertEqual(jobs[number]["state"], "damaged", kind)
            status = self.world.run("status", "--exit-status", number)
            self.assertEqual(status.rc, 125, kind)
            self.assertIn("damaged", status.text)
        self.assertEqual(jobs[last]["state"], "ok")
        self.assertIn("damaged", self.world.must("ls").text)
        self.assertIn("damaged", self.world.must().text)

    def test_other_files_of_a_job_may_be_anything(self):
        cases = [(self.start("echo", "x"), name, kind)
                 for name in ("log", "live", "lock", "timeline", "spec.json")
                 for kind in ("garbage", "missing", "fifo", "folder", "loop")]
        for number, name, kind in cases:
            self.wait_for_end(number)
            path = f"{self.folder(number)}/{name}"
            os.unlink(path)
            if kind == "garbage":
                with open(path, "wb") as file:
                    file.write(b"\x1b]0;x\x07\xff" * 700)
            elif kind == "fifo":
                os.mkfifo(path)
            elif kind == "folder":
                os.mkdir(path)
            elif kind == "loop":
                os.symlink(name, path)
        for call in (("ls",), ("status", "*"), (), ("ls", "--columns", "number,size,output")):
            shown = self.world.must(*call)
            self.assertNotIn(b"\x1b", shown.out)
        self.assertEqual(len(self.jobs()), 25)

    def test_random_damage_to_a_state(self):
        number = self.ended("echo", "x")
        self.sleeper()
        with open(f"{self.folder(number)}/state.json", "rb") as file:
            whole = file.read()
        rng = random.Random(7)
        for _ in range(60):
            text = bytearray(whole)
            for _ in range(rng.randrange(1, 4)):
                if rng.random() < 0.3:
                    del text[rng.randrange(len(text)):]
                    text += b"}"
                else:
                    text[rng.randrange(len(text))] = rng.choice(b'{}[]",:0\\\x00\xff-9e')
            with open(f"{self.folder(number)}/state.json", "wb") as file:
                file.write(text)
            self.assertEqual(len(self.world.json("ls", "-a")["jobs"]), 2, bytes(text))
            self.world.must("news", "--login")
            self.world.must("status", number)

    @other_user.needs_root()
    def test_a_folder_of_somebody_else_among_ours(self):
        state = f"{self.world.folder}/theirs"
        self.ended("echo", "x")
        self.ended("echo", "y")
        # The keepers take their spares away when they are done.
        for number in (1, 2):
            eventually(lambda folder=self.folder(number): not os.path.exists(f"{folder}/state.json.spare"))
        shutil.copytree(os.path.dirname(os.path.dirname(self.folder(1))), state, symlinks=True)
        os.chmod(self.world.folder, 0o755)
        for folder, names, files in os.walk(state):
            if not folder.endswith("/jobs/2"):
                os.chown(folder, other_user.UID, other_user.UID)
                for name in files:
                    os.lchown(f"{folder}/{name}", other_user.UID, other_user.UID)
        os.chmod(f"{state}/jobs/2", 0)
        shutil.copy(os.environ["OUTLAST_BIN"], f"{self.world.folder}/outlast")
        done = other_user.run([f"{self.world.folder}/outlast", "--state-dir", state, "ls", "--json"])
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {job["number"]: job["state"] for job in json.loads(done.stdout)["jobs"]}
        self.assertEqual(found.get(1), "ok")
        self.assertEqual(found.get(2), "damaged")

    # status

    def test_status_of_a_living_job(self):
        number = self.start("sh", "-c", "echo 3% of it; sleep 1000 & wait",
                            options=("-C", self.world.work))
        eventually(lambda: self.jobs()[number].get("last_line") == "3% of it")
        pid = self.state(number)["pid"]
        eventually(lambda: procs.children(pid))
        text = self.world.must("inspect", number).text
        for part in (f"pid {pid} (+1 child)", self.world.work, "3% of it", "cpu ", "mem ",
                     "disconnect ✓", "our crash ✓", "reboot ✗", f"{self.folder(number)}/log"):
            self.assertIn(part, text)
        job = self.world.json("status", number)["jobs"][0]
        self.assertEqual(len(job["processes"]), 2)
        self.assertEqual(job["progress_percent"], 3)
        self.assertEqual(job["viewers"], [])
        self.assertEqual(self.world.run("status", "--exit-status", number).rc, 124)
        alone = self.world.must("status")
        self.assertIn(f"({number})", alone.said)

    def test_status_shows_who_looks(self):
        number = self.start("cat", options=("-t",))
        viewer = self.world.terminal("attach", number, rows=20, cols=70)
        self.addCleanup(viewer.close)
        viewers = eventually(
            lambda: self.world.json("status", number)["jobs"][0].get("viewers"))
        self.assertEqual((viewers[0]["columns"], viewers[0]["rows"]), (70, 20))
        self.assertIn("70x20", self.world.must("status", number).text)

    def test_status_of_what_ended(self):
        bad = self.ended("sh", "-c", "exit 7")
        good = self.ended("true")
        killed = self.ended("sh", "-c", "kill -9 $$")
        for number, code in ((bad, 7), (good, 0), (killed, 137)):
            self.assertEqual(self.world.run("status", "--exit-status", number).rc, code)
        self.assertIn("failed (7) after", self.world.must("status", bad).text)
        self.assertEqual(self.world.run("status", "nothing").rc, 3)
        self.assertEqual(len(self.world.json("status", bad, good)["jobs"]), 2)

    # The news.

    def test_news_are_told_once(self):
        self.assertIn("outlast run", self.world.must().text)  # no jobs: how to begin
        good = self.ended("echo", "12 rows copied")
        bad = self.ended("sh", "-c", "echo 'ERROR: full'; echo bye; exit 3")
        self.assertEqual(self.world.must("news", "--login").text,
                         "outlast: while you were away: 1 done, 1 failed. See: outlast\n")
        first = self.world.must().text
        for part in ("SO FAR", "12 rows copied", "ERROR: full", "failed (3)", "next: outlast logs"):
            self.assertIn(part, first)
        second = self.world.must().text
        self.assertIn("SINCE", second)
        self.assertIn("nothing happened", second)
        self.assertNotIn("ERROR", second)
        self.assertEqual(self.world.must("news", "--login").out, b"")
        again = self.world.json("news", "--since", "-1h")
        self.assertEqual([str(job["number"]) for job in again["jobs"]], [good, bad])
        self.assertEqual((again["done"], again["failed"]), (1, 1))
        self.sleeper()
        self.assertIn("1 running", self.world.must("news", "--login").text)
        self.assertIn("running", self.world.must().text)

    def test_a_job_that_asks(self):
        number = self.start(
            "sh", "-c", "printf 'Replace? [Y/n] '; exec cat", options=("-t", "-n", "asker"))
        eventually(lambda: self.jobs()[number]["state"] == "needs input")
        text = self.world.must().text
        self.assertIn("? asker", text)
        self.assertIn("Replace? [Y/n]", text)
        self.assertIn("next: outlast attach asker", text)
        self.assertIn("1 needs you", self.world.must("news", "--login").text)
        self.assertIn("1 needs you", self.world.must("news", "--login").text)  # not marked as seen

    def test_news_without_a_place_to_remember(self):
        self.ended("true")
        state = f"{self.world.env['XDG_STATE_HOME']}/outlast"
        os.mkdir(f"{state}/last-look-{os.geteuid()}")
        self.assertIn("SO FAR", self.world.must().text)
        self.assertIn("SO FAR", self.world.must().text)

    # The hook.

    def shell(self, shell, snippet, env=None, login=True):
        """What an interactive shell prints until its first command has run."""
        files = {"bash": ".bash_profile", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
        path = f"{self.world.env['HOME']}/{files[shell]}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # /etc/profile may set another PATH.
        first = "set -gx PATH (string split : $TEST_PATH)" if shell == "fish" else "PATH=$TEST_PATH"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{first}\n{snippet}")
        argv = [shell, *(["-l"] if login else []), "-i", "-c", "echo READY"]
        env = {**self.world.env, **(env or {})}
        terminal = Terminal(argv, env={**env, "TEST_PATH": env["PATH"]}, cwd=self.world.work)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait_end(), 0)
        output = bytes(terminal.output)
        self.assertIn(b"READY", output)
        return output

    def test_hook(self):
        said = b"outlast: while you were away: 1 done. See: outlast"
        for shell in ("bash", "zsh", "fish"):
            if not shutil.which(shell):
                continue
            with self.subTest(shell=shell):
                snippet = self.world.must("hook", shell).text
                self.assertNotIn(b"away", self.shell(shell, snippet))
                number = self.ended("true")
                self.assertIn(said, self.shell(shell, snippet))
                for quiet in ({"OUTLAST_JOB": "1"}, {"SHLVL": "2"},
                              {"PATH": "/usr/bin:/bin"}, {"XDG_STATE_HOME": "/proc/1"}):
                    self.assertNotIn(b"outlast:", self.shell(shell, snippet, quiet), quiet)
                shutil.rmtree(self.folder(number))
        self.assertEqual(self.world.run("hook", "tcsh").rc, 2)
        self.assertEqual(self.world.run("hook").rc, 2)


if __name__ == "__main__":
    unittest.main()
