"""The pytest plugin, tried by running pytest."""
import json
import os
import subprocess
import unittest

import watched
from watched import BUILD, LEAKWATCH, PYTHON

LEAKING = """\
import os
import pytest
import leakwatch
kept = []

@pytest.fixture(scope="module")
def shared():
    with open("/dev/null") as file:
        yield file

@pytest.fixture(scope="session")
def for_all():
    kept.append(open("/dev/null"))

@pytest.fixture
def own():
    with open("/dev/null") as file:
        yield file

@pytest.fixture
def careless():
    kept.append(open("/dev/zero"))  # careless

def connect():
    return os.open("/dev/zero", os.O_RDONLY)  # connect

def test_clean(shared, own):
    with open("/dev/zero"):
        pass

def test_garbage():
    cycle = [open("/dev/zero")]
    cycle.append(cycle)

def test_leaking(shared, own):
    connect()  # leaking

def test_fixture(careless):
    pass

def test_wider_fixture_on_demand(request):
    with leakwatch.scope("inner"):
        request.getfixturevalue("for_all")

@pytest.mark.leaks("the device stays open")
def test_marked():
    connect()

@leakwatch.leaks("so does this")
def test_decorated():
    connect()
"""

FAILING = """\
import os
import pytest
def test_failing():
    file = open("/dev/zero")
    assert file is None
def test_failing_and_leaking():
    os.open("/dev/zero", os.O_RDONLY)
    assert False
@pytest.fixture
def broken():
    raise ValueError
def test_broken_setup(broken):
    pass
@pytest.mark.xfail
def test_expected():
    assert False
@pytest.mark.xfail
def test_expected_for_the_leak():
    os.open("/dev/zero", os.O_RDONLY)
@pytest.mark.skip
def test_skipped():
    pass
@pytest.mark.parametrize("name", ["x" * 200, "\\xfc" * 200])
def test_long_name(name):
    pass
"""


