"""The memory that one operation touches, by Valgrind's lackey: which lines and pages of code and data, the same on every run
and however fast the machine is."""

import re
import shutil
import subprocess
import sys

LINE, PAGE = 64, 4096
TRIES = 4  # each of them with the stack at another place of a line, which the length of the environment decides
PERIODS = 40  # of the last ones the shortest is looked at: a sample is taken now and then, and more often as Valgrind is slow


def offset_of(driver, function):
    """Of a function, in the driver's file."""
    symbols = subprocess.run(["nm", driver], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(rf"^([0-9a-f]+) t {function}$", symbols, re.M).group(1), 16)


def trace(contest, way, operation, count, shift):
    """("I", address, size), and "L", "S" or "M" of data, in their order."""
    environment = contest.environment(way) | {"SHIFT": "x" * shift}
    command = ["valgrind", "--tool=lackey", "--trace-mem=yes", "--log-fd=9", contest.driver("calls"), operation, str(count), "1"]
    process = subprocess.Popen(["/bin/sh", "-c", 'exec 9>&1 >/dev/null; exec "$@"', "sh", *command],
                               env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        for line in process.stdout:
            if line[1:2] in "ILSM" or line[0:1] == "I":
                kind, place = line.split()
                address, size = place.split(",")
                yield kind, int(address, 16), int(size)


def last_period(contest, way, operation, function, shift, count=50):
    """What is touched from one of the last calls of this function to the next one. The driver is loaded where its pages
    begin, so of an address the last digits are known, and how often it comes."""
    wanted = offset_of(contest.driver("calls"), function) % PAGE
    rounds = count + count // 4 + 1
    events, starts = [], {}
    for event in trace(contest, way, operation, count, shift):
        if event[0] == "I" and event[1] % PAGE == wanted:
            starts.setdefault(event[1], []).append(len(events))
        events.append(event)
    found = [at for at in starts.values() if len(at) == rounds]
    assert len(found) == 1, f"{function} is called {rounds} times, and there are {len(found)} such instructions"
    starts = found[0][-PERIODS - 1:]
    return min((events[start:end] for start, end in zip(starts, starts[1:])), key=len)


def touched(events, code, size):
    return {part for kind, address, length in events if (kind == "I") == code
            for part in range(address // size, (address + length - 1) // size + 1)}


def counted(contest, operation, function, shift=0):
    """By ("code" or "data", LINE or PAGE): how many by itself, and watched."""
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind to count with")
        sys.exit(77)
    periods = [last_period(contest, way, operation, function, shift) for way in ("native", "leakwatch")]
    return {(name, size): tuple(len(touched(events, name == "code", size)) for events in periods)
            for name in ("code", "data") for size in (LINE, PAGE)}


def too_many(contest, operation, function, limits):
    """Counts, and says what of code's lines and pages and of data's is above its limit however the stack lies: where it meets
    the end of a line or a page it needs another one, and on a busy machine each period may be long enough for a sample."""
    for number in range(TRIES):
        found = counted(contest, operation, function, LINE // TRIES * number)
        if all(watched - native <= limit for (native, watched), limit in zip(found.values(), limits)):
            break
    above = []
    for ((name, size), (native, watched)), limit in zip(found.items(), limits):
        what = f"{operation}: {name}, {'lines' if size == LINE else 'pages'}"
        print(f"{what}: {native} by itself, {watched} watched: {watched - native} more, {limit} at most")
        if watched - native > limit:
            above.append(what)
    assert found["data", LINE][1] > found["data", LINE][0], f"{operation} was not watched"
    return above
