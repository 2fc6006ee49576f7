"""Rows about short programs as people start them: cat and true, a script of git's, sqlite3."""

import os
import shutil

from contest import NATIVE, STRACE, WATCHED
from rows_processes import THROUGHPUT_LEAST, remembered, timed
from rows_servers import need
from table import Row, spread, times

TRUE_MOST, CAT_MOST = 1.12, 1.2
GIT = """set -e
rm -rf repository; git init -q repository; cd repository
git config user.email nobody@example.org; git config user.name Nobody; git config gc.auto 0
i=0
while [ $i -lt 100 ]; do
    i=$((i + 1)); echo $i >file_$((i % 10))
    git add .; git commit -q -m "change $i"; git log -1 --format=%H >/dev/null
done
"""


def starts(contest):
    """One after the other, each watched; what starts them is not."""
    text = os.path.join(contest.room, "line")
    with open(text, "w", encoding="ascii") as file:
        print("a line", file=file)
    for command, most in ((["/bin/true"], TRUE_MOST), (["/bin/cat", text], CAT_MOST)):
        def measure(way, command=command):
            count = "50" if way == STRACE else "300"
            program = [contest.driver("processes"), count, *contest.command(way, command)]
            *_, microseconds = contest.run(WATCHED if way == WATCHED else NATIVE, program,
                                           variable="BENCH_PRELOAD").splitlines()
            return float(microseconds)

        duel = contest.duel(measure, 9)
        yield Row(f"{command[0]}, again and again", f"{duel.native / 1000:.2f} ms", f"{duel.watched / 1000:.2f} ms",
                  spread(duel), f"{most}x", duel.ratio <= most, "-", times(contest.rival(STRACE, measure, duel.native)))


def script_row(contest, what, command, directory, rounds=9):
    measure = timed(contest, command, cwd=directory)
    duel = contest.duel(measure, rounds)
    throughput = 1 / duel.ratio
    return Row(f"{what}: throughput", f"{duel.native:.2f} s", f"{duel.watched:.2f} s",
               f"{throughput:.3f} ({1 / duel.high:.3f}-{1 / duel.low:.3f})", f"at least {THROUGHPUT_LEAST}",
               throughput >= THROUGHPUT_LEAST, "-", times(contest.rival(STRACE, measure, duel.native)))


def git(contest):
    need("git")
    command, directory = ["/bin/sh", "-c", GIT], contest.directory("git")
    yield script_row(contest, "a script of 300 git commands", command, directory)
    yield remembered(contest, "git, in 300 processes", command, cwd=directory)


def sqlite(contest):
    """Each statement is a transaction, with a journal that comes and goes."""
    need("sqlite3")
    directory = contest.directory("sqlite")
    with open(os.path.join(directory, "script"), "w", encoding="ascii") as script:
        print("PRAGMA synchronous = OFF;\nDROP TABLE IF EXISTS t;\nCREATE TABLE t (n, text);", file=script)
        for n in range(3000):
            print(f"INSERT INTO t VALUES ({n}, 'text {n}');", file=script)
    command = ["/bin/sh", "-c", f"exec {shutil.which('sqlite3')} base <script"]
    yield script_row(contest, "sqlite3, 3,000 transactions", command, directory)
