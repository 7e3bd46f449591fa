"""A throwaway ssh server with its own keys, configuration and port, and a way to cut it off.

The server runs as the calling user.  Root gets two network namespaces with a cable between
them, so that a cut is what it is in life: packets stop, nobody is told, and the server gives
the session up.  Without namespaces the client is frozen and then killed.
"""

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile

from . import network, procs
from .terminal import Terminal
from .waiting import DEADLINE, eventually

PROGRAM = "/usr/sbin/sshd"


def missing():
    """None when an ssh server can be run here, else the reason why not."""
    for tool in (PROGRAM, "ssh", "ssh-keygen"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    try:
        shell = pwd.getpwuid(os.getuid()).pw_shell
    except KeyError:
        return "the calling user has no account"
    if os.path.basename(shell) in ("nologin", "false"):
        return "the calling user may not log in"
    return None


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _account_is_locked():
    """True when sshd would refuse root without PAM because its password begins with '!'."""
    try:
        with open("/etc/shadow", encoding="utf-8") as file:
            rows = dict(line.split(":", 2)[:2] for line in file)
    except OSError:
        return False
    return rows.get(pwd.getpwuid(os.getuid()).pw_name, "").startswith("!")


class Sshd:
    """Runs from the constructor to close(); `env` is what its sessions find in their environment."""

    def __init__(self, env=None, namespaces=True, beside=None, name="server", base="/tmp"):
        """`namespaces=False` stays on loopback; `beside` puts it on another server's machine.

        `name` is what clients call it; `base` is where it makes its folder (a world's, so that
        the sweeper finds what is left of it when the test is killed).
        """
        self.folder = tempfile.mkdtemp(prefix="ols", dir=base)
        # The caller's own home holds start-up files which have no part in this.
        os.mkdir(f"{self.folder}/home")
        self.env = {"HOME": f"{self.folder}/home", **(env or {})}
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.name = name
        self._clients = []
        self._process = None
        self.cable = self._machine = None
        self.why_no_cable = None if namespaces else "not asked for"
        try:
            if beside is not None:
                self._machine = beside._machine
            elif namespaces:
                self.why_no_cable = network.available()
                if self.why_no_cable is None:
                    self.cable = network.Cable()
                    self._machine = self.cable.server
            self.address = network.SERVER_ADDRESS if self.cable else "127.0.0.1"
            self._make_keys()
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Connecting.

    def ssh(self, *args):
        """The argument vector of a client on the client's machine.

        Options of ssh come first in `args`, then the remote command.
        """
        options, rest = [], list(args)
        while rest and rest[0].startswith("-"):
            options.append(rest.pop(0))
            if options[-1] in ("-o", "-L", "-R", "-e"):
                options.append(rest.pop(0))
        prefix = self.cable.client.prefix() if self.cable else []
        return [*prefix, *shlex.split(self.client), *options, self.name, *rest]

    @property
    def client(self):
        """The ssh command that knows the server by its name, for a shell or for rsync -e.

        On the server's own machine NAME-local goes through its loopback interface.
        """
        return f"ssh -F {self.folder}/ssh_config"

    def run(self, *args, timeout=DEADLINE, **options):
        """Run a command over a new connection; a CompletedProcess with bytes."""
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(self.ssh(*args), capture_output=True, timeout=timeout, check=False,
                              env=self._client_env(), **options)

    def terminal(self, *args, rows=24, cols=80, agent=None, tty="-tt"):
        """A person's terminal with `ssh -tt` in it; `agent` is the socket of one to forward.

        With tty="-T" the remote side gets no terminal.
        """
        forward, env = (["-A"], {"SSH_AUTH_SOCK": agent}) if agent else ([], {})
        client = Terminal(self.ssh(tty, *forward, *args), env={**self._client_env(), **env},
                          rows=rows, cols=cols)
        self._clients.append(client)
        return client

    # Losing the connection.

    def sessions(self):
        """The server's processes for the connections there are now, nearest to it first."""
        found, look = [], [self._process.pid]
        while look:
            ours = [pid for pid in procs.children(look.pop(0))
                    if os.path.basename(procs.executable(pid) or "").startswith("sshd")]
            found += ours
            look += ours
        return found

    def cut(self):
        """Lose every connection the hard way; returns in words how it was done.

        When this returns the server has given the sessions up: their terminals are hung up.
        """
        if self.cable:
            self.cable.unplug()
            killed = procs.kill_all(self.sessions)
            if not killed:
                raise RuntimeError("there was no connection to cut")
            how = "network cable unplugged (veth down), then the server's session killed"
        else:
            before = self.sessions()
            clients = [c for c in self._clients if c.process.poll() is None]
            if not clients or not before:
                raise RuntimeError("there was no connection to cut")
            for client in clients:
                client.kill(signal.SIGSTOP)
                eventually(lambda: procs.stat(client.pid).state == "T", what="a frozen client")
            for client in clients:
                client.kill(signal.SIGKILL)
                client.wait_end()
            eventually(lambda: not set(before) & set(self.sessions()),
                       what="the end of the server's sessions")
            how = f"ssh client frozen, then killed (no namespaces: {self.why_no_cable})"
        return how

    def mend(self):
        """New connections are possible again after cut()."""
        if self.cable:
            self.cable.plug()

    def close(self):
        for client in self._clients:
            client.close()
        self._clients = []
        if self._process is not None:
            procs.kill_all(self.sessions)
            self._process.terminate()
            self._process.wait(DEADLINE)
            self._process = None
        if self.cable:
            self.cable.close()
            self.cable = None
        shutil.rmtree(self.folder, ignore_errors=True)

    # How it is done.

    @staticmethod
    def _client_env():
        """The client must not send anything of its caller's: no locale, no agent."""
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent",
                "TERM": "xterm-256color", "LANG": "C.UTF-8"}

    def _make_keys(self):
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name,
                            "-f", f"{self.folder}/{name}"], check=True)
        shutil.copy(f"{self.folder}/user_key.pub", f"{self.folder}/authorized_keys")

    def _start(self):
        if os.geteuid() == 0 and not os.path.isdir("/run/sshd"):
            # sshd as root wants this folder, which its service usually makes.
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        for _ in range(5):
            self.port = _free_port()
            self._write_configuration()
            if self._launch():
                break
        else:
            raise RuntimeError("sshd did not start:\n" + self.log())
        self._write_client_configuration()

    def _write_configuration(self):
        lines = [
            f"Port {self.port}", "ListenAddress 127.0.0.1",
            *([f"ListenAddress {self.address}"] if self.cable else []),
            f"HostKey {self.folder}/host_key", f"AuthorizedKeysFile {self.folder}/authorized_keys",
            "PidFile none", "StrictModes no", "PermitRootLogin yes", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", f"UsePAM {'yes' if _account_is_locked() else 'no'}",
            "PrintMotd no", "PrintLastLog no", "UseDNS no", "MaxStartups 100", "LogLevel VERBOSE",
            "Subsystem sftp internal-sftp"]
        pairs = (f'"{name}={value}"' for name, value in self.env.items())
        lines.append("SetEnv " + " ".join(pairs))
        with open(f"{self.folder}/sshd_config", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def _write_client_configuration(self):
        with open(f"{self.folder}/host_key.pub", encoding="utf-8") as file:
            key = " ".join(file.read().split()[:2])
        with open(f"{self.folder}/known_hosts", "w", encoding="utf-8") as file:
            file.write(f"{self.name} {key}\n")
        lines = [
            f"Host {self.name}", f"  HostName {self.address}",
            f"Host {self.name}-local", "  HostName 127.0.0.1",
            "Host *", f"  Port {self.port}", f"  User {self.user}",
            f"  HostKeyAlias {self.name}", f"  UserKnownHostsFile {self.folder}/known_hosts",
            "  GlobalKnownHostsFile /dev/null", "  StrictHostKeyChecking yes",
            f"  IdentityFile {self.folder}/user_key", "  IdentitiesOnly yes",
            "  BatchMode yes", "  ConnectTimeout 20", "  LogLevel ERROR"]
        with open(f"{self.folder}/ssh_config", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def _launch(self):
        """Start sshd and wait until it listens; False when it could not have the port."""
        with open(f"{self.folder}/log", "wb") as log:
            self._process = subprocess.Popen(
                [*(self._machine.prefix() if self._machine else []),
                 "setpriv", "--pdeathsig", "TERM", PROGRAM, "-D", "-e",
                 "-f", f"{self.folder}/sshd_config"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **self.env})
        listeners = 2 if self.cable else 1
        eventually(lambda: self._process.poll() is not None
                   or self.log().count("Server listening on") == listeners,
                   what=lambda: "sshd to listen:\n" + self.log())
        return self._process.poll() is None

    def log(self):
        """What the server has written about itself."""
        try:
            with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""
