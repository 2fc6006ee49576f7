"""What a lock and unlock of a mutex touches more, in lines and pages: each page more is looked up anew after each system
call. They are counted, not timed."""

import os
import tempfile

from contest import Contest
from traced import LINE, PAGE, counted

# Of data: the board, the places, and the page that fork wipes.
LIMITS = {("code", LINE): 12, ("code", PAGE): 1, ("data", LINE): 8, ("data", PAGE): 3}

with tempfile.TemporaryDirectory(prefix="leakwatch-pages.") as room:
    found = counted(Contest(os.environ["BUILD_DIR"], room, True), "lock", "lock_unlock")
too_many = []
for (name, size), (native, watched) in found.items():
    what = f"{name}, {'lines' if size == LINE else 'pages'}"
    print(f"{what}: {native} of a lock and unlock, {watched} watched: {watched - native} more, {LIMITS[name, size]} at most")
    if watched - native > LIMITS[name, size]:
        too_many.append(what)
assert found["data", LINE][1] > found["data", LINE][0], "the lock was not watched"
assert not too_many, f"too many: {'; '.join(too_many)}"
