"""What the tests of frames share: a program runs watched under one CPython after another, and what the ledgers say of the
stacks is compared with what the interpreter said in the program itself."""
import functools
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, os.pardir, "cli"))

import interpreters  # noqa: E402
import ledgers  # noqa: E402
from command import LEAKWATCH, LIBRARY, TIMEOUT, Place, main  # noqa: E402,F401

PROGRAMS = os.path.join(HERE, "programs")
HELPERS = os.path.join(os.environ.get("BUILD_DIR", "build"), "tests", "python", "frames")
AUDITOR = os.path.join(HELPERS, "auditor.so")


def every_python(*minors, needs=None):
    """The test runs once under every CPython, or those of these minors that have the module: self.work is a fresh directory."""
    def decorate(method):
        @functools.wraps(method)
        def test(self):
            pythons = interpreters.of_minor(*minors) if minors else interpreters.pythons()
            pythons = [python for python in pythons if not needs or python.has(needs)]
            if not pythons:
                self.skipTest(f"no CPython {minors or ''} {needs or ''} here")
            for number, python in enumerate(pythons):
                with self.subTest(python=str(python)):
                    self.work = self.path(f"{python.minor}.{number}")
                    os.makedirs(os.path.join(self.work, "ledgers"))
                    method(self, python)
        return test
    return decorate


class Compared(Place):
    def program(self, name):
        for needed in (name, "noting.py"):
            shutil.copy(os.path.join(PROGRAMS, needed), self.work)
        return os.path.join(self.work, name)

    def preloaded(self, options="", behind=(), **more):
        options = f"dir={self.work}/ledgers:keep=all:quiet=1:check=16{options}"
        return self.environment(LD_PRELOAD=":".join((LIBRARY, *behind)), LEAKWATCH_OPTIONS=options,
                                PYTHONDONTWRITEBYTECODE="1", **more)

    def run_program(self, python, name, *arguments, **how):
        return self.start([python.path, self.program(name), *arguments], **how)

    def start(self, command, status=0, environment=None):
        done = subprocess.run(command, cwd=self.work, env=environment or self.preloaded(), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
        output = done.stdout.decode("utf-8", "backslashreplace") + done.stderr.decode("utf-8", "backslashreplace")
        self.assertEqual(done.returncode, status, output)
        return output

    def ledgers(self):
        found = ledgers.read(os.path.join(self.work, "ledgers"), LEAKWATCH)
        self.assertTrue(found, "it was not watched")
        self.assertEqual([ledger.path for ledger in found if ledger.damaged != 0], [])
        return found

    def notes(self):
        with open(os.path.join(self.work, "notes.jsonl"), encoding="utf-8") as file:
            told = [json.loads(line) for line in file]
        for note in told:
            note["frames"] = [(function, line, name.encode("latin-1")) for function, line, name in note["frames"]]
        return told

    def stacks_by_path(self):
        """{(process, path): (ledger, number of the stack)} of all that has a path of its own; the interpreter may have closed
        it at its end"""
        stacks = {}
        for ledger in self.ledgers():
            process = int(ledger.header("process")["pid"])
            for slot in ledger.slots:
                if "/held/" in slot.get("detail", "") and slot["site"] != "0":
                    stacks[process, slot["detail"]] = ledger, ledger.stack_of(slot)
        return stacks

    def assert_same(self, key, ledger, stack, frames):
        written = [(function, line, os.fsencode(name)) for function, line, name in ledger.lines(stack)]
        self.assertEqual(written, [tuple(frame) for frame in frames], f"{key}: {ledger.frames(stack)}")

    def assert_paths_told(self, least):
        """Everything that was noted by its path is held, with the very frames of the note."""
        stacks, compared = self.stacks_by_path(), 0
        for note in self.notes():
            key = note["process"], note["key"]
            if isinstance(note["key"], str) and note["key"].startswith("/"):
                self.assertIn(key, stacks)
                self.assert_same(note["key"], *stacks[key], note["frames"])
                compared += 1
        self.assertGreaterEqual(compared, least)
