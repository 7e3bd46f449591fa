"""Two machines and a cable between them: network namespaces that only this test knows."""

import os
import shutil
import subprocess

from . import procs
from .waiting import eventually

SERVER_ADDRESS, CLIENT_ADDRESS = "10.99.0.1", "10.99.0.2"


def available():
    """None when namespaces may be made here, else the reason why not."""
    if os.geteuid() != 0:
        return "not root"
    for tool in ("unshare", "nsenter", "ip"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    probe = subprocess.run(
        ["unshare", "--net", "ip", "link", "add", "name", "cable", "type", "veth", "peer", "name", "other"],
        capture_output=True, text=True, check=False)
    if probe.returncode:
        return (probe.stderr.strip().splitlines() or ["network namespaces are refused"])[-1]
    return None


class Machine:
    """A network namespace, held open by one process that ends when we do."""

    def __init__(self, env=None):
        # cat ends when the other end of its standard input is closed, whatever happens to us.
        self._holder = subprocess.Popen(
            ["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env)
        self.pid = self._holder.pid
        eventually(lambda: (procs.executable(self.pid) or "").endswith("/cat"),
                   what="a network namespace")
        self.run("ip", "link", "set", "lo", "up")

    def prefix(self):
        """What to put before a command to run it on this machine."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]

    def run(self, *argv):
        subprocess.run([*self.prefix(), *argv], check=True, capture_output=True)

    def close(self):
        self._holder.stdin.close()
        self._holder.wait()


class Cable:
    """`server` and `client`, two machines, each with its end of a cable."""

    def __init__(self, env=None):
        self.server = self.client = None
        try:
            self.server, self.client = Machine(env), Machine(env)
            self.client.run("ip", "link", "add", "name", "cable", "type", "veth", "peer", "name", "cable",
                            "netns", str(self.server.pid))
            self.server.run("ip", "address", "add", SERVER_ADDRESS + "/30", "dev", "cable")
            self.client.run("ip", "address", "add", CLIENT_ADDRESS + "/30", "dev", "cable")
            self.server.run("ip", "link", "set", "cable", "up")
            self.plug()
        except BaseException:
            self.close()
            raise

    def plug(self):
        """From here on packets pass."""
        self.client.run("ip", "link", "set", "cable", "up")

    def unplug(self):
        """From here on no packet gets through, and neither side is told."""
        self.client.run("ip", "link", "set", "cable", "down")

    def close(self):
        for machine in (self.client, self.server):
            if machine is not None:
                machine.close()
        self.client = self.server = None
