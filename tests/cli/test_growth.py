#!/usr/bin/env python3
"""fd-growth, thread-growth and their like: what a process that runs holds of a place that leaks, what is in doubt, and what
becomes of both when it is killed. The program does what it is told line by line, so that the times are the test's; and what
is looked at is a copy, in which the moment stands still."""
import os
import re
import subprocess
import time

import command
from command import LIBRARY, Place

HEADERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include")
ROUNDS = 24  # of work before the first look; a machine with a load of 20 may need more
APART = 0.05  # seconds

SERVER = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <leakwatch/leakwatch.h>
static pthread_mutex_t locks[256];
static unsigned served, held;
static int take_connection(void)
{
    return open("/dev/null", O_RDONLY); /* take */
}
static int cache_file(void)
{
    return open("/dev/null", O_RDONLY); /* cache */
}
static void *work(void *stays)
{
    while (stays)
        pause();
    return stays;
}
static pthread_t start_worker(void *stays)
{
    pthread_t thread;
    if (pthread_create(&thread, 0, work, stays)) /* start */
        abort();
    return thread;
}
static void lock_object(unsigned number)
{
    pthread_mutex_lock(&locks[number]); /* lock */
}
static pid_t start_child(void)
{
    pid_t child = fork(); /* child */
    if (child == 0)
        _exit(0);
    return child;
}
static void serve(const char *what)
{
    int keeps = ++served % 20 == 0;
    if (strncmp(what, "visit", 5) == 0) {
        close(take_connection());
        pthread_join(start_worker(0), 0);
        lock_object(held);
        pthread_mutex_unlock(&locks[held]);
    } else if (strncmp(what, "request", 7) == 0) {
        LEAKWATCH_SCOPE("request") {
            int fd = take_connection();
            if (!keeps && close(fd))
                abort();
        }
    } else if (strncmp(what, "socket", 6) == 0) {
        int fd = take_connection();
        if (!keeps && close(fd))
            abort();
    } else if (strncmp(what, "cache", 5) == 0) {
        cache_file();
    } else if (strncmp(what, "thread", 6) == 0) {
        pthread_t thread = start_worker(0);
        if (!keeps)
            pthread_join(thread, 0);
    } else if (strncmp(what, "stuck", 5) == 0) {
        pthread_t thread = start_worker(keeps ? &served : 0);
        if (keeps)
            pthread_detach(thread);
        else
            pthread_join(thread, 0);
    } else if (strncmp(what, "child", 5) == 0) {
        pid_t child = start_child();
        if (!keeps)
            waitpid(child, 0, 0);
    } else {
        for (int i = 0; i < 200; i++) {
            lock_object(held);
            if (i < 199 || !keeps)
                pthread_mutex_unlock(&locks[held]);
        }
        held += keeps;
    }
}
int main(int count, char **arguments)
{
    struct rlimit few = {count > 1 ? atoi(arguments[1]) : 256, 4096};
    char line[64];
    if (setrlimit(RLIMIT_NOFILE, &few))
        return 1;
    for (int i = 0; i < 256; i++)
        pthread_mutex_init(&locks[i], 0);
    while (fgets(line, sizeof line, stdin)) {
        for (int i = 0; i < atoi(strchr(line, ' ')); i++)
            serve(line);
        puts("served");
        fflush(stdout);
    }
    return 0;
}
"""


class Growth(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("server", SERVER, ("-O1", "-g", "-pthread", f"-I{HEADERS}"))
        self.ledgers, self.moment = self.path("ledgers"), self.path("moment.lwl")
        os.mkdir(self.ledgers)

    def line(self, marker):
        return 1 + next(i for i, text in enumerate(SERVER.splitlines()) if f"/* {marker} */" in text)

    def start(self, limit=256):
        server = subprocess.Popen(
            [self.program, str(limit)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:keep=all:quiet=1"))
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdin.close)
        return server

    def work(self, server, what, count):
        """A round of work, and a pause: ages tell."""
        server.stdin.write(f"{what} {count}\n")
        server.stdin.flush()
        self.assertEqual(server.stdout.readline(), "served\n")
        time.sleep(APART)

    def look(self):
        """A copy of what there is now, and its report."""
        with open(self.moment, "wb") as copy:
            self.leakwatch("merge", self.ledgers, stdout=copy)
        return self.report_json(self.moment)

    def until(self, server, what, count, kind, most=150):
        """Works until there is a finding of this kind: it, and the report."""
        for _ in range(ROUNDS):
            self.work(server, what, count)
        for _ in range(most):
            report = self.look()
            found = [finding for finding in report["findings"] if finding["kind"] == kind]
            if found:
                return found[0], report
            self.work(server, what, count)
        self.fail(f"no {kind}: {report['findings']}")

    def fact(self, finding, name):
        return next((fact["text"] for fact in finding["facts"] if fact["name"] == name), None)

    def test_a_leak_is_told_with_its_forecast(self):
        server = self.start()
        finding, report = self.until(server, "socket", 40, "fd-growth")
        growth = finding["growth"]
        self.assertEqual((finding["level"], growth["verdict"], growth["limit"]), ("error", "leaking", 256))
        self.assertEqual([other["kind"] for other in report["findings"] if other["resource"]["type"] == "file"], ["fd-growth"])
        self.assertEqual(growth["held"], finding["count"])
        self.assertEqual(growth["acquired"], 20 * growth["held"])
        self.assertAlmostEqual(growth["share_of_limit"], growth["held"] / 256)
        self.assertGreater(growth["rate_per_hour"], 0)
        self.assertRegex(self.fact(finding, "growth"), rf"^of [0-9,]+ taken here \d+ are held for more than .*, though "
                         r"[0-9.]+ % of the others were given back within .*; these came over .* ago$")
        forecast = growth["forecast"]
        if forecast["why_not"] is None:  # on a busy machine less of its life may be known
            self.assertTrue(forecast["earliest"] <= forecast["point"] <= forecast["latest"], forecast)
            self.assertRegex(self.fact(finding, "forecast"), r"^256 descriptors are reached in .*, most likely in ")
        shown = self.leakwatch("report", self.moment).stdout
        self.assertRegex(shown, r"(?m)^error: \d+ files held, \d+ % of the limit of 256, and growing by [0-9.,]+ an? \w+, "
                         rf"opened by open at server.c:{self.line('take')} in take_connection \[fd-growth\]$")
        self.assertRegex(shown, r"closed at server\.c:\d+ \(close\), \d+ not yet\n")
        self.assertRegex(shown, r"(?m)^1 error: \d+ resources held, and growing$")
        self.see_formats(shown)
        self.see_stable(finding)
        for _ in range(8):  # not at the very edge: of a killed process the end is its last sign
            self.work(server, "socket", 40)
        server.kill()
        server.wait()
        self.see_ended()

    def see_formats(self, shown):
        reason = re.search(r"(?m)^  (of [0-9,]+ taken here \d+ are held)", shown)[1]
        for form in ("html", "markdown", "sarif", "junit"):
            told = self.leakwatch("report", "--format", form, self.moment).stdout
            self.assertIn("fd-growth", told, form)
            self.assertIn(reason, told, form)
            self.assertIn("of the limit of 256", told, form)

    def see_stable(self, finding):
        shown = self.leakwatch("report", "--stable", "--full", self.moment).stdout
        self.assertRegex(shown, r"error: \d+ files held, and growing, opened by open at server.c")
        self.assertNotIn("are held for more than", shown)
        stable = self.only(self.report_json("--stable", self.moment), "fd-growth")
        self.assertEqual(stable["growth"], {"verdict": "leaking"})
        self.assertEqual(stable["fingerprint"], finding["fingerprint"])
        self.assertFalse({"growth", "pace", "of_limit", "forecast"} & {fact["name"] for fact in stable.get("facts", [])})

    def see_ended(self):
        finding = self.only(self.report_json(self.ledgers))
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("error", "leaking"))
        self.assertIsNone(finding["growth"]["forecast"])
        self.assertIn(self.fact(finding, "growth"), self.leakwatch("report", self.ledgers).stdout)

    def test_what_scopes_leave_says_when_the_table_is_full(self):
        server = self.start()
        for count in range(ROUNDS + 100):
            self.work(server, "request", 40)
            if count < ROUNDS:
                continue
            report = self.look()
            finding = self.only(report, "scope-leak")
            if "growth" in finding:
                break
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("error", "leaking"))
        self.assertIn("taken here", self.fact(finding, "growth"))
        self.assertIsNotNone(finding["growth"]["forecast"])
        self.assertNotIn("fd-growth", [other["kind"] for other in report["findings"]])  # one resource is one finding
        self.assertIn(self.fact(finding, "forecast"), self.leakwatch("report", self.moment).stdout)

    def test_what_is_in_doubt_is_a_note_that_says_why(self):
        server = self.start(4096)
        finding, _ = self.until(server, "cache", 2, "fd-growth-suspect")
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("note", "suspect"))
        shown = self.leakwatch("report", self.moment).stdout
        self.assertRegex(shown, rf"note: \d+ files held, .*perhaps a leak, opened by open at server.c:{self.line('cache')} in "
                         r"cache_file \[fd-growth-suspect\]\n")
        self.assertRegex(shown, r"none of \d+ taken here was ever given back; they (come evenly|go on coming)")
        self.assertIn("  what would tell: ", shown)
        server.kill()
        server.wait()
        finding = self.only(self.report_json(self.ledgers))
        self.assertEqual(finding["level"], "note")
        self.assertIn("was ever given back", self.fact(finding, "growth"))
        self.assertEqual(self.only(self.report_json("--leaks-on-signal", self.ledgers))["level"], "error")

    def test_what_comes_back_is_no_growth(self):
        server = self.start()
        for _ in range(2 * ROUNDS):
            self.work(server, "visit", 40)
        kinds = {finding["kind"] for finding in self.report_json(self.ledgers)["findings"]}
        self.assertFalse({"fd-growth", "fd-growth-suspect", "lock-held", "thread-growth"} & kinds, kinds)

    def test_threads_that_nobody_joins_pile_up(self):
        server = self.start()
        finding, report = self.until(server, "thread", 20, "thread-growth")
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("error", "leaking"))
        self.assertNotIn("thread-leak", [other["kind"] for other in report["findings"]])
        self.assertEqual(finding["growth"]["held"], finding["count"])
        self.assertGreater(finding["growth"]["limit"], 1000)  # of threads, not of descriptors
        self.assertRegex(self.leakwatch("report", self.moment).stdout,
                         r"error: \d+ threads that run or were not joined, .* of the limit of [0-9,]+, and growing by .*, "
                         rf"started by pthread_create at server.c:{self.line('start')} in start_worker \[thread-growth\]\n")

    def test_threads_that_do_not_end_pile_up(self):
        finding, report = self.until(self.start(), "stuck", 20, "thread-growth")
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("error", "leaking"))
        self.assertEqual(finding["growth"]["held"], finding["count"])
        self.assertFalse({"thread-leak", "detached-thread"} & {other["kind"] for other in report["findings"]})
        self.assertNotIn("address space", self.leakwatch("report", self.moment).stdout)  # they are at work

    def test_of_several_processes_the_worst_speaks(self):
        servers = [self.start(), self.start()]
        for count in range(ROUNDS + 100):
            self.work(servers[0], "socket", 40)
            self.work(servers[1], "socket", 60)
            if count < ROUNDS:
                continue
            found = [finding for finding in self.look()["findings"] if len(finding["pids"]) == 2]
            if [finding["kind"] for finding in found] == ["fd-growth"]:
                break
        share = found[0]["worst"] / 256
        self.assertAlmostEqual(found[0]["growth"]["share_of_limit"], share)
        self.assertIn(f" files held, up to {100 * share:.0f} % of the limit of 256 in one process, and growing by ",
                      self.leakwatch("report", self.moment).stdout)

    def test_children_that_nobody_waits_for(self):
        server = self.start()
        for _ in range(ROUNDS):
            self.work(server, "child", 20)
        for _ in range(100):
            finding = self.only(self.look(), "child-leak")
            if finding["level"] == "error":
                break
            self.work(server, "child", 20)
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("error", "leaking"))
        self.assertIn("taken here", self.fact(finding, "growth"))

    def test_locks_that_a_thread_forgets(self):
        server = self.start()
        finding, _ = self.until(server, "lock", 40, "lock-held", 20)
        for _ in range(20):
            if finding["level"] == "error":
                break
            finding, _ = self.until(server, "lock", 40, "lock-held", 1)
        self.assertEqual((finding["level"], finding["growth"]["verdict"]), ("error", "leaking"))
        self.assertRegex(self.leakwatch("report", self.moment).stdout,
                         r"error: \d+ mutexes held, and more and more of them, taken by pthread_mutex_lock at "
                         rf"server.c:{self.line('lock')} in lock_object \[lock-held\]\n")


if __name__ == "__main__":
    command.main()
