"""A test case in which processes that run already are adopted, and their terminals lost."""

import os
import re

from . import procs
from .case import OutlastCase
from .waiting import eventually


def victim():
    """tests/tools/victim.cpp: a static program that writes lines."""
    return os.path.abspath(os.path.join(os.environ.get("OUTLAST_BUILD", ""),
                                        "tests/tools/outlast_victim"))


class AdoptCase(OutlastCase):
    def foreground(self, terminal):
        """The process group in the foreground of a shell's terminal, once it is not the shell's."""
        def look():
            group = procs.stat(terminal.pid).foreground
            return group if group not in (terminal.pid, -1) else None

        return terminal.wait_until(look, what="a command in the foreground")

    def adopt(self, *words, rc=0):
        """`outlast adopt`; what it says, and the exit code it must have."""
        result = self.world.run("adopt", *map(str, words))
        self.assertEqual(result.rc, rc, result.text + result.said)
        return result

    @staticmethod
    def lose(terminal):
        """The connection of that terminal is lost, after all that came until now was read."""
        terminal.wait_until(lambda: True)
        terminal.hang_up()
        terminal.wait_end()

    def await_log(self, pattern, name=None):
        """Wait until the job's log holds `pattern`; the match."""
        return eventually(lambda: re.search(pattern, self.log(name), re.DOTALL),
                          what=lambda: f"{pattern!r} in the log {self.log(name)[-300:]!r}")

    def check_seam(self, terminal, name=None, word=b"line"):
        """Every line is on the old terminal or in the log, none is missing and none is there twice."""
        pattern = re.compile(rb"(?:^|[\r\n])" + word + rb" (\d+)\r?(?=\n)")
        before = [int(n) for n in pattern.findall(bytes(terminal.output))]
        after = [int(n) for n in pattern.findall(b"\n" + self.log(name))]
        self.assertTrue(before and after, (before[-3:], after[:3]))
        self.assertEqual(before + after, list(range(before[0], before[0] + len(before + after))),
                         f"the seam: {before[-3:]} … {after[:3]}")
