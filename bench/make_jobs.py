#!/usr/bin/python3
"""Fill a state directory with jobs in their real form: `make_jobs.py DIR ENDED RUNNING`.

A few real jobs are run to their end first; the rest are copies of their folders, with numbers,
names, ids and times of their own.  The running ones are real: `sleep` under keeper and scribe.
They are ended by `outlast stop` or by `make_jobs.py --end DIR`.  $OUTLAST_BIN names the program.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

COMMANDS = [
    ["sh", "-c", "echo 12 431 882 rows copied"],
    ["sh", "-c", "seq 1 200; echo 'ERROR:  out of shared memory' >&2; exit 3"],
    ["sh", "-c", "for i in 1 2 3 4 5; do printf '\\r%s%%' $((i * 20)); done; echo"],
    ["true"],
    ["sh", "-c", "kill -9 $$"],
]
HOUR = 3600 * 10**9


def outlast(directory, *args):
    """One call; what it prints."""
    return subprocess.run([os.environ["OUTLAST_BIN"], "--state-dir", directory, *args], check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout.decode()


def state(folder):
    """What state.json holds."""
    with open(f"{folder}/state.json", encoding="utf-8") as file:
        return json.load(file)


def real_jobs(directory):
    """The folders of a few jobs that have really run."""
    folders = []
    for command in COMMANDS:
        number = outlast(directory, "run", "-d", "-T", "--", *command).strip()
        folders.append(f"{directory}/jobs/{number}")
    deadline = time.monotonic() + 30
    while any("fate" not in state(folder) for folder in folders):
        if time.monotonic() > deadline:
            raise TimeoutError("the first jobs do not end")
        time.sleep(0.01)
    return folders


def copy_job(source, directory, number, age):
    """One more job like `source`, which ended `age` ns before it."""
    target = f"{directory}/jobs/{number}"
    shutil.copytree(source, target)
    job = state(target)
    job.update(number=number, name=f"{job['name']}-{number}", id=f"{job['id'][:-6]}{number:06d}")
    for name in ("created_at_ns", "started_at_ns"):
        job[name] -= age
    job["fate"]["ended_at_ns"] -= age
    with open(f"{target}/state.json", "w", encoding="utf-8") as file:
        json.dump(job, file, separators=(",", ":"))
        file.write("\n")
    os.symlink(str(number), f"{directory}/names/{job['name']}")


def make(directory, ended, running):
    """The whole directory. Half of what ended did so within the last day, half before."""
    os.makedirs(directory, mode=0o700)
    sources = real_jobs(directory)
    first = len(sources) + 1
    for number in range(first, ended + 1):
        age = (number * 7919 % 48) * HOUR
        copy_job(sources[number % len(sources)], directory, number, age)
    with open(f"{directory}/next", "w", encoding="ascii") as file:
        file.write(f"{max(ended + 1, first)}\n")
    for _ in range(running):
        outlast(directory, "run", "-d", "-T", "-n", f"sleep-{_}", "sleep", "1000000")


def end(directory):
    """SIGKILL the commands that still run; their keepers note it and leave."""
    for name in os.listdir(f"{directory}/jobs"):
        job = state(f"{directory}/jobs/{name}")
        if "fate" in job:
            continue
        try:
            with open(f"/proc/{job['pid']}/cmdline", "rb") as file:
                if file.read() == b"sleep\x001000000\x00":
                    os.kill(job["pid"], signal.SIGKILL)
        except OSError:
            pass  # it has ended by itself


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--end":
        end(os.path.abspath(sys.argv[2]))
    elif len(sys.argv) == 4:
        make(os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(__doc__)
