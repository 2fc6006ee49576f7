"""1,000 living ledgers are read again and again: each is what it is when it is opened anew, all of them take at most 200 MiB,
and what it costs to read one again is counted: bytes, system calls, instructions. (Time is measured by scripts/bench.)"""

import shutil
import sys

import counting
from following import follower

LEDGERS, ROUNDS = 1000, 3
MOST_BYTES = 200 << 20

# Of reading one again, with nothing changed, and with something changed; of a ledger of 100 KiB.
MOST_CALLS = {False: 17, True: 40}
MOST_INSTRUCTIONS = {False: 100_000, True: 400_000}
MOST_READ = {False: 140_000, True: 360_000}

FOLLOW = ["follow"]


def follow_many():
    with counting.lives(LEDGERS) as (room, work), follower(counting.driver(*FOLLOW), room, "check") as look:
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


def hold_against(what, most, of_what):
    for busy in False, True:
        found = of_what(busy)
        print(f"reading one again, {'busy' if busy else 'idle'}: {found:,.0f} {what} (at most {most[busy]:,})")
        assert found <= most[busy], what


def bytes_read(busy):
    figures = counting.counted(FOLLOW, [], lambda _: 0, busy, counting.FEW)[1]
    return figures["bytes"] / figures["ledgers"]


follow_many()
hold_against("bytes read", MOST_READ, bytes_read)
tools = {"strace": ("system calls", MOST_CALLS, lambda busy: counting.calls(FOLLOW, busy)),
         "valgrind": ("instructions", MOST_INSTRUCTIONS, lambda busy: counting.instructions(FOLLOW, busy))}
missing = [tool for tool in tools if not shutil.which(tool)]
for tool in tools:
    if tool not in missing:
        hold_against(*tools[tool])
if missing:
    print(f"skipped, in part: there is no {' and no '.join(missing)} to count with")
    sys.exit(77)
