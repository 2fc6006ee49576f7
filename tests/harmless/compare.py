#!/usr/bin/env python3
"""Runs a workload twice in fresh directories, alone and with libleakwatch.so preloaded: what it prints, how it ends and
which files it leaves must be the same, and ledgers must prove that it was watched. What real programs do with their locks
and threads is right: nothing worse than a note may be said of that.

    compare.py --build BUILD WORKLOAD [ARGUMENT…]

A workload is a script (or a program); comment lines at the top of a script say what it needs and promises:

    # needs: nginx wrk     programs without which it is skipped (exit status 77); "root": the user
    # stderr: ignored      what it prints there is not the same from run to run
    # expect: TEXT         a line that its output must hold: the workload did its work
    # options: A=1:B=2     more LEAKWATCH_OPTIONS
    # locks: KIND TEXT     this is said of locks and threads all the same, with these words somewhere in it
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TIMEOUT = 900
LOCKS = ("lock-held", "lock-misuse", "thread-leak", "deadlock")
NOTHING_WRITTEN = "or one whose process ended before it wrote anything"


class Workload:
    def __init__(self, command):
        self.command = command
        self.needs, self.expected, self.locks = [], [], []
        self.options, self.ignores_stderr = "", False
        with open(command[0], "rb") as script:
            text = script.read(4096).decode("utf-8", "replace")
        for key, value in re.findall(r"^# (needs|stderr|expect|options|locks): (.*)$", text, re.M):
            self.take(key, value)

    def take(self, key, value):
        if key == "needs":
            self.needs += value.split()
        elif key == "expect":
            self.expected.append(value)
        elif key == "locks":
            self.locks.append(value.split(" ", 1))
        elif key == "options":
            self.options = value
        else:
            self.ignores_stderr = value == "ignored"

    def missing(self):
        return [need for need in self.needs if not (os.geteuid() == 0 if need == "root" else shutil.which(need))]


class Skipped(Exception):
    """The workload cannot run here, and says why."""


def run(workload, place, environment):
    """(exit status, output, error output, names of files left behind)"""
    os.mkdir(place)
    with open(place + ".out", "w+b") as out, open(place + ".err", "w+b") as err:
        child = subprocess.Popen(workload.command, cwd=place, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 env=environment, start_new_session=True)
        try:
            status = child.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            status = "hangs"
        out.seek(0)
        err.seek(0)
        texts = [file.read().decode("utf-8", "backslashreplace").replace(place, "PLACE") for file in (out, err)]
    return status, *texts, sorted(os.listdir(place))


def differences(workload, alone, watched):
    for what, before, after in zip(("exit status", "output", "error output", "files"), alone, watched):
        if before != after and not (what == "error output" and workload.ignores_stderr):
            yield f"{what} changes {first_difference(before, after)}"
    for line in workload.expected:
        if line not in alone[1].splitlines():
            yield f"the workload did not print {line!r} even alone: {alone[1][-2000:]}{alone[2][-2000:]}"


def first_difference(before, after):
    if not isinstance(before, str) or not isinstance(after, str):
        return f"from {before!r} to {after!r}"
    old, new = before.splitlines(), after.splitlines()
    for number, (one, other) in enumerate(zip(old, new), 1):
        if one != other:
            return f"in line {number} from {one!r} to {other!r}"
    return f"from {len(old)} lines to {len(new)}: {(old[len(new):] or new[len(old):])[:20]}"


def judge_locks(workload, findings):
    for finding in findings:
        text = json.dumps(finding)
        is_known = any(finding["kind"] == kind and words in text for kind, words in workload.locks)
        if finding["kind"] in LOCKS and finding["level"] != "note" and not is_known:
            yield f"of locks or threads it is said: {text[:3000]}"


def judge_ledgers(workload, build, ledgers):
    """They must be there, and one report over them all must be possible."""
    found = glob.glob(os.path.join(ledgers, "*.lwl"))
    if not found:
        yield "no ledger: it was not watched"
        return
    report = subprocess.run([os.path.join(build, "leakwatch"), "report", "--format", "json", ledgers],
                            capture_output=True, check=False, timeout=900)
    try:
        told = json.loads(report.stdout)
        processes = len(told["processes"])
        yield from judge_locks(workload, told["findings"])
    except (ValueError, KeyError) as error:
        yield f"no report ({error}), status {report.returncode}: {report.stderr.decode()[:2000]}"
        return
    # A process that was killed before it could write anything leaves what cannot be read, and is named.
    unread = [line for line in report.stderr.decode().splitlines() if not line.endswith(NOTHING_WRITTEN)]
    if unread or processes < 1 or (report.returncode != 0 and not report.stderr):
        yield f"the report has {processes} processes and status {report.returncode}: {unread[:10]}"
    others = set(os.listdir(ledgers)) - {os.path.basename(path) for path in found}
    if others:
        yield f"left beside the ledgers: {sorted(others)[:10]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", required=True, type=os.path.abspath)
    parser.add_argument("--keep", action="store_true", help="keep the directories and say where they are")
    parser.add_argument("workload", nargs="+")
    options = parser.parse_args()
    options.workload[0] = os.path.abspath(options.workload[0])
    workload = Workload(options.workload)
    if workload.missing():
        print(f"skipped: it needs {', '.join(workload.missing())}")
        return 77
    place = tempfile.mkdtemp(prefix="leakwatch-harmless.")
    os.chmod(place, 0o755)
    try:
        failures = list(compare(workload, options.build, place))
    except Skipped as reason:
        print(f"skipped: {reason}")
        return 77
    for failure in failures:
        print(failure)
    if options.keep:
        print(f"kept: {place}")
    else:
        shutil.rmtree(place)
    print(f"{len(failures)} differences" if failures else "unharmed")
    return 1 if failures else 0


def compare(workload, build, place):
    environment = {name: value for name, value in os.environ.items() if name not in ("LEAKWATCH_OPTIONS", "LD_PRELOAD")}
    environment.update(LC_ALL="C.UTF-8", HOME=place, TZ="UTC", PYTHONDONTWRITEBYTECODE="1")
    ledgers = os.path.join(place, "ledgers")
    os.mkdir(ledgers)
    os.chmod(ledgers, 0o1777)
    alone = run(workload, os.path.join(place, "alone"), environment)
    if alone[0] == 77:
        raise Skipped(alone[1].strip())
    environment["LD_PRELOAD"] = os.path.join(build, "libleakwatch.so")
    environment["LEAKWATCH_OPTIONS"] = f"dir={ledgers}:keep=all:quiet=1:check=64" + (":" + workload.options).rstrip(":")
    watched = run(workload, os.path.join(place, "beside"), environment)
    yield from differences(workload, alone, watched)
    yield from judge_ledgers(workload, build, ledgers)


if __name__ == "__main__":
    sys.exit(main())
