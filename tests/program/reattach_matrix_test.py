"""Every item of a terminal's state is there again after a cut: see harness/terminal_items.py.

The whole state, and not only the item, has to be what it is in a terminal that was there all the time,
at once and after the program has written on. What is seen is judged by our model of a terminal; so that an
error in it cannot hide an error of what is given back, the second class lets tmux judge.
"""

# ctest: TIMEOUT 300

import shutil
import signal
import struct
import unittest

from harness import reattach, terminal_items
from harness.case import OutlastCase
from harness.tmux import Tmux
from harness.waiting import Deadline, eventually

SIZE = (80, 24)
# A second after it came, a viewer asks its terminal what it is. That is no printing: REP has nothing to repeat then.
ASKED = b"\x1b[c"
EVERYTHING = [*enumerate([*terminal_items.ITEMS, terminal_items.EVERYTHING])]
OF_ANY_SIZE = [(number, item) for number, item in EVERYTHING if not item.same_size]
AT_ONCE = 16  # jobs
FORMATS = ("cursor_x cursor_y cursor_flag alternate_on alternate_saved_x alternate_saved_y insert_flag "
           "keypad_cursor_flag keypad_flag mouse_standard_flag mouse_button_flag mouse_all_flag mouse_utf8_flag "
           "mouse_sgr_flag origin_flag pane_tabs scroll_region_upper scroll_region_lower wrap_flag pane_title "
           "pane_path pane_fg pane_bg").split()


def batches(items):
    return [items[first:first + AT_ONCE] for first in range(0, len(items), AT_ONCE)]


class MatrixTest(OutlastCase):
    """Cut and attached again; everything is seen through our model."""

    def same(self, session, when, but=()):
        """The terminal comes to the state that it should be in."""
        differences = [""]

        def look():
            differences[:] = [session.seen().difference(session.wanted(), but)]
            return not differences[0]

        session.terminal.wait_until(look, what=lambda: f"{when}: seen and wanted differ in {differences[0]}")

    def come_back(self, items, size):
        sessions = [(item, reattach.Session(self.world, reattach.Outlast(), f"item{number}", SIZE))
                    for number, item in items]
        try:
            for item, session in sessions:
                session.await_size()
                session.write(item.before)
            for _, session in sessions:
                self.same(session, "before the cut", but=("last",))
                session.cut()
            for item, session in sessions:
                with self.subTest(item.name):
                    self.check(item, session, size)
        finally:
            for _, session in sessions:
                session.close()

    def check(self, item, session, size):
        session.attach(size)
        session.await_size()
        self.same(session, "after the cut", but=("last",))
        if item is terminal_items.REPEATED and ASKED in session.terminal.output:
            return  # on a slow machine the question came before
        session.write(item.after)
        self.same(session, "after the cut and more output", but=("last",))
        self.assertTrue(session.check(item, 5), "the item is not as it was")

    def test_same_size(self):
        for items in batches(EVERYTHING):
            self.come_back(items, SIZE)

    def test_larger(self):
        for items in batches(OF_ANY_SIZE):
            self.come_back(items, (100, 30))

    def test_narrower(self):
        for items in batches(OF_ANY_SIZE):
            self.come_back(items, (64, 24))


class FrozenTest(OutlastCase):
    """What the program sets while its viewer is frozen, far behind, is there for whoever comes later."""

    def checkpoint(self):
        """The offset in the log that a screen can be restored from."""
        try:
            with open(self.world.job_folders()[0] + "/checkpoint", "rb") as file:
                return struct.unpack("<Q", file.read(24)[16:])[0]
        except FileNotFoundError:
            return 0

    def test_much_was_written_meanwhile(self):
        session = reattach.Session(self.world, reattach.Outlast(), "x", SIZE)
        self.addCleanup(session.close)
        session.await_size()
        session.terminal.kill(signal.SIGSTOP)
        session.write(b"\x1b[?2004h\x1b[?1h\x1b]2;a title\x07")
        for _ in range(100):
            session.write(b"a line of text that is long enough to be one\r\n" * 2200)
        session.write(terminal_items.BASE)
        session.cut()
        eventually(lambda: self.checkpoint() >= len(self.log()) > 10000000)
        session.attach(SIZE)
        session.await_size()
        session.terminal.wait_until(lambda: not session.seen().difference(session.wanted(), ("last",)))


