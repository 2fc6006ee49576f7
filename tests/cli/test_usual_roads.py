#!/usr/bin/env python3
"""What goes the usual roads is written down as what goes the general ones: with check=N no event is usual."""
import glob
import os
import re
import subprocess

import command
from command import LEAKWATCH, LIBRARY, Place

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "test_usual_roads_program.c")
INCLUDE = os.path.join(HERE, "..", "..", "include")
STATUS = 7
ROWS = ("frame ", "site ", "release ", "failure ", "scope ", "leftover ", "slot ", "misuse ", "lane ")

# What is another time's or another thread's, and what follows from an address: (what, instead of it).
VARYING = [(r"\b(\w*time|thread|\w+_thread|handle|address|durations|lifetimes|ticks|checks)=\S+", ""),
           (r"pipe:\[\d+\]", "pipe"), (r"entry=0x[1-9a-f]\w*", "entry=1"), (r"owner=[1-9]\d*", "owner=1"),
           (r"^(slot handle) \d+ word=(\w+),\d+(.*)prior_site=\d+ prior_stack=\d+", r"\1 \2\3")]


class UsualRoads(Place):
    def rows(self, name, options):
        ledgers = self.path(name)
        os.mkdir(ledgers)
        options = f"dir={ledgers}:keep=all:quiet=1:locks=0{options}"
        done = subprocess.run([self.program], env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=options),
                              stdout=subprocess.PIPE, text=True, timeout=300, check=False)
        self.assertEqual((done.returncode, done.stdout), (STATUS, ""))
        ledger, = glob.glob(os.path.join(ledgers, "*.lwl"))
        dump = subprocess.run([LEAKWATCH, "dump", ledger], stdout=subprocess.PIPE, text=True, timeout=300, check=True)
        rows = [self.told(line) for line in dump.stdout.splitlines() if line.startswith(ROWS)]
        return sorted(row for row in rows if not row.startswith("slot handle free"))

    @staticmethod
    def told(line):
        for what, instead in VARYING:
            line = re.sub(what, instead, line)
        return line

    def test_the_same_is_written(self):
        with open(SOURCE, encoding="utf-8") as file:
            self.program = self.compile("usual", file.read(), ("-O1", "-g", "-pthread", "-w", "-I", INCLUDE))
        usual, general = self.rows("usual_rows", ""), self.rows("general_rows", ":check=1000000")
        self.assertGreater(len(usual), 200)
        self.assertEqual(sorted(set(usual) ^ set(general)), [])
        self.assertEqual(len(usual), len(general))


if __name__ == "__main__":
    command.main()
