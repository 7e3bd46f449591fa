"""Another user of the same host: sees nothing, touches nothing, squats nothing. Root may."""

import os
import shutil
import socket
import subprocess
import unittest

from harness import other_user
from harness.terminal import Terminal

OWNER, STRANGER = 54321, other_user.UID


@other_user.needs_root()
class OtherUser(unittest.TestCase):
    """Jobs of one user, another one, and root."""

    def setUp(self):
        self.place = other_user.Place(OWNER, OWNER)
        self.folder, self.program = self.place.folder, self.place.program
        self.state = f"{self.folder}/home/state"
        self.env = {**self.place.env, "OUTLAST_STATE_DIR": self.state}
        self.addCleanup(self.end)

    def end(self):
        self.owner("stop", "-t", "0s", "*")
        self.place.remove()

    def as_user(self, uid, *args, env=None, **options):
        return other_user.run([self.program, *args], uid=uid, env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, **options)

    def owner(self, *args, **options):
        return self.as_user(OWNER, *args, **options)

    def start(self, *options):
        done = self.owner("run", "-d", "-n", "secret", *options, "sleep", "1000")
        self.assertEqual(done.returncode, 0, done)
        return f"{self.state}/jobs/1"

    def test_root_takes_no_agent_away(self):
        """The job could not enter what is root's."""
        agent = f"{self.folder}/home/agent"
        done = self.owner("run", "-d", "-t", "cat", env={"SSH_AUTH_SOCK": agent})
        self.assertEqual(done.returncode, 0, done)
        link, = [entry.path for entry in os.scandir(f"{self.folder}/run/outlast")
                 if entry.name.endswith(".agent")]
        own = socket.socket(socket.AF_UNIX)
        self.addCleanup(own.close)
        own.bind(f"{self.folder}/own")
        own.listen()
        with Terminal([self.program, "--state-dir", self.state, "attach", "1"],
                      env={"PATH": "/usr/bin:/bin", "TERM": "xterm", "HOME": "/nonexistent",
                           "SSH_AUTH_SOCK": f"{self.folder}/own"}) as terminal:
            terminal.wait_for("leaves it running")
            terminal.send_line("typed")
            terminal.wait_for("typed.*typed")
            self.assertEqual(os.readlink(link), agent)

    def test_sees_and_touches_nothing(self):
        job = self.start("-t")
        for path, _, files in os.walk(self.state):
            self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)
            for name in files:
                if not os.path.islink(f"{path}/{name}"):
                    self.assertEqual(os.lstat(f"{path}/{name}").st_mode & 0o077, 0, name)
        os.chmod(f"{self.folder}/home", 0o711)  # homes often are
        os.chmod(f"{self.folder}/run", 0o711)
        for command in (("ls", "-a"), ("status", "secret"), ("logs", "1"), ("stop", "secret"),
                        ("signal", "secret", "KILL"), ("send", "secret", "x"), ("rm", "1"), ("wait", "1")):
            done = self.as_user(STRANGER, *command)
            self.assertNotIn(b"secret (", done.stdout + done.stderr, command)
            self.assertNotEqual(done.returncode, 0, (command, done))
        for path in (job, f"{job}/log", f"{job}/spec.json", self.state, f"{self.folder}/run/outlast"):
            probe = other_user.run(["cat", path], uid=STRANGER)
            self.assertIn(b"Permission denied", probe.stderr, path)
        control = next(os.scandir(f"{self.folder}/run/outlast")).path
        connect = "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
        self.assertIn(b"PermissionError",
                      other_user.run(["python3", "-c", connect, control], uid=STRANGER).stderr)
        # Even with the directory open, the keeper itself looks who is there.
        os.chmod(f"{self.folder}/run/outlast", 0o777)
        os.chmod(control, 0o777)
        talk = ("import socket,struct,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
                "s.settimeout(10); "
                "s.sendall(struct.pack('<IHHIHQQH',24,1,0,0x4C54554F,1,0,5,0)); print(len(s.recv(99)))")
        told = other_user.run(["python3", "-c", talk, control], uid=STRANGER)
        self.assertFalse(told.stdout.strip() not in (b"", b"0"), told)
        os.chmod(f"{self.folder}/run/outlast", 0o700)
        self.assertEqual(self.owner("status", "secret").returncode, 0)

    def test_squatted_socket_directory(self):
        path = f"/tmp/outlast-{OWNER}"
        env = {"XDG_RUNTIME_DIR": ""}
        for make in (lambda: os.mkdir(path, 0o777), lambda: os.symlink(self.folder, path),
                     lambda: os.mkfifo(path), lambda: open(path, "wb").close()):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)
            make()
            os.lchown(path, STRANGER, STRANGER)
            done = self.owner("run", "-d", "-n", "calm", "sleep", "1000", env=env)
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(self.owner("stop", "calm", env=env).returncode, 0)
            self.assertEqual(self.owner("wait", "calm", env=env).returncode, 143)
        os.unlink(path)
        self.assertEqual(os.listdir(f"{self.state}/sockets"), [])

    def test_squatted_state_directory(self):
        place = f"{self.folder}/squatted"
        os.makedirs(f"{place}/jobs")
        for path in (place, f"{place}/jobs"):
            os.chmod(path, 0o777)
            os.chown(path, STRANGER, STRANGER)
        for command in (("run", "true"), ("ls",)):
            done = self.owner(*command, env={"OUTLAST_STATE_DIR": place})
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(b"not yours", done.stderr)
        self.assertEqual(os.listdir(f"{place}/jobs"), [])

    def test_the_state_directory_of_another_user(self):
        self.start()
        for command in (("ls",), ("run", "true"), ("status", "secret")):
            done = self.as_user(STRANGER, *command)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(b"Permission denied", done.stderr)
            self.assertIn(b"fix: give --state-dir", done.stderr)

    def test_root_may(self):
        self.start("-t")
        root = {**os.environ, "OUTLAST_STATE_DIR": "", "XDG_RUNTIME_DIR": "", "HOME": "/root"}

        def call(*args):
            return subprocess.run([self.program, *args, "--state-dir", self.state], env=root,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)

        for command in (("ls",), ("status", "secret"), ("logs", "secret"), ("pause", "secret"),
                        ("resume", "secret"), ("stop", "secret")):
            done = call(*command)
            self.assertEqual(done.returncode, 0, (command, done))
        self.assertEqual(call("wait", "secret").returncode, 143)
        for path, folders, files in os.walk(self.state):
            for name in folders + files:
                self.assertEqual(os.lstat(f"{path}/{name}").st_uid, OWNER, f"{path}/{name}")
        refused = subprocess.run([self.program, "run", "--state-dir", self.state, "true"], env=root,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
        self.assertEqual(refused.returncode, 125, refused)
        self.assertIn(b"another user", refused.stderr)


if __name__ == "__main__":
    unittest.main()
