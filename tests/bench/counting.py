"""What it costs a driver to read living ledgers again, of one ledger: counted, which no load changes."""

import contextlib
import os
import re
import tempfile

from following import follower, living

COUNTED, FEW, MORE = 20, 2, 12  # ledgers; rounds


def driver(name):
    return os.path.join(os.environ["BUILD_DIR"], "tests/bench", name)


def environment(room):
    return os.environ | {"LD_PRELOAD": os.environ["LEAKWATCH_LIBRARY"],
                         "LEAKWATCH_OPTIONS": f"quiet=1:keep=all:dir={room}"}


@contextlib.contextmanager
def lives(count=COUNTED):
    """The directory of so many living ledgers, and a function that lets each of their processes do something."""
    with tempfile.TemporaryDirectory(prefix="leakwatch-refresh.") as room, \
            living(driver("living"), count, environment(room)) as work:
        yield room, work


def counted(command, prefix, count, busy, rounds):
    """What the tool counts over so many rounds, and the figures of the last one."""
    with lives() as (room, work):
        with follower(driver(command[0]), room, *command[1:], prefix=prefix) as look:
            for _ in range(rounds):
                if busy:
                    work()
                figures = look()
        return count(look.said), figures


def of_one(command, prefix, count, busy):
    """What is done only once cancels out."""
    (few, _), (more, figures) = (counted(command, prefix, count, busy, rounds) for rounds in (FEW, MORE))
    return (more - few) / (MORE - FEW) / figures["ledgers"]


def calls(command, busy):
    with tempfile.NamedTemporaryFile(prefix="leakwatch-calls.") as log:
        def lines(_):
            with open(log.name, encoding="utf-8", errors="replace") as text:
                return sum(1 for _ in text)
        return of_one(command, ["strace", "-qq", "-o", log.name], lines, busy)


def instructions(command, busy):
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return of_one(command, tool, lambda said: int(re.search(r"Collected\s*:\s*(\d+)", said).group(1)), busy)
