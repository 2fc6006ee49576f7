#!/usr/bin/env python3
"""LEAKWATCH_OPTIONS with something mistyped: the commands run nothing and say so in one line; the library alone names it and
goes on."""
import os
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("BUILD_DIR") or os.path.abspath("build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")

MISTYPED = {  # and what the line must name
    "inject=close=ENOTHING": "cannot inject close=ENOTHING ",
    "inject=clsoe=EIO": "cannot inject clsoe=EIO ",
    "inject=open=EIO@2,close": "cannot inject close ",
    "inject=fork=EAGAIN": "cannot inject fork=EAGAIN ",
    "inject=write=EIO@1,close=EIO@900": "cannot inject write=EIO@1 ",
    "qiet=1": "unknown key in LEAKWATCH_OPTIONS: qiet ",
    "depth=many": "bad value in LEAKWATCH_OPTIONS: depth=many ",
    "quiet=1:keep=some:order=1": "bad value in LEAKWATCH_OPTIONS: keep=some ",
}
COMMANDS = {"run": 125, "gate": 2, "sweep": 2}


class Settings(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="leakwatch-settings.")
        self.addCleanup(place.cleanup)
        self.place = place.name

    def run_with(self, settings, *command, **more):
        environment = {"PATH": os.environ["PATH"], "LEAKWATCH_OPTIONS": settings, **more}
        return subprocess.run(command, cwd=self.place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300, check=False)

    def has_run(self):
        return os.path.exists(os.path.join(self.place, "made"))

    def test_mistyped_settings_run_nothing(self):
        for command, status in COMMANDS.items():
            for settings, named in MISTYPED.items():
                if command == "sweep" and "inject" in settings:
                    continue  # a sweep takes none at all
                with self.subTest(command=command, settings=settings):
                    done = self.run_with(settings, LEAKWATCH, command, "--", "touch", "made")
                    lines = [line for line in done.stderr.splitlines() if not line.startswith("leakwatch gate: ")]  # its last word
                    self.assertEqual((done.returncode, done.stdout, len(lines)), (status, "", 1), done.stderr)
                    self.assertTrue(lines[0].startswith("leakwatch: " + named), lines)
                    self.assertTrue(lines[0].endswith("; nothing was run"), lines)
                    self.assertFalse(self.has_run())

    def test_good_settings_run(self):
        for settings in ("inject=close=EIO@900,open=EMFILE~0.1/path=/nowhere/*", "quiet=1:depth=12", ":", "help=1", "keep=all"):
            for command in ("run", "gate"):
                with self.subTest(command=command, settings=settings):
                    done = self.run_with(settings, LEAKWATCH, command, "--", "touch", "made")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(self.has_run())
                    os.unlink(os.path.join(self.place, "made"))

    def listed(self):
        """The calls that help=1 names behind inject=."""
        done = self.run_with("help=1", "true", LD_PRELOAD=LIBRARY)
        line = [line for line in done.stderr.splitlines() if "  inject=" in line]
        self.assertEqual(len(line), 1, done.stderr)
        return line[0].rpartition(" of ")[2].split(", ")

    def test_the_calls_that_can_fail_are_listed_and_no_others_are_taken(self):
        calls = self.listed()
        self.assertEqual(calls, sorted(calls))
        self.assertLessEqual({"accept", "close", "dup2", "fclose", "fopen", "fsync", "open", "openat", "opendir", "pipe",
                              "pipe2", "popen", "posix_spawn", "signalfd", "socket"}, set(calls))
        self.assertFalse({"fork", "read", "write", "waitpid", "execve", "fcntl"} & set(calls))
        for call in calls:
            done = self.run_with(f"inject={call}=EIO@999", "true", LD_PRELOAD=LIBRARY)
            self.assertNotIn("cannot inject", done.stderr, call)
        manual = subprocess.run([LEAKWATCH, "--man"], stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
        self.assertIn(", ".join(calls), manual.replace("\\-", "-"))

    def test_rules_of_which_none_fired_are_told(self):
        for command in ("run", "gate"):
            with self.subTest(command=command):
                done = self.run_with("inject=open=EIO@999:depth=8", LEAKWATCH, command, "--", "touch", "made")
                self.assertEqual(done.stderr.count("leakwatch: inject=open=EIO@999: nothing failed"), 1, done.stderr)
                self.assertEqual(done.returncode, 0)
                done = self.run_with("inject=open=EIO", LEAKWATCH, command, "--", "cat", "made")
                self.assertNotIn("nothing failed", done.stderr)

    def test_each_rule_that_did_not_fire_is_named(self):
        for settings in ("inject=pipe=EMFILE,,open=EIO/path=made,close=EIO@999/path=*/x:depth=8",
                         "depth=8:inject='pipe=EMFILE,open=EIO/path=made,close=EIO@999/path=*/x'"):
            done = self.run_with(settings, LEAKWATCH, "run", "--", "cat", "made")
            told = [line.split(":")[1].strip() for line in done.stderr.splitlines() if "nothing failed" in line]
            self.assertEqual(told, ["inject=pipe=EMFILE", "inject=close=EIO@999/path=*/x"], done.stderr)

    def test_library_alone_goes_on(self):
        for settings in MISTYPED:
            with self.subTest(settings=settings):
                done = self.run_with(settings, "touch", "made", LD_PRELOAD=LIBRARY)
                self.assertEqual(done.returncode, 0)
                self.assertRegex(done.stderr, r"ignored|cannot inject")
                self.assertTrue(self.has_run())
                os.unlink(os.path.join(self.place, "made"))


if __name__ == "__main__":
    unittest.main()
