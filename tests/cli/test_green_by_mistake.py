#!/usr/bin/env python3
"""Options that leave nothing to look at, and reports that nobody gets, are no green: they end with 2 and say why."""
import json
import os
import re
import subprocess

import command
from gates import Gate

SCOPED = r"""
#include <fcntl.h>
#include <leakwatch/leakwatch.h>
__attribute__((noinline)) static int lose(void) { return open("/dev/null", O_RDONLY); }
int main(void)
{
    LEAKWATCH_SCOPE("request")
    {
        lose();
    }
    return 0;
}
"""
MANY = r"""
#include <stdio.h>
static char text[2] = "a";
__attribute__((noinline)) static FILE *take(void)
{
    return fmemopen(text, 1, "r");
}
int main(void)
{
    static FILE *taken[12000];
    for (int i = 0; i < 12000; i++)
        taken[i] = take();
    for (int i = 0; i < 5; i++)
        take();
    for (int i = 0; i < 12000; i++)
        fclose(taken[i]);
    return 0;
}
"""
HEADERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include")


class Empty(Gate):
    def test_empty_and_unknown_patterns_are_wrong_usage(self):
        for option, words in (("--scope=", "--scope wants a pattern"), ("--kind=", "unknown kind of finding ''"),
                              ("--kind=leak", "unknown kind of finding 'leak'"), ("--kind=fd-leak,", "finding ''")):
            done = self.gate(option, "--", self.program, "lose", status=2, cause="usage")
            self.assertIn(words, done.stderr)
            self.leakwatch("report", option, self.place, status=2)

    def test_a_scope_that_nobody_entered_is_no_green(self):
        self.gate("--", self.program, "lose", status=1, cause="findings")
        done = self.gate("--scope=nosuch", "--report", "json=report.json", "--", self.program, "lose", status=2,
                         cause="no-scope")
        self.assertIn("--scope nosuch: no scope matches", done.stderr)
        self.assertIn('"cause":"no-scope"', self.text("report.json").replace('": "', '":"'))
        ledgers = self.make_ledgers(self.program, "lose")
        self.gate("--scope=nosuch", ledgers, status=2, cause="no-scope")
        self.assert_one_line(self.leakwatch("report", "--scope=nosuch", ledgers).stderr, "nosuch", "no scope matches")
        self.leakwatch("report", "--scope=nosuch", "--fail-on=note", ledgers, status=2)
        self.assert_one_line(self.leakwatch("diff", "--scope=nosuch", ledgers, ledgers, status=2).stderr, "nosuch")
        self.leakwatch("run", "--scope=nosuch", "--error-exitcode=7", "--", self.program, "lose", status=125)
        self.gate("--scope=nosuch", "--", self.program, "3", status=3, cause="command")

    def test_a_scope_that_was_entered_is_judged(self):
        program = self.compile("scoped", SCOPED, flags=("-O1", "-g", f"-I{HEADERS}"))
        self.gate("--scope=request", "--", program, status=1, cause="findings")
        self.gate("--scope=nosuch", "--", program, status=2, cause="no-scope")


class Unread(Gate):
    def test_one_that_cannot_be_read_among_others(self):
        ledgers = self.make_ledgers(self.program, "close")
        self.gate(ledgers, status=0, cause="clean")
        self.write("ledgers/leakwatch.a.1.1.0.lwl", "This is no ledger.\n" * 1000)
        self.gate(ledgers, status=2, cause="unreadable")


class Full(Gate):
    def mounted(self, size):
        disk = self.path(f"disk.{size}")
        os.mkdir(disk)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=False, capture_output=True)
        if done.returncode != 0:
            self.skipTest("cannot mount here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        return disk

    def test_a_ledger_that_had_no_room_where_it_was_looked_for(self):
        """However little room there is, and for whichever of the processes: the second one leaks."""
        script = f"{self.program} close; {self.program} lose; true"
        causes = set()
        for size in ("64k", "128k", "192k", "224k", "256k", "4m"):
            done = self.gate("--", "sh", "-c", script, status=None, environment=self.environment(TMPDIR=self.mounted(size)))
            strays = re.findall(r"it is kept in (/dev/shm/\S+\.lwl)", done.stderr)
            for path in strays:
                os.remove(path)
            causes.add(done.stderr.splitlines()[-1])
            if strays:
                self.assertIn(f"{len(strays)} ledger", done.stderr)
                self.assertIn("in /dev/shm, because", done.stderr)
        self.assertEqual(causes, {"leakwatch gate: unreadable (exit status 2)", "leakwatch gate: findings (exit status 1)"})

    def test_what_found_no_room_in_a_ledger_is_not_clean(self):
        """What it leaks comes when a ledger of one MiB is full."""
        program = self.compile("many", MANY)
        self.gate("--", program, status=1, cause="findings")
        little = self.environment(LEAKWATCH_OPTIONS="size=1")
        done = self.gate("--report", "json=report.json", "--", program, status=2, cause="full", environment=little)
        self.assertRegex(done.stderr, "resources? found no room in a ledger")
        self.assertEqual(json.loads(self.text("report.json"))["cause"], "full")
        self.leakwatch("run", "--error-exitcode=5", program, status=5)
        self.leakwatch("run", "--error-exitcode=5", program, status=125, environment=little)


class Unwritten(Gate):
    def test_a_difference_that_nobody_reads(self):
        old, new = (self.make_ledgers(self.program, what, directory=what) for what in ("lose", "mislay"))
        self.leakwatch("diff", old, new, status=1)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = self.leakwatch("diff", old, new, status=2, stdout=full)
        self.assert_one_line(done.stderr, "No space left on device")

    def test_two_reports_into_one_file(self):
        for pair in (("--report", "json=one", "--report", "sarif=./one"), ("--output", "one", "--report", "json=one")):
            done = self.gate(*pair, "--", "touch", "ran", status=2, cause="usage")
            self.assertIn("write to", done.stderr)
            self.assertFalse(os.path.exists(self.path("ran")))
        self.gate("--report", "json=/dev/null", "--report", "sarif=/dev/null", "--", self.program, cause="clean")

    def test_a_directory_is_no_file_for_a_report(self):
        self.gate("--output", ".", "--", "touch", "ran", status=2, cause="not-written")
        self.assertFalse(os.path.exists(self.path("ran")))


class Mistyped(Gate):
    def test_a_source_root_that_is_not_there(self):
        ledgers = self.make_ledgers(self.program, "lose")
        done = self.leakwatch("report", "--source-root", "/nosuch", ledgers)
        self.assert_one_line(done.stderr, "--source-root /nosuch", "No such file")

    def test_a_library_that_is_not_there_is_named(self):
        done = self.leakwatch("run", "--", self.program, status=125, environment=self.environment(LEAKWATCH_LIBRARY="/nosuch.so"))
        self.assert_one_line(done.stderr, "/nosuch.so", "LEAKWATCH_LIBRARY", "No such file")

    def test_a_sweep_names_what_was_mistyped(self):
        for rule, words in (("inject=opeen=EIO", ("opeen",)), ("inject=open=EIO", ("has inject= already",))):
            done = self.leakwatch("sweep", "--", self.program, status=2, environment=self.environment(LEAKWATCH_OPTIONS=rule))
            self.assert_one_line(done.stderr, *words)


class Manual(Gate):
    def test_ledgers_or_a_command(self):
        text = self.leakwatch("--man").stdout
        ways = [line for line in text.splitlines() if line.startswith("\\fBleakwatch gate")]
        self.assertEqual(len(ways), 2, ways)


if __name__ == "__main__":
    command.main()
