"""Ledgers that earlier versions wrote are read, and told of as those versions told of them.

ledgers/minor_1.lwl.gz: merged from the three ledgers of a program that did something of everything (scopes that
left things and ended twice, a double close, a lost write, an exhaustion, an exec, order=1) under the library of format
2.1, the last one whose headers said nothing of sizes. minor_1.json is what that version's report said of it, without a
note about what was open at the exec: that is told once by now, as inherited-fd."""
import gzip
import json
import os

import command
from command import LEAKWATCH, Place

LEDGERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ledgers")


class EarlierLedgers(Place):
    def all_of(self, expected, told, where="report"):
        """Later versions may tell more, but nothing else."""
        if isinstance(expected, dict):
            for name, value in expected.items():
                self.assertIn(name, told, where)
                self.all_of(value, told[name], f"{where}.{name}")
        elif isinstance(expected, list):
            self.assertEqual(len(told), len(expected), where)
            for i, value in enumerate(expected):
                self.all_of(value, told[i], f"{where}[{i}]")
        else:
            self.assertEqual(told, expected, where)

    def test_minor_1(self):
        with gzip.open(os.path.join(LEDGERS, "minor_1.lwl.gz")) as packed, open(self.path("minor_1.lwl"), "wb") as file:
            file.write(packed.read())
        with open(os.path.join(LEDGERS, "minor_1.json"), encoding="utf-8") as file:
            expected = json.load(file)
        del expected["version"]
        self.all_of(expected, self.report_json("minor_1.lwl"))
        dumped = self.leakwatch("dump", "minor_1.lwl").stdout
        self.assertEqual(dumped.count("\ndamaged 0\n"), len(expected["processes"]))
        self.assertEqual(dumped.count("\nheader major=2 minor=1 "), len(expected["processes"]))


if __name__ == "__main__":
    command.main()
