"""A machine with a real systemd, logind and sshd, inside namespaces that only this test knows.

It runs over a throw-away copy (overlay) of this machine's files as PID 1 of its own process,
mount, network and control group namespaces.  Nothing of it is visible to the machine's own
systemd, if there is one, and when this process dies the kernel ends all of it.
"""

import os
import shutil
import subprocess
import tempfile

from . import procs
from .terminal import Terminal
from .waiting import DEADLINE, eventually

SYSTEMD = "/lib/systemd/systemd"
SSHD = "/usr/sbin/sshd"
UNIT_FOLDER = "/lib/systemd/system"

# The steps from a bare namespace to a running systemd; $1 is the folder, $2 the group's name.
BOOT = r"""
set -e
work=$1 group=$2
mount --make-rprivate /
mount -t tmpfs -o size=1g,mode=755 outlast "$work/upper"
mkdir "$work/upper/files" "$work/upper/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper/files,workdir=$work/upper/work" "$work/root"
cp -a "$work/files/." "$work/root/"
cd "$work/root"
mount -t proc proc proc
# The kernel's settings are this machine's too: systemd must not be able to apply its own.
for name in sys sysrq-trigger; do
    [ -e proc/$name ] || continue
    mount --bind proc/$name proc/$name
    mount -o remount,bind,ro proc/$name
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mkdir -p "sys/fs/cgroup/$group"
echo $$ >"sys/fs/cgroup/$group/cgroup.procs"
umount sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mkdir run/lock run/sshd
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=755 dev dev
for name in null zero full random urandom tty; do
    touch dev/$name
    mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs shm dev/shm
ip link set lo up
# What this machine would start by itself has no part in the test.
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires usr/sbin/policy-rc.d etc/machine-id
: >etc/machine-id
for unit in console-getty getty@ serial-getty@ ssh sshd cron postgresql exim4 networking; do
    ln -sf /dev/null etc/systemd/system/$unit.service
done
exec unshare -C sh -c 'mount -t cgroup2 cgroup2 sys/fs/cgroup
exec env -i container=outlast-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot . /lib/systemd/systemd --system --log-target=journal systemd.unit=multi-user.target'
"""

# A control group tree that nobody uses any more, bottom up.
SWEEP = r"""
set -e
mount --make-rprivate /
mount -t cgroup2 cgroup2 "$1"
[ ! -d "$1/$2" ] || find "$1/$2" -depth -type d -exec rmdir {} \;
umount "$1"
"""

PAM = """auth required pam_deny.so
account required pam_permit.so
session required pam_unix.so
session required pam_systemd.so
"""


def missing():
    """None when such a machine can be booted here, else the reason why not."""
    if os.geteuid() != 0:
        return "not root"
    for tool in ("unshare", "nsenter", "setpriv", "ip", "ssh", "ssh-keygen", "busctl", SYSTEMD, SSHD):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    for unit in ("systemd-logind.service", "dbus.service", "user@.service"):
        if not os.path.exists(f"{UNIT_FOLDER}/{unit}"):
            return f"{unit} is not installed"
    with tempfile.TemporaryDirectory(prefix="olp", dir="/tmp") as folder:
        probe = subprocess.run(
            ["unshare", "-m", "-p", "-f", "-u", "-i", "-n", "-C", "--propagation", "private", "sh", "-ec",
             'cd "$1"; mkdir up low group; mount -t tmpfs t up; mkdir up/u up/w; '
             'mount -t overlay o -o lowerdir=/,upperdir=up/u,workdir=up/w low; '
             "mount -t cgroup2 c group", "sh", folder],
            capture_output=True, text=True, check=False)
    if probe.returncode:
        return (probe.stderr.strip().splitlines() or ["namespaces are refused"])[-1]
    return None


