"""The release build is one static file that starts without initialising what it does not use."""

import os
import pathlib
import subprocess
import unittest

BUILD = pathlib.Path(os.environ["OUTLAST_BUILD"])
BIN = os.environ["OUTLAST_BIN"]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@unittest.skipUnless("OUTLAST_STATIC:BOOL=ON" in (BUILD / "CMakeCache.txt").read_text(), "not static")
class ReleaseBinary(unittest.TestCase):
    def test_is_static_and_position_independent(self):
        self.assertIn("DYN (Position-Independent Executable", output("readelf", "-hW", BIN))
        self.assertNotIn("INTERP", output("readelf", "-lW", BIN))
        self.assertNotIn("NEEDED", output("readelf", "-dW", BIN))

    def test_has_neither_streams_nor_locales(self):
        names = output("nm", "-C", BIN)
        for name in ("std::ios_base::Init", "std::locale::classic()"):
            self.assertNotIn(name, names)

    def test_names_no_folder_of_the_machine_it_was_built_on(self):
        sources = str(pathlib.Path(__file__).parents[2] / "src").encode()
        self.assertFalse(sources in pathlib.Path(BIN).read_bytes())


if __name__ == "__main__":
    unittest.main()
