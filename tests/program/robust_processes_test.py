"""Limits of processes, odd callers, unfriendly clients: the job and everybody else are unaffected."""

# ctest: TIMEOUT 200

import base64
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import time
import unittest

from harness import other_user, procs
from harness.outlast import Outlast, has_failed
from harness.waiting import Deadline, eventually

SECONDS = float(os.environ.get("OUTLAST_TEST_QUIET", "10"))  # how long "quiet" is looked at
HELLO, INPUT, GET_VIEWERS, STOP = 1, 6, 20, 10


def frame(kind, payload=b""):
    """As docs/protocol.md has it."""
    return struct.pack("<IHH", len(payload), kind, 0) + payload


def hello(client):
    """The first frame."""
    return frame(HELLO, struct.pack("<IHQQH", 0x4C54554F, 1, 0, client, 0))


def cpu_ticks(pid):
    """CPU time a process has used, in ticks."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return int(fields[11]) + int(fields[12])


class Robust(unittest.TestCase):
    """A world, a job in it, and its residents."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))

    def start(self, *options, command=("sleep", "1000")):
        self.world.must("run", "-d", "-n", "job", *options, *command)
        return self.world.record("job")

    def connect(self, status, timeout=5.0):
        client = socket.socket(socket.AF_UNIX)
        client.connect(status["socket"])  # blocks while the queue is full
        client.settimeout(timeout)
        self.addCleanup(client.close)
        return client

    def socket_path(self):
        folder = f"{self.world.env['XDG_RUNTIME_DIR']}/outlast"
        return f"{folder}/{os.listdir(folder)[0]}"

    def assert_quiet(self, pids, seconds=1.0):
        """They use (nearly) no CPU for a while."""
        before = [cpu_ticks(pid) for pid in pids]
        time.sleep(seconds)
        used = [cpu_ticks(pid) - was for pid, was in zip(pids, before)]
        self.assertLess(sum(used), 15 * seconds, used)

    def residents(self, status):
        return [status["keeper_pid"], status["scribe_pid"]]


