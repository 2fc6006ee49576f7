"""The sample project of tests/ctest_project under CTest, with what the README tells to paste: red with exactly what leaks,
green with the baseline, in every format and for each test."""
import os
import re
import shutil
import subprocess

import command
import formats
from command import LEAKWATCH, Place

SOURCE = os.environ.get("SOURCE_DIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROJECT = os.path.join(SOURCE, "tests", "ctest_project")
LEAKING = {"find_one", "order_twice", "missing_price"}
TESTS = 12
TREE_FORMATS = ("sarif", "junit", "codequality", "github", "html")  # those that name paths in the tree
PEOPLE_FORMATS = ("text", "json", "markdown")


class Project(Place):
    def setUp(self):
        super().setUp()
        if not shutil.which("cmake") or not shutil.which("ctest"):
            self.skipTest("cmake is not installed")
        shutil.copytree(PROJECT, self.path("shop"))
        self.place = self.path("shop")
        self.build()

    def environment(self, **more):
        return super().environment(PATH=os.path.dirname(LEAKWATCH) + ":" + os.environ["PATH"], CC=command.COMPILER, **more)

    def run_it(self, *arguments, status=0, **more):
        done = subprocess.run(arguments, cwd=self.place, env=self.environment(**more), capture_output=True, text=True,
                              timeout=command.TIMEOUT, check=False)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def build(self):
        known = self.path("leaks.baseline")
        options = f"--baseline;{known}" if os.path.exists(known) else ""
        self.run_it("cmake", "-S", ".", "-B", "build", f"-DLEAKWATCH={LEAKWATCH}", f"-DLEAK_OPTIONS={options}")
        self.run_it("cmake", "--build", "build", "--", "-j2")

    def edit(self, name, before, after):
        path = self.path(name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(before, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(before, after, 1))

    def line_of(self, name, words):
        with open(self.path(name), encoding="utf-8") as file:
            return 1 + next(i for i, line in enumerate(file) if words in line)

    def leaking(self):
        return {("dir-leak", "src/catalogue.c", self.line_of("src/catalogue.c", "/* leak: found */")),
                ("fd-leak", "src/orders.c", self.line_of("src/orders.c", "/* leak: twice */")),
                ("stream-leak", "src/prices.c", self.line_of("src/prices.c", "/* leak: missing */"))}

    def failed_tests(self, **more):
        """Runs the tests: the names of those that failed, each for its leak."""
        done = self.run_it("ctest", "--test-dir", "build", "-j4", "--output-on-failure", status=None, **more)
        self.assertIn(f"out of {TESTS}", done.stdout)
        failed = set(re.findall(r"^\t *\d+ - (\w+) \(Failed\)", done.stdout, re.M))
        self.assertEqual(done.returncode, 8 if failed else 0, done.stdout)
        self.assertEqual(done.stdout.count("leakwatch gate: findings (exit status 86)"), len(failed), done.stdout)
        return failed

    def ledgers(self):
        room = self.path("build", "leaks")
        return sorted(os.path.join(room, name) for name in os.listdir(room))

    def verdict(self, name, *arguments, status=None):
        """What a format's own parser finds in the gate's report on all tests."""
        done = self.leakwatch("gate", "--format", name, "--source-root", self.place, *arguments, *self.ledgers(),
                              status=status)
        found = formats.READERS[name](done.stdout)
        self.assertEqual(done.returncode, 1 if found else 0, done.stderr)
        return found

    def assert_found(self, wanted, *arguments):
        for name in TREE_FORMATS:
            found = self.verdict(name, *arguments)
            places = {(one["kind"], os.fsdecode(one["path"]), one["line"]) for one in found}
            self.assertEqual((places, len(found)), (wanted, len(wanted)), name)
        for name in PEOPLE_FORMATS:
            found = self.verdict(name, *arguments)
            self.assertEqual((sorted(one["kind"] for one in found)), sorted(one[0] for one in wanted), name)
            for _, path, line in wanted:
                self.assertTrue(any(one["line"] == line and (one["path"] or "").endswith(path) for one in found),
                                f"{name}: {path}:{line} in {found}")


class CTest(Project):
    def test_each_test_has_its_verdict(self):
        self.assertEqual(self.failed_tests(), LEAKING)
        self.assertEqual(len(self.ledgers()), TESTS)
        clean = [room for room in self.ledgers() if room.split(".")[-1] not in LEAKING]
        self.assertEqual(len(clean), TESTS - len(LEAKING))
        for room in clean:
            self.leakwatch("gate", room)

    def test_the_gate_says_the_same_in_every_format(self):
        self.failed_tests()
        self.assert_found(self.leaking())

    def test_from_red_to_green(self):
        baseline = ("--baseline", self.path("leaks.baseline"))
        self.failed_tests()
        self.leakwatch("gate", *baseline, "--update-baseline", *self.ledgers())
        self.build()  # with the baseline from now on

        self.assertEqual(self.failed_tests(), set())
        self.assert_found(set(), *baseline)

        self.edit("src/prices.c", "    fclose(stream); /* rounded */\n", "")
        self.build()
        self.assertEqual(self.failed_tests(), {"round_price"})
        self.assert_found({("stream-leak", "src/prices.c", self.line_of("src/prices.c", "/* leak: rounded */"))}, *baseline)

        self.edit("src/prices.c", "    return (cents + 50)", "    fclose(stream);\n    return (cents + 50)")
        self.edit("src/catalogue.c", "return 1; /* found, and forgotten */", "return closedir(stream) == 0;")
        self.build()
        self.assertEqual(self.failed_tests(), set())
        self.assert_found(set(), *baseline)
        done = self.leakwatch("gate", *baseline, *self.ledgers())
        self.assertEqual(re.findall(r"^gone: ([a-z-]+) [0-9a-f]{16}, (\w+)", done.stdout, re.M), [("dir-leak", "catalogue__has")])

    def test_a_leak_below_lines_that_moved_is_known(self):
        baseline = ("--baseline", self.path("leaks.baseline"))
        self.failed_tests()
        self.leakwatch("gate", *baseline, "--update-baseline", *self.ledgers())
        for name in ("catalogue", "orders", "prices"):
            self.edit(f"src/{name}.c", '#include "shop.h"\n', '#include "shop.h"\n\n/* More\n * to\n * read. */\n')
        self.build()
        self.assertEqual(self.failed_tests(), set())

    def test_all_tests_as_one_artefact(self):
        self.failed_tests()
        self.leakwatch("merge", "--output", "all.lwl", *self.ledgers())
        apart = self.leakwatch("gate", "--stable", *self.ledgers(), status=1).stdout
        self.assertEqual(self.leakwatch("gate", "--stable", "all.lwl", status=1).stdout, apart)


if __name__ == "__main__":
    command.main()
