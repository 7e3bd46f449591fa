"""Data as a home directory holds it: logs, tables, pictures, and many small files."""

import hashlib
import os
import random


def _log(rng, size):
    """A web server's access log."""
    paths = [f"/{word}/{number}" for word in ("api", "static", "login", "item") for number in range(60)]
    lines = []
    for second in range(size // 90):
        lines.append(f"10.{rng.randrange(256)}.{rng.randrange(256)}.7 - - [{second:09d}] "
                     f"\"GET {rng.choice(paths)} HTTP/1.1\" {rng.choice((200, 200, 304, 404))} "
                     f"{rng.randrange(90000)} \"-\" \"Mozilla/5.0\"\n")
    return "".join(lines).encode()


def _table(rng, size):
    """Rows of a database export."""
    return "".join(f"{row},{rng.random():.6f},customer-{rng.randrange(10**6)},2024-0{row % 9 + 1}-11\n"
                   for row in range(size // 44)).encode()


def generate(folder, megabytes, seed=1):
    """Fill `folder` with about `megabytes` MB in some hundred files; always the same bytes."""
    rng = random.Random(seed)
    log, table = _log(rng, 1 << 20), _table(rng, 1 << 20)
    left, number = megabytes << 20, 0
    while left > 0:
        number += 1
        kind = number % 8
        head = f"{number} {rng.random()}\n".encode()  # no two files are alike
        if kind == 0:
            name, data = f"logs/2024/access-{number}.log", head + log * rng.randrange(1, 3)
        elif kind == 1:
            name, data = f"exports/orders-{number}.csv", head + table
        elif kind < 5:
            name, data = f"pictures/{number % 9}/img_{number:04d}.jpg", rng.randbytes(
                rng.randrange(100 << 10, 900 << 10))
        else:
            start = rng.randrange(len(log) - 9000)
            name, data = f"notes/{number % 31:02d}/{number}.txt", head + log[start:][
                :rng.randrange(9000)]
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        left -= len(data)


def files(folder):
    """The relative paths of all files below a folder that may not be there yet."""
    return sorted(os.path.relpath(os.path.join(where, name), folder)
                  for where, _, names in os.walk(folder) for name in names)


def size(folder):
    """Bytes below a folder that is being written to."""
    total = 0
    for name in files(folder):
        try:
            total += os.stat(os.path.join(folder, name)).st_size
        except FileNotFoundError:
            pass  # renamed since the listing: rsync's temporary name
    return total


def checksums(folder):
    """{relative path: SHA-256}."""
    result = {}
    for name in files(folder):
        with open(os.path.join(folder, name), "rb") as file:
            result[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return result
