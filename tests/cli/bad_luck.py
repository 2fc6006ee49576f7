"""What the tests of bad luck share: run a program with libleakwatch.so preloaded, compare it with a run without, and see
that leakwatch says at most one line."""
import glob
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD_DIR") or os.path.join(ROOT, "build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")
PROGRAM = os.path.join(BUILD, "tests", "programs", "bad_luck")
STATUS = 7  # what the program ends with
TIMEOUT = 900  # seconds: only a hang takes as long, on a machine with a load of 20 too


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0, "it needs root")(test)


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "backslashreplace")
        self.err = done.stderr.decode("utf-8", "backslashreplace")

    def said(self):
        """leakwatch's own lines"""
        return [line for line in self.err.splitlines() if line.startswith("leakwatch")]

    def others_said(self):
        return [line for line in self.err.splitlines() if not line.startswith("leakwatch")]


class BadLuck(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="leakwatch-bad-luck.")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        os.chmod(self.place, 0o755)
        self.ledgers = os.path.join(self.place, "ledgers")
        os.mkdir(self.ledgers)
        os.chmod(self.ledgers, 0o1777)
        self.addCleanup(self.forget_relocated, set(self.relocated()))

    @staticmethod
    def relocated():
        """Ledgers of our program that had to be kept elsewhere."""
        return glob.glob("/dev/shm/leakwatch.bad_luck.*")

    def forget_relocated(self, before):
        for path in set(self.relocated()) - before:
            os.unlink(path)

    def environment(self, options):
        alone = {key: value for key, value in os.environ.items() if key not in ("LEAKWATCH_OPTIONS", "LD_PRELOAD")}
        alone["LC_ALL"] = "C"
        return alone, {**alone, "LD_PRELOAD": LIBRARY, "LEAKWATCH_OPTIONS": options}

    def options(self, directory=None, more=""):
        return f"dir={directory or self.ledgers}:keep=all:quiet=1{more}"

    def run_once(self, command, environment, limits=(), **how):
        def prepare():
            for name, value in limits:
                highest = resource.getrlimit(name)[1]
                value = value if highest == resource.RLIM_INFINITY else min(value, highest)
                resource.setrlimit(name, (value, value))
        how.setdefault("cwd", self.place)
        return Result(subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                                     check=False, timeout=TIMEOUT, preexec_fn=prepare, **how))

    def unharmed(self, command, options, said=1, **how):
        """Runs it alone and beside leakwatch. The same output and end; at most `said` lines from leakwatch."""
        alone_environment, environment = self.environment(options)
        alone = self.run_once(command, alone_environment, **how)
        beside = self.run_once(command, environment, **how)
        self.assertEqual((beside.status, beside.out, beside.others_said()),
                         (alone.status, alone.out, alone.err.splitlines()), beside.err)
        self.assertLessEqual(len(beside.said()), said, beside.err)
        return beside

    def works(self, *mode, options=None, **how):
        """The same for the program made for it, which must reach its own end."""
        result = self.unharmed([PROGRAM, *(mode or ("work", ""))], options or self.options(), **how)
        self.assertEqual(result.status, STATUS, result.err)
        return result

    def ledgers_in(self, directory=None):
        return sorted(glob.glob(os.path.join(glob.escape(directory or self.ledgers), "*.lwl")))

    def report(self, *paths):
        """The report on ledgers; they must be readable without a complaint."""
        done = subprocess.run([LEAKWATCH, "report", "--format", "json", *paths], capture_output=True, check=False,
                              timeout=TIMEOUT)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return json.loads(done.stdout)

    def readable_or_refused(self, path):
        """A ledger that had no room: a report, or one clear line and status 2."""
        done = subprocess.run([LEAKWATCH, "report", "--format", "json", path], capture_output=True, check=False,
                              timeout=TIMEOUT)
        self.assertIn(done.returncode, (0, 2), done.stderr.decode())
        if done.returncode == 2:
            self.assertEqual(len(done.stderr.decode().splitlines()), 1, done.stderr.decode())

    def leaks(self, report, function="leak"):
        return sum(finding["count"] for finding in report["findings"] if finding["kind"] == "fd-leak" and
                   any(re.search(rf"\b{function}\b", frame.get("function") or "")
                       for frame in finding["stacks"]["acquired"]))

    def mounted(self, size, extra=""):
        """A file system of its own with that many bytes."""
        directory = tempfile.mkdtemp(dir=self.place, prefix="disk.")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777{extra}", "leakwatch-test", directory],
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot mount here: {done.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", directory], check=False)
        return directory


def main():
    """As unittest's, but 77 where every test was skipped."""
    for path in (LEAKWATCH, LIBRARY, PROGRAM):
        if not os.path.exists(path):
            sys.exit(f"{path} is not there: build first, or name the build in BUILD_DIR")
    os.closerange(3, 1024)  # whatever the test's caller left open: the programs print their numbers
    result = unittest.main(exit=False, verbosity=2, module="__main__").result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun == len(result.skipped) else 0)
