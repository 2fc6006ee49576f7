"""Ledgers that earlier versions wrote are read, and told of as those versions told of them.

ledgers/minor_1.lwl.gz: merged from the three ledgers of a program that did something of everything (scopes that
left things and ended twice, a double close, a lost write, an exhaustion, an exec, order=1) under the library of format
2.1, the last one whose headers said nothing of sizes. minor_1.json is what that version's report said of it, without a
note about what was open at the exec: that is told once by now, as inherited-fd.

ledgers/minor_5.lwl.gz, minor_5.json: the same of a program that lowered its limit of descriptors and met it, and its child,
under the library of format 2.5, the last one that kept no history of limits; without a
sentence that tells of the machine which reads it."""
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

    def is_told_as_then(self, minor):
        name = f"minor_{minor}"
        with gzip.open(os.path.join(LEDGERS, f"{name}.lwl.gz")) as packed, open(self.path(f"{name}.lwl"), "wb") as file:
            file.write(packed.read())
        with open(os.path.join(LEDGERS, f"{name}.json"), encoding="utf-8") as file:
            expected = json.load(file)
        del expected["version"]
        self.all_of(expected, self.report_json(f"{name}.lwl"))
        dumped = self.leakwatch("dump", f"{name}.lwl").stdout
        self.assertEqual(dumped.count("\ndamaged 0\n"), len(expected["processes"]))
        self.assertEqual(dumped.count(f"\nheader major=2 minor={minor} "), len(expected["processes"]))

    def test_minor_1(self):
        self.is_told_as_then(1)

    def test_minor_5(self):
        self.is_told_as_then(5)


if __name__ == "__main__":
    command.main()
