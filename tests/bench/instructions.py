"""Instructions of one operation, counted by Valgrind's callgrind: the same on every run, however busy the machine is."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from contest import NATIVE, WATCHED, Contest

FEW, MORE = 200, 1200


def executed(contest, way, operation, count, padding):
    environment = {**contest.environment(way), "PADDING": "x" * padding}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", contest.driver("calls"), operation,
               str(count), "1"]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          timeout=300, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def instructions(contest, way, operation):
    """Of one: what is done only once cancels out. Where the stack meets a page's end, its slots are compared in one step more,
    17 instructions: it does so with one of these paddings at most, wherever the environment puts it."""
    rounds = (MORE - FEW) + (MORE // 4 - FEW // 4)  # the driver warms up with a quarter as many
    return min((executed(contest, way, operation, MORE, padding) - executed(contest, way, operation, FEW, padding)) / rounds
               for padding in (0, 2048))


def executed_in(contest, room, command, library):
    """(instructions in this library, all) of a command that is watched."""
    output = os.path.join(room, "counts")
    environment = {**contest.environment(WATCHED), "PYTHONHASHSEED": "0"}
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}", *command], env=environment,
                   capture_output=True, timeout=900, check=True)
    told = subprocess.run(["callgrind_annotate", "--threshold=100", output], stdout=subprocess.PIPE, text=True,
                          timeout=900, check=True).stdout
    counts = [(int(match.group(1).replace(",", "")), match.group(0))
              for match in re.finditer(r"^ *([\d,]+) \(.*$", told, re.MULTILINE)]
    return sum(count for count, line in counts if library in line), counts[0][0]


def counted(operation):
    """For a test: of one by itself, and watched. Without Valgrind the test is skipped."""
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind to count with")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="leakwatch-instructions.") as room:
        contest = Contest(os.environ["BUILD_DIR"], room, True)
        return tuple(instructions(contest, way, operation) for way in (NATIVE, WATCHED))


def lines(contest):
    for operation in ("open", "fopen", "socket", "pipe", "dup", "missing", "lock"):
        native, watched = (instructions(contest, way, operation) for way in (NATIVE, WATCHED))
        yield f"{operation:8} native {native:6.0f}   leakwatch {watched:6.0f}   added {watched - native:6.0f} instructions"
