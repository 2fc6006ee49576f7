"""CPython's own tests, alone and watched, the auditor beside: no stack is wrong, no test fails that does not fail alone.

    suite.py                       a few of them under Debian's interpreter
    suite.py --long [VERSION...]   all of them, half an hour for each interpreter that has them: 3.8.18, debian"""
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
# A race of CPython's own (its issue 125451), and sockets that machines do not have.
IGNORED = ["*test_processes_terminate*", "*VSOCK*"]
SECONDS = 1800


def failed(text):
    """The tests that failed; what they print is mixed with what they are called."""
    return set(re.findall(r"^(?:FAIL|ERROR): (\S+ \(\S+\))", text, re.M)) | set(re.findall(r"^test (\S+) failed", text, re.M))


def run(python, tests, place, environment):
    os.makedirs(place)
    command = [python.path, "-m", "test", "-v", "--timeout", str(SECONDS), *[word for name in IGNORED for word in ("-i", name)],
               *tests]
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


def watched(python, tests, room, environment, audit=None):
    os.makedirs(os.path.join(room, "ledgers"))
    libraries = [compared.LIBRARY] + ([compared.AUDITOR] if audit else [])
    watching = {"LD_PRELOAD": ":".join(libraries), **(audit.environment() if audit else {}),
                "LEAKWATCH_OPTIONS": f"dir={room}/ledgers:keep=all:quiet=1:check=64"}
    return run(python, tests, os.path.join(room, "watched"), {**environment, **watching})


def only_when_watched(python, output, room, environment):
    """The tests that fail beside leakwatch and not alone: of the modules that failed, not of all. The auditor itself is seen
    by some tests (a hook of auditing ends a child with -X dev), so these are asked again without it."""
    modules = sorted(set(re.findall(r"^test (?:test\.)?(test_\w+)(?:\.\w+)* (?:failed|crashed)", output, re.M)))
    if not modules:
        return set()
    alone = run(python, modules, os.path.join(room, "alone"), environment)[1]
    new = failed(output) - failed(alone)
    if new:
        new &= failed(watched(python, modules, os.path.join(room, "again"), environment)[1])
    return new


def judge(python, tests, room):
    """What is wrong."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "LEAKWATCH_OPTIONS")}
    environment.update(LC_ALL="C.UTF-8", HOME=room, PYTHONDONTWRITEBYTECODE="1")
    audit = Audit(room)
    status, output = watched(python, tests, room, environment, audit)
    counts = audit.result()
    ran = len(set(re.findall(r"^\S+ .*\[ *(\d+)/\d+[^]]*\] test", output, re.M)))
    print(f"{python}: {counts}, {ran} modules, status {status}", flush=True)
    if counts["wrong"]:
        yield audit.complaints()
    if counts["compared"] < 10000:
        yield f"only {counts['compared']} stacks were compared: {output[-2000:]}"
    if counts["native"] * 100 > counts["compared"]:
        yield f"{counts['native']} of {counts['compared']} stacks have no lines"
    if status is not None and status < 0:
        yield f"it ended by signal {-status}: {output[-3000:]}"
    new = only_when_watched(python, output, room, environment)
    if new:
        yield f"fails only when it is watched: {sorted(new)}"


def is_chosen(python, names):
    return not names or str(python).split()[0] in names or (python.is_debians and "debian" in names)


def main():
    whole = "--long" in sys.argv[1:]
    names = [argument for argument in sys.argv[1:] if argument != "--long"]
    wrong = []
    for python in interpreters.pythons():
        if not (whole or python.is_debians) or not is_chosen(python, names) or not python.has("test.test_fileio"):
            continue
        with tempfile.TemporaryDirectory(prefix="leakwatch-suite.", ignore_cleanup_errors=True) as room:
            wrong += [f"{python}: {what}" for what in judge(python, ["-x", *LEFT_OUT] if whole else FEW, room)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
