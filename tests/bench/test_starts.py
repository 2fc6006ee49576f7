"""A process that does next to nothing makes at most so many system calls more when it is watched, and has at most so many
page faults more: a few more than were counted when this was written. They are counted, not timed: what is added to every
start shows here, however busy the machine is. Both vary with where things are mapped: one walk in twenty asks about a page
more, by two calls, as the stack crosses into it there; the median of many runs' faults varies by one or two. A page that is brought in as it is mapped counts as one, too, and costs a thirtieth."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from contest import NATIVE, WATCHED, Contest

RUNS = 21
TRACED = 5
MARGIN = 4  # of faults

# What is run, calls, and faults as counted.
STARTS = {"true": (["/bin/true"], 9, 12), "sh": (["/bin/sh", "-c", ":"], 9, 12), "cat": (["/bin/cat", "text"], 77, 48)}


def traced(command, environment):
    trace = os.path.join(environment["HOME"], "trace")
    done = subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", "-o", trace, *command], env=environment,
                          cwd=environment["HOME"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=60)
    if done.returncode:
        print("skipped: strace may not trace here")
        sys.exit(77)
    with open(trace) as lines:
        return sum("resumed>" not in line for line in lines)


def calls(command, environment):
    return statistics.median(traced(command, environment) for _ in range(TRACED))


def faults(command, environment):
    counts = []
    for _ in range(RUNS):
        child = subprocess.Popen(command, env=environment, cwd=environment["HOME"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        counts.append(os.wait4(child.pid, 0)[2].ru_minflt)
        child.returncode = 0
    return statistics.median(counts)


def environments(contest, room):
    for way in (NATIVE, WATCHED):
        kept = contest.environment(way)
        yield {"HOME": room, "LC_ALL": "C", **{k: v for k, v in kept.items() if k in ("LD_PRELOAD", "LEAKWATCH_OPTIONS")}}


if not shutil.which("strace"):
    print("skipped: there is no strace to count with")
    sys.exit(77)
too_many = []
with tempfile.TemporaryDirectory(prefix="leakwatch-starts.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    native, watched = environments(contest, room)
    with open(os.path.join(room, "text"), "w") as text:
        print("a line", file=text)
    for name, (command, most_calls, counted) in STARTS.items():
        for what, count, most in (("calls", calls, most_calls), ("faults", faults, counted + MARGIN)):
            alone, both = count(command, native), count(command, watched)
            print(f"{name}: {alone:g} {what}, {both:g} watched: {both - alone:g} more, {most} at most")
            assert both > alone, "it was not watched"
            if both - alone > most:
                too_many.append(f"{what} of {name}")
assert not too_many, f"too many: {', '.join(too_many)}"
