"""A layer sees the layers below it, and neither those above nor the libraries of others."""

import json
import os
import pathlib
import shlex
import subprocess
import unittest

BUILD = pathlib.Path(os.environ["OUTLAST_BUILD"])
SOURCE = pathlib.Path(__file__).parents[2] / "src"

LOWEST_FIRST = ["base", "sys", "wire", "log", "bus", "twin", "scribe", "keeper", "text", "job", "attach", "cli"]
RESIDENT = ["base", "sys", "wire", "log", "twin", "scribe", "keeper"]


def compile_command(layer):
    """The compiler and the options that the files of a layer are compiled with."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]).parent == SOURCE / layer:
            words = shlex.split(entry["command"])
            return words[: words.index("-o")], entry["directory"]
    return None, None


def includes(layer, header):
    """Whether a file of the layer could include the header."""
    words, directory = compile_command(layer)
    run = subprocess.run(
        [*words, "-fsyntax-only", "-x", "c++", "-"],
        input=f"#include <{header}>\n",
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode == 0


def a_header(layer):
    header = next((SOURCE / layer).glob("*.hpp"), None)
    return header and f"{layer}/{header.name}"


class Layers(unittest.TestCase):
    def setUp(self):
        self.layers = [layer for layer in LOWEST_FIRST if compile_command(layer)[0]]

    def test_every_layer_sees_itself(self):
        for layer in self.layers:
            if header := a_header(layer):
                with self.subTest(layer=layer):
                    self.assertTrue(includes(layer, header))

    def test_no_layer_sees_the_one_above(self):
        for lower, upper in zip(self.layers, self.layers[1:]):
            if header := a_header(upper):
                with self.subTest(layer=lower, header=header):
                    self.assertFalse(includes(lower, header))

    def test_the_command_line_does_not_see_the_resident_processes(self):
        for layer in {"cli", "attach", "job"}.intersection(self.layers):
            for resident in {"scribe", "keeper"}.intersection(self.layers):
                if header := a_header(resident):
                    with self.subTest(layer=layer, header=header):
                        self.assertFalse(includes(layer, header))

    def test_resident_layers_have_no_libraries(self):
        headers = ["fmt/core.h", "nlohmann/json.hpp", "toml++/toml.h", "iostream", "regex"]
        for layer in set(RESIDENT).intersection(self.layers):
            for header in headers:
                with self.subTest(layer=layer, header=header):
                    self.assertFalse(includes(layer, header))


if __name__ == "__main__":
    unittest.main()
