"""Judges every call of a release function in whole programs: each within 2 s, with under 5 % unknown.

Prints, for each program, the sites, the time, and the share of each verdict."""
import collections
import glob
import os
import shutil
import subprocess
import sys
import time

SECONDS_AT_MOST = 2.0
UNKNOWN_AT_MOST = 0.05
VERDICTS = ["checked", "checked_some_paths", "ignored", "returned", "unknown"]
PROGRAMS = {
    "CPython": ["/usr/bin/python3.*[0-9]", "/usr/lib/*-linux-gnu/libpython3.*.so.1.0"],
    "git": [shutil.which("git") or ""],
    "curl": [shutil.which("curl") or ""],
    "libcurl": ["/usr/lib/*-linux-gnu/libcurl.so.4"],
}


def judge(path):
    """How often each verdict was given, and how long it took."""
    start = time.monotonic()
    result = subprocess.run([os.environ["CALLSITE_JUDGE"], "--sites", path], text=True, capture_output=True, check=True)
    verdicts = collections.Counter(line.split()[2] for line in result.stdout.splitlines())
    return verdicts, time.monotonic() - start


def is_good(name, path):
    verdicts, seconds = judge(path)
    sites = sum(verdicts.values())
    unknown = verdicts["unknown"] / sites if sites else 1
    shares = "  ".join(f"{verdict} {verdicts[verdict]}" for verdict in VERDICTS)
    print(f"{name:8} {path}: {sites} sites in {seconds:.2f} s: {shares}  ({unknown:.1%} unknown)")
    return sites > 0 and seconds <= SECONDS_AT_MOST and unknown < UNKNOWN_AT_MOST


def main():
    found = [(name, sorted(path for pattern in patterns if pattern for path in glob.glob(pattern)))
             for name, patterns in PROGRAMS.items()]
    found = [(name, os.path.realpath(paths[-1])) for name, paths in found if paths]
    if not found:
        print("none of the programs is here")
        return 77
    return 0 if all([is_good(name, path) for name, path in found]) else 1


if __name__ == "__main__":
    sys.exit(main())
