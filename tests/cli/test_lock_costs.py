#!/usr/bin/env python3
"""What --locks says of a program that takes its locks so and so often, by construction."""
import json
import os
import re
import subprocess
import time

import command
from command import Place

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "test_lock_costs_program.c")
OFTEN = 1237

# By place: how often it is taken, and how often the thread had to wait for that; None: that is chance.
EXPECTED = {
    "own": (3 * OFTEN, 0),
    "contended": (77, 77),
    "holder": (77, 0),
    "three": (3, 3),
    "long": (1, 0),
    "outer": (101, 0),
    "inner": (101, 0),
    "read": (101, 0),
    "read again": (101, 0),
    "succeeds": (33, 0),
    "condition": (1, 0),
    "late": (1, 1),
    "spread": (11 * 200, 0),
    "in both": (10, 0),
}


class LockCosts(Place):
    def setUp(self):
        super().setUp()
        with open(SOURCE, encoding="utf-8") as file:
            self.text = file.read()
        self.program = self.compile("counted", self.text, ("-O1", "-g", "-pthread", "-w"))

    def line(self, place):
        found, = [number for number, line in enumerate(self.text.splitlines(), 1) if f"/* place: {place} */" in line]
        return found

    def rows(self, report, place):
        return [row for row in report["locks"] if row["place"] and row["place"]["line"] == self.line(place)]

    def counts(self, report, key):
        return {place: sum(row[key] for row in self.rows(report, place)) for place in EXPECTED}

    def assert_counts(self, report):
        self.assertEqual(self.counts(report, "taken"), {place: taken for place, (taken, _) in EXPECTED.items()})
        self.assertEqual(self.counts(report, "contended"), {place: waits for place, (_, waits) in EXPECTED.items()})
        self.assertEqual(self.rows(report, "fails"), [])

    def test_counts_are_true(self):
        report, _ = self.run_json("--locks", "--", self.program)
        self.assert_counts(report)
        self.assertEqual(len(report["processes"]), 2)
        self.assertEqual([process["damaged"] for process in report["processes"]], [0, 0])
        rows = self.rows(report, "in both")
        self.assertEqual({(row["call"], row["type"], row["place"]["function"]) for row in rows},
                         {("pthread_mutex_lock", "mutex", "take_shared")})
        self.assertEqual([row["taken"] for row in rows], [9, 1], "callers of one function that takes it are told apart")

    def test_times_are_true(self):
        report, _ = self.run_json("--locks", "--", self.program)
        held, = self.rows(report, "long")
        waited, = self.rows(report, "three")
        self.assertGreaterEqual(held["longest_hold_seconds"], 0.29)
        self.assertEqual(held["waiting"], 3)
        self.assertGreaterEqual(2 * held["median_hold_seconds"], held["longest_hold_seconds"])
        self.assertGreaterEqual(waited["longest_wait_seconds"], 0.25)
        self.assertLessEqual(waited["longest_wait_seconds"], held["longest_hold_seconds"] + waited["waited_seconds"])
        self.assertGreaterEqual(waited["waited_seconds"], 3 * 0.25)
        self.assertGreaterEqual(waited["median_wait_seconds"], 0.25)
        self.assertLessEqual(waited["median_wait_seconds"], 4 * waited["longest_wait_seconds"],
                             "classes of ticks are put into classes of time: each time, the bound may double")
        gate, = self.rows(report, "holder")
        self.assertEqual(gate["waiting"], 1)
        for place in "own", "inner", "read again", "succeeds":
            for row in self.rows(report, place):
                self.assertEqual([row[key] for key in ("waited_seconds", "longest_wait_seconds", "median_wait_seconds",
                                                       "longest_hold_seconds", "waiting")], [None] * 5)

    def test_a_wait_for_a_condition_is_no_hold(self):
        """It waits for two seconds and more, and what it holds then is waited for."""
        report, _ = self.run_json("--locks", "--", self.program)
        row, = self.rows(report, "condition")
        self.assertEqual(row["waiting"], 1)
        self.assertLess(row["longest_hold_seconds"], 2)

    def test_the_worst_come_first_and_the_longest_is_told(self):
        report = self.make_ledgers(self.program)
        text = self.leakwatch("report", "--locks", report).stdout
        line = self.line("long")
        self.assertRegex(text, rf"(?m)^longest held: [\d.]+ (ms|s) at counted\.c:{line} while 3 waited")
        rows = re.findall(r"(?m)^ +[\d,]+ +\d+ .*?  \w+ at counted\.c:(\d+)", text)
        self.assertEqual({int(row) for row in rows[:2]}, {line, self.line("three")})
        heads = text[text.index("first\n"):].splitlines()[1:4]
        ends = [found.end() for found in re.finditer(r"\S+( all)?", heads[2])][:-1]
        columns = [" ".join(head[start:end].strip() for head in heads).strip() for start, end in zip([0] + ends, ends)]
        self.assertEqual(columns, ["taken", "had to wait", "waited in all", "longest wait", "half of waits below", "longest hold",
                                   "while waiting", "half of holds below"])
        without = self.leakwatch("report", report).stdout
        self.assertIn("longest held: ", without)
        self.assertNotIn("locks taken", without)

    def test_json_of_ledgers_and_of_one_merged_file(self):
        ledgers = self.make_ledgers(self.program)
        report = self.report_json("--locks", ledgers)
        self.assert_counts(report)
        self.assertEqual(report["longest_hold"]["place"]["line"], self.line("long"))
        self.assertEqual(report["longest_hold"]["waiting"], 3)
        self.leakwatch("merge", "-o", "merged.lwl", ledgers)
        merged = self.report_json("--locks", "merged.lwl")
        self.assertEqual(merged["locks"], report["locks"])
        self.assertNotIn("locks", self.report_json(ledgers))

    def test_dump_shows_from_where_they_were_taken(self):
        ledgers = self.make_ledgers(self.program)
        taken = 0
        for ledger in self.ledgers_in(ledgers):
            dump = self.leakwatch("dump", ledger).stdout
            moved = {number: (site, int(count)) for number, site, count
                     in re.findall(r"(?m)^locking (\d+) site=(\d+) .*?\btaken=(\d+)", dump)}
            places = re.findall(r"(?m)^place board=\d+ pc=(0x[0-9a-f]+) sp=0x[0-9a-f]+ hook=\d+ site=(\d+) "
                                r"locking=(\d+) count=(\d+)$", dump)
            self.assertEqual(len(places), dump.count("\nplace "))
            self.assertNotIn("0x0", [pc for pc, *_ in places])
            for _, site, number, _ in places:
                self.assertEqual(moved[number][0], site)
            taken += sum(count for _, count in moved.values()) + sum(int(count) for *_, count in places)
            self.assertTrue([count for *_, count in places if int(count)])
        report = self.report_json("--locks", ledgers)
        self.assertEqual(taken, sum(row["taken"] for row in report["locks"]))

    def test_two_runs_are_one_program(self):
        for _ in range(2):
            self.make_ledgers(self.program)
        report = self.report_json("--locks", "ledgers")
        self.assertEqual(len(report["processes"]), 4)
        self.assertEqual(self.counts(report, "taken"), {place: 2 * taken for place, (taken, _) in EXPECTED.items()})

    def test_stable_reports_are_the_same_in_each_run(self):
        texts, jsons = set(), set()
        for run in range(2):
            ledgers = self.make_ledgers(self.program, directory=f"ledgers{run}")
            texts.add(self.leakwatch("report", "--locks", "--stable", ledgers).stdout)
            report = self.report_json("--locks", "--stable", ledgers)
            self.assertNotIn("longest_hold", report)
            spread = [row for row in report["locks"] if row in self.rows(report, "spread")]
            self.assertEqual(sum(row["taken"] for row in spread), EXPECTED["spread"][0])
            jsons.add(json.dumps([{**row, "stack": row["stack"][:1]} for row in report["locks"] if row not in spread]))
        self.assertEqual(len(jsons), 1)
        text, = {re.sub(r"(?m)^ .* at_depth at .*\n", "", text) for text in texts}
        self.assertNotRegex(text, r"\d ms|\d us")
        self.assertIn(f"{3 * OFTEN:,}  alone at counted.c:{self.line('own')}", text)

    def test_the_page_has_the_table(self):
        self.leakwatch("run", "--locks", "--format", "html", "--output", "page.html", self.program)
        with open(self.path("page.html"), encoding="utf-8") as file:
            page = file.read()
        section = page[page.index('<section id="locks">'):]
        section = section[:section.index("</section>")]
        heads = re.findall(r"<th[^>]*>([^<]*)</th>", section)
        self.assertEqual(len(heads), len(set(heads)), heads)
        row = next(line for line in section.splitlines() if f"counted.c:{self.line('long')}" in line)
        cells = dict(zip(heads, re.findall(r"<td[^>]*>(.*?)</td>", row)))
        self.assertEqual((cells["taken"], cells["had to wait"], cells["threads waiting then"]), ("1", "0", "3"))
        self.assertIn(f"{3 * OFTEN:,}</td>", section)
        self.assertIn(f"counted.c:{self.line('long')}", section)
        self.assertIn('<a href="#locks">', page)

    def test_a_program_without_locks(self):
        done = self.leakwatch("run", "--locks", "true")
        self.assertIn("no lock was seen to be taken", done.stderr)


