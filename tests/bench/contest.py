"""Runs the same thing with and without leakwatch, in turn and in both orders, and beside it Valgrind and strace."""

import os
import shutil
import statistics
import subprocess
from dataclasses import dataclass

NATIVE, WATCHED, VALGRIND, STRACE = "native", "leakwatch", "valgrind", "strace"

PREFIX = {
    NATIVE: [],
    WATCHED: [],
    VALGRIND: ["valgrind", "--quiet", "--track-fds=yes", "--trace-children=yes", "--log-file=/dev/null"],
    STRACE: ["strace", "-f", "-qq", "-e", "trace=desc", "-o", "/dev/null"],
}


class Unmeasurable(Exception):
    """What a row needs is not there; the text says what."""


@dataclass
class Duel:
    """Medians of both sides, and of the ratio leakwatch / native of the rounds, with its quartiles."""

    native: float
    watched: float
    ratio: float
    low: float
    high: float


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


class Contest:
    """Where things are, and how a command is run in one of the four ways."""

    def __init__(self, build, room, quick):
        self.build, self.room, self.quick = build, room, quick
        self.library = os.path.join(build, "libleakwatch.so")
        self.leakwatch = os.path.join(build, "leakwatch")
        self.drivers = os.path.join(build, "tests", "bench")
        self.cpus = sorted(os.sched_getaffinity(0))

    def driver(self, name):
        return os.path.join(self.drivers, name)

    def directory(self, name):
        path = os.path.join(self.room, name)
        os.makedirs(path, exist_ok=True)
        return path

    def environment(self, way, ledgers=None, variable="LD_PRELOAD", options=""):
        """The environment of a program that is run in this way. All its ledgers stay in `ledgers`, if given; options:
        more settings of leakwatch."""
        values = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD" and not k.startswith("LEAKWATCH")}
        if way == WATCHED:
            values[variable] = self.library
            kept = f"dir={ledgers}:keep=all" if ledgers else f"dir={self.directory('ledgers')}"
            values["LEAKWATCH_OPTIONS"] = kept + ":quiet=1" + (f":{options}" if options else "")
        return values

    def command(self, way, command):
        prefix = PREFIX[way]
        if prefix and not shutil.which(prefix[0]):
            raise Unmeasurable(f"{prefix[0]} is not installed")
        return prefix + command

    def pin(self, cpu):
        """For a child that is to stay on one processor."""
        if cpu is None:
            return None
        return lambda: os.sched_setaffinity(0, {self.cpus[cpu % len(self.cpus)]})

    def run(self, way, command, *, cpu=None, ledgers=None, variable="LD_PRELOAD", options="", seconds=300,
            cwd=None):
        """Runs a command to its end and returns what it printed. cpu pins it to one processor."""

        done = subprocess.run(self.command(way, command), env=self.environment(way, ledgers, variable, options), cwd=cwd,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=seconds, preexec_fn=self.pin(cpu), check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ({way}): status {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def duel(self, measure, rounds):
        """measure(way) -> figure, for both sides in turn: AB BA AB …"""
        if self.quick:
            rounds = max(3, rounds // 3)
        native, watched = [], []
        measure(NATIVE), measure(WATCHED)  # what is slow only once
        for turn in range(rounds):
            for way in (NATIVE, WATCHED) if turn % 2 == 0 else (WATCHED, NATIVE):
                (native if way == NATIVE else watched).append(measure(way))
        low, ratio, high = quartiles([w / n for n, w in zip(native, watched)])
        return Duel(statistics.median(native), statistics.median(watched), ratio, low, high)

    def rival(self, way, measure, native):
        """The ratio of Valgrind or strace to native, or None where that cannot be measured."""
        try:
            return measure(way) / native
        except (Unmeasurable, RuntimeError, subprocess.TimeoutExpired):
            return None
