"""A process is counted once: one that executed other programs, in report and trend; and one that has ended is not added to those
that run."""
import json
import os
import signal
import subprocess

import command
import formats
from command import LIBRARY, Place

# Takes two, and executes itself so many times; then, with "stay", says so and waits.
EXECUTING = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) int take(void)
{
    return open("/dev/null", O_RDONLY);
}
int main(int count, char **arguments)
{
    int left = atoi(arguments[1]);
    char text[16];
    for (int i = 0; i < 2; i++)
        if (take() < 0)
            return 98;
    snprintf(text, sizeof text, "%d", left - 1);
    if (left > 0)
        execl(arguments[0], arguments[0], text, arguments[2], NULL);
    if (count > 2 && arguments[2][0] == 's') {
        puts("ready");
        fflush(stdout);
        pause();
    }
    return 0;
}
"""

# Every second one stays, a hundred at once, and two hundred more by and by.
LEAKING = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) int take(void)
{
    return open("/dev/null", O_RDONLY);
}
int main(int count, char **arguments)
{
    for (int i = 0; i < atoi(arguments[1]); i++) {
        int fd = take();
        if (i % 2)
            close(fd);
        usleep(2000);
    }
    puts("ready");
    fflush(stdout);
    pause();
    return count;
}
"""


class OneProcess(Place):
    def start(self, program, *arguments):
        ledgers = self.path("ledgers")
        os.makedirs(ledgers, exist_ok=True)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"keep=all:quiet=1:dir={ledgers}")
        process = subprocess.Popen([program, *arguments], env=environment, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, process):
        self.assertEqual(process.stdout.readline(), b"ready\n")

    def end(self, *processes):
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def trend_json(self):
        document = json.loads(self.leakwatch("trend", "--json", "ledgers").stdout)
        formats.validate(document, "trend.json")
        return document

    def held(self, document):
        return sum(site["held"] for site in document["sites"])


class Executed(OneProcess):
    def setUp(self):
        super().setUp()
        self.process = self.start(self.compile("executing", EXECUTING), "2", "stay")
        self.wait_for(self.process)

    def test_report(self):
        self.end(self.process)
        text = self.leakwatch("report", "ledgers").stdout
        self.assertNotIn("processes", text)
        self.assertNotIn(f"{self.process.pid}, {self.process.pid}", text)
        self.assertRegex(text, rf"executing \(pid {self.process.pid}\) 2 × executed another program")
        report = self.report_json("ledgers")
        self.assertEqual(len(report["processes"]), 3)
        for finding in report["findings"]:
            self.assertEqual(finding["pids"], [self.process.pid])
        sarif = json.loads(self.leakwatch("report", "--format", "sarif", "ledgers").stdout)
        for result in sarif["runs"][0]["results"]:
            self.assertEqual(result["properties"]["processes"], 1)

    def assert_trend(self, is_running):
        document = self.trend_json()
        first, *others = document["processes"]
        self.assertEqual([one["succeeded"] for one in document["processes"]], [False, True, True])
        self.assertEqual([one["counted"] for one in document["processes"]], [True, False, False])
        self.assertEqual(first["running"], is_running)
        self.assertTrue(all(one["open"] < first["open"] and one["how"] == "exec" for one in others))
        program, = document["programs"]
        self.assertEqual((program["processes"], program["running"], program["open"]), (1, is_running, first["open"]))
        self.assertEqual(self.held(document), 2)
        text = self.leakwatch("trend", "ledgers").stdout
        self.assertIn(f"executing (pid {self.process.pid})", text.splitlines()[0])
        self.assertNotIn("processes", text)

    def test_trend(self):
        self.assert_trend(True)
        self.end(self.process)
        self.assert_trend(False)

    def test_another_program_is_no_row_without_processes(self):
        starter = self.compile("starter", EXECUTING.replace("arguments[0], arguments[0]", '"./executing", "executing"'))
        process = subprocess.Popen([starter, "1", "stay"], env={**self.environment(LD_PRELOAD=LIBRARY), "LEAKWATCH_OPTIONS":
                                   f"keep=all:quiet=1:dir={self.path('ledgers')}"}, stdout=subprocess.PIPE, cwd=self.place)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for(process)
        document = self.trend_json()
        self.assertEqual([(one["program"], one["processes"]) for one in document["programs"]], [("executing", 2)])


