"""`outlast logs` and `outlast events` on real jobs, at terminals, in pipes and files."""

import json
import os
import signal
import subprocess
import threading
import time
import unittest

from harness import procs
from harness.outlast import Outlast, has_failed
from harness.waiting import eventually

FATE = "— {} after"


class Case(unittest.TestCase):
    """One world, and shorthands."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))

    def job(self, script, *options, name="x"):
        """Start a shell script as a job in the background."""
        self.world.must("run", "-d", "-n", name, *options, "--", "sh", "-c", script)
        return name

    def state(self, number=1):
        with open(f"{self.folder(number)}/state.json", encoding="utf-8") as file:
            return json.load(file)

    def folder(self, number=1):
        return f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/{number}"

    def ended(self, number=1):
        return eventually(lambda: "fate" in self.state(number), what="the job's end")

    def finished(self, script, *options, name="x"):
        self.job(script, *options, name=name)
        self.ended(len(self.world.job_folders()))

    def logs(self, *args, **options):
        return self.world.must("logs", *args, **options).out

    def start(self, *args, **options):
        """An outlast command that goes on; its output comes through a pipe."""
        options.setdefault("stdout", subprocess.PIPE)
        reader = subprocess.Popen(["outlast", *args], stderr=subprocess.PIPE, env=self.world.env,
                                  executable=f"{self.world.folder}/bin/outlast",
                                  stdin=subprocess.DEVNULL, cwd=self.world.work, **options)

        def end():
            if reader.poll() is None:
                reader.kill()
            reader.communicate()

        self.addCleanup(end)
        return reader


class Finished(Case):
    """Jobs that have ended."""

    def test_bytes_are_exact_in_a_pipe_and_readable_at_a_terminal(self):
        self.finished(r"printf '\033[31mred\033[0m\n1%%\r2%%\r3%%\nlast'; exit 3", "-T")
        exact = b"\x1b[31mred\x1b[0m\n1%\r2%\r3%\nlast"
        self.assertEqual(self.logs("x"), exact)
        with open(self.world.path("copy"), "wb") as file:
            subprocess.run(["outlast", "logs", "x"], env=self.world.env, stdout=file, check=True)
        with open(self.world.path("copy"), "rb") as file:
            self.assertEqual(file.read(), exact)
        self.assertEqual(self.logs("x", "--plain"), b"red\n3%\nlast")
        with self.world.terminal("logs", "x", env={"NO_COLOR": "1"}) as terminal:
            self.assertEqual(terminal.wait_end(), 0)
            shown = bytes(terminal.output)
        self.assertTrue(shown.startswith(b"red\r\n3%\r\nlast\r\n"), shown)
        self.assertIn(FATE.format("failed (3)").encode(), shown)
        self.assertIn("again: outlast restart x", shown.decode())
        with self.world.terminal("logs", "x", "--raw") as terminal:
            terminal.wait_end()
            self.assertIn(exact.replace(b"\n", b"\r\n"), terminal.output)

    def test_parts_of_a_log(self):
        self.finished("for i in 1 2 3 4 5; do echo line $i; done; echo ERROR here", "-T")
        self.assertEqual(self.logs("x", "-n", "2"), b"line 5\nERROR here\n")
        self.assertEqual(self.logs("x", "-n", "0"), b"")
        self.assertEqual(self.logs("x", "--grep", "error|4$"), b"line 4\nERROR here\n")
        self.assertEqual(self.logs("x", "--grep", "line", "-n", "1"), b"line 5\n")
        self.assertEqual(self.world.run("logs", "x", "--grep", "Error").rc, 1)
        self.assertEqual(self.logs("x", "--from", "7", "--max-bytes", "6"), b"line 2")
        self.assertEqual(self.logs("x", "--path").decode().strip(), f"{self.folder()}/log")
        lines = [json.loads(line) for line in self.logs("x", "--json", "-n", "1").splitlines()]
        self.assertEqual([(each["offset"], each["text"]) for each in lines], [(35, "ERROR here")])
        self.assertLess(abs(lines[0]["time_ns"] / 1e9 - time.time()), 60)
        self.assertEqual(self.logs(), self.logs("-"))

    def test_a_program_pages_with_a_cursor(self):
        self.finished("i=0; while [ $i -lt 300 ]; do echo ligne é $i; i=$((i+1)); done", "-T")
        text, at, pages = "", 0, 0
        while True:
            page = self.world.json("logs", "x", "--from", str(at), "--max-bytes", "97")
            self.assertEqual(page["from"], at)
            text, at, pages = text + page["output"], page["next"], pages + 1
            if page["eof"]:
                break
        self.assertEqual(text, "".join(f"ligne é {i}\n" for i in range(300)))
        self.assertEqual((page["state"], page["end"]), ("ok", at))
        self.assertGreater(pages, 30)

    def test_mistakes_have_a_sentence_and_a_code(self):
        self.finished("echo hi", "-T")
        self.finished("echo hi", "--no-log", name="gone")
        for code, words, said in [
                (2, ("x", "-n", "many"), "is no number"), (2, ("x", "--since", "soon"), "no moment"),
                (2, ("x", "--since", "@99999999999"), "no moment"),
                (2, ("x", "--grep", "("), "no regular expression"), (2, ("x", "x"), "one job"),
                (2, ("x", "--stderr", "-t"), "standard output only"),
                (3, ("xylophone",), "no job called"), (4, ("x", "--run", "9"), "no run 9"),
                (4, ("x", "--stderr"), "keeps no error output apart"),
                (4, ("gone",), "--no-log"), (4, ("gone", "--path"), "in memory")]:
            with self.subTest(words):
                result = self.world.run("logs", *words)
                self.assertEqual((result.rc, result.out), (code, b""))
                self.assertIn(said, result.said)

    def test_times(self):
        self.job("echo early; while [ ! -e go ]; do sleep 0.05; done; echo late", "-T")
        eventually(lambda: self.logs("x") == b"early\n")
        # The timeline has a point a second at the most while a job writes by itself.
        middle = time.time() + 1.2
        eventually(lambda: time.time() > middle + 0.3)
        with open(self.world.path("go"), "w", encoding="utf-8"):
            pass
        self.ended()
        self.assertEqual(self.logs("x", "--since", f"@{middle}"), b"late\n")
        self.assertEqual(self.logs("x", "--until", f"@{middle}"), b"early\n")
        self.assertEqual(self.logs("x", "--since", "-1h"), b"early\nlate\n")
        self.assertRegex(self.logs("x", "-t").decode(),
                         r"^\d\d:\d\d:\d\d  early\n\d\d:\d\d:\d\d  late\n$")

    def test_error_output_apart(self):
        self.finished("echo out; echo err >&2", "--stderr")
        self.assertEqual(self.logs("x"), b"out\n")
        self.assertEqual(self.logs("x", "--stderr"), b"err\n")
        self.assertTrue(self.logs("x", "--stderr", "--path").endswith(b"/log.stderr\n"))

    def test_a_bounded_log_has_head_gap_and_tail(self):
        lines = 300_000
        self.finished(f"seq 1 {lines}", "-t", "--log-max", "1M")
        out = self.logs("x")
        self.assertTrue(out.startswith(b"1\r\n2\r\n"))
        self.assertTrue(out.endswith(f"{lines}\r\n".encode()))
        said = [line for line in out.splitlines() if b"outlast" in line]
        self.assertEqual(len(said), 1, said)
        self.assertRegex(said[0], rb"^\[outlast: .* are not kept here\]$")
        self.assertLess(len(out), 2 << 20)
        self.assertNotIn(b"\0", out)
        for extra in ("--plain", "-t"):
            self.assertEqual(self.logs("x", extra).count(b"are not kept here"), 1)
        gaps = [json.loads(line)["gap"] for line in self.logs("x", "--json").splitlines()
                if b'"gap"' in line]
        self.assertEqual(len(gaps), 1)
        page = self.world.json("logs", "x", "--from", str(gaps[0]["from"] + 5), "--max-bytes", "100")
        self.assertEqual(page["gaps"], [{"from": gaps[0]["from"] + 5, "to": gaps[0]["to"]}])
        self.assertEqual(page["next"], gaps[0]["to"] + 100)
        self.assertEqual(self.logs("x", "-n", "1"), f"{lines}\r\n".encode())

    def test_a_closed_pipe_is_quiet(self):
        self.finished("seq 1 200000", "-T")
        for options in ("", "--plain", "-t", "-f", "--json"):
            done = subprocess.run(f"outlast logs x {options} | head -n 1", shell=True, check=False,
                                  env=self.world.env, capture_output=True, timeout=20)
            self.assertTrue(done.stdout.count(b"\n") == 1, options)
            self.assertEqual(done.stderr, b"", options)


class Following(Case):
    """logs -f."""

    def test_it_follows_to_the_end_and_tells_the_fate(self):
        self.job("echo one; read line; echo two; exit 4", "-T", "--stdin", self.fifo())
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"one\n")
        self.feed("go")
        out, said = reader.communicate(timeout=20)
        self.assertEqual((out, reader.returncode), (b"two\n", 0))
        self.assertIn(FATE.format("failed (4)"), said.decode())

    def fifo(self):
        path = self.world.path("fifo")
        os.mkfifo(path)
        # Held open both ways: neither the job's open nor ours waits for the other.
        self.writer = os.open(path, os.O_RDWR)
        self.addCleanup(os.close, self.writer)
        return path

    def feed(self, line):
        os.write(self.writer, line.encode() + b"\n")

    def test_the_keeper_is_killed_meanwhile(self):
        self.job("echo one; read line; echo two", "-T", "--stdin", self.fifo())
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"one\n")
        keeper = self.state()["keeper_pid"]
        procs.kill(keeper)
        eventually(lambda: self.state()["keeper_pid"] != keeper, what="another keeper")
        self.feed("go")
        out, said = reader.communicate(timeout=20)
        self.assertEqual((out, reader.returncode), (b"two\n", 0))
        self.assertIn(FATE.format("ok"), said.decode())

    def test_keeper_and_scribe_are_killed_together_meanwhile(self):
        self.job("echo one; while read line && [ $line != end ]; do echo $line; done; echo last; exit 6", "-T",
                 "--stdin", self.fifo())
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"one\n")
        for word in ("two", "three"):
            residents = [self.state()[name] for name in ("keeper_pid", "scribe_pid")]
            self.kill_together(residents)
            self.feed(word)  # before anybody can have come to the job's help, or just then
            self.assertEqual(reader.stdout.readline(), word.encode() + b"\n")
            # The reader itself has found the job alone, and given it new ones.
            eventually(lambda: self.new_residents(residents), what="another keeper and scribe")
        self.feed("end")
        out, said = reader.communicate(timeout=20)
        self.assertEqual((out, reader.returncode), (b"last\n", 0))
        # PIDFD_GET_INFO (Linux 6.15) tells it to a keeper that is not the parent; else nobody can.
        kernel = tuple(int(part) for part in os.uname().release.split(".")[:2])
        self.assertIn("failed (6)" if kernel >= (6, 15) else "unknown", said.decode())
        self.assertEqual(self.logs("--raw", "x"), b"one\ntwo\nthree\nlast\n")

    def kill_together(self, pids):
        """Neither has time to start the other anew: both are stopped first."""
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                procs.kill(pid, number)

    def new_residents(self, old):
        now = [self.state()[name] for name in ("keeper_pid", "scribe_pid")]
        return not set(now) & set(old) and all(procs.alive(pid) for pid in now)

    def test_a_job_that_empties_its_log(self):
        self.job("echo one; read line; echo twice >/dev/stderr; echo three; read line", "-T",
                 "--stdin", self.fifo())
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"one\n")
        eventually(self.scribe_has_looked, what="the scribe's look")
        # Grown beyond its old size, it still is another.
        self.feed("go")
        self.assertEqual(reader.stdout.readline(), b"twice\n")
        self.assertEqual(reader.stdout.readline(), b"three\n")
        eventually(lambda: self.world.json("status", "x")["jobs"][0]["log"]["emptied_bytes"] == 4)
        self.assertIn("4 B gone: the job emptied its log", self.world.must("status", "x").text)
        self.feed("end")
        _, said = reader.communicate(timeout=20)
        self.assertIn("has emptied its log", said.decode())
        self.assertEqual(self.logs("--raw", "x"), b"twice\nthree\n")

    def scribe_has_looked(self):
        """Whether the live block (docs/on-disk-format.md) knows of the log's first bytes."""
        with open(f"{self.folder()}/live", "rb") as file:
            return int.from_bytes(file.read(24)[16:], "little") > 0

    def test_a_frozen_reader_and_others_do_not_slow_the_job(self):
        self.job("read line; seq 1 400000; echo end", "-t")
        frozen = self.start("logs", "-f", "x")
        others = [self.start("logs", "-f", "x", "-q") for _ in range(2)]
        eventually(lambda: procs.stat(frozen.pid).state == "S")
        frozen.send_signal(signal.SIGSTOP)
        read = []
        threads = [threading.Thread(target=lambda reader=reader: read.append(
            reader.communicate(timeout=60)[0])) for reader in others]
        for thread in threads:
            thread.start()
        with self.world.terminal("attach", "x") as person:
            person.send_line("go")
            self.ended()
        for thread in threads:
            thread.join()
        whole = self.logs("x")
        self.assertTrue(whole.endswith(b"400000\r\nend\r\n"))
        self.assertEqual([part == whole for part in read], [True, True])
        frozen.send_signal(signal.SIGCONT)
        self.assertEqual(frozen.communicate(timeout=60)[0], whole)

    def test_a_prompt_and_a_progress_bar_are_shown_before_their_line_ends(self):
        self.job(r"printf '10%%'; read a; printf '\r20%%'; read a; printf '\nName: '; read a", "-T",
                 "--stdin", self.fifo())
        with self.world.terminal("logs", "-f", "x") as person:
            person.wait_for("10%")
            self.feed("")
            person.wait_for(r"\r\x1b\[K20%")
            self.feed("")
            person.wait_for(r"\r\nName: ")
            person.send(b"\x03")
            person.wait_end()
        self.assertNotIn("fate", self.state())
        self.feed("")
        self.ended()

    def test_output_in_memory_is_seen_as_it_comes(self):
        for option in ("-T", "-t"):
            with self.subTest(option):
                name = f"x{option}"
                self.job("read line; echo one; read line", option, "--no-log",
                         *(("--stdin", self.fifo()) if option == "-T" else ()), name=name)
                reader = self.start("logs", "-f", name)
                # It follows before there is anything.
                eventually(lambda reader=reader: any("inotify" in file for file in
                                                     procs.open_files(reader.pid).values()))
                if option == "-T":
                    self.feed("go")
                else:
                    self.world.must("send", name, "go")
                    self.assertEqual(reader.stdout.readline(), b"go\r\n")
                self.assertEqual(reader.stdout.readline().rstrip(), b"one")
                self.world.must("kill", name)

    def test_output_in_memory(self):
        self.job("echo one; read line; echo two", "-T", "--no-log", "--stdin", self.fifo())
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"one\n")
        self.assertEqual(self.logs("x"), b"one\n")
        self.feed("go")
        self.assertEqual(reader.communicate(timeout=20)[0], b"two\n")

    def test_a_restart_goes_on_being_followed(self):
        if self.world.run("restart", "--help").rc != 0:
            self.skipTest("there is no outlast restart")
        self.job("echo run $OUTLAST_RUN; exec sleep 600", "-T")
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"run 1\n")
        self.world.must("restart", "x", timeout=40)
        self.assertEqual(reader.stdout.readline(), b"run 2\n")
        self.assertEqual(self.logs("x", "--run", "1"), b"run 1\n")
        self.assertEqual(self.logs("x", "--run", "2"), b"run 2\n")
        self.world.must("stop", "x")
        self.assertEqual(reader.communicate(timeout=20)[0], b"")

    def test_nobody_reads_any_more(self):
        self.job("echo one; exec sleep 600", "-T")
        reader = self.start("logs", "-f", "x")
        self.assertEqual(reader.stdout.readline(), b"one\n")
        reader.stdout.close()
        self.assertNotEqual(reader.wait(20), 0)
        self.assertEqual(reader.stderr.read(), b"")


