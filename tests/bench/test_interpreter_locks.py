"""The locks that an interpreter takes around each call that may wait cost no walk of a stack: the stack pointer there is
another at each depth of a program, and nobody asks who took them. Counted is what walks execute while a program waits at 20,
and then at 200 depths."""

import os
import shutil
import sys
import tempfile

from contest import Contest
from instructions import executed_in

PYTHON = "/usr/bin/python3.11"
FEW, MANY = 20, 200
SCRIPT = """import os, sys
kept = os.open("/dev/null", os.O_RDONLY)  # what takes nothing has no ledger
def descend(levels):
    os.stat("/")
    return sorted([levels - 1], key=descend) if levels else []  # each is an evaluation of its own
descend(int(sys.argv[1]))
"""

assert os.access(PYTHON, os.X_OK), f"{PYTHON} is missing: see tests/python/packages.txt"
if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)


def unwound(contest, room, depths):
    return executed_in(contest, room, [PYTHON, "-I", "-S", "-c", SCRIPT, str(depths)], "plain_walk.c")[0]


with tempfile.TemporaryDirectory(prefix="leakwatch-locks.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    few, many = (unwound(contest, room, depths) for depths in (FEW, MANY))
    print(f"walks executed {few:,} instructions for {FEW} depths, {many:,} for {MANY}")
    assert few > 1_000, "nothing was unwound: was it watched?"
    assert many - few < (MANY - FEW) * 100, "these locks are walked to"  # a walk of ten frames is some 400, and these are deeper
