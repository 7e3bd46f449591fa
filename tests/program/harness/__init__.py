"""What the program tests stand on: real terminals, real tmux, real ssh, real second users.

Every module is one idea and uses the standard library only.  Nothing here sleeps for a fixed
time: whatever has to happen is waited for, with a deadline (see waiting.py).
"""

import signal as _signal


def _fresh_signals():
    """Undo what a caller ignores or blocks: a test started in the background of a script has
    SIGINT ignored, and everything it starts would inherit that."""
    for number in _signal.valid_signals() - {_signal.SIGPIPE, _signal.SIGXFSZ}:
        if _signal.getsignal(number) == _signal.SIG_IGN:
            _signal.signal(number, _signal.default_int_handler if number == _signal.SIGINT
                           else _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, [])


_fresh_signals()
