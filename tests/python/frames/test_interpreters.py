"""Subinterpreters: their lines are right or not told at all; the main interpreter's are told."""
import os

import compared
from compared import every_python

TOLD_FROM = 12  # before that, a thread's state is the main interpreter's


class Interpreters(compared.Compared):
    @every_python()
    def test_subinterpreters(self, python):
        self.run_program(python, "interpreters.py")
        stacks, told = self.stacks_by_path(), 0
        notes = {note["key"]: note for note in self.notes()}
        for key, note in notes.items():
            if not key.startswith("/"):
                continue
            ledger, stack = stacks[note["process"], key]
            around = notes.get("around " + os.path.basename(key))
            lines = [(function, line, os.fsencode(name)) for function, line, name in ledger.lines(stack)]
            if around and python.minor < TOLD_FROM:
                # Its own frames are native; those of the interpreter around it may be told.
                self.assertIn(lines, ([], around["frames"]), (key, ledger.frames(stack)))
            else:
                self.assert_same(key, ledger, stack, note["frames"])
                told += 1
        self.assertGreaterEqual(told, 8)


if __name__ == "__main__":
    compared.main()
