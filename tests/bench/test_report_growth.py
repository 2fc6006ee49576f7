"""A report on twice as many places, each of which holds as much, takes less than twice as many instructions (it begins with
what does not grow), where a look at all slots for each place would take four times as many. Counted, not timed."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

FEW, MANY, HELD_BY_EACH, MOST = 2000, 4000, 4, 1.6

if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)


def instructions(room, places):
    """Of a report on one ledger with so many places."""
    driver = os.path.join(os.environ["BUILD_DIR"], "tests/bench/stacks")
    settings = {"LD_PRELOAD": os.environ["LEAKWATCH_LIBRARY"], "LEAKWATCH_OPTIONS": f"quiet=1:dir={room}"}
    held = subprocess.run([driver, str(places), str(HELD_BY_EACH)], env=os.environ | settings, capture_output=True,
                          text=True, check=True, timeout=900).stdout
    assert int(held) == places * HELD_BY_EACH, held
    (ledger,) = glob.glob(os.path.join(room, "*.lwl"))
    count = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", os.environ["LEAKWATCH"], "report",
                            "--output", os.devnull, ledger], capture_output=True, text=True, check=True, timeout=900).stderr
    os.remove(ledger)
    return int(re.search(r"Collected\s*:\s*(\d+)", count).group(1))


with tempfile.TemporaryDirectory(prefix="leakwatch-growth.") as folder:
    few, many = (instructions(folder, places) for places in (FEW, MANY))
print(f"{FEW} places: {few:,} instructions; {MANY}: {many:,}, {many / few:.2f} times as many")
assert many / few <= MOST, f"more than {MOST} times as many"
