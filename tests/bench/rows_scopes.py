"""Rows about scopes: what beginning and ending one costs, and what is acquired inside."""

import statistics

from contest import NATIVE, WATCHED, quartiles
from table import Row

UNWATCHED_MOST = 4.0  # nanoseconds, begin and end together
WATCHED_MOST, INSIDE_MOST = 60.0, 10.0
HELD_MOST, SCALING_LEAST = 1.10, 0.95

WAYS = (
    # operation of the driver, what it is, nanoseconds where nobody watches, and where leakwatch does
    ("begin-end", "scope begin+end", UNWATCHED_MOST, WATCHED_MOST),
    ("block", "scope as a block", UNWATCHED_MOST, WATCHED_MOST),
    ("acquire-inside", "dup+close inside a scope, against outside", None, INSIDE_MOST),
    ("acquire-in-scopes", "dup+close, each in a scope of its own, against none", None, None),
)


def typical(contest, way, operation, rounds=9):
    """Nanoseconds for one, in the median."""
    rounds = 3 if contest.quick else rounds
    return statistics.median(float(contest.run(way, [contest.driver("scopes"), operation], cpu=1))
                             for _ in range(rounds))


def unwatched(contest):
    for operation, what, most, _ in WAYS:
        if most is None:
            continue
        cost = typical(contest, NATIVE, operation)
        yield Row(f"{what}, not watched", f"{cost:.2f} ns", "", f"{cost:.2f} ns", f"{most:.0f} ns", cost <= most)


def watched(contest):
    for operation, what, _, most in WAYS:
        cost = typical(contest, WATCHED, operation)
        yield Row(what, "", f"{cost:.1f} ns", f"{cost:+.1f} ns", f"+{most:.0f} ns" if most else "",
                  cost <= most if most else None)


def ends(contest):
    """Both figures come from one process, so that native has nothing to add."""
    runs = [contest.run(WATCHED, [contest.driver("scope_ends")], cpu=1).split() for _ in range(3 if contest.quick else 9)]
    low, ratio, high = quartiles([float(many) / float(few) for _, few, many in runs])
    yield Row(f"end of a scope that acquired one, {int(runs[0][0]):,} streams held against 10",
              "", f"{statistics.median(float(many) for _, _, many in runs):.0f} ns", f"{ratio:.3f}x ({low:.3f}-{high:.3f})",
              f"{HELD_MOST}x", ratio <= HELD_MOST)


def threads(contest):
    """Two threads of one process against two processes: what the processors do to each other, they do to both."""
    def rate(kind):
        return float(contest.run(WATCHED, [contest.driver("scope_workers"), kind, "2"]))

    ratios, rates = [], []
    for turn in range(3 if contest.quick else 9):
        first, second = ("threads", "processes") if turn % 2 == 0 else ("processes", "threads")
        figures = {kind: rate(kind) for kind in (first, second)}
        rates.append(figures["threads"])
        ratios.append(figures["threads"] / figures["processes"])
    low, ratio, high = quartiles(ratios)
    yield Row("two threads entering scopes, against two processes", "", f"{statistics.median(rates):,.0f}/s",
              f"{ratio:.3f}x ({low:.3f}-{high:.3f})", f"at least {SCALING_LEAST}x", ratio >= SCALING_LEAST)
