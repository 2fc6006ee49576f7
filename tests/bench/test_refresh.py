"""1,000 living ledgers are read again and again: each is what it is when it is opened anew, all of them take at most 200 MiB,
and what it costs to read one again is counted: bytes, system calls, instructions. (Time is measured by scripts/bench.)"""

import os
import re
import shutil
import sys
import tempfile

from following import follower, living

LEDGERS, ROUNDS = 1000, 3
MOST_BYTES = 200 << 20

# Of reading one again, with nothing changed, and with something changed; of a ledger of 100 KiB.
COUNTED, FEW, MORE = 20, 2, 12
MOST_CALLS = {False: 17, True: 40}
MOST_INSTRUCTIONS = {False: 100_000, True: 400_000}
MOST_READ = {False: 140_000, True: 360_000}

drivers = os.path.join(os.environ["BUILD_DIR"], "tests/bench")
LIVING, FOLLOW = os.path.join(drivers, "living"), os.path.join(drivers, "follow")


def environment(room):
    return os.environ | {"LD_PRELOAD": os.environ["LEAKWATCH_LIBRARY"],
                         "LEAKWATCH_OPTIONS": f"quiet=1:keep=all:dir={room}"}


def follow_many():
    with (tempfile.TemporaryDirectory(prefix="leakwatch-refresh.") as room, living(LIVING, LEDGERS, environment(room)) as work,
          follower(FOLLOW, room, "check") as look):
        for _ in range(ROUNDS):
            idle = look()
            work()
            busy = look()
            assert idle["ledgers"] == LEDGERS + 1, idle  # theirs, and that of who started them
            assert idle["same"] == idle["ledgers"], f"nothing has happened: {idle}"
            assert busy["changed"] >= LEDGERS and busy["other"] == 0, f"each has done something: {busy}"
            for name, figures in ("idle", idle), ("busy", busy):
                print(f"{LEDGERS:,} ledgers, {name}: {figures['seconds'] * 1000:.0f} ms of a processor, "
                      f"{figures['bytes'] / 2**20:.0f} MiB read, {figures['resident'] / 2**20:.0f} MiB resident")
            most = max(idle["resident"], busy["resident"])
            assert most <= MOST_BYTES, f"{most:,.0f} bytes resident"


def counted(prefix, count, busy, rounds):
    """What the tool counts over so many rounds, and the figures of the last one."""
    with tempfile.TemporaryDirectory(prefix="leakwatch-refresh.") as room:
        with (living(LIVING, COUNTED, environment(room)) as work,
              follower(FOLLOW, room, prefix=prefix) as look):
            for _ in range(rounds):
                if busy:
                    work()
                figures = look()
        return count(look.said), figures


def of_one(prefix, count, busy):
    """What it costs to read one again: what is done only once cancels out."""
    (few, _), (more, figures) = (counted(prefix, count, busy, rounds) for rounds in (FEW, MORE))
    return (more - few) / (MORE - FEW) / figures["ledgers"], figures


def hold_against(what, most, of_what):
    for busy in False, True:
        found = of_what(busy)
        print(f"reading one again, {'busy' if busy else 'idle'}: {found:,.0f} {what} (at most {most[busy]:,})")
        assert found <= most[busy], what


def calls(busy):
    with tempfile.NamedTemporaryFile(prefix="leakwatch-calls.") as log:
        def lines(_):
            with open(log.name, encoding="utf-8", errors="replace") as text:
                return sum(1 for _ in text)
        return of_one(["strace", "-qq", "-o", log.name], lines, busy)[0]


def instructions(busy):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return of_one(command, lambda said: int(re.search(r"Collected\s*:\s*(\d+)", said).group(1)), busy)[0]


def bytes_read(busy):
    figures = counted([], lambda _: 0, busy, FEW)[1]
    return figures["bytes"] / figures["ledgers"]


follow_many()
hold_against("bytes read", MOST_READ, bytes_read)
tools = {"strace": ("system calls", MOST_CALLS, calls), "valgrind": ("instructions", MOST_INSTRUCTIONS, instructions)}
missing = [tool for tool in tools if not shutil.which(tool)]
for tool in tools:
    if tool not in missing:
        hold_against(*tools[tool])
if missing:
    print(f"skipped, in part: there is no {' and no '.join(missing)} to count with")
    sys.exit(77)
