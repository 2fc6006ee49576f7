"""A line of Python that is new costs no walk: what is known of the interpreter's code below it is not unwound again, and what
the ledger has of its stack is found among thousands of rows by a look at few; what it has in common with the stack before it
is not looked for at all. Counted is what walks, and what all execute while 100, and then 400 functions open and close a file,
each called at one place, that many frames deep."""

import os
import shutil
import sys
import tempfile

from contest import Contest
from instructions import executed_in

PYTHON = "/usr/bin/python3.11"
SCRIPT = """import os, sys
count, depth = int(sys.argv[1]), int(sys.argv[2])
text = "".join(f"def work{k}():\\n    c(o('/dev/null', r))\\n" for k in range(400))
space = {"o": os.open, "c": os.close, "r": os.O_RDONLY}
exec(compile(text, "made.py", "exec"), space)
def work(depth):
    if depth:
        work(depth - 1)
    else:
        for k in range(count):
            space[f"work{k}"]()
work(depth)
"""
# Frames below that one, and instructions at most: 21,300 and 35,500 were counted, 4,400 of which are Python's own.
LIMITS = (0, 24_500), (30, 37_500)

assert os.access(PYTHON, os.X_OK), f"{PYTHON} is missing: see tests/python/packages.txt"
if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)


def unwound(contest, room, count, depth):
    """(what walks executed, what all did)"""
    return executed_in(contest, room, [PYTHON, "-I", "-S", "-c", SCRIPT, str(count), str(depth)], "plain_walk.c")


with tempfile.TemporaryDirectory(prefix="leakwatch-python.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    for depth, most in LIMITS:
        few, all_of_few = unwound(contest, room, 100, depth)
        many, all_of_them = unwound(contest, room, 400, depth)
        print(f"{depth} deep, walks executed {few:,} instructions for 100 lines, {many:,} for 400, of {all_of_them:,}")
        assert few > 1_000, "nothing was unwound: was it watched?"
        assert many - few < 300 * 100, "lines are walked to"  # a walk is some 400
        each = (all_of_them - all_of_few) // 300
        print(f"a line that opens and closes: {each:,} instructions, of at most {most:,}")
        assert each < most, "lines are looked up among rows that are others, or outer frames anew"
