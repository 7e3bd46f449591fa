"""outlast config, and what it decides."""

import json
import os
import unittest

from stop_test import Jobs


class Config(Jobs):
    """The configuration, from file and environment."""

    def write(self, text):
        folder = f"{self.world.env['HOME']}/.config/outlast"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/config.toml", "w", encoding="utf-8") as file:
            file.write(text)
        return f"{folder}/config.toml"

    def test_where_each_value_is_from(self):
        path = self.write("log_max = '1G'\nkeep_days = 7\n")
        found = self.world.json("config", env={"OUTLAST_KEEP_DAYS": "9"})
        self.assertEqual((found["path"], found["exists"]), (path, True))
        rows = {row["key"]: (row["value"], row["source"]) for row in found["settings"]}
        self.assertEqual(rows["log_max"], ("1G", f"{path}:1"))
        self.assertEqual(rows["keep_days"], ("9", "OUTLAST_KEEP_DAYS"))
        self.assertEqual(rows["stop_grace"], ("10s", "default"))

    def test_what_it_prints_is_a_configuration(self):
        text = self.world.must("config").text
        self.write(text)
        result = self.world.must("config", "--json")
        self.assertEqual(result.said, "")
        self.assertEqual(self.world.must("config", "prefix").text, "C-\\\n")

    def test_one_warning_for_each_mistake(self):
        path = self.write("log_mx = '1G'\nkeep_days = 'many'\nstop_grace = '3s'\n")
        result = self.world.must("config", "stop_grace", env={"OUTLAST_COLOR": "red"})
        self.assertEqual(result.text, "3s\n")
        lines = result.said.splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertIn(f"{path}:1: there is no setting \"log_mx\"; did you mean log_max?", lines[0])
        self.assertIn(f"{path}:2: keep_days must be", lines[1])
        self.assertIn("OUTLAST_COLOR must be", lines[2])

    def test_jobs_are_started_by_it(self):
        self.write("log_max = '2M'\nstop_grace = '77s'\n")
        self.start("job", "sleep", "1000", ready="")
        with open(f"{self.folder(1)}/spec.json", encoding="utf-8") as file:
            spec = json.load(file)
        self.assertEqual((spec["log_max"], spec["stop_grace_ns"]), (2 << 20, 77 * 10**9))


if __name__ == "__main__":
    unittest.main()