class Callers(Robust):
    """Who starts jobs in odd circumstances."""

    def test_few_descriptors(self):
        for limit in range(4, 64):
            done = self.world.run(
                "run", "-d", "-t", "true",
                preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            if done.rc == 0:
                break
            self.assertEqual(done.rc, 125, (limit, done))
            self.assertIn("error:", done.said)
            self.assertEqual(self.world.job_folders(), [], limit)
        self.assertLess(limit, 60)
        self.assertEqual(self.world.run("wait", "-").rc, 0)

    def test_file_size_limit(self):
        def limited(soft, hard):
            return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))}

        # A soft limit is the job's business alone.
        command = ("sh", "-c", "ulimit -f; test -t 1 && stty -opost; seq 1 100000; exit 3")
        self.world.must("run", "-d", "-n", "soft", "-t", *command, **limited(65536, resource.RLIM_INFINITY))
        self.assertEqual(self.world.run("wait", "soft").rc, 3)
        shown = self.world.must("logs", "--raw", "soft").out
        self.assertTrue(shown.endswith(b"100000\n"), shown[-50:])
        self.assertEqual(len(shown.splitlines()), 100001)
        # A hard one stops the log, not the job.
        self.world.must("run", "-d", "-n", "hard", "-t", *command, **limited(65536, 65536))
        self.assertEqual(self.world.run("wait", "hard").rc, 3)
        self.assertGreater(self.world.json("status", "hard")["jobs"][0]["log"]["lost_bytes"], 0)
        # Where not even the record fits, nothing is started.
        known = self.world.job_folders()
        done = self.world.run("run", "-d", "true", **limited(1024, 1024))
        self.assertEqual(done.rc, 125, done)
        self.assertEqual(self.world.job_folders(), known)

    def test_little_memory(self):
        for megabytes in (2, 4, 8, 64):
            known = self.world.job_folders()
            size = megabytes << 20
            done = self.world.run(
                "run", "-d", "sh", "-c", "exit 3",
                preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
            if done.rc == 0:
                self.assertEqual(self.world.run("wait", "-").rc, 3)
            else:
                self.assertEqual(self.world.job_folders(), known, (megabytes, done))

    def place_for(self, uid):
        """A program and an environment for a user of whom there is no other process."""
        env = {**self.world.env, "HOME": self.world.path("h"), "XDG_STATE_HOME": self.world.path("s"),
               "XDG_RUNTIME_DIR": self.world.path("r")}
        os.chmod(self.world.folder, 0o755)
        os.chmod(self.world.work, 0o777)
        for name in ("h", "s", "r"):
            os.mkdir(self.world.path(name))
            os.chown(self.world.path(name), uid, uid)
        program = shutil.copy(os.environ["OUTLAST_BIN"], self.world.path("outlast"))
        os.chmod(program, 0o755)
        return program, env

    @other_user.needs_root()
    def test_few_processes(self):
        program, env = self.place_for(54321)

        def limited(processes):
            return subprocess.run(
                [program, "run", "-d", "-n", "some", "sh", "-c", "read x; exit 3"], env=env,
                cwd=self.world.work, user=54321, group=54321, extra_groups=[], capture_output=True,
                stdin=subprocess.DEVNULL, timeout=20, check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes)))

        for count in range(1, 6):
            done = limited(count)
            if done.returncode:
                self.assertEqual(done.returncode, 125, done)
                self.assertIn(b"Resource temporarily unavailable", done.stderr, done)
                jobs = self.world.path("s/outlast/jobs")
                self.assertEqual(os.listdir(jobs) if os.path.exists(jobs) else [], [], count)

    def test_a_scribe_that_cannot_be_started_again(self):
        status = self.start("-t")
        keeper, scribe = self.residents(status)
        _, hard = resource.prlimit(keeper, resource.RLIMIT_NOFILE)
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, (3, hard))  # not even /proc/self/exe opens
        procs.kill(scribe)
        self.assert_quiet([keeper])
        self.assertTrue(procs.alive(status["pid"]))
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, (hard, hard))
        eventually(lambda: self.world.record("job")["scribe_pid"] != scribe, what="a new scribe")
        scribes = [pid for pid in procs.children(keeper) if procs.alive(pid) and pid != status["pid"]]
        self.assertEqual(len(scribes), 1)

    @other_user.needs_root()
    def test_a_scribe_for_which_the_user_has_no_process_left(self):
        uid = 54322
        program, env = self.place_for(uid)

        def call(*argv):
            done = other_user.run(argv, uid=uid, env=env, cwd=self.world.work, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 0, done)
            return done

        def record():
            with open(self.world.path("s/outlast/jobs/1/state.json"), encoding="utf-8") as file:
                return json.load(file)

        call(program, "run", "-d", "-t", "-n", "job", "sh", "-c",
             "stty -echo; while read x; do echo got $x; done")
        eventually(lambda: procs.in_own_image(*self.residents(record())), what="the residents' own image")
        keeper, scribe = self.residents(record())
        other = subprocess.Popen(["sleep", "1000"], user=uid, group=uid, extra_groups=[], env=env,
                                 cwd=self.world.work)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        # Room for three: the keeper, the command and the other one; for a scribe when that one is gone.
        call("prlimit", "--pid", str(keeper), "--nproc=3:")
        procs.kill(scribe)
        self.assert_quiet([keeper], seconds=2.5)
        self.assertEqual(record()["scribe_pid"], scribe)
        self.assertTrue(procs.alive(record()["pid"]))
        call(program, "send", "job", "meanwhile")
        other.kill()
        other.wait()
        eventually(lambda: record()["scribe_pid"] != scribe and procs.alive(record()["scribe_pid"]),
                   what="a new scribe")
        self.assertEqual(record()["keeper_pid"], keeper)
        call(program, "send", "job", "--eof")
        call(program, "wait", "job")
        self.assertIn(b"got meanwhile", call(program, "logs", "job").stdout)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_a_keeper_killed_before_its_loop_has_begun(self):
        with subprocess.Popen(
                ["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=epoll_create1",
                 "-e", "inject=epoll_create1:delay_enter=1000000", f"{self.world.folder}/bin/outlast",
                 "run", "-d", "-n", "job", "sleep", "1000"], env=self.world.env, cwd=self.world.work,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tracer:
            self.addCleanup(tracer.kill)
            if tracer.stdout.readline() != b"1\n":
                self.skipTest("no process can be traced here")
            keeper = self.world.record("job")["keeper_pid"]
            procs.kill(keeper)
            eventually(lambda: self.world.record("job")["keeper_pid"] != keeper, what="the record of another")
            self.assertEqual(self.world.json("status", "job")["jobs"][0]["keeper_starts"], 2)
            self.world.must("stop", "job")

    def test_umask(self):
        for mask in (0o777, 0o000):
            done = self.world.must("run", "-d", "sh", "-c", "umask; exit 3", umask=mask)
            self.assertEqual(self.world.run("wait", "-").rc, 3, done)
            self.assertEqual(int(self.world.must("logs", "--raw", "-").out, 8), mask)
        for base, folders, files in os.walk(f"{self.world.env['XDG_STATE_HOME']}/outlast"):
            for name in folders + files:
                mode = os.lstat(f"{base}/{name}").st_mode
                if not os.path.islink(f"{base}/{name}"):
                    self.assertEqual(mode & 0o777, 0o700 if name in folders else 0o600, name)

    def test_closed_standard_descriptors(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                code = subprocess.run(
                    ["bash", "-c", f"outlast run -d -n closed sh -c 'echo out; cat; exit 3' {closed}"],
                    env=self.world.env, cwd=self.world.work, capture_output=True, timeout=20,
                    check=False).returncode
                # Closed output: what it wrote went nowhere, which is no error of the job's.
                self.assertIn(code, (0, 125))
                self.assertEqual(self.world.run("wait", "closed").rc, 3)
                self.assertEqual(self.world.must("logs", "--raw", "closed").out, b"out\n")
                # It answers before it has left.
                eventually(lambda: self.world.run("rm", "closed").rc == 0)

    def test_huge_and_odd_arguments(self):
        words = ["x" * 100000] * 12
        done = self.world.run("run", "sh", "-c", 'echo $# ${#1}', "sh", *words)
        self.assertEqual((done.rc, done.out), (0, b"12 100000\n"))
        self.world.must("ls")
        self.world.must("status", "-")
        odd = b"\xff\xfe\x1b]0;title\x07\x1b[31m"
        self.world.must("run", "-d", "-n", "odd", "cat", odd)
        self.world.run("wait", "odd")
        for command in (("ls", "-a"), ("status", "odd"), ("ls", "-a", "--json")):
            self.assertNotIn(b"\x1b]0", self.world.must(*command).out)
        self.assertEqual(self.world.json("status", "odd")["jobs"][0]["arguments"],
                         ["cat", {"base64": base64.b64encode(odd).decode()}])
        # Too large for the kernel: our own variables may be what is too much.
        env = {f"V{n}": "y" * 131000 for n in range(15)}
        known = self.world.job_folders()
        for count in range(0, 131000, 26000):
            try:
                done = self.world.run("run", "true", env={**env, "W": "z" * count})
            except OSError:
                break  # outlast itself could not be started
            self.assertIn(done.rc, (0, 126), done)
            if done.rc:
                self.assertIn("Argument list too long", done.said)
                self.assertLessEqual(len(self.world.job_folders()) - len(known), 5)

    def test_where_there_is_no_home(self):
        home = self.world.path("locked")
        os.mkdir(home, 0o500)
        plain = {key: value for key, value in self.world.env.items()
                 if key not in ("HOME", "XDG_STATE_HOME")}

        def call(*args, **env):
            return subprocess.run(["outlast", *args], env={**plain, **env}, capture_output=True,
                                  stdin=subprocess.DEVNULL, cwd=self.world.work, timeout=20, check=False)

        relative = call("config", "--json", XDG_STATE_HOME="relative", HOME=self.world.path("h"))
        self.assertEqual(relative.returncode, 0, relative)
        call("run", "-d", "true", XDG_STATE_HOME="relative", HOME=self.world.env["HOME"])
        self.assertFalse(os.path.exists(self.world.path("relative")))
        self.assertTrue(os.path.isdir(f"{self.world.env['HOME']}/.local/state/outlast/jobs/1"))
        refused = call("run", "true", OUTLAST_STATE_DIR="not/absolute")
        self.assertEqual(refused.returncode, 125)
        self.assertIn(b"absolute", refused.stderr)
        nowhere = call("run", "true", HOME="/proc/nowhere")
        self.assertEqual(nowhere.returncode, 125, nowhere)
        self.assertIn(b"--state-dir", nowhere.stderr)

    def test_a_grandchild_that_keeps_the_terminal_keeps_the_residents(self):
        status = self.start("-t", command=(
            "sh", "-c", "trap '' HUP; (while ! test -e go; do sleep 0.05; done; echo late) & exit 3"))
        self.assertEqual(self.world.run("wait", "job").rc, 3)
        for pid in self.residents(status):
            self.assertTrue(procs.alive(pid))
        with open(self.world.path("go"), "wb"):
            pass
        eventually(lambda: not any(map(procs.alive, self.residents(status))))
        self.assertIn(b"late", self.world.must("logs", "job").out)


class Clients(Robust):
    """What connects to the control socket."""

    def test_a_keeper_out_of_descriptors_does_not_spin(self):
        status = self.start()
        keeper = status["keeper_pid"]
        used = max(procs.open_files(keeper)) + 1
        _, hard = resource.prlimit(keeper, resource.RLIMIT_NOFILE)
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, (used, hard))
        clients = [self.connect(status) for _ in range(10)]
        self.assert_quiet([keeper])
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, (hard, hard))
        for client in clients:
            client.close()
        self.world.must("stop", "job")

    def test_many_idle_clients(self):
        status = self.start()
        idle = [self.connect(status) for _ in range(100)]
        self.world.must("pause", "job")
        self.world.must("resume", "job")
        # 64 that are in use: the next one is told.
        for client in idle:
            client.close()
        busy = []
        for number in range(64):
            busy.append(self.connect(status))
            busy[-1].sendall(hello(number + 1))
            self.assertTrue(busy[-1].recv(100))
        done = self.world.run("pause", "job")
        self.assertNotEqual(done.rc, 0)
        self.assertIn("64 connections", done.said)
        busy.pop().close()
        eventually(lambda: self.world.run("pause", "job").rc == 0)
        for client in busy:
            client.close()
        self.world.must("stop", "job")

    def test_garbage_and_floods(self):
        status = self.start("-t")  # sleep reads nothing
        keeper = status["keeper_pid"]
        before = procs.private_kilobytes(keeper)
        for data in (b"\0" * 100, b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 65536,
                     hello(1) + b"\xff" * 100, frame(STOP, b"x" * 20), hello(1)[:-1] + b"\xff" * 9):
            client = self.connect(status)
            try:
                client.sendall(data)  # it may hang up at the first of many bytes
                while client.recv(65536):
                    pass
            except OSError:
                pass
            client.close()
        limit = Deadline(3)
        flood = self.connect(status, 0.2)
        flood.sendall(hello(7))
        sent = 0
        try:
            while not limit.over():
                flood.sendall(frame(INPUT, struct.pack("<Q", sent) + b"q" * 4000))
                sent += 4000
        except OSError:
            pass
        deaf = self.connect(status, 0.2)
        deaf.sendall(hello(8))
        try:
            while not limit.over():
                deaf.sendall(frame(GET_VIEWERS) * 500)
        except OSError:
            pass
        self.assertLess(procs.private_kilobytes(keeper) - before, 3000)
        self.assertTrue(procs.alive(status["pid"]))
        self.assertEqual(self.world.record("job")["keeper_pid"], keeper)
        self.world.must("stop", "job")
        eventually(lambda: not procs.alive(keeper))

    def test_a_client_that_does_not_read_does_not_keep_the_keeper(self):
        status = self.start("-t")
        client = self.connect(status, 0.2)
        client.sendall(hello(9))
        try:
            for _ in range(100000):
                client.sendall(frame(GET_VIEWERS) * 10)
        except OSError:
            pass
        self.world.must("stop", "job")
        eventually(lambda: not any(map(procs.alive, self.residents(status))))

    def test_a_deleted_socket_and_a_deleted_socket_directory(self):
        self.start()
        os.unlink(self.socket_path())
        self.world.must("pause", "job")
        shutil.rmtree(f"{self.world.env['XDG_RUNTIME_DIR']}/outlast")
        self.world.must("resume", "job")
        os.rename(f"{self.world.env['XDG_RUNTIME_DIR']}/outlast",
                  f"{self.world.env['XDG_RUNTIME_DIR']}/moved")
        self.world.must("pause", "job")
        self.world.must("stop", "job")

    def test_no_inotify_instance_left(self):
        # Ours is a counter of its own: a user whom nobody else uses would be needed to reach the
        # real limit without disturbing others; the switch takes the same path.
        self.world.must("run", "-d", "-n", "job", "sh", "-c",
                        "echo one; while ! test -e go; do sleep 0.05; done; echo two")
        follower = subprocess.Popen(["outlast", "logs", "-f", "job"], stdout=subprocess.PIPE,
                                    env={**self.world.env, "OUTLAST_WITHOUT": "inotify"})
        self.addCleanup(follower.stdout.close)
        self.assertEqual(follower.stdout.readline(), b"one\n")
        with open(self.world.path("go"), "wb"):
            pass
        self.assertEqual(follower.stdout.readline(), b"two\n")
        follower.wait(20)


class Idle(Robust):
    """What a quiet job costs."""

    def test_memory_and_wakeups(self):
        jobs = []
        for number, option in enumerate(("-t", "-T") * 2):
            self.world.must("run", "-d", "-n", f"job{number}", option, "sleep", "1000")
            jobs.append(self.world.record(f"job{number}"))

        def settled():
            """They were forked from the command line, and have left its memory."""
            found = [self.world.record(f"job{number}") for number in range(len(jobs))]
            left = (now["scribe_pid"] != was["scribe_pid"] for now, was in zip(found, jobs))
            return found if all(left) else None

        jobs = eventually(settled, what="small images")
        pids = [pid for job in jobs for pid in self.residents(job)]
        self.assert_quiet(pids, 1.0)
        switches = [procs.voluntary_switches(pid) for pid in pids]
        time.sleep(SECONDS)
        self.assertEqual([procs.voluntary_switches(pid) for pid in pids], switches)
        cost = [sum(map(procs.private_kilobytes, self.residents(job))) for job in jobs]
        print("private kB of keeper and scribe:", cost)
        if os.environ["OUTLAST_BIN"].endswith("build/release/outlast"):
            self.assertLessEqual(max(cost), 150)


if __name__ == "__main__":
    unittest.main()
