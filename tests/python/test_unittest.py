"""leakwatch.Watched and leakwatch.TestCase under unittest."""
import json
import subprocess

import watched
from watched import PYTHON

TESTS = """\
import asyncio, os, unittest
import leakwatch
kept = []
def take():
    kept.append(open("/dev/zero"))  # take

class TestFiles(leakwatch.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = open("/dev/null")
    @classmethod
    def tearDownClass(cls):
        cls.shared.close()
    def setUp(self):
        self.own = open("/dev/null")
        self.addCleanup(self.own.close)
    def test_clean(self):
        open("/dev/null").close()
    def test_garbage(self):
        cycle = [open("/dev/null")]
        cycle.append(cycle)
    def test_leaking(self):
        take()  # leaking
    @leakwatch.leaks("on purpose")
    def test_excused(self):
        take()
    @unittest.expectedFailure
    def test_expected(self):
        take()
        self.fail()
    @unittest.skip("not now")
    def test_skipped(self):
        take()
    def test_failing(self):
        take()
        self.fail()
    def test_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                open("/dev/null").close()

@leakwatch.leaks("all of them")
class TestExcused(leakwatch.TestCase):
    def test_excused_by_class(self):
        take()

class TestTasks(leakwatch.Watched, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async def asyncTearDown(self):
        self.server.close()
        await self.server.wait_closed()
    async def test_async_clean(self):
        await asyncio.get_running_loop().run_in_executor(None, len, "")
    async def test_async_leaking(self):
        await asyncio.sleep(0)
        take()
    async def test_async_leaking_in_a_thread(self):
        await asyncio.get_running_loop().run_in_executor(None, take)

if __name__ == "__main__":
    unittest.main()
"""
LEAKING = {"test_leaking", "test_async_leaking", "test_async_leaking_in_a_thread"}
FAILING = {"test_failing"}


class Unittest(watched.Scripts):
    def run_tests(self, *command, status=1):
        output = self.path("report.json")
        done = self.leakwatch("run", "--format", "json", "--output", output, "--", PYTHON, *command, status=status)
        with open(output, encoding="utf-8") as file:
            self.report = json.load(file)
        return done.stderr

    def failed(self, output):
        return {line.split()[1] for line in output.splitlines() if line.startswith("FAIL: ")}

    def test_who_leaks_fails_with_the_lines(self):
        self.script(TESTS, prelude="")
        output = self.run_tests("script.py")
        self.assertEqual(self.failed(output), LEAKING | FAILING)
        self.assertIn("FAILED (failures=4, skipped=1, expected failures=1)", output)
        self.assertRegex(output, "Ran 1[12] tests", "Python 3.12.1 does not count the skipped one")
        self.assertRegex(output, r"AssertionError: left 1 resource open: fd \d+ \(file\), /dev/zero")
        self.assertRegex(output, rf" take \(.*script.py:{self.line_of('take')}\)\n"
                                 rf" +(TestFiles\.)?test_leaking \(.*script.py:{self.line_of('leaking')}\)\n")
        self.assertNotIn("leakwatch.py\", line", output, "frames of the mixin are none of the reader's business")
        self.assert_calm(self.report)
        scopes = {leak["scope"].rpartition(".")[2] for leak in self.found(self.report, "scope-leak")}
        self.assertEqual(scopes, LEAKING | FAILING | {"test_expected"})

    def test_a_test_is_counted_once(self):
        self.script(TESTS, prelude="")
        output = self.run_tests("-m", "unittest", "-v", "script.TestFiles.test_leaking", "script.TestFiles.test_clean")
        self.assertEqual(output.count("... FAIL\n"), 1)
        self.assertEqual(output.count("... ok\n"), 1)
        self.assertIn("Ran 2 tests", output)

    def test_failfast(self):
        self.script(TESTS, prelude="")
        output = self.run_tests("-m", "unittest", "-f", "script.TestTasks.test_async_leaking",
                                "script.TestFiles.test_clean")
        self.assertIn("Ran 1 test ", output)

    def test_alone(self):
        """TestCase.run() without a result makes its own."""
        told = self.told("""
            import script2
            result = script2.TestFiles("test_leaking").run()
            tell(run=result.testsRun, failures=len(result.failures))
        """) if self.script(TESTS, name="script2.py", prelude="") else None
        self.assertEqual(told, [{"run": 1, "failures": 1}])

    def test_not_watched(self):
        script = self.script(TESTS, prelude="")
        done = subprocess.run([PYTHON, script], cwd=self.place, env=self.environment(), capture_output=True, text=True,
                              check=False)
        self.assertEqual(self.failed(done.stderr), FAILING)

    def test_under_pytest(self):
        if not watched.has_module("pytest"):
            self.skipTest(f"{PYTHON} has no pytest (python3-pytest)")
        self.script(TESTS, prelude="", name="test_it.py")
        self.write("pytest.txt", "")
        done = self.leakwatch("run", "--output", self.path("report.txt"), "--", PYTHON, "-m", "pytest", "-p",
                              "leakwatch", "-p", "no:cacheprovider", "-rf", "test_it.py", status=1)
        failed = {line.split("::")[2].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")}
        self.assertEqual(failed, LEAKING | FAILING)


if __name__ == "__main__":
    watched.main()