class QuestionTest(OutlastCase):
    """A viewer asks its terminal what it is; nothing that the program writes may be broken by that."""

    def test_not_in_the_middle_of_a_sequence(self):
        session = reattach.Session(self.world, reattach.Outlast(), "x", SIZE)
        self.addCleanup(session.close)
        session.await_size()
        session.write(b"\x1b[3;3H\x1b[3")
        asked = Deadline(2.5)  # it does so a second after it was started
        session.terminal.wait_until(asked.over)
        self.assertTrue(session.terminal.output.endswith(b"\x1b[3"), session.terminal.tail())
        session.write(b"1mred")
        session.terminal.wait_for(rb"1mred\x1b")
        self.assertEqual(session.seen().looks(2), session.wanted().looks(2))


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class TmuxJudgesTest(OutlastCase):
    """Attached in a pane of tmux, beside a pane in which the program was all the time."""

    def pane(self, command):
        columns, rows = SIZE
        pane = Tmux(command, env=self.world.env, rows=rows, cols=columns)
        self.addCleanup(pane.close)
        return pane

    @staticmethod
    def state(pane):
        found = dict(zip(FORMATS, pane.tmux("display-message", "-p", "\n".join(f"#{{{name}}}" for name in FORMATS))
                         .split("\n")))
        found["screen"] = pane.tmux("capture-pane", "-p", "-e")
        try:
            found["main screen"] = pane.tmux("capture-pane", "-p", "-e", "-a")
        except RuntimeError:
            found["main screen"] = ""  # it is the one that is shown
        return found

    def same(self, pane, reference):
        states = [{}, {}]

        def look():
            states[:] = [self.state(pane), self.state(reference)]
            return states[0] == states[1]

        eventually(look, what=lambda: "seen and wanted: " + str({
            name: (states[0].get(name), states[1].get(name)) for name in {**states[0], **states[1]}
            if states[0].get(name) != states[1].get(name)}))

    def same_keys(self, panes, actors):
        """The same keys and the same pasted text give the same bytes: tmux encodes them by the pane's modes."""
        got = [bytearray(), bytearray()]
        for pane, actor in zip(panes, actors):
            actor.typed()
            pane.tmux("send-keys", "Up", "KP5", ";", "set-buffer", "pasted", ";", "paste-buffer", "-p",
                      ";", "send-keys", "q")

        def look():
            for bytes_of, actor in zip(got, actors):
                bytes_of.extend(actor.typed())
            return all(bytes_of.endswith(b"q") for bytes_of in got)

        eventually(look, what=lambda: f"the keys: {got}")
        self.assertEqual(*got)

    def test_items(self):
        for number, item in enumerate(terminal_items.ITEMS):
            with self.subTest(item.name):
                self.come_back(item, f"item{number}")

    def come_back(self, item, name):
        session = reattach.Session(self.world, reattach.Outlast(), name, SIZE)
        self.addCleanup(session.close)
        session.await_size()
        session.write(item.before)
        session.cut()
        there = reattach.Actor(self.world, name + "-there")
        self.addCleanup(there.close)
        reference = self.pane(there.command)
        pane = self.pane(session.peer.attach(self.world, name))
        eventually(there.has_come)
        there.write(item.before)
        self.same(pane, reference)
        for actor in (there, session.actor):
            actor.write(item.after)
        self.same(pane, reference)
        self.same_keys((pane, reference), (session.actor, there))
        for each in (there, session, pane, reference):
            each.close()


if __name__ == "__main__":
    unittest.main()