@unittest.skipUnless(watched.has_module("pytest"), f"{PYTHON} has no pytest (python3-pytest)")
class Pytest(watched.Scripts):
    def pytest(self, text, *options, status=0, launcher=True, name="test_it.py"):
        """What pytest printed; self.report: what leakwatch says."""
        self.script(text, name=name, prelude="")
        command = [PYTHON, "-m", "pytest", "-p", "leakwatch", "-p", "no:cacheprovider", "-rA", *options, name]
        environment = self.environment(COLUMNS="150")
        if not launcher:
            done = subprocess.run(command, cwd=self.place, env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            return done.stdout
        output = self.path("report.json")
        done = self.leakwatch("run", "--format", "json", "--output", output, "--", *command, status=status,
                              environment=environment)
        with open(output, encoding="utf-8") as file:
            self.report = json.load(file)
        return done.stdout

    def outcomes(self, output):
        """By test: what the summary says."""
        summary = output[output.index("short test summary info"):].splitlines()
        return {line.split("::")[1].split(" ")[0].split("[")[0]: line.split(" ")[0]
                for line in summary if "::" in line}

    LEAKING_OUTCOMES = {"test_clean": "PASSED", "test_garbage": "PASSED", "test_leaking": "FAILED",
                        "test_fixture": "FAILED", "test_wider_fixture_on_demand": "PASSED", "test_marked": "PASSED",
                        "test_decorated": "PASSED"}

    def test_one_clean_one_leaking(self):
        output = self.pytest("""\
            def test_clean():
                open("/dev/null").close()
            kept = []
            def test_leaking():
                kept.append(open("/dev/zero"))
        """, status=1)
        self.assertIn("1 failed, 1 passed", output)
        self.assertEqual(self.outcomes(output), {"test_clean": "PASSED", "test_leaking": "FAILED"})

    def test_who_leaks_fails_with_the_lines(self):
        output = self.pytest(LEAKING, status=1)
        self.assertEqual(self.outcomes(output), self.LEAKING_OUTCOMES)
        self.assertRegex(output, "\nleakwatch: fail, ledger /.*lwl\n")
        self.assertRegex(output, r"FAILED test_it.py::test_leaking - left 1 resource open: fd \d+ \(file\), /dev/zero")
        self.assertRegex(output, rf"connect \(.*test_it.py:{self.line_of('connect', 'test_it.py')}\)\n"
                                 rf" +test_leaking \(.*test_it.py:{self.line_of('leaking', 'test_it.py')}\)\n")
        self.assertIn(f"test_it.py:{self.line_of('careless', 'test_it.py')})", output)

    def test_the_ledger_says_the_same(self):
        self.pytest(LEAKING, status=1)
        self.assert_calm(self.report)
        self.assertEqual(self.leaks_by_scope(self.report),
                         {"test_it.py::test_leaking": 1, "test_it.py::test_fixture": 1})

    def test_other_outcomes_stay_what_they_are(self):
        output = self.pytest(FAILING, status=1)
        self.assertEqual(self.outcomes(output),
                         {"test_failing": "FAILED", "test_failing_and_leaking": "FAILED", "test_broken_setup": "ERROR",
                          "test_expected": "XFAIL", "test_expected_for_the_leak": "XFAIL", "test_long_name": "PASSED"})
        self.assertIn("1 skipped", output)
        self.assertEqual(output.count("left 1 resource open"), 1, "a failing test keeps nothing but what it leaks")

    def test_warnings_only(self):
        output = self.pytest(LEAKING, "--leakwatch=warn")
        self.assertEqual(set(self.outcomes(output).values()), {"PASSED"})
        self.assertIn("PytestWarning: left 1 resource open", output)

    def test_off(self):
        output = self.pytest(LEAKING, "--leakwatch=off", "-W", "error", "-W", "ignore::ResourceWarning")
        self.assertEqual(set(self.outcomes(output).values()), {"PASSED"})
        self.assertIn("\nleakwatch: off", output)
        self.assertNotIn("left 1", output)

    def test_not_watched(self):
        output = self.pytest(LEAKING, launcher=False)
        self.assertEqual(set(self.outcomes(output).values()), {"PASSED"})
        self.assertIn("\nleakwatch: not watched", output)

    def test_strict_markers(self):
        self.assertIn("1 passed", self.pytest("""\
            import pytest
            @pytest.mark.leaks(reason="x")
            def test_it(): pass
        """, "--strict-markers", launcher=False))

    def test_junit_says_it_too(self):
        self.pytest(LEAKING, "--junitxml", "junit.xml", status=1)
        with open(self.path("junit.xml"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('failures="2"', text)
        self.assertIn("left 1 resource open", text)

    def test_distributed(self):
        if not watched.has_module("xdist"):
            self.skipTest(f"{PYTHON} has no xdist (python3-pytest-xdist)")
        output = self.pytest(LEAKING, "-n", "2", status=1)
        self.assertEqual(self.outcomes(output), self.LEAKING_OUTCOMES)
        self.assertIn("FAILED test_it.py::test_leaking - left 1 resource open", output)

    def test_by_conftest(self):
        self.write("conftest.py", 'pytest_plugins = ["leakwatch"]\n')
        output = self.pytest("""\
            import os
            def test_leaking(): os.dup(0)
        """, status=1)
        self.assertEqual(self.outcomes(output), {"test_leaking": "FAILED"})


C_CALLS = """\
import os
import socket
import tempfile
kept = []
def take(what):
    kept.append(what())  # take
def test_pipe():
    take(os.pipe)  # pipe
def test_duplicate():
    take(lambda: os.dup(0))  # duplicate
def test_pair():
    take(socket.socketpair)  # pair
def test_deep():
    take(lambda: tempfile.mkstemp(dir="."))  # deep
def test_clean():
    open("/dev/null").close()
"""


@unittest.skipUnless(watched.has_module("pytest"), f"{PYTHON} has no pytest (python3-pytest)")
class Command(watched.Scripts):
    """leakwatch pytest: nothing is installed, and no variable says where the plugin is."""

    def run_pytest(self, *options, text=C_CALLS, status=1, command=LEAKWATCH, environment=None):
        self.script(text, name="test_it.py", prelude="")
        environment = environment or self.environment(COLUMNS="150")
        environment.pop("PYTHONPATH", None)
        done = subprocess.run([command, "pytest", "-p", "no:cacheprovider", *options], cwd=self.place,
                              env=environment, capture_output=True, text=True, check=False, timeout=watched.TIMEOUT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_who_leaks_fails(self):
        output = self.run_pytest().stdout
        self.assertIn("4 failed, 1 passed", output)
        self.assertIn("\nleakwatch: fail, ledger /", output)
        self.assertRegex(output, rf"left 1 resource open: fd \d+ \(file\), [^\n]* at test_it.py:"
                                 rf"{self.line_of('deep', 'test_it.py')}\b")

    def test_lines_of_python_whatever_acquired(self):
        """The interpreter's own frames, or those of pytest, are nobody's to mend."""
        output = self.run_pytest("--tb=short").stdout
        for mark in ("take", "pipe", "duplicate", "pair", "deep"):
            self.assertIn(f"test_it.py:{self.line_of(mark, 'test_it.py')})", output)
        for strange in ("_pytest/", "_multicall", "libc.so", "PyObject"):
            self.assertNotIn(strange, output)

    def test_arguments_are_those_of_pytest(self):
        output = self.run_pytest("-k", "clean or pipe", "-x", "--leakwatch=warn", status=0).stdout
        self.assertIn("2 passed, 3 deselected", output)

    def test_status_of_pytest(self):
        self.run_pytest("-k", "clean", status=0)
        self.run_pytest("-k", "nothing_is_called_so", status=5)

    def test_workers(self):
        if not watched.has_module("xdist"):
            self.skipTest(f"{PYTHON} has no xdist (python3-pytest-xdist)")
        output = self.run_pytest("-n", "2", "--tb=short").stdout
        self.assertIn("4 failed, 1 passed", output)
        self.assertIn(f"test_it.py:{self.line_of('pipe', 'test_it.py')})", output)

    def test_by_the_interpreter_that_is_named(self):
        environment = self.environment(PATH=self.path("nothing"), PYTHON=PYTHON)
        self.assertIn("1 passed", self.run_pytest("-k", "clean", status=0, environment=environment).stdout)

    def test_no_pytest(self):
        self.write("bin/python3", "#!/bin/sh\nexit 1\n", mode=0o755)
        for variables in ({"PATH": self.path("bin")}, {"PATH": self.path("nothing")}, {"PYTHON": "/nowhere/python3"}):
            done = self.run_pytest(status=2, environment=self.environment(**variables))
            self.assertEqual(done.stdout, "")
            self.assertRegex(done.stderr, r"^leakwatch: there is no pytest: \S*python3 does not run, or has no module of that name\n$")

    def test_own_python_path_stays(self):
        self.write("mine/own_module.py", "value = 7\n")
        self.script("import own_module\ndef test_it(): assert own_module.value == 7\n", name="test_it.py", prelude="")
        done = subprocess.run([LEAKWATCH, "pytest", "-p", "no:cacheprovider"], cwd=self.place, check=False,
                              env={**self.environment(), "PYTHONPATH": self.path("mine")}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("leakwatch: fail", done.stdout)

    def test_by_the_module_where_path_has_no_pytest(self):
        os.mkdir(self.path("bin"))
        os.symlink(PYTHON, self.path("bin", "python3"))
        output = self.run_pytest("-k", "clean", status=0, environment=self.environment(PATH=self.path("bin"))).stdout
        self.assertIn("1 passed", output)

    def test_installed(self):
        """From a prefix, as cmake --install makes it."""
        prefix = self.path("prefix")
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot be installed: {done.stderr.strip()[-200:]}")
        environment = self.environment(COLUMNS="150")
        del environment["LEAKWATCH_LIBRARY"]
        self.run_pytest("-k", "pipe", command=os.path.join(prefix, "bin", "leakwatch"), environment=environment)

    def test_help(self):
        self.assertIn("Usage: leakwatch pytest", self.leakwatch("pytest", "--help").stdout)


if __name__ == "__main__":
    watched.main()
