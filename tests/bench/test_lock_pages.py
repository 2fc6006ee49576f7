"""What a lock and unlock of a mutex touches more, in lines and pages: each page more is looked up anew after each system
call. They are counted, not timed."""

import os
import tempfile

from contest import Contest
from traced import too_many

# Code lines and pages, data lines and pages. Of data: the board, the places, and the page that fork wipes.
LIMITS = (12, 1, 8, 3)

with tempfile.TemporaryDirectory(prefix="leakwatch-pages.") as room:
    above = too_many(Contest(os.environ["BUILD_DIR"], room, True), "lock", "lock_unlock", LIMITS)
assert not above, f"too many: {'; '.join(above)}"
