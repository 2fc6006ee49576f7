"""A process that does next to nothing makes at most so many system calls more when it is watched, and has at most so many
page faults more: a few more than were counted when this was written. They are counted, not timed: what is added to every
start shows here, however busy the machine is. Both vary with where things are mapped: a walk asks whether it may read where
the stack crosses into another page, and the median of many runs' faults varies by one or two. A page that is brought in as
it is mapped counts as one, too, and costs a thirtieth.

Preloaded by hand, and below `run` and `gate`, which keep a ledger of every process: there the one process is counted, not
what starts it. Of a compilation it is the faults of all that it starts."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from contest import NATIVE, WATCHED, Contest

RUN, GATE = "run", "gate"
RUNS = 21
TRACED = 5
MARGIN = 4  # of faults

TRUE, SH, CAT = ["/bin/true"], ["/bin/sh", "-c", ":"], ["/bin/cat", "text"]
COMPILE = ["gcc", "-c", "-o", "small.o", "small.c"]

# How it is watched, what is run, calls, faults as counted, and how many more there may be.
STARTS = [
    (WATCHED, TRUE, 9, 12, MARGIN),
    (WATCHED, SH, 9, 12, MARGIN),
    (WATCHED, CAT, 55, 27, MARGIN),
    (RUN, TRUE, 49, 24, MARGIN),
    (RUN, CAT, 56, 28, MARGIN),
    (GATE, TRUE, 49, 24, MARGIN),
    (GATE, CAT, 56, 28, MARGIN),
    (WATCHED, COMPILE, None, 98, 3 * MARGIN),
]


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


def count(way, environment):
    """What is watched in this way, or NATIVE: all of it, as [command, calls, faults]; no calls: they were not asked for."""
    counted = []
    for how, command, most_calls, *_ in STARTS:
        if way in (how, NATIVE) and shutil.which(command[0]) and command not in [there for there, *_ in counted]:
            counted.append([command, None if most_calls is None else calls(command, environment), faults(command, environment)])
    return counted


def count_below(launcher, contest, environment):
    """The same by a process that `leakwatch run`, or gate, starts: only below it is a process watched as it watches."""
    to = os.path.join(environment["HOME"], launcher)
    subprocess.run([contest.leakwatch, launcher, "--output", os.devnull, "--", sys.executable, __file__, launcher, to],
                   env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists(to):
        print("skipped: strace may not trace here")
        sys.exit(77)
    with open(to) as file:
        return json.load(file)


def environments(contest, room):
    for way in (NATIVE, WATCHED):
        kept = contest.environment(way)
        yield {"HOME": room, "LC_ALL": "C", "PATH": os.environ["PATH"],
               **{k: v for k, v in kept.items() if k in ("LD_PRELOAD", "LEAKWATCH_OPTIONS")}}


def main():
    if not shutil.which("strace"):
        print("skipped: there is no strace to count with")
        sys.exit(77)
    too_many = []
    with tempfile.TemporaryDirectory(prefix="leakwatch-starts.") as room:
        contest = Contest(os.environ["BUILD_DIR"], room, True)
        native, watched = environments(contest, room)
        for name, content in ("text", "a line\n"), ("small.c", "int main(void) { return 0; }\n"):
            with open(os.path.join(room, name), "w") as file:
                file.write(content)
        counted = {NATIVE: count(NATIVE, native), WATCHED: count(WATCHED, watched),
                   RUN: count_below(RUN, contest, native), GATE: count_below(GATE, contest, native)}
        figures = {(way, *command): pair for way, rows in counted.items() for command, *pair in rows}
        for way, command, most_calls, most_faults, margin in STARTS:
            if (way, *command) not in figures:
                continue
            for what, alone, both, most in zip(("calls", "faults"), figures[NATIVE, *command], figures[way, *command],
                                               (most_calls, most_faults + margin)):
                if most is None:
                    continue
                name = f"{what} of {' '.join(command)} ({way})"
                print(f"{name}: {alone:g}, {both:g} watched: {both - alone:g} more, {most} at most")
                assert both > alone, "it was not watched"
                if both - alone > most:
                    too_many.append(name)
    assert not too_many, f"too many: {', '.join(too_many)}"


if len(sys.argv) == 3:
    with open(sys.argv[2], "w") as counted_here:
        json.dump(count(sys.argv[1], dict(os.environ)), counted_here)
else:
    main()
