#!/usr/bin/env python3
"""The adapters of test frameworks: test programs of GoogleTest, cmocka and Check in which some tests leave resources behind.
Alone all tests pass; with libleakwatch.so exactly those fail, and say what they left and which function took it.

    test_frameworks.py FRAMEWORK [PROGRAM]      without a program it is skipped: the framework is not installed
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

LIBRARY = os.environ["LEAKWATCH_LIBRARY"]


@dataclass
class Framework:
    """What a run of a test program prints."""

    failed: str                 # pattern of a failed test's name
    passed: str                 # … of one that passed
    leaking: dict               # test -> what it says of itself
    clean: set
    arguments: tuple = ((),)    # one run for each
    stacks: tuple = ()          # patterns of what is told of resources
    known: dict = None          # scope -> so many of it a baseline must know of to make all tests pass


SPOOL = r"    file \d+ /dev/null \(spool\), acquired by open\n"
STREAM = r"    stream 0x[0-9a-f]+ /dev/null, acquired by fopen\n"


def frame(function):
    return rf"        {function}  \(\S+\+0x[0-9a-f]+\)\n"


FRAMEWORKS = {
    "gtest": Framework(
        failed=r"^\[  FAILED  \] (\w+\.\w+) \(", passed=r"^\[       OK \] (\w+\.\w+)",
        leaking={"Suite.Leaking": "Suite.Leaking ends with 3 of its resources still held"},
        clean={"Suite.Clean", "Suite.Allowed", "Suite.Dying", "Parent.IsWatched"},
        known={"Suite.Leaking": 3},
        stacks=(SPOOL + frame(r"\(anonymous namespace\)::open_null\(\)")
                + frame(r"\(anonymous namespace\)::Suite_Leaking_Test::TestBody\(\)"),
                STREAM + frame(r"\(anonymous namespace\)::Suite_Leaking_Test::TestBody\(\)"))),
    "cmocka": Framework(
        failed=r"^\[  ERROR   \] (\w+)", passed=r"^\[       OK \] (\w+)",
        leaking={"leaking": "leaking ends with 2 of its resources still held",
                 "leaking_alone": "cmocka test ends with 1 of its resources still held",
                 "leaking_with_pair": "cmocka test ends with 1 of its resources still held"},
        clean={"clean", "allowed", "with_own_state", "with_group_state"},
        known={"leaking": 2, "cmocka test": 1},
        stacks=(SPOOL + frame("open_null") + frame("leaking"), STREAM + frame("leaking"), frame("leaking_alone"))),
    "check": Framework(
        failed=r":[FES]:spool:(\w+):", passed=r":P:spool:(\w+):",
        leaking={"leaking": "leaking ends with 2 of its resources still held"}, clean={"clean", "allowed"},
        arguments=((), ("nofork",)), known={"check test": 2},
        stacks=(SPOOL + frame("open_null") + frame("leaking_fn"), STREAM + frame("leaking_fn"))),
}


def run(command, directory, **more):
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD" and not k.startswith("CK_")} | more
    done = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=900, check=False)
    return done.returncode, done.stdout


def tests(pattern, output):
    return set(re.findall(pattern, output, re.MULTILINE))


def troubles_alone(framework, status, output):
    everything = framework.clean | set(framework.leaking)
    if status != 0:
        yield f"exit status {status}"
    if tests(framework.failed, output):
        yield f"failed: {tests(framework.failed, output)}"
    if tests(framework.passed, output) != everything:
        yield f"passed: {tests(framework.passed, output)}, not {everything}"


def troubles_watched(framework, status, output):
    if status == 0:
        yield "exit status 0"
    if tests(framework.failed, output) != set(framework.leaking):
        yield f"failed: {tests(framework.failed, output)}, not {set(framework.leaking)}"
    if tests(framework.passed, output) != framework.clean:
        yield f"passed: {tests(framework.passed, output)}, not {framework.clean}"
    for message in framework.leaking.values():
        if message not in output:
            yield f"there is no '{message}'"
    for stack in framework.stacks:
        if not re.search(stack, output):
            yield f"nothing matches {stack!r}"


def write_baseline(path, known):
    with open(path, "w", encoding="utf-8") as file:
        file.write("# leakwatch baseline, version 2\n\nfd-leak 0123456789abcdef\n  count  9\n  where  f, f.c (open)\n")
        for number, (scope, count) in enumerate(known.items()):
            file.write(f"\nscope-leak {number:016x}\n  count  {count}\n  where  f, f.c (open), in {scope} > load\n")
            file.write(f"\nscope-leak {number + 100:016x}\n  count  9\n  where  f, f.c (open), in {scope}s\n")


def troubles_with_baseline(framework, command, room, watched):
    """As many as it knows make no test fail; one more does, of whichever scope."""
    path = os.path.join(room, "known")
    cases = [(framework.known, True)] + [({**framework.known, scope: count - 1}, False)
                                         for scope, count in framework.known.items()]
    for known, is_green in cases:
        write_baseline(path, known)
        status, output = run(command, room, **watched, LEAKWATCH_BASELINE=path)
        if (status == 0) != is_green:
            yield f"exit status {status} where the baseline knows {known}: {output}"


def main():
    name = sys.argv[1]
    if len(sys.argv) < 3:
        print(f"{name} is not installed")
        return 77
    program = sys.argv[2]
    framework, bad = FRAMEWORKS[name], False
    with tempfile.TemporaryDirectory(prefix="leakwatch-frameworks.") as room:
        for arguments in framework.arguments:
            command = [program, *arguments]
            watched = {"LD_PRELOAD": LIBRARY, "LEAKWATCH_OPTIONS": f"dir={room}:quiet=1"}
            for what, judge, more in (("alone", troubles_alone, {}), ("watched", troubles_watched, watched)):
                status, output = run(command, room, **more)
                troubles = list(judge(framework, status, output))
                for trouble in troubles:
                    print(f"{' '.join(command)}, {what}: {trouble}")
                if troubles:
                    bad = True
                    print(output)
            for trouble in troubles_with_baseline(framework, command, room, watched):
                print(trouble)
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
