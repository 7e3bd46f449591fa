"""`sudo outlast adopt`: root adopts a user's process, and it is that user's job."""

import json
import os
import subprocess
import unittest

from harness import other_user, procs
from harness.terminal import Terminal
from harness.waiting import eventually

USER, GROUP, EXTRA = 54321, 54322, 54323


@other_user.needs_root()
class ForUser(unittest.TestCase):
    def setUp(self):
        self.place = other_user.Place(USER, GROUP)
        self.folder, self.program = self.place.folder, self.place.program
        os.mkdir(f"{self.folder}/root", 0o700)
        self.state = f"{self.folder}/home/state/outlast"
        self.env = {**self.place.env, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
                    "XDG_STATE_HOME": f"{self.folder}/home/state"}
        self.addCleanup(self.end)

    def end(self):
        self.user("stop", "-t", "0s", "*")
        self.place.remove()

    def user(self, *words):
        return subprocess.run([self.program, *map(str, words)], user=USER, group=GROUP,
                              extra_groups=[EXTRA], env=self.env, cwd="/", timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def root(self, *words, rc=0):
        """As sudo does it: root's own home, and nothing of the user's environment."""
        done = subprocess.run([self.program, *map(str, words)], cwd="/", timeout=30,
                              env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SECRET": "of root",
                                   "HOME": f"{self.folder}/root"},
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual(done.returncode, rc, done)
        return done

    def start(self, script, **env):
        """A process of the user's in a terminal of its own."""
        line = ["setpriv", f"--reuid={USER}", f"--regid={GROUP}", f"--groups={EXTRA}",
                "bash", "-c", script]
        terminal = Terminal(line, env={**self.env, **env}, cwd="/")
        self.addCleanup(terminal.close)
        terminal.wait_for("begun")
        return terminal

    def record(self):
        return json.loads(self.user("status", "--json", "1").stdout)

    def check_is_users(self, pid):
        """Nothing of root's is left in the process."""
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            status = dict(line.rstrip("\n").split(":", 1) for line in file)
        self.assertEqual(status["Uid"].split(), [str(USER)] * 4)
        self.assertEqual(status["Gid"].split(), [str(GROUP)] * 4)
        self.assertEqual(status["Groups"].split(), [str(EXTRA)])
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertNotIn(b"SECRET", procs.environment(pid))
        for fd in range(3):
            self.assertEqual(os.readlink(f"/proc/{pid}/fd/{fd}"), "/dev/null")
        self.assertEqual(os.stat(f"/proc/{pid}/stat").st_uid, USER, "its user may look into it")

    def check_files(self):
        for path, folders, files in os.walk(f"{self.folder}/home"):
            for name in folders + files:
                self.assertEqual(os.lstat(f"{path}/{name}").st_uid, USER, f"{path}/{name}")
        self.assertEqual(os.listdir(f"{self.folder}/root"), [])

    def test_is_the_users_job(self):
        terminal = self.start("echo begun; while read -r line; do echo got $line; "
                              "[ $line = end ] && exit 7; done; exit 9")
        said = self.root("adopt", "-n", "work", terminal.pid).stdout.decode()
        self.assertRegex(said, rf"job of uid {USER}, who types: outlast attach work")
        self.assertEqual(self.root("ls").stdout.count(b"work"), 0)
        self.assertIn(b"work", self.user("ls").stdout)
        residents = [pid for pid in procs.using(self.state)
                     if procs.stat(pid).name.startswith("outlast")]
        self.assertGreaterEqual(len(residents), 2, "keeper and scribe")
        for pid in residents:
            self.check_is_users(pid)
        self.check_files()
        self.assertEqual(self.user("send", "work", "one\n").returncode, 0)
        eventually(lambda: b"got one" in self.user("logs", "--raw", "work").stdout)
        self.assertEqual(self.user("send", "work", "end\n").returncode, 0)
        self.assertEqual(self.user("wait", "work").returncode, 7)

    def test_watched_is_the_users_too(self):
        terminal = self.start("echo begun; read -r line; exit 5")
        done = json.loads(self.root("adopt", "--watch", "--json", terminal.pid).stdout)
        self.assertEqual(done["owner"], f"uid {USER}")
        self.check_files()
        terminal.send_line("go")
        self.assertIn(self.user("wait", 1).returncode,
                      [5] if done["exit_status_will_be_known"] else [0, 125])

    def test_no_path_is_followed_with_roots_rights(self):
        trap = f"{self.folder}/root"
        os.symlink(trap, f"{self.folder}/home/link")
        for place in (f"{self.folder}/home/link", trap, f"{self.folder}/absent"):
            terminal = self.start("echo begun; read -r line", OUTLAST_STATE_DIR=place)
            before = procs.stat(terminal.pid)
            said = self.root("adopt", terminal.pid, rc=4).stderr.decode()
            self.assertRegex(said, "Permission denied|closed to you")
            self.assertIn("fix: give --state-dir", said)
            self.assertEqual(procs.stat(terminal.pid).session, before.session)
            terminal.close()
        self.assertEqual(os.listdir(trap), [])
        self.assertFalse(os.path.exists(f"{self.folder}/absent"))

    def test_processes_of_two_users_are_not_mixed(self):
        own = subprocess.Popen(["sleep", "1000"], cwd=self.folder)
        self.addCleanup(own.wait)
        self.addCleanup(own.kill)
        terminal = self.start("echo begun; read -r line")
        said = self.root("adopt", own.pid, terminal.pid, rc=4).stderr.decode()
        self.assertIn("several users", said)
        self.root("adopt", terminal.pid, 2 ** 22 - 1, rc=3)
        self.assertEqual(os.listdir(f"{self.folder}/root"), [])
        self.assertEqual(os.listdir(f"{self.folder}/home"), [])


if __name__ == "__main__":
    unittest.main()
