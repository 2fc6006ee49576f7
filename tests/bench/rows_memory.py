"""Rows about memory that stays resident in the watched program."""

import statistics

from contest import NATIVE, WATCHED
from table import Row

BASE_MOST_KIB, THREAD_MOST_KIB, DESCRIPTOR_MOST = 1024, 32, 256
THREADS, DESCRIPTORS = 16, 10000


def resident(contest, way, threads, descriptors):
    return float(contest.run(way, [contest.driver("memory"), str(threads), str(descriptors)]))


def added(contest, threads, descriptors):
    """KiB that leakwatch adds, in the median."""
    rounds = 3 if contest.quick else 7
    return statistics.median(resident(contest, WATCHED, threads, descriptors)
                             - resident(contest, NATIVE, threads, descriptors) for _ in range(rounds))


def memory(contest):
    native, base = resident(contest, NATIVE, 0, 0), added(contest, 0, 0)
    thread = (added(contest, THREADS, 0) - base) / THREADS
    descriptor = (added(contest, 0, DESCRIPTORS) - base) * 1024 / DESCRIPTORS
    yield Row("resident memory of a small program", f"{native:,.0f} KiB", f"{native + base:,.0f} KiB",
              f"{base:+,.0f} KiB", f"+{BASE_MOST_KIB:,} KiB", base <= BASE_MOST_KIB)
    yield Row(f"resident memory for each of {THREADS} recording threads", "", "", f"{thread:+.1f} KiB",
              f"+{THREAD_MOST_KIB} KiB", thread <= THREAD_MOST_KIB)
    yield Row(f"resident memory for each of {DESCRIPTORS:,} descriptors held", "", "", f"{descriptor:+.0f} B",
              f"+{DESCRIPTOR_MOST} B", descriptor <= DESCRIPTOR_MOST)
