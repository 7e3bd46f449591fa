"""outlast doctor: what it finds wrong when something is, and what --fix does about it."""

import json
import os
import resource
import shutil
import stat
import subprocess
import tempfile
import unittest

from harness import other_user
from harness.case import OutlastCase
from harness.outlast import binary

ORDER = ["good", "note", "unknown", "risk"]


class Doctor(OutlastCase):
    """Each test breaks one thing and looks for the line about it."""

    def doctor(self, *args, env=None, program=None, **options):
        """(exit code, {topic: its worst finding}, the whole answer)."""
        done = subprocess.run([program or binary(), "doctor", "--json", *args],
                              env={**self.world.env, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False, **options)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        answer = json.loads(done.stdout)
        worst = {}
        for finding in answer["findings"]:
            known = worst.get(finding["topic"])
            if known is None or ORDER.index(finding["mark"]) > ORDER.index(known["mark"]):
                worst[finding["topic"]] = finding
        return done.returncode, worst, answer

    def test_every_topic_has_its_line_and_the_code_follows_the_marks(self):
        code, found, answer = self.doctor()
        for topic in ("logout", "policy", "linger", "placement", "state", "space", "sockets",
                      "terminal", "kernel", "ptrace", "cgroups", "inotify", "limits"):
            self.assertIn(topic, found)
        bad = [f for f in answer["findings"] if f["mark"] in ("risk", "unknown")]
        self.assertEqual(code, 1 if bad else 0)
        self.assertEqual(answer["well"], not bad)
        self.assertEqual(answer["fixed"], [])
        for topic in ("terminal", "sockets", "kernel"):
            self.assertIn(found[topic]["mark"], ("good", "note"), found[topic])

    def test_it_leaves_no_job_and_no_file_behind(self):
        os.mkdir(f"{self.world.folder}/state/outlast", 0o700)
        self.doctor()
        self.assertEqual(os.listdir(f"{self.world.folder}/state/outlast"), [])

    def test_a_state_directory_in_memory_does_not_outlive_a_reboot(self):
        if not os.path.ismount("/dev/shm"):
            self.skipTest("/dev/shm is no file system of its own")
        folder = tempfile.mkdtemp(dir="/dev/shm")
        self.addCleanup(shutil.rmtree, folder)
        code, found, _ = self.doctor("--state-dir", f"{folder}/not/yet/made")
        self.assertEqual((code, found["state"]["mark"]), (1, "risk"))
        self.assertIn("tmpfs", found["state"]["text"])
        self.assertEqual(os.listdir(folder), [])

    def test_a_state_directory_that_cannot_be_written(self):
        code, found, _ = self.doctor("--state-dir", "/proc/nowhere")
        self.assertEqual((code, found["state"]["mark"]), (1, "risk"))
        self.assertIn("--state-dir", found["state"]["fix"])
        code, found, _ = self.doctor(env={"OUTLAST_STATE_DIR": "relative"})
        self.assertEqual((code, found["state"]["mark"]), (1, "risk"))

    def test_features_that_are_missing_are_notes(self):
        without = "pidfd-info,punch,locks,splice,inotify"
        _, found, _ = self.doctor(env={"OUTLAST_WITHOUT": without})
        for topic in ("locks", "log", "inotify", "kernel"):
            self.assertEqual(found[topic]["mark"], "note", found[topic])

    def test_too_few_descriptors(self):
        code, found, _ = self.doctor(
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
        self.assertEqual((code, found["limits"]["mark"]), (1, "risk"))
        self.assertIn("40 files", found["limits"]["text"])

    def test_a_directory_for_sockets_that_others_may_enter(self):
        folder = f"{self.world.folder}/sockets"
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        env = {"OUTLAST_RUNTIME_DIR": folder}
        code, found, _ = self.doctor(env=env)
        self.assertEqual((code, found["sockets"]["mark"], found["sockets"]["fixable"]), (1, "risk", True))

        # Nobody is there to ask: nothing is changed.
        for args in (["--fix"], ["--fix", "--no-input"]):
            _, found, answer = self.doctor(*args, env=env)
            self.assertEqual((found["sockets"]["mark"], answer["fixed"]), ("risk", []))
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o755)

        _, found, answer = self.doctor("--fix", "-y", env=env)
        self.assertEqual(found["sockets"]["mark"], "good")
        self.assertEqual(len(answer["fixed"]), 1)
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)

    def test_fix_asks_at_the_terminal_and_only_yes_is_yes(self):
        folder = f"{self.world.folder}/state/outlast"
        os.mkdir(folder)
        for answer, mode in (("", 0o755), ("n", 0o755), ("yes", 0o700)):
            os.chmod(folder, 0o755)
            terminal = self.terminal(binary(), "doctor", "--fix", cols=200)
            terminal.wait_for(r"close .*/state/outlast to others.*\[y/N\] ")
            terminal.send_line(answer)
            terminal.wait_end()
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), mode, answer)

    @other_user.needs_root()
    def test_a_squatted_link_is_not_made_private(self):
        """`--fix` never changes what a link leads to, nor what is somebody else's."""
        target = f"{self.world.folder}/target"
        os.mkdir(target)
        os.chmod(target, 0o755)
        os.symlink(target, f"{self.world.folder}/link")
        self.doctor("--fix", "-y", env={"OUTLAST_RUNTIME_DIR": f"{self.world.folder}/link"})
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o755)

    def test_a_logout_script_that_kills_is_named(self):
        home = self.world.env["HOME"]
        with open(f"{home}/.bash_logout", "w", encoding="utf-8") as file:
            file.write("# kill nothing\npkill -u $USER \x1b]0;x\x07\n")
        code, found, _ = self.doctor()
        self.assertEqual((code, found["scripts"]["mark"]), (1, "unknown"))
        self.assertIn(".bash_logout, line 2", found["scripts"]["text"])
        self.assertNotIn("\x1b", found["scripts"]["text"])

    def test_a_batch_allocation_is_recognised(self):
        code, found, _ = self.doctor(env={"SLURM_JOB_ID": "812"})
        self.assertEqual((code, found["batch"]["mark"]), (1, "unknown"))
        self.assertIn("Slurm job 812", found["batch"]["text"])
        self.assertNotEqual(found["logout"]["mark"], "good")
        # And `run` does not say "safe" there.
        said = self.world.must("run", "-d", "--json", "true", env={"SLURM_JOB_ID": "812"}).text
        self.assertIsNone(json.loads(said)["survives_logout"])

    def test_text_form_has_marks_and_fixes_and_fits(self):
        terminal = self.terminal(binary(), "doctor", "--state-dir", "/proc/nowhere")
        terminal.wait_end()
        text = bytes(terminal.output).decode()
        self.assertRegex(text, r"✗.* state .*\n.*\n? *fix: give --state-dir")
        plain = subprocess.run([binary(), "doctor", "-q", "--state-dir", "/proc/nowhere"],
                               env={**self.world.env, "LANG": "C"}, capture_output=True, check=False)
        self.assertRegex(plain.stdout, rb"(?m)^x state ")
        self.assertTrue(plain.stdout.isascii())
        self.assertNotIn(b"\n+ ", plain.stdout)

    def test_usage(self):
        result = self.world.run("doctor", "4711")
        self.assertEqual(result.rc, 2)
        self.assertIn("outlast check", result.said)


if __name__ == "__main__":
    unittest.main()
