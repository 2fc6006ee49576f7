"""An uncontended lock and unlock of a mutex takes at most 200 instructions more. They are counted, not timed; of time the
budget is ten nanoseconds (scripts/bench)."""

import os
import shutil
import sys
import tempfile

from contest import NATIVE, WATCHED, Contest
from instructions import instructions

LIMIT = 200

if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="leakwatch-locks.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    native, watched = (instructions(contest, way, "lock") for way in (NATIVE, WATCHED))
added = watched - native
print(f"{native:.1f} instructions of a lock and unlock, {watched:.1f} watched: {added:.1f} more")
assert 50 < added <= LIMIT, "too many, or the lock was not watched"
