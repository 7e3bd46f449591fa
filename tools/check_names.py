"""Finds what clang-tidy sees only in a file that is compiled by itself: FILE..."""

import re
import sys

# Those that C++ has a name of its own for (C++20, [support.c.headers]).
C_HEADERS = {"assert", "ctype", "errno", "fenv", "float", "inttypes", "limits", "locale", "math",
             "setjmp", "signal", "stdarg", "stddef", "stdint", "stdio", "stdlib", "string", "time",
             "uchar", "wchar", "wctype"}
INTRODUCED = re.compile(r"^\s*(?:using (?:[\w:]+::)?(\w+);|namespace (\w+) = [\w:]+;)", re.M)


def complaints(text):
    for header in re.findall(r"#include <(\w+)\.h>", text):
        if header in C_HEADERS:
            yield f"<{header}.h> is <c{header}> in C++"
    code = re.sub(r"//[^\n]*", "", text)
    for names in INTRODUCED.findall(code):
        name = names[0] or names[1]
        if len(re.findall(rf"\b{name}\b", code)) == 1:
            yield f"{name} is introduced and not used"


def main():
    bad = False
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for words in complaints(file.read()):
                bad = True
                print(f"{path}: {words}", file=sys.stderr)
    return 1 if bad else 0


sys.exit(main())
