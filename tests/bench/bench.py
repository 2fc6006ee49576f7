"""Measures leakwatch's budgets and prints them as a table. Started by scripts/bench, which builds first."""

import argparse
import os
import subprocess
import sys
import tempfile

import instructions
import machine
import rows_calls
import rows_databases
import rows_footprint
import rows_functions
import rows_locks
import rows_memory
import rows_processes
import rows_programs
import rows_python
import rows_reports
import rows_scopes
import rows_servers
import table
from contest import Contest, Unmeasurable

# In the order of the table: a name for --only, the function that measures, and what it measures.
MEASUREMENTS = (
    ("noise", rows_calls.noise, "native against native"),
    ("calls", rows_calls.calls, "open, fopen, socket, pipe"),
    ("footprint", rows_footprint.footprint, "instructions, lines and pages of one operation"),
    ("starts-counted", rows_footprint.starts, "system calls and page faults of a process"),
    ("locks", rows_locks.pairs, "locks that nobody else wants"),
    ("contended", rows_locks.contended, "a mutex that 2 and 4 threads want"),
    ("sysbench", rows_locks.sysbench, "sysbench mutex"),
    ("tools", rows_locks.tools, "xz and sort with 4 threads"),
    ("allocators", rows_locks.allocators, "jemalloc and tcmalloc"),
    ("memcached", rows_locks.memcached, "memcached+memcslap"),
    ("nginx-threads", rows_locks.nginx, "nginx with threads+wrk"),
    ("runtimes", rows_locks.runtimes, "node and java"),
    ("threads", rows_calls.threads, "scaling of two threads"),
    ("held", rows_calls.held, "100,000 descriptors held"),
    ("start", rows_processes.start_and_end, "start and end of a process"),
    ("starts", rows_programs.starts, "/bin/true and /bin/cat"),
    ("shell", rows_processes.shell_loop, "500 x /bin/true"),
    ("shell-run", rows_processes.shell_loop_below_run, "500 x /bin/true below run"),
    ("git", rows_programs.git, "300 git commands"),
    ("sqlite", rows_programs.sqlite, "3,000 transactions of sqlite3's"),
    ("nginx", rows_servers.nginx, "nginx+wrk"),
    ("haproxy", rows_servers.haproxy, "haproxy+wrk"),
    ("postgres", rows_databases.postgres, "postgres+pgbench"),
    ("redis", rows_servers.redis, "redis-benchmark"),
    ("scraped-servers", rows_servers.scraped_servers, "while leakwatch serve is scraped"),
    ("build", rows_processes.build, "a parallel C build"),
    ("cpython", rows_processes.cpython, "CPython's own tests"),
    ("memory", rows_memory.memory, "resident memory"),
    ("scopes-unwatched", rows_scopes.unwatched, "scopes in a program that is not watched"),
    ("scopes", rows_scopes.watched, "scopes, and what is acquired inside"),
    ("scope-ends", rows_scopes.ends, "ends of scopes while much is held"),
    ("scope-threads", rows_scopes.threads, "two threads entering scopes"),
    ("functions", rows_functions.functions, "instrumented functions"),
    ("python", rows_python.frames, "stacks with Python frames"),
    ("django", rows_python.site, "requests to a site of Django's"),
    ("many-held", rows_reports.many_held, "report on 100,000 held resources"),
    ("many-ledgers", rows_reports.many_ledgers, "report on 5,000 ledgers"),
    ("gate-ledgers", rows_reports.gate_ledgers, "gate on 5,000 and 100,000 ledgers"),
    ("living-ledgers", rows_reports.living_ledgers, "1,000 living ledgers read again"),
    ("served-ledgers", rows_reports.served_ledgers, "1,000 living ledgers scraped"),
    ("audit", rows_reports.audit, "report --audit"),
    ("rate", rows_processes.loops_rate, "remembered stacks in loops"),
)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, epilog="measurements: " + "; ".join(
        f"{name} ({what})" for name, _, what in MEASUREMENTS))
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: for a first look")
    parser.add_argument("--only", metavar="NAME,…", help="only these measurements")
    parser.add_argument("--record", action="store_true", help="write the table to tests/bench/RESULTS.md")
    parser.add_argument("--instructions", action="store_true", help="count instructions of single calls instead")
    chosen = parser.parse_args()
    names = [name for name, _, _ in MEASUREMENTS]
    chosen.only = chosen.only.split(",") if chosen.only else names
    for name in chosen.only:
        if name not in names:
            parser.error(f"no measurement is called {name}; there are {', '.join(names)}")
    if chosen.record and (chosen.quick or chosen.only != names):
        parser.error("only a whole run is worth recording: --record goes without --quick and --only")
    return chosen


def measure(contest, chosen):
    """All rows. What cannot be measured here is a row that says why."""
    rows = []
    for name, rows_of, what in MEASUREMENTS:
        if name not in chosen.only:
            continue
        print(f"measuring {what} …", file=sys.stderr)
        try:
            rows.extend(rows_of(contest))
        except (Unmeasurable, OSError, RuntimeError, subprocess.SubprocessError) as trouble:
            rows.append(table.Row(what, budget="-", remark=f"not measured: {trouble}"))
    return rows


def document(rows):
    yield from table.lines(rows)
    yield ""
    yield from (f"- {remark}" for remark in table.remarks(rows))
    missed = [row.what for row in rows if row.met is False]
    budgets = [row for row in rows if row.met is not None]
    yield f"- {len(budgets) - len(missed)} of {len(budgets)} budgets met" + (f"; missed: {'; '.join(missed)}" if missed else "")
    yield from (f"- {line}" for line in machine.description())


INTRODUCTION = """# Measured budgets

By `scripts/bench --record`. Each figure is the same program with leakwatch against without it, in one run, both orders in
turn; medians, and in parentheses the quartiles of the rounds' ratios. Throughput is leakwatch's share of native. Columns
valgrind and strace: the same ratio for `valgrind --track-fds=yes` and `strace -f -e trace=desc`.

"""


KEPT = "\n## "  # from there on it is written by hand


def record(lines):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")
    with open(path, encoding="utf-8") as before:
        _, heading, by_hand = before.read().partition(KEPT)
    with open(path, "w", encoding="utf-8") as out:
        out.write(INTRODUCTION + "\n".join(lines) + "\n" + heading + by_hand)


def main():
    chosen = arguments()
    with tempfile.TemporaryDirectory(prefix="leakwatch-bench.") as room:
        contest = Contest(os.path.abspath(chosen.build), room, chosen.quick)
        if chosen.instructions:
            for line in instructions.lines(contest):
                print(line)
            return 0
        rows = measure(contest, chosen)
    lines = list(document(rows))
    print("\n".join(lines))
    if chosen.record:
        record(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
