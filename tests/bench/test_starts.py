"""A process that does next to nothing makes at most so many system calls more when it is watched, and has at most so many
page faults more: a few more than were counted when this was written. Both vary with where things are mapped: a walk asks
whether it may read where the stack crosses into another page, and the median of many runs' faults varies by one or two."""

import os
import sys
import tempfile

from contest import NATIVE, WATCHED, Contest, Unmeasurable
from starts import CAT, COMPILE, GATE, RUN, SH, TRUE, count_all

MARGIN = 4  # of faults

# How it is watched, what is run, calls, faults as counted, and how many more there may be.
STARTS = [
    (WATCHED, TRUE, 9, 12, MARGIN),
    (WATCHED, SH, 9, 12, MARGIN),
    (WATCHED, CAT, 55, 27, MARGIN),
    (RUN, TRUE, 14, 16, MARGIN),
    (RUN, CAT, 59, 31, MARGIN),
    (GATE, TRUE, 14, 16, MARGIN),
    (GATE, CAT, 59, 31, MARGIN),
    (WATCHED, COMPILE, None, 106, 3 * MARGIN),
]


def counted():
    with tempfile.TemporaryDirectory(prefix="leakwatch-starts.") as room:
        try:
            return count_all([(way, command) for way, command, *_ in STARTS], Contest(os.environ["BUILD_DIR"], room, True), room)
        except Unmeasurable as why:
            print(f"skipped: {why}")
            sys.exit(77)


def main():
    too_many = []
    figures = counted()
    for way, command, most_calls, most_faults, margin in STARTS:
        if (way, *command) not in figures:
            continue
        for what, alone, both, most in zip(("calls", "faults"), figures[NATIVE, *command], figures[way, *command],
                                           (most_calls, most_faults + margin)):
            if most is None:
                continue
            name = f"{what} of {' '.join(command)} ({way})"
            print(f"{name}: {alone:g}, {both:g} watched: {both - alone:g} more, {most} at most")
            assert both > alone, "it was not watched"
            if both - alone > most:
                too_many.append(name)
    assert not too_many, f"too many: {', '.join(too_many)}"


main()
