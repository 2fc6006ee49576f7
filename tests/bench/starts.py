"""System calls and page faults of short processes, from start to end: natively, preloaded by hand, and below `run` and `gate`.
They are counted, not timed: what is added to every start shows here, however busy the machine is. A page that is brought in
as it is mapped counts as one fault, too, and costs a thirtieth.

Below `run` and `gate` the one process is counted, not what starts it. Of a compilation it is the faults of all that it
starts."""

import json
import os
import shutil
import statistics
import subprocess
import sys

from contest import NATIVE, WATCHED, Unmeasurable

RUN, GATE = "run", "gate"
RUNS = 21
TRACED = 5

TRUE, SH, CAT = ["/bin/true"], ["/bin/sh", "-c", ":"], ["/bin/cat", "text"]
COMPILE = ["gcc", "-c", "-o", "small.o", "small.c"]


def traced(command, environment):
    trace = os.path.join(environment["HOME"], "trace")
    done = subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", "-o", trace, *command], env=environment,
                          cwd=environment["HOME"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=60)
    if done.returncode:
        raise Unmeasurable("strace may not trace here")
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


def count(commands, environment):
    """Of each: [command, calls, faults]. Of a compilation no calls, which vary with what it finds."""
    return [[command, None if command == COMPILE else calls(command, environment), faults(command, environment)]
            for command in commands if shutil.which(command[0])]


def count_below(launcher, commands, contest, environment):
    """The same by a process that `leakwatch run`, or gate, starts: only below it is a process watched as it watches."""
    to = os.path.join(environment["HOME"], launcher)
    subprocess.run([contest.leakwatch, launcher, "--output", os.devnull, "--", sys.executable, __file__, to,
                    json.dumps(commands)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists(to):
        raise Unmeasurable("strace may not trace here")
    with open(to) as file:
        return json.load(file)


def environment_of(contest, way, room):
    kept = contest.environment(way)
    return {"HOME": room, "LC_ALL": "C", "PATH": os.environ["PATH"],
            **{k: v for k, v in kept.items() if k in ("LD_PRELOAD", "LEAKWATCH_OPTIONS")}}


def count_all(asked, contest, room):
    """asked: (way, command), … What was counted of each that there is, natively too: {(way, *command): [calls, faults]}."""
    if not shutil.which("strace"):
        raise Unmeasurable("there is no strace to count with")
    for name, content in ("text", "a line\n"), ("small.c", "int main(void) { return 0; }\n"):
        with open(os.path.join(room, name), "w") as file:
            file.write(content)
    figures = {}
    asked = [*asked, *((NATIVE, command) for _, command in asked)]
    for way in dict.fromkeys(way for way, _ in asked):
        commands = []
        for its_way, command in asked:
            if its_way == way and command not in commands:
                commands.append(command)
        if way in (RUN, GATE):
            rows = count_below(way, commands, contest, environment_of(contest, NATIVE, room))
        else:
            rows = count(commands, environment_of(contest, way, room))
        figures.update({(way, *command): figures_of for command, *figures_of in rows})
    return figures


if __name__ == "__main__":
    with open(sys.argv[1], "w") as counted_here:
        json.dump(count(json.loads(sys.argv[2]), dict(os.environ)), counted_here)