# Two threads that wait for each other.
HANGS = r"""
#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static void *other(void *nothing)
{
    pthread_mutex_lock(&right); /* place: holds right */
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&left); /* place: wants left */
    return nothing;
}
int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&both, 0, 2);
    pthread_create(&thread, 0, other, 0);
    pthread_mutex_lock(&left); /* place: holds left */
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&right); /* place: wants right */
    return 0;
}
"""
LONG = 0.5


class InProgress(Place):
    """What is waited for still, and held still, counts with its time so far."""

    line = LockCosts.line
    rows = LockCosts.rows

    def setUp(self):
        Place.setUp(self)
        self.text = HANGS
        os.mkdir(self.path("ledgers"))
        program = self.compile("hangs", HANGS, ("-O1", "-g", "-pthread", "-w"))
        environment = self.environment(LD_PRELOAD=command.LIBRARY,
                                       LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        self.process = subprocess.Popen([program], env=environment)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        time.sleep(LONG + 2)

    def assert_in_progress(self, report):
        for place in "wants left", "wants right":
            row, = self.rows(report, place)
            self.assertEqual((row["taken"], row["contended"]), (0, 1), place)
            self.assertGreaterEqual(row["longest_wait_seconds"], LONG, place)
            self.assertGreaterEqual(row["waited_seconds"], LONG, place)
        for place in "holds left", "holds right":
            row, = self.rows(report, place)
            self.assertEqual((row["taken"], row["contended"], row["waiting"]), (1, 0, 1), place)
            self.assertGreaterEqual(row["longest_hold_seconds"], LONG, place)

    def test_of_a_process_that_runs_and_that_was_killed(self):
        target = str(self.process.pid)
        report = json.loads(self.leakwatch("report", "--format", "json", "--locks", target, status=None).stdout)
        self.assert_in_progress(report)
        self.process.kill()
        self.process.wait()
        report = json.loads(self.leakwatch("report", "--format", "json", "--locks", self.path("ledgers"),
                                           status=None).stdout)
        for place in "wants left", "wants right":
            row, = self.rows(report, place)
            self.assertEqual((row["taken"], row["contended"]), (0, 1), place)


class LocksOff(Place):
    """What needs locks says that they are off."""

    def test_it_is_said(self):
        program = self.compile("hangs", "int main(void) { return 0; }")
        off = self.environment(LEAKWATCH_OPTIONS="locks=0")
        done = self.leakwatch("run", "--locks", "--", program, environment=off)
        self.assertIn("locks were off, as LEAKWATCH_OPTIONS=locks=0 says", done.stdout + done.stderr)
        said = "--hang-after sees no hang: locks are off"
        self.assertIn(said, self.leakwatch("run", "--hang-after", "5s", "--", program, environment=off).stderr)
        self.assertNotIn(said, self.leakwatch("run", "--hang-after", "5s", "--", program).stderr)

    def test_strict_processes_say_what_is_missing(self):
        program = self.compile("strict", "int main(void) { return 0; }")
        locks = "locks of threads that began then are not followed"
        for options, is_said in ("strict=1", True), ("strict=1:locks=0", False):
            done = self.leakwatch("run", "--", program, environment=self.environment(LEAKWATCH_OPTIONS=options))
            self.assertIn("stacks are short", done.stdout + done.stderr)
            self.assertEqual(locks in done.stdout + done.stderr, is_said, options)


if __name__ == "__main__":
    command.main()
