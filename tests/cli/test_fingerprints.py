"""Fingerprints hold where nothing has changed that matters, so that a baseline written on one machine is good on another:
over rebuilds, levels of optimisation, compilers, lines that move, directories, and addresses."""
import json
import os
import shutil
import subprocess

import command
from command import Place

# Leaks at several depths: plain, in a helper that may be inlined, through a callback, in a library, of several kinds.
PROGRAM = r"""
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int library_take(void);
static int helper(const char *path)
{
    return open(path, O_RDONLY);
}
int worker(int turns)
{
    int last = 0;
    for (int i = 0; i < turns; i++)
        last = helper("/dev/null");
    return last;
}
static int by_name(const void *left, const void *right)
{
    static int once;
    if (!once++)
        once += opendir("/") != NULL;
    return *(const int *)left - *(const int *)right;
}
__attribute__((noinline)) void sorter(void)
{
    int numbers[] = {3, 1, 2};
    qsort(numbers, 3, sizeof numbers[0], by_name);
    if (numbers[0] != 1)
        abort();
}
__attribute__((noinline)) FILE *reader(int depth)
{
    FILE *stream = depth > 0 ? reader(depth - 1) : fopen("/dev/null", "r");
    if (stream == NULL)
        abort();
    return stream;
}
int main(void)
{
    int sum = worker(3) + library_take();
    sorter();
    return reader(2) == NULL || sum < 0 || socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}
"""
LIBRARY = r"""
#include <unistd.h>
int library_take(void);
static int ends[2];
int library_take(void)
{
    return pipe(ends) == 0 ? ends[0] : -1;
}
"""
FINDINGS = 5
MOVED = "/* Code\n * that\n * was\n * put\n * above. */\nint put_above(int number);\nint put_above(int number)\n{\n    return number * 7;\n}\n"


class Fingerprints(Place):
    def build(self, where, flags, compiler=None, before=""):
        """The program with its library, in a directory of its own."""
        compiler = compiler or command.COMPILER
        self.write(os.path.join(where, "program.c"), before + PROGRAM)
        self.write(os.path.join(where, "library.c"), before + LIBRARY)
        flags = ["-g", "-fno-optimize-sibling-calls", *flags]
        for arguments in (["-shared", "-fPIC", "-o", "libtaker.so", "library.c"],
                          ["-o", "program", "program.c", "-L.", "-ltaker", "-Wl,-rpath,$ORIGIN"]):
            subprocess.run([compiler, *flags, *arguments], cwd=self.path(where), check=True, capture_output=True)
        return self.path(where, "program")

    def first(self):
        """The build that all others are compared with, and the baseline of its leaks."""
        program = self.build("first", ["-O2"])
        self.leakwatch("gate", "--baseline", "known", "--update-baseline", "--", program)
        return self.fingerprints(program)

    def fingerprints(self, program, *prefix):
        report, _ = self.run_json(*prefix, program)
        found = {(finding["kind"], finding["fingerprint"]): finding["worst"] for finding in report["findings"]
                 if finding["level"] != "note"}
        self.assertEqual(len(found), FINDINGS, json.dumps(report["findings"], indent=1))
        return found

    def assert_known(self, first, program, *prefix):
        self.assertEqual(self.fingerprints(program, *prefix), first)
        done = self.leakwatch("gate", "--baseline", "known", "--", *prefix, program)
        self.assertIn("no findings", done.stderr)
        self.assertNotIn("gone:", done.stderr)

    def test_levels_of_optimisation(self):
        first = self.first()
        for flags in (["-O0"], ["-O1"], ["-O2"], ["-O3"], ["-Os"], ["-Og"], ["-O2", "-fno-inline"],
                      ["-O2", "-fno-omit-frame-pointer"], ["-O3", "-flto"], ["-O2", "-D_FORTIFY_SOURCE=2"]):
            with self.subTest(flags=flags):
                self.assert_known(first, self.build("again", flags))

    def test_the_other_compiler(self):
        first, compilers = self.first(), [name for name in ("gcc", "clang") if shutil.which(name)]
        for compiler in compilers:
            for level in ("-O0", "-O2", "-O3"):
                with self.subTest(compiler=compiler, level=level):
                    self.assert_known(first, self.build(compiler, [level], compiler))

    def test_lines_that_move(self):
        first = self.first()
        self.assert_known(first, self.build("moved", ["-O2"], before=MOVED))
        self.assert_known(first, self.build("moved", ["-O0"], before=MOVED + 40 * "\n"))

    def test_another_directory(self):
        first = self.first()
        self.assert_known(first, self.build("some/where/else entirely", ["-O2"]))
        os.rename(self.path("first"), self.path("renamed"))
        self.assert_known(first, self.path("renamed", "program"))

    def test_addresses(self):
        first = self.first()
        for flags in (["-O2", "-no-pie"], ["-O2", "-fPIE", "-pie"]):
            self.assert_known(first, self.build("elsewhere", flags))
        program = self.path("first", "program")
        for _ in range(5):
            self.assertEqual(self.fingerprints(program), first)
        if shutil.which("setarch"):
            self.assert_known(first, program, "setarch", "-R")

    def test_what_has_changed_is_told(self):
        """Otherwise the tests above could not fail."""
        self.first()
        self.write("first/program.c", PROGRAM.replace("worker", "labourer"))
        subprocess.run([command.COMPILER, "-g", "-O2", "-o", "program", "program.c", "-L.", "-ltaker", "-Wl,-rpath,$ORIGIN"],
                       cwd=self.path("first"), check=True)
        done = self.leakwatch("gate", "--baseline", "known", "--", self.path("first", "program"), status=1)
        self.assertIn("in helper [fd-leak]", done.stderr)
        self.assertEqual(done.stderr.count("gone: "), 1)


if __name__ == "__main__":
    command.main()
