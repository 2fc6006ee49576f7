"""What the tests of the command share: a place of their own, programs compiled there, and leakwatch run as a user runs
it."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BUILD_DIR") or os.path.abspath("build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")
COMPILER = os.environ.get("CC") or "cc"
TIMEOUT = 900  # seconds: only a hang takes as long, on a machine with a load of 20 too

# Of 9 descriptors, all opened at one line, 4 are closed and 5 forgotten.
LEAKY = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) int forget(const char *path)
{
    return open(path, O_RDONLY); /* first */
}
__attribute__((noinline)) int work(const char *path)
{
    for (int i = 0; i < 9; i++) {
        int fd = forget(path);
        if (fd < 0)
            return 98;
        if (i % 2)
            close(fd);
    }
    return 0;
}
int main(int count, char **arguments)
{
    int failed = work(count > 1 ? arguments[1] : "/dev/null");
    return failed ? failed : count > 2 ? atoi(arguments[2]) : 0;
}
"""


class Place(unittest.TestCase):
    """A test with a directory of its own, which is the working directory of what it runs."""

    def setUp(self):
        self.place = os.path.realpath(tempfile.mkdtemp(prefix="leakwatch-cli."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.temporary = self.path("temporary")
        os.mkdir(self.temporary)

    def path(self, *names):
        return os.path.join(self.place, *names)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def compile(self, name, text=LEAKY, flags=("-O1", "-g"), source=None):
        """The path of the program; its source is compiled under its name in its own directory."""
        source = self.write(source or f"{name}.c", text)
        program = os.path.join(os.path.dirname(source), os.path.basename(name))
        done = subprocess.run([COMPILER, *flags, "-fno-optimize-sibling-calls", "-o", program, os.path.basename(source)],
                              cwd=os.path.dirname(source), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot be compiled: {done.stderr.strip().splitlines()[-1]}")
        return program

    def environment(self, **more):
        kept = {key: value for key, value in os.environ.items()
                if key not in ("LEAKWATCH_OPTIONS", "LD_PRELOAD", "ASAN_OPTIONS", "NO_COLOR")}
        return {**kept, "LC_ALL": "C.UTF-8", "TMPDIR": self.temporary, "XDG_CONFIG_HOME": self.path("config"),
                "LEAKWATCH_LIBRARY": LIBRARY, **more}

    def leakwatch(self, *arguments, status=0, environment=None, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run([LEAKWATCH, *arguments], cwd=self.place, env=environment or self.environment(),
                              stdout=how.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, check=False,
                              timeout=TIMEOUT, encoding="utf-8", errors="backslashreplace", **how)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def run_json(self, *arguments, status=0, **how):
        """The JSON report of a run, and how the command itself ended."""
        output = self.path("report.json")
        done = self.leakwatch("run", "--format", "json", "--output", output, *arguments, status=status, **how)
        with open(output, encoding="utf-8") as file:
            return json.load(file), done

    def report_json(self, *arguments, status=0):
        return json.loads(self.leakwatch("report", "--format", "json", *arguments, status=status).stdout)

    def make_ledgers(self, *command, directory="ledgers", status=0):
        """Runs a command so that its ledgers stay: their directory."""
        self.leakwatch("run", "--keep-ledgers", directory, "--", *command, status=status)
        return self.path(directory)

    def ledgers_in(self, directory):
        return sorted(glob.glob(os.path.join(glob.escape(directory), "*.lwl")))

    def end_by_pid(self, name):
        """Ends the process whose number is in this file; it must still run."""
        with open(self.path(name), encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGKILL)

    def only(self, report, kind="fd-leak"):
        found = [finding for finding in report["findings"] if finding["kind"] == kind]
        self.assertEqual(len(found), 1, json.dumps(report["findings"], indent=1))
        return found[0]

    def assert_one_line(self, text, *words):
        self.assertEqual(len(text.splitlines()), 1, text)
        for word in words:
            self.assertIn(word, text)


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
