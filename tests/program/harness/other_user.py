"""Run programs as a second real user, to see what the first one's files let them do."""

import os
import subprocess
import unittest

from .waiting import DEADLINE

UID = 65534  # "nobody" on every Linux; owns nothing and is in no group of ours


def needs_root():
    """Decorator: only root can become somebody else."""
    return unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")


def run(argv, uid=UID, env=None, cwd="/", timeout=DEADLINE, **options):
    """Run `argv` as `uid` without any supplementary group; a CompletedProcess with bytes."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("becoming another user needs root")
    clean = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", **(env or {})}
    return subprocess.run(argv, user=uid, group=uid, extra_groups=[], umask=0o022, env=clean,
                          cwd=cwd, capture_output=True, timeout=timeout, check=False, **options)
