"""Rules of suppressions by what a program in Python calls its functions and files, those of the manual first."""
import json
import re
import subprocess

import watched
from watched import LEAKWATCH, PYTHON

PROGRAM = """\
import os

class Archive:
    def read(self, path):
        return open_log(path)

def open_log(path):
    return os.open(path, os.O_RDONLY)

for _ in range(3):
    Archive().read("/dev/null")
os.close(open_log("/dev/null"))
"""

FITTING = ("fd-leak:^read$", "fd-leak:Archive", "*:^open_log$", "fd-leak@caller:^open_log$",
           "fd-leak@stack:* < ^open_log *invoices.py$ < ^Archive.read ")
OTHERS = ("fd-leak:^Archive$", "fd-leak:^rea$", "fd-leak@caller:^Archive.read$", "deadlock:^open_log$", "fd-leak:/other.py$")


class Suppressions(watched.Scripts):
    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(PYTHON, "-I", self.write("invoices.py", PROGRAM))

    def examples(self):
        roff = subprocess.run([LEAKWATCH, "--man"], capture_output=True, text=True, check=True).stdout
        manual = roff.replace("\\-", "-").replace("\\(ha", "^")
        return re.findall(r"fd-leak(?:@[a-z]+)?:\S+[$]", manual.partition("Names of Python")[2].partition(".TP")[0])

    def left(self, rule):
        """How many findings a rule leaves of the one."""
        rules = self.write("known.supp", rule + "\n")
        done = self.leakwatch("report", "--format", "json", "--suppressions", rules, self.ledgers, status=None)
        return len(json.loads(done.stdout)["findings"])

    def test_rules(self):
        examples = self.examples()
        self.assertEqual(len(examples), 3, "of the manual")
        for rules, left in (((*examples, *FITTING), 0), (OTHERS, 1)):
            for rule in rules:
                with self.subTest(rule=rule):
                    self.assertEqual(self.left(rule), left)


if __name__ == "__main__":
    watched.main()
