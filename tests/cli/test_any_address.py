#!/usr/bin/env python3
"""tests/programs/any_address passes to every hooked function addresses at which there is nothing: whatever becomes of
that, must become of it with leakwatch too, and the ledgers must be good ones."""
import os
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("BUILD_DIR") or os.path.abspath("build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")
PROGRAM = os.path.join(BUILD, "tests", "programs", "any_address", "any_address")

# A rule that asks of each text whether it is this path.
RULES = ",".join(f"{call}=EIO/path=/nowhere/*" for call in (
    "open", "creat", "fopen", "opendir", "memfd_create", "mq_open", "popen", "posix_spawn", "fsopen", "open_tree"))


def said(environment):
    with tempfile.TemporaryDirectory(prefix="leakwatch-any-address.") as place:
        done = subprocess.run([PROGRAM], cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=1200, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace").splitlines(), done.stderr.decode()


class AnyAddress(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.status, cls.alone, cls.complaints = said({"PATH": os.environ["PATH"]})

    def test_every_function_and_number_has_a_row(self):
        missing = [line for line in self.complaints.splitlines() if "nothing is said" in line]
        self.assertEqual((self.status, missing), (0, []))

    def test_program_sees_failures(self):
        self.assertGreater(len(self.alone), 1000)
        self.assertIn("connect 2 unreadable: -1 Bad address", self.alone)
        self.assertIn("accept 3 unreadable: -1 Bad address", self.alone)

    def watched(self, settings):
        with tempfile.TemporaryDirectory(prefix="leakwatch-any-address.") as ledgers:
            status, lines, _ = said({"PATH": os.environ["PATH"], "LD_PRELOAD": LIBRARY,
                                     "LEAKWATCH_OPTIONS": f"dir={ledgers}:quiet=1{settings}"})
            self.assertEqual(status, 0)
            self.assertEqual([line for line in lines if line not in set(self.alone)], [])
            self.assertEqual(lines, self.alone)
            report = subprocess.run([LEAKWATCH, "report", ledgers], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    timeout=600, check=False)
            self.assertIn(report.returncode, (0, 1), report.stderr)

    def test_watched(self):
        self.watched("")

    def test_strict(self):
        self.watched(":strict=1")

    def test_asked_for_paths(self):
        self.watched(f":inject={RULES}")


if __name__ == "__main__":
    unittest.main()
