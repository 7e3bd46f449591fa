"""Wait for a condition with a deadline: the only place in the tests that sleeps."""

import time

DEADLINE = 20.0  # seconds; generous, because the machine may be slow and busy


class TimedOut(AssertionError):
    """A condition did not come true in time; a test that lets it through has failed."""


class Deadline:
    """A point in time to come, for waits made of several steps."""

    def __init__(self, seconds=DEADLINE):
        self._end = time.monotonic() + seconds

    def left(self):
        """Seconds left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def over(self):
        return self.left() == 0.0


def eventually(condition, deadline=DEADLINE, what=None):
    """Call `condition` until it returns something true, and return that.

    `what` says in words what was waited for; it may be a function, called only on failure.
    The first look is immediate, the pauses between looks grow from 5 to 100 ms, and there is
    one last look when the time is over.
    """
    limit = Deadline(deadline)
    pause = 0.005
    while True:
        last_look = limit.over()
        value = condition()
        if value:
            return value
        if last_look:
            words = what() if callable(what) else what
            raise TimedOut(f"not within {deadline:g} s: {words or condition}")
        time.sleep(min(pause, limit.left()))
        pause = min(pause * 1.5, 0.1)
