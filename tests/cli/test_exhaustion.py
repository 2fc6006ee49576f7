#!/usr/bin/env python3
"""A full table of descriptors in reports: which call met it first, which calls failed, and what the limit was then."""
import json
import re

import command
from command import Place

# Its limit is 64; sockets fill the table, then opens fail 30 times and pipes 4 times.
FULL = r"""
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
__attribute__((noinline)) int meet(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0); /* first */
}
__attribute__((noinline)) int look(void)
{
    return open("/dev/null", O_RDONLY); /* most */
}
__attribute__((noinline)) int join(int *ends)
{
    return pipe(ends); /* some */
}
int main(int count, char **arguments)
{
    struct rlimit few = {64, 64};
    int ends[2], failed = setrlimit(RLIMIT_NOFILE, &few) != 0;
    (void)arguments;
    while (meet() >= 0)
        failed += 0;
    for (int i = 0; i < 30 && count > 1; i++)
        failed += look() >= 0;
    for (int i = 0; i < 4 && count > 1; i++)
        failed += join(ends) == 0;
    return failed;
}
"""

# Of ten that it takes it keeps one, until the table of 96 is full.
SLOW = r"""
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
__attribute__((noinline)) int take(void)
{
    return open("/dev/null", O_RDONLY); /* slow */
}
int main(void)
{
    struct rlimit few = {96, 96};
    if (setrlimit(RLIMIT_NOFILE, &few) != 0)
        return 1;
    for (int i = 1, fd; (fd = take()) >= 0; i++) {
        if (i % 10 != 0)
            close(fd);
        else
            usleep(20000);
    }
    return 0;
}
"""


class Exhaustion(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("full", FULL)

    def line(self, marker):
        return 1 + next(i for i, text in enumerate(FULL.splitlines()) if f"/* {marker} */" in text)

    def test_each_call_has_its_own_failures(self):
        ledgers = self.make_ledgers(self.program, "more")
        shown = self.leakwatch("report", ledgers).stdout
        self.assertIn("error: socket failed first of 35 calls with EMFILE: no descriptor was left at "
                      f"full.c:{self.line('first')} in meet [fd-exhausted]\n", shown)
        self.assertIn(f"    30 by open at full.c:{self.line('most')} in look\n"
                      f"    4 by pipe at full.c:{self.line('some')} in join\n"
                      f"    1 by socket at full.c:{self.line('first')} in meet\n", shown)
        self.assertNotIn("35 times", shown)
        finding = self.only(self.report_json(ledgers), "fd-exhausted")
        victims = next(fact["items"] for fact in finding["facts"] if fact["name"] == "victims")
        self.assertEqual([(row["call"], row["count"]) for row in victims], [("open", 30), ("pipe", 4), ("socket", 1)])
        self.assertEqual(finding["count"], 35)

    def test_all_formats_say_so(self):
        ledgers = self.make_ledgers(self.program, "more")
        for form in ("html", "markdown", "sarif", "github"):
            told = self.leakwatch("report", "--format", form, ledgers).stdout
            self.assertIn("socket failed first of 35 calls with EMFILE", told.replace("<code>", "").replace(
                "</code>", "").replace("`", ""), form)
            self.assertNotIn("35 times", told, form)
            self.assertRegex(told, r"all [0-9,]+ numbers below the soft limit of [0-9,]+ were taken", form)
            self.assertNotRegex(told, r"(<code>|`)all ", form)  # that is no text of the program's

    def test_processes_of_one_program_add_up(self):
        ledgers = self.make_ledgers("/bin/sh", "-c", "./full more; ./full")
        finding = self.only(self.report_json(ledgers), "fd-exhausted")
        victims = next(fact["items"] for fact in finding["facts"] if fact["name"] == "victims")
        self.assertEqual(sum(row["count"] for row in victims), finding["count"], json.dumps(finding))

    def test_one_call_alone_says_how_often(self):
        report, _ = self.run_json(self.program)
        finding = self.only(report, "fd-exhausted")
        self.assertNotIn("victims", [fact["name"] for fact in finding.get("facts", [])])
        self.assertIn("error: socket failed once with EMFILE", self.leakwatch("run", self.program).stderr)

    def test_the_limit_is_that_of_the_moment(self):
        report, _ = self.run_json(self.program)
        self.assertEqual(report["processes"][0]["limits"]["nofile_full"], 64)
        shown = self.leakwatch("run", self.program).stderr
        self.assertRegex(shown, r"at most (64 of 64 descriptors open|\d+ descriptors open, above the limit of 64), \d+ at")

    def test_it_says_how_long_before_the_leak_was_to_be_seen(self):
        ledgers = self.make_ledgers(self.compile("slow", SLOW))
        shown = self.leakwatch("report", ledgers).stdout
        place = 1 + next(i for i, text in enumerate(SLOW.splitlines()) if "/* slow */" in text)
        told = re.search(rf"\n  the leak at slow.c:{place} in take would have been told ([0-9.]+) (ms|s) before, at (\d+) held\n",
                         shown)
        self.assertIsNotNone(told, shown)
        self.assertTrue(5 <= int(told[3]) <= 60, shown)  # of 93
        before = float(told[1]) / (1000 if told[2] == "ms" else 1)
        self.assertGreaterEqual(before, 0.02 * (93 - int(told[3])) * 0.9, shown)  # as fast as it can be at most
        stable = self.leakwatch("report", "--stable", ledgers).stdout
        self.assertNotIn("would have been told", stable)
        finding = self.only(self.report_json(ledgers), "fd-exhausted")
        fact = next(fact for fact in finding["facts"] if fact["name"] == "foreseen")
        self.assertTrue(fact["text"].endswith(f"before, at {told[3]} held"), fact)

    def test_what_fills_at_once_was_not_to_be_seen(self):
        self.assertNotIn("would have been told", self.leakwatch("report", self.make_ledgers(self.program)).stdout)


if __name__ == "__main__":
    command.main()
