"""A second build of the program, for tests in which an old and a new one meet."""

import os
import shutil
import subprocess

from .outlast import binary


def version_of(program):
    """What `outlast --version` says behind the name."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[1]


def other_build(path):
    """Put another build at `path`; returns its version, which differs from ours.

    It is the program named by $OUTLAST_OTHER_BIN, where that is set: an older release, say.  Else
    it is a copy of ours that calls itself by another version: another file for the kernel, another
    program for whoever asks.
    """
    given = os.environ.get("OUTLAST_OTHER_BIN")
    if given:
        shutil.copy(given, path)
        return version_of(path)
    with open(binary(), "rb") as file:
        program = file.read()
    version = version_of(binary()).encode()
    other = version[:-1] + (b"9" if version[-1:] != b"9" else b"8")
    with open(path, "wb") as file:
        file.write(program.replace(version + b"\0", other + b"\0"))
    os.chmod(path, 0o700)
    if version_of(path) != other.decode():
        raise RuntimeError(f"the copy of {binary()} still calls itself {version_of(path)}")
    return other.decode()
