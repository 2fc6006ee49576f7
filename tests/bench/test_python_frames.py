"""Each Python frame of a remembered stack takes at most so many instructions: a few more than were counted when this was
written (44 to 49). They are counted in Debian's own interpreter, where one evaluation runs all frames, so that nothing
else grows with them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from contest import WATCHED, Contest

PYTHON = "/usr/bin/python3.11"
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_opens.py")
FEW, MORE = 1000, 4000
SHALLOW, LIMITS = 4, ((10, 56.0), (30, 52.0))

assert os.access(PYTHON, os.X_OK), f"{PYTHON} is missing: see tests/python/packages.txt"
if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)


def executed(contest, depth, count):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", PYTHON, "-I", "-S", SCRIPT, str(depth),
               str(count)]
    environment = {**contest.environment(WATCHED), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          timeout=900, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def of_one(contest, depth):
    return (executed(contest, depth, MORE) - executed(contest, depth, FEW)) / (MORE - FEW)


with tempfile.TemporaryDirectory(prefix="leakwatch-python.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    shallow = of_one(contest, SHALLOW)
    for depth, most in LIMITS:
        more = (of_one(contest, depth) - shallow) / 2 / (depth - SHALLOW)
        print(f"{more:.1f} instructions of a stack for each of {depth} frames")
        assert 3 < more <= most, "too many, or its frames are not compared"
