"""What takes something and gives it back touches at most so many lines and pages more when watched, as were counted when this
was written. Each page more is looked up anew after each system call, and that is the larger part of what a hook costs."""

import os
import tempfile

from contest import Contest
from traced import too_many

# (operation, its function in the driver): code lines and pages, data lines and pages.
LIMITS = {("open", "open_close"): (48, 5, 41, 12), ("missing", "open_missing"): (26, 6, 28, 9)}

with tempfile.TemporaryDirectory(prefix="leakwatch-footprint.") as room:
    contest = Contest(os.environ["BUILD_DIR"], room, True)
    above = [what for (operation, function), limits in LIMITS.items() for what in too_many(contest, operation, function, limits)]
assert not above, f"too many: {'; '.join(above)}"
