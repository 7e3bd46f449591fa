"""Runs one file of Python tests for ctest: 0 passed, 1 failed, 77 all skipped."""

import importlib.util
import pathlib
import sys
import unittest

SKIPPED = 77


def load(path):
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    suite = load(path)
    if suite.countTestCases() == 0:
        print(f"{path}: no tests", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful():
        return 1
    return SKIPPED if len(result.skipped) == suite.countTestCases() else 0


if __name__ == "__main__":
    sys.exit(main())