class Ended(OneProcess):
    def setUp(self):
        super().setUp()
        program, other = self.compile("plain", LEAKING), self.compile("other", LEAKING)
        self.lives = self.start(program, "200")
        self.ended = [self.start(program, "400"), self.start(program, "400"), self.start(other, "300")]
        for process in (self.lives, *self.ended):
            self.wait_for(process)

    def assert_sums(self, document, program, processes, running, held):
        row, = [one for one in document["programs"] if one["program"] == program]
        self.assertEqual((row["processes"], row["running"]), (processes, running))
        counted = [one for one in document["processes"] if one["counted"] and one["program"] == program]
        self.assertEqual(row["open"], sum(one["open"] for one in counted))
        self.assertIn(row["worst"], [document["processes"].index(one) for one in counted])
        sites = [site for site in document["sites"] if site["held"] == held]
        self.assertEqual(len(sites), 1, [site["held"] for site in document["sites"]])
        return sites[0]

    def test_what_runs_alone_is_summed_up(self):
        self.assert_sums(self.trend_json(), "plain", 3, 3, 500)
        self.end(*self.ended)
        document = self.trend_json()
        site = self.assert_sums(document, "plain", 3, 1, 100)
        self.assertEqual(len(site["shares"]), 3)
        self.assertEqual(document["processes"][site["sentence_of"]]["pid"], self.lives.pid)
        rates = {share["rate"] for share in site["shares"] if document["processes"][share["process"]]["running"]}
        self.assertEqual(rates, {site["rate"]})
        self.assert_sums(document, "other", 1, 0, 150)
        text = self.leakwatch("trend", "ledgers").stdout
        self.assertIn("; 1 still runs, and numbers are its own\n", text)
        self.assertRegex(text, r"\n +1 +0 +1 +\d+ +\S+.* +ended: other\n")
        self.assertRegex(text, r"\n +100 .* take plain.c:\d+ \(open\)\n +150 .* ended: take other.c:\d+ \(open\)\n")
        markdown = self.leakwatch("trend", "--format", "markdown", "ledgers").stdout
        self.assertRegex(markdown, r"\n\| 150 .*\(ended\) \| `other.c")
        self.leakwatch("serve", "--textfile", "all.prom", "ledgers")
        with open(self.path("all.prom"), encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("leakwatch_open_descriptors{")]
        row, = [one for one in document["programs"] if one["program"] == "plain"]
        self.assertEqual([int(line.split()[-1]) for line in lines], [row["open"]])

    def test_where_none_runs_it_is_as_at_the_ends(self):
        self.end(self.lives, *self.ended)
        document = self.trend_json()
        self.assert_sums(document, "plain", 3, 0, 500)
        self.assert_sums(document, "other", 1, 0, 150)
        text = self.leakwatch("trend", "ledgers").stdout
        self.assertIn("none still run: numbers are those at their", text.replace("\n  ", " "))
        self.assertNotIn("ended: take", text)


class Alarm(OneProcess):
    def test_nobody_is_woken_for_who_has_ended(self):
        """But where nobody runs, it is a test that is looked at."""
        program = self.compile("leaking", LEAKING)
        limited = self.start("prlimit", "--nofile=1000", program, "900")
        self.wait_for(limited)
        self.end(limited)
        running = self.start(program, "1")
        self.wait_for(running)
        done = self.leakwatch("trend", "--fail-within", "52w", "ledgers")
        self.assertEqual(done.stderr, "")
        self.end(running)
        done = self.leakwatch("trend", "--fail-within", "52w", "ledgers", status=1)
        self.assert_one_line(done.stderr, f"leaking (pid {limited.pid}) ", "has ended, and might have been full after ")


if __name__ == "__main__":
    command.main()
