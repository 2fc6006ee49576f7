"""What takes something and gives it back touches at most so many lines and pages more when watched, as were counted when this
was written. Each page more is looked up anew after each system call, and that is the larger part of what a hook costs."""

import os
import tempfile

from contest import Contest
from traced import LINE, counted

# (operation, its function in the driver): code lines and pages, data lines and pages.
LIMITS = {("open", "open_close"): (48, 5, 41, 12), ("missing", "open_missing"): (26, 6, 28, 9)}
TRIES = 3  # on a busy machine each period may be long enough for a sample


def fewest(contest, operation, function, limits):
    for _ in range(TRIES):
        found = counted(contest, operation, function)
        if all(watched - native <= limit for (native, watched), limit in zip(found.values(), limits)):
            break
    return found


too_many = []
with tempfile.TemporaryDirectory(prefix="leakwatch-footprint.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    for (operation, function), limits in LIMITS.items():
        found = fewest(contest, operation, function, limits)
        for ((name, size), (native, watched)), limit in zip(found.items(), limits):
            what = f"{operation}: {name}, {'lines' if size == LINE else 'pages'}"
            print(f"{what}: {native} by itself, {watched} watched: {watched - native} more, {limit} at most")
            if watched - native > limit:
                too_many.append(what)
        assert found["data", LINE][1] > found["data", LINE][0], f"{operation} was not watched"
assert not too_many, f"too many: {'; '.join(too_many)}"
