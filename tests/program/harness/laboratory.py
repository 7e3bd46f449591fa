"""Starts processes in many situations, asks `outlast check`, drops their connections, and looks what came of them."""

import collections
import functools
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys

from . import procs
from .terminal import Terminal
from .waiting import TimedOut, eventually

VICTIM = os.path.join(os.path.dirname(__file__), "laboratory_victim.py")
THREATS = ("hangup", "terminal", "pipeline", "logout")

Row = collections.namedtuple("Row", "situation shell victim predicted happened verdict reason")


def shell_word(situation):
    """Which shell or way a situation is of, in a word or two."""
    where = "" if situation.where == "pty" else situation.where + " "
    program = situation.shell.split(" ")[0] if situation.shell else "login shell"
    return where + program if program.isalnum() or not situation.shell else where.strip()


def _has_account():
    try:
        return bool(pwd.getpwuid(os.getuid()))
    except KeyError:
        return False


@functools.cache
def usable(program):
    """Whether a program is installed and works for this user: sudo without a password, screen with an account."""
    if program == "root":
        return os.geteuid() == 0
    if not shutil.which(program) or (program == "screen" and not _has_account()):
        return False
    return program != "sudo" or subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL,
                                               capture_output=True, check=False).returncode == 0


class Experiment:
    """One situation, from the first key to the end."""

    def __init__(self, world, situation, number, open_terminal):
        self.situation = situation
        self.folder = world.path(f"s{number}")
        self.number = number
        os.mkdir(self.folder)
        self.env = {**world.env, "TMUX_TMPDIR": world.folder, "SCREENDIR": f"{world.folder}/run",
                    "PS1": "$ ", "OUTLAST_LABORATORY": str(number), "SHELL": "/bin/bash"}
        self.victims = {}  # letter: pid
        self._letters = []
        self._world = world
        self._lines = [self.fill(line) for line in situation.lines]
        self.terminal = open_terminal(self, self.fill(situation.shell))
        self.shell_pid = None
        self.shells = []

    def fill(self, line):
        """`line` with the victims' commands in it."""
        def victim(match):
            letter, _, flags = match[1].partition(":")
            if letter not in self._letters:
                self._letters.append(letter)
            return shlex.join([sys.executable, "-B", VICTIM, f"{self.folder}/{letter}", *flags.split()])

        line = line.replace("{name}", f"lab{self.number}").replace("{ssh}", self.env.get("LAB_SSH", ""))
        return re.sub(r"\{([ab](?::\w+)?)\}", victim, line)

    # Getting there.

    def begin(self):
        """Type everything up to the first line that has to be waited for."""
        if self.situation.where != "ssh -T" and self._lines:
            told = "$fish_pid" if self.situation.shell.startswith("fish") else "$$"
            self.terminal.send_line(f"cd {self.folder}; echo {told} >shell")

    def go_on(self):
        """Type the rest; when this returns the situation is as it should be."""
        if self._lines:
            self.shell_pid = int(self._await_file("shell"))
            self.shells.append(self.shell_pid)
        for line in self._lines:
            if line == "<shell":
                self.shells.append(int(self._await_file("inner")))
            elif line == "<w":
                self._await_victims()
            elif line == "<z":
                self._await_victims()
                self.terminal.send("\x1a")
                self._await_state("T")
                if self.situation.shell.startswith("ksh93"):  # it throws away what is typed before its prompt
                    self.terminal.wait_for(r"Stopped.*\$ ")
            elif line == "<t":
                self._await_victims()
                self._await_state("T")
            else:
                self.terminal.send_line(line)
        self._await_victims()
        if self.situation.watch:
            self.victims["a"] = eventually(self._find_watched, what=self._told)
        if not self.situation.foreground:
            self.terminal.send_line("echo >ready")
            self._await_file("ready")

    def _find_watched(self):
        for pid in procs.marked("OUTLAST_LABORATORY", str(self.number)):
            found = procs.stat(pid)
            if found and found.name == self.situation.watch and found.state == "S":
                return pid
        return None

    def _told(self):
        return f"{self.situation}: {self.terminal.tail()!r}"

    def _await_file(self, name):
        def look():
            try:
                with open(f"{self.folder}/{name}", encoding="ascii") as file:
                    return file.read()
            except FileNotFoundError:
                return None

        return self.terminal.wait_until(look, what=lambda: f"{name} of {self._told()}")

    def _await_victims(self):
        for letter in self._letters:
            self.victims[letter] = int(self._await_file(f"{letter}.pid"))

    def _await_state(self, state):
        for pid in self.victims.values():
            self.terminal.wait_until(lambda pid=pid: procs.stat(pid).state == state, what=self._told)

    # What came of it.

    def settle(self, reports):
        """After the drop: wait until those shells have ended that will; all signals have been sent then."""
        for pid in self.shells:
            if marks_of(reports[pid])["hangup"] == "dies":
                eventually(lambda pid=pid: not procs.alive(pid),
                           what=lambda pid=pid: f"end of the shell: {self.situation}: {procs.stat(pid)}")

    def outcome(self, letter, predicted):
        """What has become of a victim, in a few words."""
        pid, path = self.victims[letter], f"{self.folder}/{letter}"

        def gone():
            return not procs.alive(pid)

        if predicted == "dies":
            try:
                eventually(gone, 5.0)
                return "ended"
            except TimedOut:
                pass
        if self.situation.watch:
            return "ended" if gone() else "lived"
        open(f"{path}.ping", "w", encoding="ascii").close()
        eventually(lambda: gone() or os.path.exists(f"{path}.pong") or procs.stat(pid).state == "T",
                   what=lambda: f"sign of life: {self.situation}")
        if gone():
            return "ended"
        if not os.path.exists(f"{path}.pong"):
            return "lived, stopped"
        open(f"{path}.ask", "w", encoding="ascii").close()
        eventually(lambda: gone() or os.path.exists(f"{path}.wrote"),
                   what=lambda: f"writing: {self.situation}")
        if gone():
            return "ended by its next write"
        with open(f"{path}.wrote", encoding="ascii") as file:
            wrote = file.read()
        return "lived" if wrote == "ok" else f"lived, {wrote}"

    def close(self):
        self.terminal.close()


