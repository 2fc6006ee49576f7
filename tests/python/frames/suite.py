"""CPython's own tests, alone and watched, the auditor beside: no stack is wrong, no test fails that does not fail alone.

    suite.py             a few of them under Debian's interpreter
    suite.py --long      all of them, half an hour for each interpreter that has them"""
import os
import re
import signal
import subprocess
import sys
import tempfile

import compared
import interpreters
from auditing import Audit

FEW = ["test_fileio", "test_file", "test_tempfile", "test_generators", "test_contextlib", "test_socketserver", "test_shutil",
       "test_coroutines", "test_httpservers", "test_select"]
# What audits itself, asks a debugger, or hangs where machines have no such sockets.
LEFT_OUT = ["test_audit", "test_gdb", "test_tools", "test_pyexpat", "test_venv", "test_ensurepip"]
SECONDS = 1800


def failed(text):
    """The tests that failed; what they print is mixed with what they are called."""
    return set(re.findall(r"^(?:FAIL|ERROR): (\S+ \(\S+\))", text, re.M)) | set(re.findall(r"^test (\S+) failed", text, re.M))


def run(python, tests, place, environment):
    os.makedirs(place)
    command = [python.path, "-m", "test", "-v", "--timeout", "300", "-i", "*VSOCK*", *tests]
    with open(os.path.join(place, "output"), "w+b") as output:
        child = subprocess.Popen(command, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            status = None  # the time is over
        output.seek(0)
        return status, output.read().decode("utf-8", "backslashreplace")


def judge(python, tests, room):
    """What is wrong."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "LEAKWATCH_OPTIONS")}
    environment.update(LC_ALL="C.UTF-8", HOME=room, PYTHONDONTWRITEBYTECODE="1")
    alone_status, alone = run(python, tests, os.path.join(room, "alone"), environment)
    audit, ledgers = Audit(room), os.path.join(room, "ledgers")
    os.mkdir(ledgers)
    watching = {"LD_PRELOAD": f"{compared.LIBRARY}:{compared.AUDITOR}", **audit.environment(),
                "LEAKWATCH_OPTIONS": f"dir={ledgers}:keep=all:quiet=1:check=64"}
    status, output = run(python, tests, os.path.join(room, "beside"), {**environment, **watching})
    counts = audit.result()
    print(f"{python}: {counts}, status {alone_status} alone and {status}", flush=True)
    if counts["wrong"]:
        yield audit.complaints()
    if counts["compared"] < 10000:
        yield f"only {counts['compared']} stacks were compared: {output[-2000:]}"
    if counts["native"] * 100 > counts["compared"]:
        yield f"{counts['native']} of {counts['compared']} stacks have no lines"
    if status is not None and status < 0 and alone_status != status:
        yield f"it ended by signal {-status}: {output[-3000:]}"
    new = failed(output) - failed(alone)
    if new and alone_status is not None:
        yield f"fails only when it is watched: {sorted(new)}"


def main():
    whole = "--long" in sys.argv[1:]
    wrong = []
    for python in interpreters.pythons():
        if not (whole or python.is_debians) or not python.has("test.test_fileio"):
            continue
        with tempfile.TemporaryDirectory(prefix="leakwatch-suite.", ignore_cleanup_errors=True) as room:
            wrong += [f"{python}: {what}" for what in judge(python, ["-x", *LEFT_OUT] if whole else FEW, room)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
