"""How jobs end, and what is kept of it: never guessed, in state.json, in words, as an exit code."""

# ctest: TIMEOUT 180

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import unittest

from harness import procs
from harness.case import OutlastCase
from harness.waiting import eventually

# Takes memory until somebody stops it.
GREEDY = "x = []\nwhile True: x.append(bytearray(b'x') * 1000000)"


def own_memory_group():
    """(version, directory) of the memory cgroup that this process is in, or None."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(":", 2) for line in file]
    for _, controllers, path in rows:
        if controllers == "memory":
            return 1, f"/sys/fs/cgroup/memory{path}"
    for _, controllers, path in rows:
        folder = f"/sys/fs/cgroup{path}"
        if controllers == "" and os.path.exists(f"{folder}/cgroup.controllers"):
            return 2, folder
    return None


@contextlib.contextmanager
def memory_group(limit):
    """A memory cgroup below our own, with a limit; SkipTest where it may not be made."""
    found = own_memory_group()
    if found is None:
        raise unittest.SkipTest("there is no memory cgroup")
    version, parent = found
    try:
        group = tempfile.mkdtemp(prefix="outlast-test-", dir=parent)
    except OSError as error:
        raise unittest.SkipTest(f"no memory cgroup may be made: {error}") from None
    try:
        names = ("memory.max", "memory.swap.max") if version == 2 else ("memory.limit_in_bytes",)
        try:
            for name in names:
                if os.path.exists(f"{group}/{name}") or name == names[0]:
                    with open(f"{group}/{name}", "w", encoding="utf-8") as file:
                        file.write("0" if "swap" in name else str(limit))
        except OSError as error:
            raise unittest.SkipTest(f"the memory cgroup takes no limit: {error}") from None
        yield group
    finally:
        def gone():
            try:
                os.rmdir(group)
                return True
            except OSError:
                return False  # what was in it is still ending
        eventually(gone, what=f"an empty {group}")


class FatesTest(OutlastCase):
    """One job each."""

    env = {}

    def setUp(self):
        super().setUp()
        self.world.env.update(self.env)

    def end_of(self, *command, code, words="", options=()):
        """Run to the end; the fate, after a look at the exit code, the message and `ls`."""
        done = self.world.run("run", *options, "--", *command)
        self.assertEqual(done.rc, code, done.said)
        self.assertIn(words, done.said)
        fate = self.fate()
        self.assertGreater(fate["ended_at_ns"], 0)
        self.assertIn("usage", fate)
        return fate

    def test_exit_codes(self):
        for code in (0, 1, 2, 124, 125, 126, 127, 128, 143, 255):
            with self.subTest(code):
                fate = self.end_of("sh", "-c", f"exit {code}", code=code)
                self.assertEqual((fate["kind"], fate["code"]), ("exited", code))
                self.assertNotIn("cause", fate)

    def test_every_signal(self):
        fatal = [number for number in signal.valid_signals() if number not in (
            signal.SIGCHLD, signal.SIGCONT, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN,
            signal.SIGTTOU, signal.SIGURG, signal.SIGWINCH)]
        for number in fatal:
            with self.subTest(number):
                code = f"import os, resource, signal; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); " \
                       f"signal.signal({int(number)}, signal.SIG_DFL) if {int(number)} not in (9,) " \
                       f"else 0; os.kill(os.getpid(), {int(number)})"
                fate = self.end_of("/usr/bin/python3", "-I", "-S", "-c", code, code=128 + number)
                self.assertEqual((fate["kind"], fate["signal"], fate["core"]),
                                 ("signaled", number, False))

    def test_core(self):
        with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as file:
            pattern = file.read().strip()
        # The kernel sets the bit when it wrote a core: to a file, or into a program.
        script = "ulimit -c unlimited; exec sh -c 'kill -ABRT $$'"
        fate = self.end_of("sh", "-c", script, code=134)
        plain = subprocess.run(
            ["/usr/bin/python3", "-c", "import os, subprocess\n"
             f"child = subprocess.Popen(['sh', '-c', {script!r}])\n"
             "print(os.WCOREDUMP(os.waitpid(child.pid, 0)[1]))"],
            capture_output=True, check=True, cwd=self.world.work, timeout=30, text=True)
        self.assertEqual(fate["core"], plain.stdout.strip() == "True", pattern)

    def test_out_of_memory(self):
        with memory_group(40 << 20) as group:
            # In the group first, then the job: keeper and job start there.
            line = f"echo $$ > {group}/cgroup.procs && exec outlast run -n greedy " \
                   f"/usr/bin/python3 -c \"{GREEDY}\""
            done = self.shell(line)
            fate = self.fate("greedy")
            self.assertEqual((fate["kind"], fate["signal_name"], fate.get("cause")),
                             ("signaled", "KILL", "oom"), (fate, done.stderr))
            self.assertIn(fate["evidence"], ("cgroup", "kernel-log", "counter"))
            self.assertEqual(done.returncode, 137)
            self.assertIn(b"out of memory", done.stderr)
            eventually(lambda: not self.world.processes(), what="the end of keeper and scribe")

    def test_killed_without_a_lack_of_memory(self):
        fate = self.end_of("sh", "-c", "kill -KILL $$", code=137, words="killed (KILL)")
        self.assertNotIn("cause", fate)

    def test_stopped_by_somebody(self):
        self.world.must("run", "-d", "-n", "worker", "sleep", "1000")
        self.world.must("stop", "worker")
        fate = self.fate("worker")
        self.assertEqual((fate["kind"], fate["signal_name"], fate["cause"]),
                         ("signaled", "TERM", "stopped"))
        self.assertTrue(fate["by"])

    def test_a_reboot(self):
        self.world.must("run", "-d", "-n", "worker", "-T", "sleep", "1000")
        record = self.record("worker")
        self.world.run("run", "-n", "older", "sh", "-c", "exit 3")
        # As after a power cut: nothing of it is alive, and the boot is another one.
        handles = [procs.Handle(record[name]) for name in ("keeper_pid", "scribe_pid", "pid")]
        for handle in handles[:2]:
            handle.signal(signal.SIGSTOP)  # neither may start the other anew
        for handle in handles:
            handle.signal(signal.SIGKILL)
            self.assertTrue(handle.wait_end(20))
            handle.close()
        for number in (1, 2):
            path = f"{self.world.env['XDG_STATE_HOME']}/outlast/jobs/{number}/state.json"
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(record["boot_id"], "00000000-1111-2222-3333-444444444444"))
        done = self.world.run("attach", "worker")
        self.assertEqual(done.rc, 125)
        self.assertIn("lost", done.said)
        done = self.world.run("attach", "older")
        self.assertEqual(done.rc, 3, "what had ended before the reboot keeps its fate")
        rows = {row["name"]: row for row in self.world.json("ls", "-a")["jobs"]}
        self.assertIn("lost", json.dumps(rows["worker"]))
        self.assertEqual(self.world.must("run", "-n", "worker", "echo", "again").out, b"again\n")

    def test_the_interpreter_that_cannot_be_run_is_no_fate(self):
        self.file("tool", "#!/no/such/interpreter\n", 0o755)
        self.assertEqual(self.world.run("run", "./tool").rc, 126)
        self.assertEqual(self.world.job_folders(), [])

    def test_a_child_that_lives_on(self):
        # The fate is the command's; what it left behind is told by nobody's exit code.
        gate = self.gate()
        done = self.world.run("run", "-n", "parent", "sh", "-c",
                              f"(cat {gate}; echo late) & echo early; exit 5")
        self.assertEqual((done.rc, self.fate("parent")["code"]), (5, 5))
        self.open_gate(gate)
        eventually(lambda: self.log("parent") == b"early\nlate\n", what="the child's output")


class FatesOfOlderKernels(FatesTest):
    """The same where the kernel tells only the parent how a process ended."""

    env = {"OUTLAST_WITHOUT": "pidfd_info"}


if __name__ == "__main__":
    unittest.main()
