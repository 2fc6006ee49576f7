"""Rows about the command: how long a report takes, and how much memory."""

import glob
import os
import re
import shutil
import statistics
import subprocess
import time

from contest import WATCHED, Unmeasurable
from table import Row

LEDGERS, MEMORY_MOST_MIB = 5000, 200


def report(contest, target):
    """(seconds, MiB) of one report."""
    begin = time.monotonic()
    child = os.spawnve(os.P_NOWAIT, contest.leakwatch,
                       ["leakwatch", "report", "--output", os.devnull, target], contest.environment("native"))
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"leakwatch report {target}: status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def report_row(contest, what, target, seconds_most, remark=""):
    figures = [report(contest, target) for _ in range(3 if contest.quick else 5)]
    seconds = statistics.median(figure[0] for figure in figures)
    mebibytes = max(figure[1] for figure in figures)
    return Row(what, "", "", f"{seconds:.2f} s, {mebibytes:.0f} MiB", f"{seconds_most} s, {MEMORY_MOST_MIB} MiB",
               seconds <= seconds_most and mebibytes <= MEMORY_MOST_MIB, remark=remark)


def many_held(contest):
    room = contest.directory("many_held")
    held = contest.run(WATCHED, [contest.driver("stacks"), "10000", "10"], ledgers=room).strip()
    ledgers = glob.glob(os.path.join(room, "leakwatch.stacks.*.lwl"))
    if len(ledgers) != 1:
        raise Unmeasurable(f"{len(ledgers)} ledgers instead of one in {room}")
    yield report_row(contest, f"report on {int(held):,} held resources and 10,000 stacks", ledgers[0], 1.0)


def times_opened(contest, program, target):
    """How often a report opens the program that it names functions of."""
    log = os.path.join(contest.room, "opened")
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", log, contest.leakwatch, "report", "--output",
                    os.devnull, target], check=True, timeout=120)
    with open(log, encoding="utf-8", errors="replace") as lines:
        return len(re.findall(rf'"{re.escape(program)}".* = \d', lines.read()))


def many_ledgers(contest):
    room = contest.directory("many_ledgers")
    count = LEDGERS // 10 if contest.quick else LEDGERS
    contest.run(WATCHED, [contest.driver("processes"), str(count), contest.driver("nothing"), "leak"], ledgers=room,
                variable="BENCH_PRELOAD")
    yield report_row(contest, f"report on {count:,} ledgers of one program", room, 5.0)
    if shutil.which("strace"):
        opened = times_opened(contest, contest.driver("nothing"), room)
        yield Row(f"symbols looked up for {count:,} ledgers", "", "", f"program opened {opened}x", "once", opened == 1)
