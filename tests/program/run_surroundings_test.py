"""What a job finds around it: the caller's surroundings, and nothing of outlast's."""

# ctest: TIMEOUT 180

import os
import re
import subprocess
import unittest

from harness import procs
from harness.case import OutlastCase

# Prints descriptors beyond the standard ones, as "N TARGET" lines.
DESCRIPTORS = ("import os; fds = [f for f in os.listdir('/proc/self/fd') if int(f) > 2]; "
               "print([os.readlink('/proc/self/fd/' + f) for f in fds "
               "if os.path.lexists('/proc/self/fd/' + f)])")


class SurroundingsTest(OutlastCase):
    """Both kinds of jobs, with a terminal and without."""

    def output(self, *command, options=(), **kwargs):
        """What a job without a terminal prints."""
        return self.world.must("run", *options, "--", *command, **kwargs).out

    def test_a_directory_that_was_deleted(self):
        gone = "mkdir gone; cd gone; rmdir ../gone; "
        done = self.shell(gone + "outlast run readlink /proc/self/cwd", check=0)
        self.assertEqual(done.stdout.decode().strip(), self.world.path("gone") + " (deleted)")
        self.assertEqual(self.record()["directory"], self.world.path("gone"))
        self.shell(gone + "outlast run -C / sh -c 'test $(pwd) = /'", check=0)

    def test_directory(self):
        os.mkdir(self.world.path("a"))
        os.symlink("a", self.world.path("link"))
        here = os.path.realpath(self.world.work)
        self.assertEqual(self.output("/bin/pwd", options=("-C", "a")).decode(), f"{here}/a\n")
        self.assertEqual(self.output("/bin/pwd", options=("-C", "link")).decode(), f"{here}/a\n")
        self.file("a/tool", "#!/bin/sh\npwd\n", 0o755)
        self.assertEqual(self.output("./tool", options=("-C", "a")).decode(), f"{here}/a\n")

    def test_pwd_goes_with_the_directory(self):
        os.mkdir(self.world.path("a"))
        out = self.output("sh", "-c", "echo $PWD", options=("-C", "a"),
                          env={"PWD": self.world.work})
        self.assertEqual(out.decode(), f"{os.path.realpath(self.world.work)}/a\n")

    def test_umask(self):
        for mask, mode in (("022", "644"), ("077", "600"), ("000", "666"), ("027", "640")):
            for option in ("-T", "-t"):
                with self.subTest(mask=mask, option=option):
                    self.shell(f"umask {mask}; outlast run {option} sh -c 'rm -f new; : > new'",
                               check=0)
                    found = os.stat(self.world.path("new")).st_mode & 0o777
                    self.assertEqual(f"{found:o}", mode)
        for folder, _, names in os.walk(self.world.env["XDG_STATE_HOME"] + "/outlast"):
            for path in (folder, *(os.path.join(folder, name) for name in names)):
                if not os.path.islink(path):
                    self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)

    def test_limits_and_priority(self):
        line = ("ulimit -n 333; ulimit -c 0; ulimit -v 4000000; ulimit -f 100; {} sh -c "
                "'ulimit -n; ulimit -c; ulimit -v; ulimit -f; nice'")
        plain = self.shell(line.format("nice -n 4"), check=0).stdout
        for options in ("-T", "-t"):
            done = self.shell(line.format(f"nice -n 4 outlast run {options}"), check=0)
            self.assertEqual(done.stdout.split(), plain.split())
        out = self.output("nice", options=("--nice", "5"))
        self.assertEqual(int(out), os.nice(0) + 5)
        # With a terminal, the limit on file sizes is the job's and not the log's.
        done = self.shell("ulimit -Sf 100; outlast run -t seq 1 200000 | tail -n 1")
        self.assertEqual(done.stdout, b"200000\r\n")

    def test_a_small_limit_on_descriptors(self):
        self.shell("ulimit -n 64; outlast run -t sh -c 'exit 3'", check=3)
        self.shell("ulimit -n 64; outlast run -T sh -c 'exit 4'", check=4)
        done = self.shell("ulimit -n 12; outlast run -T true", check=125)
        self.assertIn(b"Too many open files", done.stderr)
        self.assertEqual(len(self.records()), 2)

    def test_descriptors(self):
        for options in ((), ("-t",), ("--stderr",), ("--no-log",)):
            with self.subTest(options=options):
                # One of the caller's, not close-on-exec: it is not for the job either.
                with open(self.world.path("callers"), "wb") as file:
                    os.set_inheritable(file.fileno(), True)
                    out = self.output("/usr/bin/python3", "-c", DESCRIPTORS, options=options,
                                      pass_fds=(file.fileno(),))
                links = re.findall(r"'([^']*)'", out.decode())
                self.assertEqual([os.path.basename(link) for link in links], ["lock"], out)

    def test_session_and_terminal(self):
        script = "import os; print(os.getpid(), os.getsid(0), os.getpgrp(), " \
                 "os.tcgetpgrp(0) if os.isatty(0) else '-', os.ctermid() and " \
                 "os.access('/dev/tty', os.R_OK) and open('/proc/self/stat').read().split()[6])"
        pid, session, group, front, device = self.output(
            "/usr/bin/python3", "-c", script, options=("-t",)).split()
        self.assertEqual({pid, session, group, front}, {pid})
        self.assertNotEqual(device, b"0")
        pid, session, group, front, device = self.output("/usr/bin/python3", "-c", script).split()
        self.assertEqual((session, group, front, device), (pid, pid, b"-", b"0"))
        self.output("sh", "-c", "echo direct > /dev/tty", options=("-t",))
        self.assertEqual(self.log(), b"direct\r\n")

    def test_variables(self):
        self.assertEqual(self.output("sh", "-c", "echo $PYTHONUNBUFFERED"), b"1\n")
        self.assertEqual(self.output("sh", "-c", "echo $PYTHONUNBUFFERED", options=("-t",)), b"\r\n")
        self.assertEqual(self.output("sh", "-c", "echo $PYTHONUNBUFFERED",
                                     env={"PYTHONUNBUFFERED": ""}), b"\n")
        out = self.output("sh", "-c", "echo $OUTLAST_JOB $OUTLAST_NAME $OUTLAST_RUN $OUTLAST_ID",
                          options=("-n", "outer"))
        record = self.record("outer")
        self.assertEqual(out.decode().split(),
                         [str(record["number"]), "outer", "1", record["id"]])
        # A job started from a job has its own.
        out = self.output("outlast", "run", "-n", "inner", "sh", "-c", "echo $OUTLAST_NAME")
        self.assertEqual(out, b"inner\n")
        shown = self.output("env", "-0", options=("-e", "OUTLAST_TEST_MARK"))
        self.assertNotIn(b"OUTLAST_TEST_MARK=", shown)
        self.assertNotIn(b"OUTLAST_RESIDENT", shown)

    def test_odd_variables_and_arguments(self):
        odd = [b"", b"\xff\x80", b"a\nb", b"--", b"-n", b"'\"\\", "ä€😀".encode()]
        out = self.output("printf", "%s\\0", *odd)
        self.assertEqual(out.split(b"\0")[:-1], odd)
        env = {b"BYTES": b"\xff\x01", b"EMPTY": b"", b"LINES_": b"a\nb"}
        done = subprocess.run(
            ["outlast", "run", "env", "-0"], check=True, capture_output=True, timeout=30,
            stdin=subprocess.DEVNULL, cwd=self.world.work,
            executable=f"{self.world.folder}/bin/outlast",
            env={**{os.fsencode(k): os.fsencode(v) for k, v in self.world.env.items()}, **env})
        found = dict(row.split(b"=", 1) for row in done.stdout.split(b"\0")[:-1])
        for name, value in env.items():
            self.assertEqual(found[name], value)
        large = "x" * 100_000
        self.assertEqual(len(self.output("printf", "%s", *[large] * 10)), 1_000_000)

    def test_the_job_is_nobodys_child_but_the_keepers(self):
        terminal = self.terminal("outlast", "run", "-n", "inner", "sh", "-c", "echo up; cat")
        terminal.wait_for("up")
        record = self.record("inner")
        self.assertEqual(procs.stat(record["pid"]).parent, record["keeper_pid"])
        self.assertNotEqual(procs.stat(record["keeper_pid"]).session,
                            procs.stat(terminal.pid).session)
        for pid in (record["keeper_pid"], record["scribe_pid"]):
            self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
            self.assertFalse([link for fd, link in procs.open_files(pid).items()
                              if fd <= 2 and link != "/dev/null"])


if __name__ == "__main__":
    unittest.main()
