#!/usr/bin/env python3
"""Every function that leakwatch hooks is called once by tests/programs/every_hook, which prints what the ledgers must
show of it; here the ledgers are compared with that."""
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BUILD_DIR") or os.path.abspath("build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")
PROGRAM = os.path.join(BUILD, "tests", "programs", "every_hook", "every_hook")
ALSO = {"forkpty": [96]}  # kinds that a call acquires besides that of its row: a child
R_COMMANDS = re.compile(r"^rcmd: |\.netrc: ")  # what they say on stderr without the privilege that they need
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')


def fields_of(line):
    return {key: value.strip('"') for key, value in FIELD.findall(line)}


class Ledger:
    """One ledger, as `leakwatch dump` prints it."""

    def __init__(self, path):
        done = subprocess.run([LEAKWATCH, "dump", path], stdout=subprocess.PIPE, check=True, timeout=900)
        self.lines = done.stdout.decode("utf-8", "backslashreplace").splitlines()

    def records(self, name):
        return [fields_of(line) for line in self.lines if line.split(" ", 1)[0] == name]

    def of_call(self, call):
        """What this ledger shows of one function, in the words of the program."""
        sites = [site for site in self.records("site") if site["call"] == call]
        releases = [release for release in self.records("release") if release["call"] == call]
        return {
            "kind": sorted({int(site["kind"]) for site in sites if int(site["acquired"]) + int(site["failed"])}),
            "acquired": sum(int(site["acquired"]) for site in sites),
            "failed": sum(int(site["failed"]) for site in sites),
            "released": sum(int(release["count"]) for release in releases),
        }


class EveryHook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="leakwatch-every-hook.")
        cls.addClassCleanup(cls.place.cleanup)
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={cls.place.name}:keep=all:quiet=1")
        done = subprocess.run([PROGRAM], cwd=cls.place.name, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=900, check=False)
        cls.status, cls.err = done.returncode, done.stderr.decode("utf-8", "backslashreplace")
        cls.said = done.stdout.decode("utf-8", "backslashreplace").splitlines()
        cls.ledgers = {}

    def ledger_of(self, pid):
        if pid not in self.ledgers:
            paths = glob.glob(os.path.join(self.place.name, f"leakwatch.every_hook.{pid}.*.lwl"))
            self.assertEqual(len(paths), 1, f"ledgers of process {pid}: {paths}")
            self.ledgers[pid] = Ledger(paths[0])
        return self.ledgers[pid]

    def lines(self, first):
        found = [line for line in self.said if line.startswith(first + " ")]
        self.assertTrue(found, f"the program said nothing of any {first}")
        return found

    def test_program_ends_well(self):
        complaints = [line for line in self.err.splitlines() if not R_COMMANDS.search(line)]
        self.assertEqual((self.status, complaints), (0, []))

    def test_every_call_is_seen_once_with_its_kind(self):
        main = int(self.lines("ledger")[-1].split()[1])
        for line in self.lines("call"):
            call, wanted = line.split()[1], {key: int(value) for key, value in fields_of(line).items()}
            with self.subTest(call=call):
                wanted["kind"] = [wanted["kind"]] if wanted["acquired"] + wanted["failed"] else []
                wanted["kind"] += ALSO.get(call, [])
                self.assertEqual(self.ledger_of(main).of_call(call), wanted)

    def test_processes_fork_execute_and_end_as_they_did(self):
        for line in self.lines("ledger"):
            _, pid, rest = line.split(" ", 2)
            with self.subTest(line=line):
                ledger = self.ledger_of(int(pid))
                pattern = re.compile(rest.split(" ", 1)[1])
                self.assertTrue(any(pattern.search(line) for line in ledger.lines), "no line shows this")


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(77)
    unittest.main()
