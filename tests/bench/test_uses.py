"""A call that only uses a descriptor (read, write, pread, lseek, poll) costs at most 24 instructions more: two nanoseconds
of a processor that does twelve of them in one. They are counted, not timed."""

import os
import shutil
import sys
import tempfile

from contest import NATIVE, WATCHED, Contest
from instructions import instructions

CALLS, LIMIT = 5, 24

if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="leakwatch-uses.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    native, watched = (instructions(contest, way, "uses") for way in (NATIVE, WATCHED))
added = (watched - native) / CALLS
print(f"{native:.1f} instructions of {CALLS} calls, {watched:.1f} watched: {added:.1f} more each")
assert 1 < added <= LIMIT, "too many, or the calls were not watched"
