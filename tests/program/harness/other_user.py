"""Run programs as a second real user, to see what the first one's files let them do."""

import os
import shutil
import subprocess
import tempfile
import unittest

from . import procs
from .outlast import binary
from .waiting import DEADLINE, eventually

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


class Place:
    """A user's home, runtime directory and copy of the program, below a folder all may enter."""

    def __init__(self, uid, gid):
        self.folder = tempfile.mkdtemp(prefix="olu", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.program = shutil.copy(binary(), f"{self.folder}/outlast")
        os.chmod(self.program, 0o755)
        for name in ("home", "run"):
            os.mkdir(f"{self.folder}/{name}", 0o700)
            os.chown(f"{self.folder}/{name}", uid, gid)
        self.env = {"XDG_RUNTIME_DIR": f"{self.folder}/run", "HOME": f"{self.folder}/home"}

    def remove(self):
        """When nobody is there any more; the user's jobs have to be stopped."""
        eventually(lambda: not procs.using(self.folder))
        shutil.rmtree(self.folder)
