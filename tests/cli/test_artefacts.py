#!/usr/bin/env python3
"""Artefacts carry their symbols: a merged file, and ledgers that were kept, say elsewhere, later and after a rebuild what
they said at once."""
import glob
import json
import os
import re
import shutil

import command
from command import Place

# It leaks at forget, and the close of its file may fail while nobody looks.
PROGRAM = r"""
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
%s
static inline __attribute__((always_inline)) int inner(void) { return open("/dev/null", O_RDONLY); }
__attribute__((noinline)) int forget(void)
{
    return inner(); /* here */
}
__attribute__((noinline)) void save(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return;
    fputs("lost", file);
    fclose(file);
    puts("saved");
}
static void *work(void *ignored) { return forget() < 0 ? ignored : NULL; }
int main(int count, char **arguments)
{
    pthread_t thread;
    for (int i = 0; i < atoi(arguments[1]); i++)
        forget();
    if (pthread_create(&thread, NULL, work, NULL) == 0)
        pthread_join(thread, NULL);
    if (count > 2)
        save(arguments[2]);
    return 0;
}
"""
# One place each, though all of them stand in one line.
ONE_LINE = r"""
#include <fcntl.h>
#include <stdio.h>
int main(void) { int a = open("a", O_CREAT | O_RDWR, 0600), b = open("b", O_CREAT | O_RDWR, 0600); FILE *c = fopen("c", "w"); return a < 0 || b < 0 || c == NULL; }
"""
# A loop that forgets, of which a compiler makes copies of one call.
COPIES = r"""
#include <fcntl.h>
int main(void)
{
    int sum = 0;
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++)
        sum += open("/dev/null", O_RDONLY);
    return sum < 0;
}
"""
MOVED = PROGRAM % "\n\n\nint another(int a) { return a * 3; }\nint more(int a) { return another(a) + 1; }\n"