class PrivateSystemd:
    """Booted by the constructor, gone after close().

    `users` are made as ordinary accounts with a shell; `files` maps paths to texts, or to paths
    of programs of ours that are copied (a pair "copy", path).
    """

    def __init__(self, users, files=None):
        self.folder = tempfile.mkdtemp(prefix="olm", dir="/tmp")
        self.group = f"outlast-test-{os.getpid()}-{os.path.basename(self.folder)}"
        self.users = {name: 2000 + index for index, name in enumerate(users)}
        self._process = None
        self._clients = []
        try:
            for name in ("upper", "root", "files", "group"):
                os.mkdir(f"{self.folder}/{name}", 0o755)
            self._make_keys()
            self._prepare(files or {})
            self._boot()
            self._start_sshd()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Using it.

    def run(self, *argv, timeout=DEADLINE):
        """Run a command as root on that machine; its output as text."""
        return subprocess.run(["nsenter", "-t", str(self.init), "-a", "-r", "-w", "--", *argv],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, check=False)

    def ssh(self, user, *command):
        """The argument vector of a client that logs `user` in."""
        options = command and command[0].startswith("-") and [command[0]] or []
        return ["nsenter", "-t", str(self.init), "-n", "--", "ssh", "-F", f"{self.folder}/ssh_config",
                *options, f"{user}@machine", *command[len(options):]]

    def login(self, user):
        """A person's terminal with an interactive login in it."""
        client = Terminal(self.ssh(user, "-tt"), env=self._client_env())
        self._clients.append(client)
        return client

    def command(self, user, command, timeout=DEADLINE):
        """A login that is one command, without a terminal; a CompletedProcess with text."""
        return subprocess.run(self.ssh(user, command), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self._client_env(), timeout=timeout, check=False)

    def write(self, path, text):
        """Write a file on that machine."""
        done = subprocess.run(["nsenter", "-t", str(self.init), "-a", "-r", "-w", "--", "sh", "-c",
                               'mkdir -p "${1%/*}" && cat >"$1"', "sh", path],
                              input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def processes(self):
        """Every process of that machine, by this machine's numbers."""
        mine = os.readlink(f"/proc/{self.init}/ns/pid")

        def inside(pid):
            try:
                return os.readlink(f"/proc/{pid}/ns/pid") == mine
            except OSError:
                return False

        return [pid for pid in procs.pids() if inside(pid)]

    def sleeping(self, seconds):
        """Whether a `sleep SECONDS` runs on that machine: tests tell processes apart by it."""
        wanted = [b"sleep", str(seconds).encode()]
        return any(procs.command_line(pid) == wanted and procs.alive(pid) for pid in self.processes())

    def close(self):
        for client in self._clients:
            client.close()
        self._clients = []
        if self._process is not None:
            # The end of its PID 1 is the end of everything in the namespace.
            self._process.kill()
            self._process.wait(DEADLINE)
            self._process = None
            if self.init is not None:
                eventually(lambda: not procs.alive(self.init), what="the end of the machine")
            sweep = ["unshare", "-m", "sh", "-c", SWEEP, "sh", f"{self.folder}/group", self.group]
            # The last of its processes may be on their way out.
            eventually(lambda: subprocess.run(sweep, capture_output=True, check=False).returncode == 0,
                       what="the end of its control groups")
        shutil.rmtree(self.folder, ignore_errors=True)

    # How it is done.

    init = None  # its PID 1, by this machine's numbers

    @staticmethod
    def _client_env():
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent",
                "TERM": "xterm", "LANG": "C.UTF-8"}

    def _make_keys(self):
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name,
                            "-f", f"{self.folder}/{name}"], check=True)

    def _put(self, path, text, mode=0o644):
        where = f"{self.folder}/files{path}"
        os.makedirs(os.path.dirname(where), exist_ok=True)
        with open(where, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(where, mode)

    def _prepare(self, files):
        """The files that are laid over this machine's."""
        for name in ("passwd", "group", "shadow"):
            with open(f"/etc/{name}", encoding="utf-8") as file:
                text = file.read()
            for user, number in self.users.items():
                text += {"passwd": f"{user}:x:{number}:{number}::/home/{user}:/bin/bash\n",
                         "group": f"{user}:x:{number}:\n",
                         "shadow": f"{user}:*:19000:0:99999:7:::\n"}[name]
            self._put(f"/etc/{name}", text, 0o640 if name == "shadow" else 0o644)
        for user, number in self.users.items():
            home = f"{self.folder}/files/home/{user}"
            os.makedirs(home, 0o700)
            os.chown(home, number, number)
            with open(f"{home}/.bash_profile", "w", encoding="utf-8") as file:
                file.write("PS1='ready> '\nbind 'set enable-bracketed-paste off'\n")
        for name in ("host_key", "user_key.pub"):
            with open(f"{self.folder}/{name}", encoding="utf-8") as file:
                self._put(f"/etc/outlast-ssh/{name}", file.read(), 0o600 if name == "host_key" else 0o644)
        self._put("/etc/pam.d/sshd", PAM)
        self._put("/etc/outlast-ssh/sshd_config", "\n".join([
            "ListenAddress 127.0.0.1", "Port 22", "HostKey /etc/outlast-ssh/host_key",
            "AuthorizedKeysFile /etc/outlast-ssh/user_key.pub", "StrictModes no", "UsePAM yes",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PidFile none",
            "PrintMotd no", "PrintLastLog no", "UseDNS no", ""]))
        with open(f"{self.folder}/ssh_config", "w", encoding="utf-8") as file:
            file.write("\n".join([
                "Host machine", "  HostName 127.0.0.1", "  UserKnownHostsFile /dev/null",
                "  StrictHostKeyChecking no", f"  IdentityFile {self.folder}/user_key",
                "  IdentitiesOnly yes", "  BatchMode yes", "  LogLevel ERROR", ""]))
        for path, content in files.items():
            if isinstance(content, str):
                self._put(path, content)
                continue
            where = f"{self.folder}/files{path}"
            os.makedirs(os.path.dirname(where), exist_ok=True)
            shutil.copy(content[1], where)
            os.chmod(where, 0o755)

    def _boot(self):
        with open(f"{self.folder}/log", "wb") as log:
            # A chain of death: ours takes unshare along, and unshare's its PID 1.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "-p", "-f", "-u", "-i", "-n",
                 "--kill-child=KILL", "--propagation", "private",
                 "sh", "-c", BOOT, "sh", self.folder, self.group],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

        def booted():
            if self._process.poll() is not None:
                raise RuntimeError("no private systemd:\n" + self.log())
            children = procs.children(self._process.pid)
            return children and (procs.executable(children[0]) or "").endswith("/systemd") and children[0]

        self.init = eventually(booted, what=lambda: "systemd to be executed:\n" + self.log())
        # The state is "running" or "degraded", and here it is not this test's business which.
        eventually(lambda: self.run("systemctl", "is-active", "multi-user.target").stdout.strip() == "active",
                   what=lambda: "systemd to be up:\n" + self.log())
        self.must("systemctl", "start", "systemd-logind.service")

    def must(self, *argv):
        """As run(), for what has to succeed; its output."""
        done = self.run(*argv)
        if done.returncode:
            raise RuntimeError(f"{argv}: {done.stderr}\n{self.log()}")
        return done.stdout

    def _start_sshd(self):
        self.must("systemd-run", "-q", "--unit=outlast-sshd", "-p", "KillMode=process",
                  SSHD, "-D", "-e", "-f", "/etc/outlast-ssh/sshd_config")
        user = next(iter(self.users))
        eventually(lambda: self.command(user, "true").returncode == 0,
                   what=lambda: "ssh to answer:\n" + self.run("journalctl", "-u", "outlast-sshd").stdout)

    def log(self):
        """What was said while it booted."""
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return file.read()
