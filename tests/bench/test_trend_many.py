"""A trend over twice as many processes of one program takes no more than twice as many instructions, and each further one
takes little memory: samples and births are kept of the worst alone. Counted, not timed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

FEW, MANY, INSTRUCTIONS_MOST, BYTES_MOST = 150, 300, 2.0, 8192

if not shutil.which("valgrind"):
    print("skipped: there is no valgrind to count with")
    sys.exit(77)


def made(folder, count):
    directory = os.path.join(folder, str(count))
    os.mkdir(directory)
    maker = os.path.join(os.environ["BUILD_DIR"], "tests/cli/trend_ledgers")
    subprocess.run([maker, "many", directory, str(count)], check=True, timeout=900)
    return directory


def counted(directory, *tool):
    return subprocess.run(["valgrind", *tool, os.environ["LEAKWATCH"], "trend", "--output", os.devnull, directory],
                          capture_output=True, text=True, check=True, timeout=900).stderr


def instructions(directory):
    told = counted(directory, "--tool=callgrind", "--callgrind-out-file=/dev/null")
    return int(re.search(r"Collected\s*:\s*(\d+)", told).group(1))


def most_on_the_heap(directory):
    counted(directory, "--tool=massif", f"--massif-out-file={directory}.massif")
    with open(f"{directory}.massif", encoding="utf-8") as snapshots:
        return max(int(size) for size in re.findall(r"mem_heap_B=(\d+)", snapshots.read()))


with tempfile.TemporaryDirectory(prefix="leakwatch-trend.") as room:
    directories = [made(room, count) for count in (FEW, MANY)]
    few, many = (instructions(directory) for directory in directories)
    print(f"{FEW} ledgers: {few:,} instructions; {MANY}: {many:,}, {many / few:.3f} times as many")
    assert many / few <= INSTRUCTIONS_MOST, f"more than {INSTRUCTIONS_MOST} times as many"
    few, many = (most_on_the_heap(directory) for directory in directories)
each = (many - few) / (MANY - FEW)
print(f"{FEW} ledgers: {few:,} bytes at once; {MANY}: {many:,}, {each:.0f} for each further one")
assert each <= BYTES_MOST, f"more than {BYTES_MOST}"
