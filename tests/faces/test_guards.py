#!/usr/bin/env python3
"""leakwatch.hpp, with and without exceptions, from C++11 on, by g++ and clang++: what guards.cpp calls and prints is the same
for all."""

import os
import shutil
import sys
import tempfile

from ways import HERE, LIBRARY, build_fake, compile_command, run

BUILDS = [f"-std={standard} {flags}" for standard, flags in (
    ("c++11", "-O0"), ("c++11", "-O2 -fno-exceptions"), ("c++14", "-O2 -fno-rtti"), ("gnu++17", "-O2"), ("c++17", "-O0"),
    ("c++17", "-O2 -fno-exceptions -fno-rtti"), ("c++20", "-O2 -no-pie -fno-pic"))]

FAKED = """\
-- moved
call begin moved
-- assigned
call begin third
call end 4711
-- ended
call end 4711
answer 3
answer 0, closed
-- carried
call begin carried
call fail 4711: bad
call detach 4711
call attach 4711
answer not attached
-- released
-- taken over
call end 4711
-- resources
call begin resources
call hand over kind 1, 3, to 1
call hand over kind 1, 4, to 2
call hand over kind 2, 0, to 4711
call expect kind 3, 0: for life
call expect kind 1, 5: for life
call label kind 4, 6: worker
call label kind 1, 7: spool
""" + 7 * "answer not known\n" + """\
call held 4711
answer 1, told 1
call open count
call active
answer 42, active
call end 4711
"""
FAKED_EXCEPTIONS = """\
-- thrown
call begin outer
call begin inner
call begin while an exception is on its way
call end 4711
call fail 4711: left by an exception
call end 4711
call fail 4711: left by an exception
call end 4711
-- caught
call held 0
answer: thrown 2
"""
LAST = "-- done\n"


def same_order(text):
    """C++ does not say in which order the arguments of a call are evaluated."""
    return text.replace("call open count\ncall active\n", "call active\ncall open count\n")


def troubles(compiler, flags, room, fake):
    program = os.path.join(room, "guards")
    status, output = run([*compile_command(compiler, flags), os.path.join(HERE, "guards.cpp"), "-o", program])
    if status:
        yield output
        return
    expected = FAKED + ("" if "-fno-exceptions" in flags else FAKED_EXCEPTIONS) + LAST
    status, output = run([program], fake)
    if status or same_order(output) != same_order(expected):
        yield f"with the fake, exit status {status}:\n{output}instead of\n{expected}"
    status, output = run([program])
    if status or not output.endswith(LAST) or "not active" not in output:
        yield f"alone, exit status {status}:\n{output}"
    status, output = run([program], LIBRARY, LEAKWATCH_OPTIONS=f"dir={room}:quiet=1")
    if status or not output.endswith(LAST) or "answer attached" not in output or "not active" in output:
        yield f"with libleakwatch.so, exit status {status}:\n{output}"


def main():
    tried = bad = 0
    with tempfile.TemporaryDirectory(prefix="leakwatch-guards.") as room:
        fake = build_fake(room)
        for compiler in filter(shutil.which, ("g++", "clang++")):
            for flags in BUILDS:
                tried += 1
                for trouble in troubles(compiler, flags, room, fake):
                    bad += 1
                    print(f"{compiler} {flags}: {trouble}\n")
    print(f"{tried} ways to build the program, {bad} troubles")
    return 1 if bad or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
