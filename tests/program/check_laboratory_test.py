"""What `outlast check` says of a process, and what then becomes of it when its connection is really dropped."""

# ctest: TIMEOUT 300

import os
import unittest

from harness import laboratory, situations
from harness.outlast import Outlast, has_failed
from harness.sshd import Sshd, missing

# (shell, situation): what cannot be decided from outside. A bash within a bash may or may not come to hang up its
# jobs before it reads the end of its input; what a handler does is the program's affair; fish shows its jobs to nobody.
UNDECIDED = {("bash", "in the background of a second bash"), ("bash", "catches SIGHUP"),
             ("fish", "in the background"), ("fish", "disown")}


def may_read_shells():
    """Whether the memory of bash and zsh can be read here (Yama)."""
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope", encoding="ascii") as file:
            return os.geteuid() == 0 or int(file.read()) == 0
    except FileNotFoundError:
        return True


class LaboratoryTest(unittest.TestCase):
    """Every situation is brought about for real."""

    def setUp(self):
        self.world = Outlast()
        self.addCleanup(lambda: self.world.close(failed=has_failed(self)))
        self.laboratory = laboratory.Laboratory(self.world)
        self.addCleanup(self.laboratory.close)

    def conclude(self, reports, how):
        rows = self.laboratory.compare(reports)
        print(f"\ndropped: {how}")
        for sentence in self.laboratory.skipped:
            print("left out:", sentence)
        laboratory.publish(self, rows)
        for verdict in ("contradiction", "too careful"):
            wrong = [row for row in rows if row.verdict == verdict]
            self.assertEqual(wrong, [], verdict)
        if may_read_shells():
            undecided = {(row.shell, row.situation) for row in rows if row.verdict == "undecided"}
            self.assertLessEqual(undecided, UNDECIDED)

    def test_closed_terminals(self):
        self.laboratory.start(situations.WITHOUT_SSH, laboratory.open_pty)
        reports = self.laboratory.predict("--ends", str(os.getpid()))
        for experiment in self.laboratory.experiments:
            experiment.terminal.hang_up()
        self.conclude(reports, "the terminal's master was closed")

    @unittest.skipIf(missing(), missing())
    def test_lost_ssh_connections(self):
        sshd = Sshd(self.world.env, base=self.world.folder)
        self.addCleanup(sshd.close)

        def connect(experiment, command):
            tty = "-T" if experiment.situation.where == "ssh -T" else "-tt"
            names = ("OUTLAST_LABORATORY", "TMUX_TMPDIR", "SCREENDIR", "PS1")
            env = " ".join(f"{name}='{experiment.env[name]}'" for name in names)
            return sshd.terminal(f"export {env}; {command}" if command else "", tty=tty)

        self.world.env["LAB_SSH"] = f"{sshd.client} {sshd.name}-local"
        self.laboratory.start(situations.OVER_SSH, connect)
        reports = self.laboratory.predict()
        self.conclude(reports, sshd.cut())


if __name__ == "__main__":
    unittest.main()
