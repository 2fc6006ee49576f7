#!/usr/bin/env python3
"""pytest and unittest under leakwatch gate --baseline: what the baseline knows makes no test fail, what is more does."""
import watched
from watched import PYTHON

PYTEST = """
import os

def open_one():
    return os.open("/dev/null", os.O_RDONLY)

def test_known():
    for _ in range(int(os.environ["MANY"])):
        open_one()

def test_clean():
    os.close(open_one())
"""
UNITTEST = """
import os
import unittest
import leakwatch

class Tests(leakwatch.TestCase):
    def test_known(self):
        for _ in range(int(os.environ["MANY"])):
            os.open("/dev/null", os.O_RDONLY)

unittest.main()
"""


class Baseline(watched.Scripts):
    def gate(self, command, *options, many=1, status=0):
        return self.leakwatch("gate", "--baseline", "known", *options, "--", *command, status=status,
                              environment=self.environment(MANY=str(many)))

    def check(self, command):
        self.gate(command, "--update-baseline")
        done = self.gate(command)
        self.assertTrue(done.stderr.splitlines()[-1].startswith("leakwatch gate: clean"), done.stderr)
        self.gate(command, many=2, status=1)
        self.gate(command, many=0)
        return done

    def test_pytest(self):
        self.script(PYTEST, name="test_it.py", prelude="")
        done = self.check([PYTHON, "-m", "pytest", "-p", "leakwatch", "-p", "no:cacheprovider", "-rA", "test_it.py"])
        self.assertIn("2 passed", done.stdout)
        self.assertIn("known in the baseline: left 1 resource open", done.stdout)

    def test_unittest(self):
        self.script(UNITTEST, name="it.py", prelude="")
        self.check([PYTHON, "it.py"])


if __name__ == "__main__":
    watched.main()
