"""Read /proc: who is whose child, what a process holds, and which processes belong to a test."""

import collections
import os
import select
import signal

from .waiting import Deadline

Stat = collections.namedtuple(
    "Stat", "pid name state parent group session tty foreground started")


def pids():
    """Every process there is now."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path):
    """The bytes of a file in /proc, or None when the process is gone or not ours to see."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def stat(pid):
    """The fields of /proc/PID/stat that tests ask for, or None when there is no such process."""
    text = _read(f"/proc/{pid}/stat")
    if not text:
        return None
    head, _, rest = text.rpartition(b")")
    name = head.partition(b"(")[2]
    field = rest.split()
    return Stat(pid, name.decode("utf-8", "replace"), field[0].decode(), int(field[1]),
                int(field[2]), int(field[3]), int(field[4]), int(field[5]), int(field[19]))


def alive(pid):
    """True while the process runs; a zombie is dead."""
    found = stat(pid)
    return found is not None and found.state not in "ZX"


def children(pid):
    """The processes whose parent is `pid`, zombies included."""
    return [s.pid for s in map(stat, pids()) if s is not None and s.parent == pid]


def descendants(pid):
    """Children, their children and so on, nearest first."""
    by_parent = collections.defaultdict(list)
    for found in map(stat, pids()):
        if found is not None:
            by_parent[found.parent].append(found.pid)
    result, queue = [], collections.deque(by_parent[pid])
    while queue:
        child = queue.popleft()
        result.append(child)
        queue.extend(by_parent[child])
    return result


def command_line(pid):
    """The argument vector as a list of bytes, or an empty list."""
    text = _read(f"/proc/{pid}/cmdline")
    return text.rstrip(b"\0").split(b"\0") if text else []


def executable(pid):
    """Where the program file is, or None."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def environment(pid):
    """The environment the program was started with, as a dict of bytes."""
    pairs = (_read(f"/proc/{pid}/environ") or b"").split(b"\0")
    return dict(pair.split(b"=", 1) for pair in pairs if b"=" in pair)


def open_files(pid):
    """{descriptor: what it refers to} as /proc/PID/fd shows it."""
    found = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
            except OSError:
                pass  # closed since the listing
    except OSError:
        pass
    return found


def private_kilobytes(pid):
    """Memory that only this process has (Private_Clean + Private_Dirty), in kB."""
    text = _read(f"/proc/{pid}/smaps_rollup") or b""
    rows = (line.split() for line in text.splitlines()[1:])
    return sum(int(row[1]) for row in rows if row[0] in (b"Private_Clean:", b"Private_Dirty:"))


def voluntary_switches(pid):
    """How often the process went to sleep of its own will, over all its threads."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        for line in (_read(f"/proc/{pid}/task/{thread}/status") or b"").splitlines():
            if line.startswith(b"voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total


def tracer_of(pid):
    """The process that traces this one; 0: none."""
    for line in (_read(f"/proc/{pid}/status") or b"").splitlines():
        if line.startswith(b"TracerPid:"):
            return int(line.split()[1])
    return 0


def in_ioctl_of(pid):
    """The descriptor that a process does an ioctl(2) of at this moment, or None."""
    fields = (_read(f"/proc/{pid}/syscall") or b"").split()
    number = b"16"  # of ioctl on x86-64
    return int(fields[1], 16) if fields[:1] == [number] else None


def marked(name, value):
    """Live processes which were started with the environment variable `name` set to `value`."""
    needle = b"\0" + os.fsencode(f"{name}={value}") + b"\0"
    return [pid for pid in pids() if pid != os.getpid()
            and needle in b"\0" + (_read(f"/proc/{pid}/environ") or b"") and alive(pid)]


def using(directory):
    """Live processes which name `directory` in their arguments or hold something below it."""
    inside = directory.rstrip("/") + "/"
    needle = os.fsencode(inside)

    def uses(pid):
        links = list(open_files(pid).values())
        for name in ("cwd", "exe"):
            try:
                links.append(os.readlink(f"/proc/{pid}/{name}"))
            except OSError:
                pass
        return (any((link + "/").startswith(inside) for link in links)
                or needle in (_read(f"/proc/{pid}/cmdline") or b""))

    return [pid for pid in pids() if pid != os.getpid() and uses(pid) and alive(pid)]


def in_own_image(keeper, scribe):
    """True when a job's residents have left the image of the command line that started them.

    That is done once, a second after the start; the scribe is a new process then, a second younger
    than the keeper, and from there on nothing changes by itself.
    """
    older, younger = stat(keeper), stat(scribe)
    ticks = os.sysconf("SC_CLK_TCK")
    return bool(older and younger and younger.started - older.started >= ticks * 0.8)


def describe(pid):
    """One line about a process, for messages."""
    found = stat(pid)
    if found is None:
        return f"{pid} (gone)"
    words = b" ".join(command_line(pid)).decode("utf-8", "replace")[:120]
    return f"{pid} {found.state} parent {found.parent}: {words or '[' + found.name + ']'}"


class Handle:
    """A process that cannot be mistaken for a later one with the same number (a pidfd)."""

    def __init__(self, pid):
        self.pid = pid
        self._fd = os.pidfd_open(pid)  # ProcessLookupError when it is gone

    def fileno(self):
        return self._fd

    def wait_end(self, deadline):
        """True when the process ends (or has ended) within `deadline` seconds."""
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        return bool(poller.poll(deadline * 1000))

    def signal(self, number):
        """Send a signal; False when the process is gone."""
        try:
            signal.pidfd_send_signal(self._fd, number)
            return True
        except ProcessLookupError:
            return False

    def close(self):
        os.close(self._fd)


def kill(pid, number=signal.SIGKILL, still=None, deadline=10.0):
    """Signal one process and wait for its end; True when it is gone.

    `still(pid)` is asked after the process is pinned: it says whether this number is still the
    process that was meant.
    """
    try:
        handle = Handle(pid)
    except ProcessLookupError:
        return True
    try:
        if still is not None and not still(pid):
            return True
        handle.signal(number)
        if number in (signal.SIGSTOP, signal.SIGCONT):
            return True
        return handle.wait_end(deadline)
    finally:
        handle.close()


def kill_all(find, deadline=10.0):
    """SIGKILL whatever `find()` returns until it returns nothing; the pids that were killed."""
    killed, limit = [], Deadline(deadline)
    while not limit.over():
        found = find()
        if not found:
            break
        for pid in found:
            kill(pid, still=lambda number: number in find(), deadline=limit.left())
            killed.append(pid)
    return killed
