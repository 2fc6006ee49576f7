"""Rows about the command: how long a report takes, and how much memory."""

import glob
import os
import re
import shutil
import statistics
import struct
import subprocess
import time

from contest import WATCHED, Unmeasurable
from following import follower, living, serving
from table import Row

LEDGERS, MEMORY_MOST_MIB = 5000, 200


def report(contest, target, command="report", statuses=(0,), more=()):
    """(seconds, MiB) of one report."""
    begin = time.monotonic()
    with subprocess.Popen([contest.leakwatch, command, *more, "--output", os.devnull, target], stderr=subprocess.DEVNULL,
                          env=contest.environment("native")) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if os.waitstatus_to_exitcode(status) not in statuses:
        raise RuntimeError(f"leakwatch {command} {target}: status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def report_row(contest, what, target, seconds_most, remark="", **how):
    figures = [report(contest, target, **how) for _ in range(3 if contest.quick else 5)]
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
    yield report_row(contest, f"trend of {count:,} ledgers of one program", room, 5.0, command="trend")
    if shutil.which("strace"):
        opened = times_opened(contest, contest.driver("nothing"), room)
        yield Row(f"symbols looked up for {count:,} ledgers", "", "", f"program opened {opened}x", "once", opened == 1)


def audit(contest):
    """Every call of the interpreter's that releases something writable is judged from its machine code."""
    python = "/usr/bin/python3"
    if not os.path.exists(python):
        raise Unmeasurable(f"{python} is not here")
    room = contest.directory("audit")
    work = "import os, shutil, tempfile; d = tempfile.mkdtemp(); [open(f'{d}/{i}', 'w').close() for i in range(9)]; shutil.rmtree(d)"
    contest.run(WATCHED, [python, "-c", work], ledgers=room)
    yield report_row(contest, "report --audit of a run of CPython", room, 2.0, more=("--audit",))


SIMULATED, SOURCES = 100_000, 1000
GATE = {"command": "gate", "statuses": (1,)}


HEADER, ENTRY, RUN = struct.Struct("<QII"), struct.Struct("<IIQQQ"), struct.Struct("<QQ")  # include/leakwatch/merged.h
LEDGER, ALIGN, PID = 0x4C454447, 8, struct.Struct("<I")
PID_AT = 40  # in struct lw_header


def pids_at(merged):
    """Where the numbers of its processes stand in the bytes of a merged file."""
    at, places = HEADER.size, []
    while True:
        mark, name, _, _, stored = ENTRY.unpack_from(merged, at)
        if mark != LEDGER:
            return places
        at += ENTRY.size + (name + ALIGN - 1) // ALIGN * ALIGN
        places.append(at + RUN.size + PID_AT)
        at += stored


def simulated(contest, source, count):
    """So many ledgers of processes with numbers of their own, merged: the same of which there is one are counted once. Of
    half as many there is a directory, too."""
    merged, some = os.path.join(contest.room, "some.lwl"), sorted(glob.glob(os.path.join(source, "*.lwl")))[:SOURCES]
    subprocess.run([contest.leakwatch, "merge", "--output", merged, *some], check=True, timeout=120)
    with open(merged, "rb") as file:
        content = bytearray(file.read())
    places, whole, half = pids_at(content), contest.directory(f"simulated_{count}"), contest.directory(f"simulated_{count // 2}")
    for first in range(0, count, len(places)):
        for number, place in enumerate(places):
            PID.pack_into(content, place, 1 + first + number)
        path = os.path.join(whole, f"leakwatch.simulated.{1 + first}.1.0.lwl")
        with open(path, "wb") as file:
            file.write(content)
        if first < count // 2:
            os.link(path, os.path.join(half, os.path.basename(path)))
    return whole, half


def gate_ledgers(contest):
    """The time and the memory that each further ledger takes must not depend on how many there are."""
    source = contest.directory("gate_ledgers")
    count, many = (LEDGERS // 10, SIMULATED // 10) if contest.quick else (LEDGERS, SIMULATED)
    contest.run(WATCHED, [contest.driver("processes"), str(count), contest.driver("nothing"), "leak"], ledgers=source,
                variable="BENCH_PRELOAD")
    yield report_row(contest, f"gate on {count:,} ledgers of one program", source, 5.0, **GATE)
    whole, half = simulated(contest, source, many)
    yield report_row(contest, f"gate on {many:,} simulated ledgers", whole, many / LEDGERS * 5.0, **GATE)
    figures = [min(report(contest, room, **GATE) for _ in range(3)) for room in (half, whole)]
    slower = figures[1][0] / figures[0][0] - 1
    each = (figures[1][1] - figures[0][1]) * 1024 * 1024 / (many // 2)
    yield Row(f"the second half of {many:,} ledgers against the first", "", "", f"{slower:.2f}x the time, {each:.0f} B each",
              "1.2x, 1024 B", slower <= 1.2 and each <= 1024)
    merged = os.path.join(contest.room, "merged.lwl")
    subprocess.run([contest.leakwatch, "merge", "--output", merged, source], check=True, timeout=120)
    yield report_row(contest, f"gate on {count:,} ledgers merged into one file of {os.path.getsize(merged) >> 20} MiB", merged,
                     5.0, **GATE)


LIVING = 1000


def living_ledgers(contest):
    """As a watcher of a whole machine does once a second, while every process does something in between."""
    room = contest.directory("living_ledgers")
    environment = contest.environment(WATCHED, room)
    with living(contest.driver("living"), LIVING, environment) as work, follower(contest.driver("follow"), room) as look:
        for name, acts in ("something", True), ("nothing", False):
            figures = []
            for _ in range(3 if contest.quick else 9):
                if acts:
                    work()
                figures.append(look())
            seconds = statistics.median(figure["seconds"] for figure in figures)
            mebibytes = max(figure["resident"] for figure in figures) / 2**20
            yield Row(f"{LIVING:,} living ledgers read again, each of which has done {name}", "", "",
                      f"{seconds:.3f} s, {mebibytes:.0f} MiB", f"1.0 s, {MEMORY_MOST_MIB} MiB",
                      seconds <= 1.0 and mebibytes <= MEMORY_MOST_MIB)


def served_ledgers(contest):
    """As Prometheus asks for the metrics of a whole machine, while every process does something in between."""
    room = contest.directory("served_ledgers")
    environment = contest.environment(WATCHED, room)
    with living(contest.driver("living"), LIVING, environment) as work, serving(contest.leakwatch, room) as scrape:
        figures, text = [], scrape()
        for _ in range(3 if contest.quick else 9):
            work()
            time.sleep(5 * float(re.search(rb"\nleakwatch_look_duration_seconds ([-+.e\d]+)", text).group(1)))  # it is good so long
            begin = time.monotonic()
            text = scrape()
            figures.append(time.monotonic() - begin)
        told = text.count(b"\nleakwatch_open_descriptors{")
        if told < LIVING: # and the one that has started them
            raise RuntimeError(f"{told} of {LIVING} processes were told of")
        seconds = statistics.median(figures)
        yield Row(f"{LIVING:,} living ledgers scraped from leakwatch serve", "", "", f"{seconds:.3f} s, {len(text) / 2**10:.0f} KiB",
                  "1.0 s", seconds <= 1.0)