class Artefacts(Place):
    FLAGS = ("-O2", "-g", "-pthread")

    def setUp(self):
        super().setUp()
        self.program = self.compile("program", PROGRAM % "", flags=self.FLAGS)
        self.keep("old", "2", "/dev/full")

    def keep(self, directory, *what):
        self.leakwatch("run", "--keep-ledgers", directory, "--", self.program, *what, status=None)

    def rebuild(self):
        os.remove(self.program)
        self.compile("program", MOVED, flags=self.FLAGS)

    def said(self, *arguments):
        """What a report says of findings, without where the ledgers lie."""
        report = self.report_json("--full", "--audit", *arguments)
        for process in report["processes"]:
            del process["ledger"]
        return report

    def merge(self, *arguments, output):
        self.leakwatch("merge", "-o", output, *arguments)
        return output

    def test_the_same_without_the_program_as_with_it(self):
        self.merge("old", output="one.lwl")
        before = self.said("old")
        self.assertIn("ignored", {finding["verdict"] for finding in before["findings"] if "verdict" in finding})
        self.assertIn("inner", json.dumps(before))
        os.remove(self.program)
        os.remove(self.path("program.c"))
        self.assertEqual(self.said("one.lwl"), before)
        self.assertEqual(self.said("old"), before)
        for ledger in self.ledgers_in(self.path("old")):
            self.assertEqual(self.said(ledger), before)

    def test_the_same_after_a_rebuild(self):
        self.merge("old", output="one.lwl")
        before = self.said("old")
        self.rebuild()
        self.assertEqual(self.said("one.lwl"), before)
        self.assertEqual(self.said("old"), before)

    def test_elsewhere(self):
        os.mkdir(self.path("elsewhere"))
        before = self.said("old")
        shutil.move(self.path("old"), self.path("elsewhere", "kept"))
        os.remove(self.program)
        self.assertEqual(self.said("elsewhere/kept"), before)

    def test_a_diff_of_two_builds(self):
        """A leak that has grown is grown, not new and gone."""
        self.merge("old", output="before.lwl")
        self.rebuild()
        self.keep("new", "5")
        self.merge("new", output="after.lwl")
        for sides in (("before.lwl", "after.lwl"), ("old", "new"), ("old", "after.lwl")):
            done = self.leakwatch("diff", "--kind", "fd-leak", *sides, status=1).stdout
            self.assertIn("grown: error: fd-leak", done, sides)
            self.assertNotIn("new: ", done, sides)
            self.assertNotIn("gone: ", done, sides)

    def test_two_builds_in_one_directory(self):
        before = self.said("old")["findings"]
        self.rebuild()
        self.keep("old", "2", "/dev/full")
        os.remove(self.program)
        lines = set(re.findall(r'"function": "forget"[^}]*?"line": (\d+)', json.dumps(self.said("old"))))
        self.assertEqual(len(lines), 2, before)

    def test_without_symbols_another_build_is_never_asked(self):
        for name in os.listdir(self.path("old")):
            if name.endswith(".symbols"):
                os.remove(self.path("old", name))
        self.rebuild()
        found = json.dumps(self.said("old"))
        self.assertNotIn("forget", found)
        self.assertIn("the binary has changed since", self.leakwatch("report", "--full", "old").stdout)

    def test_merging_again_keeps_them(self):
        self.merge("old", output="one.lwl")
        before = self.said("old")
        os.remove(self.program)
        self.merge("one.lwl", output="two.lwl")
        self.merge("old", output="three.lwl")
        self.assertEqual(self.said("two.lwl"), before)
        self.assertEqual(self.said("three.lwl"), before)
        with open(self.path("one.lwl"), "rb") as one, open(self.path("two.lwl"), "rb") as two:
            self.assertEqual(one.read(), two.read())

    def held(self, *arguments):
        """Of each finding: its level, and whether it was held to the end."""
        return sorted((finding["level"], finding["held_to_end"]) for finding in self.said(*arguments)["findings"])

    def test_calls_of_one_line_stay_apart(self):
        for name, flags in (("columns", ("-O1", "-g")), ("no-columns", ("-O1", "-g", "-gno-column-info"))):
            self.leakwatch("run", "--keep-ledgers", name, "--", self.compile(name + "-program", ONE_LINE, flags=flags))
            self.merge(name, output=name + ".lwl")
            found = self.held(name)
            self.assertEqual(set(found), {("warning", True)}, name)
            self.assertEqual(self.held(name + ".lwl"), found)
            self.leakwatch("gate", "--fail-on", "error", name)
            for symbols in glob.glob(self.path(name, "*.symbols")):
                os.remove(symbols)
            self.assertEqual(self.held(name), found)

    def test_copies_of_one_call_stay_one(self):
        self.leakwatch("run", "--keep-ledgers", "copies", "--", self.compile("copies-program", COPIES, flags=("-O2", "-g")))
        self.merge("copies", output="copies.lwl")
        for artefact in ("copies", "copies.lwl"):
            self.assertEqual(self.held(artefact), [("error", False)], artefact)

    def test_damaged_symbols_are_refused_in_one_line(self):
        name, = (name for name in os.listdir(self.path("old")) if name.endswith(".symbols"))
        with open(self.path("old", name), "rb") as file:
            whole = file.read()
        for at in (8, 16, 24, 48, 56, 60, 104, 112, len(whole) // 2, len(whole) - 40):
            with open(self.path("bad.lwl"), "wb") as file:
                file.write(whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4:])
            done = self.leakwatch("report", "bad.lwl", status=None)
            self.assertIn(done.returncode, (0, 2), done.stderr)
            self.assertLessEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for length in (17, 40, len(whole) // 2, len(whole) - 1):
            with open(self.path("bad.lwl"), "wb") as file:
                file.write(whole[:length])
            self.assertIn("cut off", self.leakwatch("report", "bad.lwl", status=2).stderr)


if __name__ == "__main__":
    command.main()
