"""Rows about short processes, and about programs that start many of them."""

import os
import shutil
import subprocess
import sys
import time

import stack_rate
from contest import NATIVE, STRACE, VALGRIND, WATCHED, Unmeasurable
from table import Row, spread, times

START_MOST_MS, LOOP_MOST, THROUGHPUT_LEAST = 0.3, 1.5, 0.97


def start_and_end(contest):
    """The process that is timed is watched; the one that starts it is not."""
    for what, arguments, has_budget in (("start and end of a process that takes nothing", [], True),
                                        ("start and end of a process that opens a file", ["open"], False)):
        def measure(way, arguments=arguments):
            count = {VALGRIND: "10", STRACE: "50"}.get(way, "300")
            program = contest.command(way, [contest.driver("nothing")] + arguments)
            return float(contest.run(WATCHED if way == WATCHED else NATIVE, [contest.driver("processes"), count] + program,
                                     variable="BENCH_PRELOAD"))

        duel = contest.duel(measure, 9)
        added = (duel.watched - duel.native) / 1000
        yield Row(what, f"{duel.native / 1000:.2f} ms", f"{duel.watched / 1000:.2f} ms", f"{added:+.3f} ms",
                  f"+{START_MOST_MS} ms" if has_budget else "", added <= START_MOST_MS if has_budget else None,
                  times(contest.rival(VALGRIND, measure, duel.native)), times(contest.rival(STRACE, measure, duel.native)))


def timed(contest, command, **how):
    def measure(way):
        begin = time.monotonic()
        contest.run(way, command, **how)
        return time.monotonic() - begin

    return measure


LOOP = ["/bin/sh", "-c", "i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i + 1)); done"]


def shell_loop(contest):
    measure = timed(contest, LOOP)
    duel = contest.duel(measure, 9)
    valgrind = None if contest.quick else contest.rival(VALGRIND, measure, duel.native)
    yield Row("a shell loop of 500 x /bin/true", f"{duel.native:.2f} s", f"{duel.watched:.2f} s", spread(duel),
              f"{LOOP_MOST}x", duel.ratio <= LOOP_MOST, times(valgrind),
              times(contest.rival(STRACE, measure, duel.native)))


def shell_loop_below_run(contest):
    """With the report on all of its processes."""
    alone = timed(contest, LOOP)
    below = timed(contest, [contest.leakwatch, "run", "--output", os.devnull, "--", *LOOP])
    duel = contest.duel(lambda way: (below if way == WATCHED else alone)(NATIVE), 9)
    yield Row("the same below run", f"{duel.native:.2f} s", f"{duel.watched:.2f} s", spread(duel), f"{LOOP_MOST}x",
              duel.ratio <= LOOP_MOST)


# ---- A parallel build ------------------------------------------------------------------------------------------------

SOURCE = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
struct item {{ char name[32]; double weight[8]; struct item *next; }};
{functions}
"""
FUNCTION = """double work_{file}_{number}(struct item *list, const char *name, int depth)
{{
    double sum = {number};
    for (struct item *item = list; item; item = item->next)
        for (int i = 0; i < 8; i++)
            sum += strcmp(item->name, name) == 0 ? sqrt(item->weight[i]) : fabs(item->weight[7 - i]) * depth;
    return depth > {number} ? sum : sum + work_{file}_{number}(list ? list->next : list, name, depth + 1);
}}
"""


def write_project(directory, files=24, functions=40):
    for file in range(files):
        with open(os.path.join(directory, f"file_{file}.c"), "w", encoding="ascii") as out:
            out.write(SOURCE.format(functions="".join(FUNCTION.format(file=file, number=n) for n in range(functions))))
    with open(os.path.join(directory, "Makefile"), "w", encoding="ascii") as out:
        out.write("objects := $(patsubst %.c,%.o,$(wildcard *.c))\n"
                  "library.a: $(objects)\n\tar rcs $@ $^\n%.o: %.c\n\tgcc -O1 -c -o $@ $<\n")


def build(contest):
    if not shutil.which("make") or not shutil.which("gcc"):
        raise Unmeasurable("make and gcc are needed")
    directory = contest.directory("project")
    write_project(directory)
    measure = timed(contest, ["make", "-B", "-s", "-j2"], cwd=directory)
    duel = contest.duel(measure, 9)
    throughput = 1 / duel.ratio
    yield Row("a parallel C build (24 files, make -j2): throughput", f"{duel.native:.2f} s", f"{duel.watched:.2f} s",
              f"{throughput:.3f} ({1 / duel.high:.3f}-{1 / duel.low:.3f})", f"at least {THROUGHPUT_LEAST}",
              throughput >= THROUGHPUT_LEAST, "-", times(contest.rival(STRACE, measure, duel.native)))


# ---- CPython's own tests ---------------------------------------------------------------------------------------------

PYTHON_TESTS = ("test_glob", "test_shutil", "test_tempfile", "test_fileio", "test_zipfile", "test_fileinput", "test_dbm",
                "test_mailbox", "test_filecmp", "test_linecache")


def python_with_tests():
    for python in ("/usr/bin/python3", sys.executable, shutil.which("python3")):
        if python and subprocess.run([python, "-c", "import test.test_mailbox"], stderr=subprocess.DEVNULL,
                                     check=False).returncode == 0:
            return python
    raise Unmeasurable("no python3 here has its own tests (Debian: libpython3.11-testsuite)")


def cpython(contest):
    directory = contest.directory("python")
    tests = PYTHON_TESTS[:4] if contest.quick else PYTHON_TESTS
    command = [python_with_tests(), "-m", "test", "-q", *tests]
    measure = timed(contest, command, cwd=directory)
    duel = contest.duel(measure, 5)
    throughput = 1 / duel.ratio

    yield Row("CPython's own tests of files: throughput", f"{duel.native:.2f} s", f"{duel.watched:.2f} s",
              f"{throughput:.3f} ({1 / duel.high:.3f}-{1 / duel.low:.3f})", f"at least {THROUGHPUT_LEAST}",
              throughput >= THROUGHPUT_LEAST, "-", times(contest.rival(STRACE, measure, duel.native)))
    yield remembered(contest, "CPython's own tests", command, cwd=directory)


def hit_rate_row(what, share, stacks, least=0.99):
    return Row(f"remembered stacks: {what}", "", f"{stacks:,} stacks", "-" if share is None else f"{share:.4f}",
               f"at least {least}", None if share is None else share >= least)


def remembered(contest, what, command, **how):
    ledgers = contest.directory(f"ledgers_of_{what}".replace(" ", "_").replace("'", ""))
    contest.run(WATCHED, command, ledgers=ledgers, **how)
    return hit_rate_row(what, *stack_rate.rate(contest.leakwatch, stack_rate.ledgers_in(ledgers)))


def loops_rate(contest):
    """The loops of the rows about single calls."""
    for operation in ("open", "fopen", "socket", "pipe"):
        yield remembered(contest, f"{operation} loop", [contest.driver("calls"), operation, "2000", "5"])
