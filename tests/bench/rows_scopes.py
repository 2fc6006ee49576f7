"""Rows about scopes: what beginning and ending one costs."""

import statistics

from contest import NATIVE
from table import Row

UNWATCHED_MOST = 4.0  # nanoseconds, begin and end together

WAYS = (
    # operation of the driver, what it is
    ("begin-end", "scope begin+end, not watched"),
    ("block", "scope as a block, not watched"),
)


def typical(contest, way, operation, rounds=9):
    """Nanoseconds for one, in the median."""
    rounds = 3 if contest.quick else rounds
    return statistics.median(float(contest.run(way, [contest.driver("scopes"), operation], cpu=1))
                             for _ in range(rounds))


def unwatched(contest):
    for operation, what in WAYS:
        cost = typical(contest, NATIVE, operation)
        yield Row(what, f"{cost:.2f} ns", "", f"{cost:.2f} ns", f"{UNWATCHED_MOST:.0f} ns", cost <= UNWATCHED_MOST)
