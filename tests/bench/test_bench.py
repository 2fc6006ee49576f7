"""scripts/bench measures and prints its table: rows, figures, verdicts. How the figures come out is not judged here."""

import os
import subprocess
import sys

bench = os.path.join(os.environ["SOURCE_DIR"], "tests", "bench", "bench.py")
done = subprocess.run([sys.executable, "-B", bench, "--build", os.environ["BUILD_DIR"], "--quick", "--only", "calls,memory,rate"],
                      stdout=subprocess.PIPE, text=True, timeout=250, check=True)
print(done.stdout)
lines = done.stdout.splitlines()
table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
assert table[0][:6] == ["what", "native", "leakwatch", "figure", "budget", "verdict"], table[0]
rows = {row[0]: row for row in table[1:]}
assert len(rows) == 4 + 3 + 4, sorted(rows)
assert len({len(line) for line in lines if line.startswith("|")}) == 1, "the columns are not aligned"
for row in rows.values():
    assert row[5] in ("met", "MISSED"), row
for row in rows:
    if row.startswith("remembered"):
        assert rows[row][5] == "met", rows[row]
    if row.startswith("resident"):
        assert rows[row][3].startswith(("+", "-")), rows[row]
done = subprocess.run([sys.executable, "-B", bench, "--build", os.environ["BUILD_DIR"], "--only", "no_such"],
                      stderr=subprocess.PIPE, text=True, check=False)
assert done.returncode == 2 and "no_such" in done.stderr, done
