"""Real ssh agents with one key each, whose comment tells them apart."""

import os
import shutil
import socket
import subprocess
import tempfile

from .waiting import DEADLINE, eventually


def missing():
    """None when agents can be run here, else the reason why not."""
    for tool in ("ssh-agent", "ssh-add", "ssh-keygen"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    return None


class Agent:
    """Runs from the constructor to close(); `path` is its socket, `name` its key's comment."""

    def __init__(self, world, name, program="ssh-agent"):
        """`program` is what the process is called: an agent that is called sshd passes for one
        that was forwarded over a connection."""
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="ag", dir=world.folder)
        self.path = f"{self.folder}/s"
        self.env = {**world.env, "SSH_AUTH_SOCK": self.path}
        binary = f"{self.folder}/{program}"
        shutil.copy(shutil.which("ssh-agent"), binary)
        self._process = subprocess.Popen([binary, "-D", "-a", self.path], env=world.env,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        eventually(self.answers, what=f"{name} to listen")
        key = f"{self.folder}/key"
        for command in (["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key],
                        ["ssh-add", "-q", key]):
            subprocess.run(command, env=self.env, check=True, stdin=subprocess.DEVNULL,
                           timeout=DEADLINE)

    def answers(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.path) == 0

    def close(self):
        """As sshd does at the end of a connection: the socket's name is gone too."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(DEADLINE)
        self._process = None
        if os.path.lexists(self.path):
            os.unlink(self.path)
