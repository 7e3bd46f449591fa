"""Disks that are full, read-only, gone, or lack something: the job goes on and its fate is true.

Real small file systems (tmpfs, ext4 in a file), so most of it needs root.
"""

import ctypes
import os
import shutil
import struct
import subprocess
import unittest

from harness import other_user, procs
from harness.outlast import Outlast, has_failed
from harness.waiting import eventually

LINES = b"".join(b"%d\n" % n for n in range(1, 400001))  # 2.7 MB
MB = 1 << 20


def needs_mounts():
    """Decorator: only root may mount, and not in every container."""
    probe = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
                           capture_output=True, check=False)
    return unittest.skipUnless(probe.returncode == 0, "mounting a tmpfs needs root")


def allocated(path):
    """Bytes on disk."""
    return os.stat(path).st_blocks * 512


class Disk(unittest.TestCase):
    """A world whose state directory can be a file system of its own."""

    def setUp(self):
        self.world = Outlast()
        self.state = self.world.env["XDG_STATE_HOME"]
        self.mounted = False
        self.addCleanup(self.end)

    def end(self):
        self.world.close(failed=has_failed(self))

    def mount(self, *how):
        subprocess.run(["mount", *how, self.state], check=True, capture_output=True)
        world_stop = self.world.stop

        def stop():
            world_stop()
            subprocess.run(["umount", "-l", self.state], check=False, capture_output=True)

        self.world.stop = stop

    def small(self, size):
        self.mount("-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs")

    def fill(self, leave=0):
        """Take all free blocks but `leave`."""
        with open(f"{self.state}/ballast", "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
            if leave:
                file.truncate(max(0, file.seek(0, os.SEEK_END) - leave))

    def free(self):
        info = os.statvfs(self.state)
        return info.f_bavail * info.f_frsize

    def status(self, job):
        return self.world.json("status", job)["jobs"][0]

    def exit_code(self, job):
        return self.world.record(job)["fate"]["code"]

    def lost(self, job):
        return self.status(job)["log"]["lost_bytes"]

    def folder(self):
        return self.world.job_folders()[-1]

    # Bounds.

    def bounded(self, *options, size=MB):
        # stty: bytes as they are, also on a terminal
        self.world.must("run", "-d", "-n", "talker", "--log-max", "1M", *options, "sh", "-c",
                        "test -t 1 && stty -opost; seq 1 400000; sleep 1")
        self.assertEqual(self.world.run("wait", "talker").rc, 0)
        log = f"{self.folder()}/log"
        self.assertEqual(os.stat(log).st_size, len(LINES))
        self.assertLess(allocated(log), size * 1.4)
        shown = self.world.must("logs", "--raw", "talker")
        self.assertTrue(shown.out.startswith(LINES[:100000]))
        self.assertTrue(shown.out.endswith(LINES[-400000:]))
        self.assertIn(b"not kept", shown.out + shown.err)

    def test_bound_of_a_log_from_a_terminal(self):
        self.bounded("-t")

    def test_bound_of_a_log_without_a_terminal(self):
        # Looked at 20 times a second at most: a burst stays until the next look.
        self.bounded("-T")

    def test_without_punching_nothing_is_lost(self):
        self.world.must("run", "-d", "-n", "talker", "--log-max", "1M", "-t", "sh", "-c",
                        "stty -opost; seq 1 400000", env={"OUTLAST_WITHOUT": "punch"})
        self.assertEqual(self.world.run("wait", "talker").rc, 0)
        self.assertEqual(self.world.must("logs", "--raw", "talker").out, LINES)

    def test_without_splice_locks_and_notifications(self):
        without = {"OUTLAST_WITHOUT": "splice,locks,inotify,dnotify"}
        for option in ("-t", "-T"):
            with self.subTest(option):
                self.world.must("run", "-d", "-n", "job" + option, option, "sh", "-c",
                                "test -t 1 && stty -opost; seq 1 400000; exit 3", env=without)
                self.assertEqual(self.world.run("wait", "job" + option, env=without).rc, 3)
                self.assertEqual(self.world.must("logs", "--raw", "job" + option).out, LINES)

    def test_memory_bound_without_a_log(self):
        self.world.must("run", "-d", "-n", "talker", "--no-log", "--log-max", "1M", "sh", "-c",
                        "seq 1 1000000; echo done > finished; sleep 1000")
        eventually(lambda: os.path.exists(self.world.path("finished")))
        keeper = self.world.record("talker")["keeper_pid"]
        logs = [f"/proc/{keeper}/fd/{fd}" for fd, name in procs.open_files(keeper).items()
                if "outlast-log" in name]
        eventually(lambda: os.stat(logs[0]).st_size > 6 * MB)
        self.assertLess(allocated(logs[0]), 1.4 * MB)

    # Full.

    @needs_mounts()
    def test_a_job_on_a_terminal_goes_on_when_the_disk_is_full(self):
        self.small("6m")
        self.world.must("run", "-d", "-n", "talker", "-t", "sh", "-c",
                        "echo begin; cat; stty -opost; seq 1 1500000; exit 5")
        eventually(lambda: b"begin" in self.world.must("logs", "talker").out)
        self.fill()
        self.world.must("send", "--eof", "talker")
        self.assertEqual(self.world.run("wait", "talker", timeout=60).rc, 5)
        self.assertEqual(self.exit_code("talker"), 5)
        self.assertGreater(self.lost("talker"), 0)
        self.assertIn(b"lost", self.world.must("status", "talker").out)
        self.assertIn(b"failed (5)", self.world.must("ls", "-a").out)

    @needs_mounts()
    def test_history_goes_before_output_is_dropped(self):
        self.small("6m")
        self.world.must("run", "-d", "-n", "talker", "-t", "sh", "-c",
                        "stty -opost; seq 1 1500000; exit 5")
        self.assertEqual(self.world.run("wait", "talker", timeout=60).rc, 5)
        self.assertEqual(self.lost("talker"), 0)
        shown = self.world.must("logs", "--raw", "talker").out
        self.assertTrue(shown.startswith(b"1\n2\n3\n"))
        self.assertTrue(shown.endswith(b"1499999\n1500000\n"))

    @needs_mounts()
    def test_without_a_terminal_the_job_itself_is_told(self):
        self.small("6m")
        self.world.must("run", "-d", "-n", "writer", "-T", "sh", "-c",
                        "while ! test -e full; do sleep 0.05; done; "
                        "dd if=/dev/zero bs=64k count=200 2>dd.err; exit 6")
        self.fill()
        with open(self.world.path("full"), "wb"):
            pass
        self.assertEqual(self.world.run("wait", "writer").rc, 6)
        with open(self.world.path("dd.err"), "rb") as file:
            self.assertIn(b"No space left", file.read())
        self.assertEqual(self.exit_code("writer"), 6)

    @needs_mounts()
    def test_no_job_is_started_on_a_full_disk(self):
        self.small("2m")
        self.world.must("run", "-d", "true")
        self.world.run("wait", "-")
        before = self.world.job_folders()
        self.fill()
        for option in ("-t", "-T"):
            done = self.world.run("run", "-d", option, "touch", self.world.path("ran"))
            self.assertEqual(done.rc, 125, done)
            self.assertIn("No space left", done.said)
            self.assertEqual(self.world.job_folders(), before)
        self.assertFalse(os.path.exists(self.world.path("ran")))
        # Where a little is left either all of it works or nothing of it remains.
        for leave in range(4096, 65536, 4096):
            self.fill(leave)
            known = len(self.world.job_folders())
            done = self.world.run("run", "-d", "sh", "-c", "exit 4")
            now = len(self.world.job_folders())
            self.assertEqual(now - known, 1 if done.rc == 0 else 0, (leave, done))
            if done.rc == 0:
                self.assertEqual(self.world.run("wait", "-").rc, 4)
                self.assertEqual(self.exit_code("-"), 4, leave)
                self.world.must("rm", "-")

    # Quota.

    def test_a_write_that_the_quota_refuses(self):
        # What the kernel says then, put into the scribe's mouth: not every kernel has quotas.
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        self.world.must("run", "-d", "-n", "talker", "-t", "sh", "-c",
                        "stty -echo -opost; echo begin; read x; echo dropped; read x; echo kept; exit 5")
        eventually(lambda: procs.in_own_image(*self.residents()), what="the residents' own image")
        scribe = self.residents()[1]
        with subprocess.Popen(
                ["strace", "-q", "-o", "/dev/null", "-p", str(scribe), "-P", f"{self.folder()}/log",
                 "-e", "trace=splice,pwrite64", "-e", "inject=splice,pwrite64:error=EDQUOT"],
                stderr=subprocess.PIPE) as tracer:
            self.addCleanup(tracer.kill)
            eventually(lambda: tracer.poll() is not None or procs.tracer_of(scribe) == tracer.pid)
            if tracer.poll() is not None:
                self.skipTest(f"no process can be traced here: {tracer.stderr.read()}")
            self.world.must("send", "talker", "go")
            eventually(lambda: self.lost("talker") == len("dropped\n"), what="the output to be dropped")
            tracer.terminate()
        self.world.must("send", "talker", "go")
        self.assertEqual(self.world.run("wait", "talker").rc, 5)
        shown = self.world.must("logs", "--raw", "talker")
        self.assertRegex(shown.out + shown.err, rb"(?s)begin\n.*8 B of output are not kept here.*kept\n")
        self.assertIn("8 B lost for want of space", self.world.must("status", "talker").text)

    def residents(self):
        record = self.world.record("talker")
        return record["keeper_pid"], record["scribe_pid"]

    @needs_mounts()
    def test_a_full_quota(self):
        user = 54323
        self.mount_with_quotas()
        self.run_as(user, "run", "-d", "-n", "talker", "-t", "sh", "-c",
                    "echo begin; cat; stty -opost; seq 1 1500000; exit 5")
        eventually(lambda: b"begin" in self.world.must("logs", "talker").out)
        self.set_quota(user, 1024)  # room for the record and some 100 KB of log
        self.world.must("send", "--eof", "talker")
        self.assertEqual(self.world.run("wait", "talker", timeout=60).rc, 5)
        self.assertEqual(self.exit_code("talker"), 5)
        self.assertTrue(self.world.must("logs", "--raw", "talker").out.endswith(b"1500000\n"))
        # Nothing may be written at all: output is dropped, the fate has its place.
        self.set_quota(user, 0)
        self.run_as(user, "run", "-d", "-n", "again", "-t", "sh", "-c",
                    "echo begin; cat; stty -opost; seq 1 1500000; exit 6")
        eventually(lambda: b"begin" in self.world.must("logs", "again").out)
        self.set_quota(user, 1)
        self.world.must("send", "--eof", "again")
        self.assertEqual(self.world.run("wait", "again", timeout=60).rc, 6)
        self.assertEqual(self.exit_code("again"), 6)
        self.assertGreater(self.lost("again"), 0)
        done = self.run_as(user, "run", "-d", "true", code=125)
        self.assertIn(b"Disk quota exceeded", done.stderr)
        self.assertEqual(len(self.world.job_folders()), 2)

    def mount_with_quotas(self):
        """The state directory as an ext4 that keeps quotas, or a skipped test."""
        if not shutil.which("mkfs.ext4"):
            self.skipTest("mkfs.ext4 is not installed")
        image = self.world.path("image")
        with open(image, "wb") as file:
            file.truncate(64 * MB)
        subprocess.run(["mkfs.ext4", "-q", "-O", "quota", "-E", "quotatype=usrquota", image],
                       check=True, capture_output=True)
        try:
            self.mount("-t", "ext4", "-o", "loop,usrquota", image)
        except subprocess.CalledProcessError:
            self.skipTest("this kernel has no quotas on ext4 (CONFIG_QFMT_V2), or no loop devices")

    def set_quota(self, user, kilobytes):
        """A hard limit on what a user may have on the state directory; 0: none. quotactl(2)"""
        with open("/proc/self/mounts", encoding="utf-8") as file:
            device = next(line.split()[0] for line in file if f" {self.state} " in line)
        set_user_quota, limits_only = 0x800008 << 8, 1  # QCMD(Q_SETQUOTA, USRQUOTA), QIF_BLIMITS
        limits = struct.pack("=8QI4x", kilobytes, kilobytes, 0, 0, 0, 0, 0, 0, limits_only)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.quotactl(set_user_quota, device.encode(), user, limits) != 0:
            raise OSError(ctypes.get_errno(), "quotactl")

    def run_as(self, user, *args, code=0):
        """outlast as somebody without root's right to ignore quotas."""
        for path in (self.world.folder, self.world.work):
            os.chmod(path, 0o755)
        for path in (self.state, self.world.env["XDG_RUNTIME_DIR"], self.world.env["HOME"]):
            os.chown(path, user, user)
        program = self.world.path("outlast")
        if not os.path.exists(program):
            os.chmod(shutil.copy(os.environ["OUTLAST_BIN"], program), 0o755)
        done = other_user.run([program, *args], uid=user, env=self.world.env, cwd=self.world.work,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done)
        return done

    # Read-only.

    @needs_mounts()
    def test_a_read_only_file_system(self):
        self.world.must("run", "-d", "-n", "old", "true")
        self.world.run("wait", "old")
        subprocess.run(["mount", "--bind", self.state, self.state], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.state], check=False)
        subprocess.run(["mount", "-o", "remount,ro,bind", self.state], check=True)
        done = self.world.run("run", "-d", "true")
        self.assertEqual(done.rc, 125)
        self.assertIn("Read-only", done.said)
        self.assertIn(b"old", self.world.must("ls", "-a").out)
        self.assertEqual(self.world.run("wait", "old").rc, 0)
        subprocess.run(["umount", "-l", self.state], check=False)

    @needs_mounts()
    @unittest.skipUnless(shutil.which("mkfs.ext4") or os.path.exists("/sbin/mkfs.ext4"), "no mkfs.ext4")
    def test_a_file_system_that_goes_read_only_under_a_running_job(self):
        image = self.world.path("image")
        with open(image, "wb") as file:
            file.truncate(32 * MB)
        subprocess.run(["/sbin/mkfs.ext4", "-q", "-F", image], check=True)
        try:
            self.mount("-o", "loop,errors=remount-ro", image)
        except subprocess.CalledProcessError:
            self.skipTest("no loop devices here")
        os.chmod(self.state, 0o700)
        for option in ("-t", "-T"):
            self.world.must("run", "-d", "-n", "job" + option, option, "sh", "-c",
                            f"echo begin; while ! test -e {self.world.path('go')}; do sleep 0.05; "
                            f"done; echo more; echo more; touch {self.world.path('done')}{option}; "
                            "sleep 0.2; exit 7")
        waiters = [subprocess.Popen(["outlast", "wait", "job" + option], env=self.world.env,
                                    stdout=subprocess.DEVNULL) for option in ("-t", "-T")]
        residents = [self.world.record(f"job{o}")[w] for o in ("-t", "-T") for w in ("keeper_pid", "scribe_pid")]
        subprocess.run(["mount", "-o", "remount,abort", self.state], check=False, capture_output=True)
        with self.assertRaises(OSError):
            with open(f"{self.state}/probe", "wb"):
                pass
        with open(self.world.path("go"), "wb"):
            pass
        eventually(lambda: os.path.exists(self.world.path("done-t")), what="the job on a terminal")
        eventually(lambda: os.path.exists(self.world.path("done-T")), what="the job without")
        self.assertEqual([waiter.wait(20) for waiter in waiters], [7, 7])
        # They hold the fate until it can be written; nothing of them crashed meanwhile.
        for pid in residents:
            self.assertTrue(procs.alive(pid), residents)
        for pid in residents:
            procs.kill(pid)
        eventually(lambda: not self.world.processes() or procs.kill_all(self.world.processes))

    # Deleted.

    def test_a_state_directory_deleted_under_a_running_job(self):
        for option in ("-t", "-T"):
            with self.subTest(option):
                path = self.world.path("finished" + option)
                self.world.must("run", "-d", "-n", "job" + option, option, "sh", "-c",
                                f"while ! test -e go; do sleep 0.05; done; seq 1 100000; touch {path}")
        residents = [pid for pid in self.world.processes()
                     if b"outlast: " in b" ".join(procs.command_line(pid))]
        self.assertEqual(len(residents), 4)
        shutil.rmtree(f"{self.state}/outlast")
        with open(self.world.path("go"), "wb"):
            pass
        for option in ("-t", "-T"):
            eventually(lambda option=option: os.path.exists(self.world.path("finished" + option)))
        eventually(lambda: not any(map(procs.alive, residents)), what="keepers and scribes to leave")
        self.world.must("run", "-d", "true")

    def test_foreign_and_half_written_files(self):
        self.world.must("run", "-d", "-n", "good", "true")
        self.world.run("wait", "good")
        jobs = f"{self.state}/outlast/jobs"
        for name in ("notes", "007", "18446744073709551615", "99999999999999999999"):
            os.mkdir(f"{jobs}/{name}")
        with open(f"{jobs}/50", "wb"):
            pass  # a file where a folder should be
        os.mkdir(f"{jobs}/60")
        os.mkfifo(f"{jobs}/60/state.json")
        os.mkfifo(f"{jobs}/60/log")
        os.mkfifo(f"{jobs}/60/live")
        shutil.copy(f"{jobs}/1/spec.json", f"{jobs}/60/spec.json")
        # The keeper takes its spare away when it is done.
        eventually(lambda: not os.path.exists(f"{jobs}/1/state.json.spare"))
        shutil.copytree(f"{jobs}/1", f"{jobs}/61")
        with open(f"{jobs}/61/state.json", "r+b") as file:
            file.truncate(40)
        shutil.copytree(f"{jobs}/1", f"{jobs}/62")
        os.mkdir(f"{jobs}/62/extra")
        for name in ("live", "timeline", "log", "events.jsonl"):
            with open(f"{jobs}/62/{name}", "wb") as file:
                file.write(b"\xff" * 37)
        shown = self.world.must("ls", "-a")
        self.assertIn(b"good", shown.out)
        self.assertIn(b"damaged", shown.out)
        for number in ("60", "61", "62"):
            for command in (("status", number), ("logs", number), ("events", number)):
                done = self.world.run(*command)
                self.assertGreaterEqual(done.rc, 0, (command, done))
        self.assertEqual(self.world.must("run", "-d", "true").text.strip(), "2")

    def test_a_damaged_index(self):
        root = f"{self.state}/outlast"
        self.assertEqual(self.world.must("run", "-d", "true").text.strip(), "1")
        for text in (b"", b"garbage and more of it\n", b"18446744073709551615\n"):
            with open(f"{root}/next", "wb") as file:
                file.write(text)
            before = len(self.world.job_folders())
            number = int(self.world.must("run", "-d", "true").text)
            self.assertEqual(number, before + 1)


if __name__ == "__main__":
    unittest.main()
