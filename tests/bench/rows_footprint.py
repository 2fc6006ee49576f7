"""Rows about what one operation takes beyond native, counted and not timed: instructions, and the lines and pages of code and
data that it touches, each of which is looked up anew after each system call. And about what a short process takes: system
calls and page faults."""

import shutil

from contest import NATIVE, WATCHED, Unmeasurable
from instructions import instructions
from starts import CAT, COMPILE, GATE, RUN, TRUE, count_all
from table import Row
from traced import LINE, PAGE, counted

# operation of the driver, its function there, what; and the most: instructions, code lines and pages, data lines and pages.
OPERATIONS = (
    ("open", "open_close", "open+close", 700, 45, 4, 30, 9),
    ("fopen", "fopen_fclose", "fopen+fclose", 800, 50, 5, 36, 11),
    ("socket", "socket_close", "socket+close", 700, 45, 4, 30, 9),
    ("pipe", "pipe_close", "pipe+2 close", 1000, 45, 4, 30, 9),
    ("dup", "dup_close", "dup+close", 700, 45, 4, 30, 9),
    ("missing", "open_missing", "a failed open", 350, None, None, None, None),
)


def budget_row(what, native, watched, most):
    added = watched - native
    if most is None:
        return Row(what, f"{native:.0f}", f"{watched:.0f}", f"{added:+.0f}", "-")
    return Row(what, f"{native:.0f}", f"{watched:.0f}", f"{added:+.0f}", f"+{most}", added <= most)


def footprint(contest):
    if not shutil.which("valgrind"):
        raise Unmeasurable("valgrind is not installed")
    for operation, function, what, most, *parts in OPERATIONS:
        native, watched = (instructions(contest, way, operation) for way in (NATIVE, WATCHED))
        yield budget_row(f"{what}: instructions", native, watched, most)
        found = counted(contest, operation, function)
        names = ("code", LINE, "code lines"), ("code", PAGE, "code pages"), ("data", LINE, "data lines"), ("data", PAGE, "data pages")
        for (name, size, text), part_most in zip(names, parts):
            yield budget_row(f"{what}: {text}", *found[name, size], part_most)


# How it is watched, what is run, how that is called; and the most: calls, faults.
STARTS = (
    (WATCHED, TRUE, "/bin/true", 12, 12),
    (WATCHED, CAT, "/bin/cat", 35, 22),
    (RUN, TRUE, "/bin/true below run", 14, 14),
    (RUN, CAT, "/bin/cat below run", 35, 22),
    (GATE, TRUE, "/bin/true below gate", 14, 14),
    (GATE, CAT, "/bin/cat below gate", 35, 22),
    (WATCHED, COMPILE, "gcc -c, all that it starts", None, 70),
)


def starts(contest):
    figures = count_all([(way, command) for way, command, *_ in STARTS], contest, contest.directory("starts"))
    for way, command, what, *most in STARTS:
        for kind, alone, both, its_most in zip(("system calls", "page faults"), figures.get((NATIVE, *command), ()),
                                               figures.get((way, *command), ()), most):
            if its_most is not None:
                yield budget_row(f"{what}: {kind}", alone, both, its_most)