class Events(Case):
    """outlast events."""

    def events(self, *args):
        return [json.loads(line)
                for line in self.world.must("events", *args, "--json").out.splitlines()]

    def test_jobs_are_merged_by_time(self):
        self.finished("exit 3", "-T", name="a")
        self.finished("true", "-T", name="b")
        wanted = [("a", "started"), ("a", "ended"), ("b", "started"), ("b", "ended")]
        # The event is written behind the fate.
        eventually(lambda: [(each["name"], each["event"]) for each in self.events()] == wanted,
                   what=self.events)
        self.assertEqual({each["name"] for each in self.events("b")}, {"b"})
        self.assertEqual(self.events("--since", "@9000000000"), [])
        text = self.world.must("events").text
        self.assertRegex(text, r"(?m)^\d\d:\d\d:\d\d  a \(1\)  started, pid \d+$")
        self.assertRegex(text, r"(?m)^\d\d:\d\d:\d\d  a \(1\)  ended: failed \(3\)$")

    def test_damaged_lines_are_skipped_with_a_word(self):
        self.finished("true", "-T")
        path = f"{self.folder()}/events.jsonl"
        # It is written behind the fate.
        eventually(lambda: b'"ended"' in self.world.must("events", "--json").out, what="the last event")
        with open(path, "r+b") as file:
            lines = file.readlines()
            file.seek(0)
            file.writelines([b"\0\0half a li\n", lines[0], b"x" * 200_000, b"\n", b"[1]\n",
                             lines[1], b'{"time_ns":1'])
        result = self.world.must("events", "--json")
        self.assertEqual([json.loads(line)["event"] for line in result.out.splitlines()],
                         ["started", "ended"])
        self.assertIn("3 lines in the events of job 1 cannot be read", result.said)

    def test_following_sees_new_jobs(self):
        self.finished("true", "-T", name="old")
        reader = self.start("events", "-f", "--json")
        seen = lambda: [json.loads(reader.stdout.readline())[key] for key in ("name",)]
        self.assertEqual([seen(), seen()], [["old"], ["old"]])
        self.job("exit 1", "-T", name="new")
        self.assertEqual([seen(), seen()], [["new"], ["new"]])
        reader.stdout.close()
        self.assertNotEqual(reader.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