def marks_of(report):
    """{threat: mark} of a process in the answer of check --json."""
    return {each["threat"]: each["mark"] for each in report["threats"]}


def words(report):
    """The prediction in a few words."""
    marks = marks_of(report)
    text = {"dies": "ends", "safe": "lives", "at_risk": "may end", "unknown": "undecided"}
    end = max((marks["hangup"], marks["logout"]), key=("safe", "unknown", "at_risk", "dies").index)
    said = text[end]
    if end != "dies" and marks["terminal"] != "safe":
        said += ", EIO"
    if end != "dies" and marks["pipeline"] != "safe":
        said += ", pipe breaks"
    return said


def judge(report, happened):
    """"" when prediction and event agree, else what is wrong: "contradiction", "undecided", "too careful"."""
    marks = marks_of(report)
    end = max((marks["hangup"], marks["logout"]), key=("safe", "unknown", "at_risk", "dies").index)
    ended = happened == "ended"
    if (end == "dies" and not ended) or (end == "safe" and ended):
        return "contradiction"
    failed = "E" in happened or happened == "ended by its next write"
    careful = marks["terminal"] != "safe" or marks["pipeline"] != "safe"
    if not ended and failed and not careful:
        return "contradiction"
    if end in ("at_risk", "unknown"):
        return "undecided"
    warned = any("output goes to" in each["reason"] for each in report["threats"] if each["mark"] != "safe")
    if warned and happened == "lived":
        return "too careful"
    return ""


class Laboratory:
    """Many experiments at once."""

    def __init__(self, world):
        self.world = world
        self.experiments = []
        self.skipped = []
        self._number = 0

    def start(self, situations, open_terminal):
        """Bring all of them about; those whose programs are missing are left out."""
        for situation in situations:
            programs = [*situation.needs, *(situation.shell.split(" ")[:1] if situation.where == "pty" else [])]
            missing = [name for name in programs if not usable(name)]
            if missing:
                self.skipped.append(f"{situation.name}: {missing[0]} is not installed, or not for this user")
                continue
            self._number += 1
            self.experiments.append(Experiment(self.world, situation, self._number, open_terminal))
        for experiment in self.experiments:
            experiment.begin()
        for experiment in self.experiments:
            experiment.go_on()

    def predict(self, *options):
        """{pid: report} by one call of check, from outside."""
        pids = [str(pid) for each in self.experiments for pid in [*each.victims.values(), *each.shells]]
        answer = self.world.run("check", "--json", *options, *pids)
        if answer.rc not in (0, 1):
            raise AssertionError(answer)
        return {report["pid"]: report for report in json.loads(answer.out)["processes"]}

    def compare(self, reports):
        """The rows of the table, after the drop."""
        for experiment in self.experiments:
            experiment.settle(reports)
        rows = []
        for experiment in self.experiments:
            # Readers of a pipeline before its writers.
            of_this = [self._row(experiment, letter, reports) for letter in sorted(experiment.victims, reverse=True)]
            rows += reversed(of_this)
        return rows

    @staticmethod
    def _row(experiment, letter, reports):
        report = reports[experiment.victims[letter]]
        happened = experiment.outcome(letter, marks_of(report)["hangup"])
        reasons = [f"{each['threat']}: {each['reason']}" for each in report["threats"]
                   if each["threat"] in THREATS and each["mark"] != "safe"]
        return Row(experiment.situation.name, shell_word(experiment.situation),
                   letter if len(experiment.victims) > 1 else "", words(report), happened, judge(report, happened),
                   "; ".join(reasons))

    def close(self):
        for experiment in self.experiments:
            experiment.close()
        procs.kill_all(self.world.processes)


def table(rows):
    """As Markdown."""
    lines = ["| shell | situation | predicted | happened | |", "|---|---|---|---|---|"]
    for row in rows:
        name = f"{row.situation} ({row.victim})" if row.victim else row.situation
        lines.append(f"| {row.shell} | {name.replace('|', chr(92) + '|')} | {row.predicted} | {row.happened} | {row.verdict} |")
    return "\n".join(lines)


def publish(case, rows):
    """Print the table; into a folder too, when OUTLAST_LABORATORY_TABLES names one."""
    print(f"\n{table(rows)}\n")
    folder = os.environ.get("OUTLAST_LABORATORY_TABLES")
    if folder:
        with open(f"{folder}/{case.id().rsplit('.', 1)[1]}.md", "w", encoding="utf-8") as file:
            file.write(table(rows) + "\n")


def open_pty(experiment, shell):
    """A terminal of the test's own, which goes when the test closes it."""
    return Terminal(shlex.split(shell), env=experiment.env, cwd=experiment.folder)
