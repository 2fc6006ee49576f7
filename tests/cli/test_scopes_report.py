#!/usr/bin/env python3
"""Scopes in reports: what people and programs read of what a scope left, of real programs."""
import json
import os
import re
import unittest

import command
from command import Place

INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include")
FLAGS = ("-O1", "-g", "-I" + INCLUDE, "-pthread")

# One line opens for two scopes: 30 times for one, 20 times for the other, which forgets 3.
SHARED = r"""
#include <fcntl.h>
#include <unistd.h>
#include "leakwatch/leakwatch.h"
__attribute__((noinline)) int take(void)
{
    return open("/dev/null", O_RDONLY);
}
int main(void)
{
    for (int i = 0; i < 50; i++) {
        leakwatch_scope_t scope = leakwatch_scope_begin(i < 30 ? "load" : "save");
        int fd = take();
        if (i < 47)
            close(fd);
        leakwatch_scope_end(scope);
    }
    return 0;
}
"""

SERVER = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "leakwatch/leakwatch.h"
static int kept[3], borrowed;
/* 23 of 1,000 fail, and forget their socket. */
__attribute__((noinline)) int fetch(int number)
{
    int upstream = socket(AF_UNIX, SOCK_STREAM, 0); /* leaked */
    if (number % 43 == 1 && number < 980) {
        leakwatch_scope_fail(NULL, "no reply");
        return -1;
    }
    close(upstream); /* closed */
    return 0;
}
__attribute__((noinline)) int setup(const char *path)
{
    int log = open("/dev/null", O_WRONLY); /* first */
    int events = epoll_create1(0);         /* second */
    int listener = socket(AF_UNIX, SOCK_STREAM, 0); /* third */
    int settings = open(path, O_RDONLY); /* fourth */
    if (settings < 0)
        return -1;
    close(log), close(events), close(listener), close(settings);
    return 0;
}
__attribute__((noinline)) void keep(int number)
{
    kept[number] = open("/dev/zero", O_RDONLY); /* kept */
}
__attribute__((noinline)) void drop(void)
{
    for (int i = 0; i < 3; i++)
        close(kept[i]); /* dropped */
}
void *worker(void *unused)
{
    borrowed = open("/dev/null", O_RDONLY);
    return unused;
}
int main(int count, char **arguments)
{
    LEAKWATCH_SCOPE("server") {
        for (int i = 0; i < 1000; i++)
            LEAKWATCH_SCOPE("request") fetch(i);
        for (int i = 0; i < 4; i++)
            LEAKWATCH_SCOPE("setup") setup("/nowhere/settings");
        for (int i = 0; i < 3; i++)
            LEAKWATCH_SCOPE("cache") keep(i);
        LEAKWATCH_SCOPE("idle") getppid();
    }
    usleep(50000);
    drop();
    pthread_t thread;
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    close(borrowed);
    leakwatch_scope_t twice = leakwatch_scope_begin("twice");
    leakwatch_scope_end(twice);
    leakwatch_scope_end(twice); /* again */
    int lock = open("/dev/null", O_RDONLY);
    leakwatch_expect_held(LEAKWATCH_FD(lock), "held for life");
    if (count > 1)
        for (int i = 0; i < 2; i++) {
            int fd = open("/dev/full", O_RDONLY);
            leakwatch_label(LEAKWATCH_FD(fd), arguments[1]);
        }
    return 0;
}
"""


class Server(Place):
    @classmethod
    def setUpClass(cls):
        cls.lines = SERVER.splitlines()

    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(self.compile("server", SERVER, FLAGS))

    def line(self, marker):
        return 1 + next(i for i, text in enumerate(self.lines) if f"/* {marker} */" in text)

    def shown(self, *arguments):
        return self.leakwatch("report", "--top", "0", *arguments, self.ledgers).stdout

    def of_scope(self, scope, kind="scope-leak"):
        found = [finding for finding in self.report_json(self.ledgers)["findings"]
                 if finding["kind"] == kind and finding["scope"] == scope]
        self.assertEqual(len(found), 1)
        return found[0]


class Text(Server):
    def test_the_forgotten_error_path_is_said_first(self):
        shown = self.shown()
        self.assertIn("error: only when request failed (23 of 1,000): 23 sockets never closed, "
                      f"opened by socket at server.c:{self.line('leaked')} in fetch [scope-leak]\n", shown)
        self.assertIn("the error path forgets it: 23 of 23 that failed left it, none of the 977 others; "
                      "the last one with: no reply\n", shown)
        self.assertIn(f"1,000 opened here: 977 closed at server.c:{self.line('closed')} (close), 23 never\n", shown)

    def test_partial_initialisation_reads_as_one_story(self):
        shown = self.shown()
        self.assertIn("error: in 4 of 4 setup: 12 never given back, the first opened by open at "
                      f"server.c:{self.line('first')} in setup [scope-leak]\n", shown)
        self.assertIn(f"together with 4 epoll descriptors, opened by epoll_create1 at server.c:{self.line('second')} in "
                      "setup\n", shown)
        self.assertIn(f"together with 4 sockets, opened by socket at server.c:{self.line('third')} in setup\n", shown)
        self.assertIn(f"before their end open failed with ENOENT at server.c:{self.line('fourth')} in setup (4 times)\n",
                      shown)
        self.assertEqual(shown.count("[scope-leak]"), 4)

    def test_what_came_back_late_says_when_and_where(self):
        shown = self.shown()
        self.assertIn("warning: in 3 of 3 cache: 3 files closed late, opened by open at "
                      f"server.c:{self.line('kept')} in keep [scope-leak]\n", shown)
        self.assertRegex(shown, r"3 closed \d+ ms \(median\) and at most \d+ ms after the end of their scopes at "
                                rf"server\.c:{self.line('dropped')} in drop \(close\)\n")
        self.assertRegex(shown, r"given back, the last time, by:\n    drop +server\.c:")

    def test_findings_stand_below_their_scope(self):
        shown = self.shown()
        self.assertRegex(shown, r"scope server > request\n  1,000 entered: 977 ended clean, 23 failed; 23 left something "
                                r"held; 1 held at most; half within .*, 99 % within .*\nerror: only when request failed")
        self.assertRegex(shown, r"thread worker\nnote: thread worker: 1 file closed late, opened by open at server\.c:\d+ "
                                r"in worker \[scope-leak\]\n")
        self.assertNotIn("server > idle", shown)

    def test_a_scope_that_ended_twice_says_where(self):
        self.assertIn("warning: scope twice was ended again, though it had ended, at "
                      f"server.c:{self.line('again')} in main [unbalanced-scope]\n", self.shown())

    def test_the_last_line_adds_up(self):
        self.assertRegex(self.shown(), r"\n2 errors, 2 warnings, 1 note: 35 resources never given back, 3 given back late; "
                                       r"1 held on purpose\n")

    def test_scopes_can_be_asked_for(self):
        shown = self.shown("--scope", "request*")
        self.assertEqual(re.findall(r"^scope (.*)", shown, re.M), ["server > request"])
        self.assertIn("1 error: 23 resources never given back", shown)
        shown = self.shown("--scope", "idle")
        self.assertRegex(shown, r"^scope server > idle\n  entered once, and ended\n")
        self.assertIn("\nno findings", shown)
        shown = self.shown("--scope", "server*")
        self.assertEqual(sorted(re.findall(r"^scope (.*)", shown, re.M)),
                         ["server", "server > cache", "server > idle", "server > request", "server > setup"])
        self.assertNotIn("scope server", self.shown("--scope", "quest*"))

    def test_lines_fit(self):
        long = [line for line in self.shown().splitlines() if len(line) > 130]
        self.assertEqual(long, [])

    def test_labels_stand_with_what_they_were_given_to(self):
        ledgers = self.make_ledgers(self.path("server"), "tenant 7\033[31m", directory="labelled")
        shown = self.leakwatch("report", "--kind", "fd-leak", ledgers).stdout
        self.assertRegex(shown, r'fd \d+: /dev/full "tenant 7\\x1b\[31m", fd \d+: /dev/full "tenant 7')
        examples = self.only(self.report_json(ledgers))["resource"]["examples"]
        self.assertEqual([example["label"] for example in examples], ["tenant 7\033[31m"] * 2)


class Json(Server):
    def test_entries_and_failures(self):
        finding = self.of_scope("server > request")
        self.assertEqual((finding["count"], finding["level"]), (23, "error"))
        self.assertEqual(finding["scope_entries"],
                         {"entered": 1000, "ended": 1000, "failed": 23, "left": 23, "left_failed": 23, "most": 1,
                          "only_when_failed": True, "reason": "no reply"})
        self.assertEqual(finding["released_later"]["count"], 0)
        self.assertEqual({fact["name"]: fact.get("count", fact.get("text")) for fact in finding["facts"]},
                         {"entered": 1000, "ended": 1000, "failed": 23, "left": 23, "most": 1, "left_failed": 23,
                          "others": 977, "reason": "no reply"})
        self.assertEqual([(row["count"], row["call"]) for row in finding["contrast"]], [(977, "close")])

    def test_stories(self):
        finding = self.of_scope("server > setup")
        self.assertEqual([(part["call"], part["type"], part["count"]) for part in finding["parts"]],
                         [("epoll_create1", "epoll", 4), ("socket", "socket", 4)])
        self.assertEqual(finding["parts"][0]["stack"][0]["line"], self.line("second"))
        self.assertEqual((finding["count"], finding["more_parts"]), (12, 0))
        attempt = finding["attempt"]
        self.assertEqual((attempt["call"], attempt["errno"], attempt["count"]), ("open", "ENOENT", 4))
        self.assertEqual(attempt["stack"][0]["line"], self.line("fourth"))

    def test_late_releases(self):
        finding = self.of_scope("server > cache")
        later = finding["released_later"]
        self.assertEqual((finding["level"], later["count"], later["call"]), ("warning", 3, "close"))
        self.assertTrue(0.03 < later["median_seconds"] <= later["longest_seconds"] < 30, later)
        self.assertEqual(finding["stacks"]["released"][0]["line"], self.line("dropped"))

    def test_imbalances(self):
        finding = self.of_scope("twice", "unbalanced-scope")
        self.assertEqual((finding["imbalance"], finding["level"], finding["count"]), ("ended-twice", "warning", 1))
        self.assertEqual(finding["stacks"]["released"][0]["line"], self.line("again"))

    def test_scopes_are_listed(self):
        report = self.report_json(self.ledgers)
        scopes = {scope["path"]: scope for scope in report["scopes"]}
        self.assertEqual(report["scopes"][0]["path"], "server > request")
        request = scopes["server > request"]
        self.assertEqual({key: request[key] for key in ("kind", "processes", "entered", "ended", "failed", "left", "most_held")},
                         {"kind": "named", "processes": 1, "entered": 1000, "ended": 1000, "failed": 23, "left": 23,
                          "most_held": 1})
        self.assertTrue(0 < request["seconds_median"] <= request["seconds_p99"] < 10, request)
        self.assertEqual(report["scopes_omitted"], 0)
        self.assertEqual(report["totals"]["expected"], 1)
        only = self.report_json("--scope", "idle", self.ledgers)
        self.assertEqual([scope["path"] for scope in only["scopes"]], ["server > idle"])

    def test_rules_match_scopes(self):
        rules = self.write("known.supp", "scope-leak@scope:^server > request$\n")
        report = self.report_json("--suppressions", rules, self.ledgers)
        self.assertEqual(report["suppressed"]["count"], 23)
        self.assertNotIn("server > request", [finding["scope"] for finding in report["findings"]])

    def test_many_processes_are_one(self):
        self.make_ledgers(self.path("server"), directory="more")
        report = json.loads(self.leakwatch("report", "--format", "json", self.ledgers, self.path("more")).stdout)
        request = next(finding for finding in report["findings"] if finding["scope"] == "server > request")
        self.assertEqual((request["count"], request["worst"], len(request["pids"])), (46, 23, 2))
        self.assertEqual(request["scope_entries"]["ended"], 2000)
        self.assertEqual(report["scopes"][0]["processes"], 2)


class Fingerprints(Place):
    def fingerprints(self, text, kind="scope-leak"):
        report, _ = self.run_json(self.compile("server", text, FLAGS))
        return {finding["scope"]: finding["fingerprint"] for finding in report["findings"] if finding["kind"] == kind}

    def test_they_follow_scope_and_place_alone(self):
        first = self.fingerprints(SERVER)
        self.assertEqual(self.fingerprints("\n/* moved */\n" + SERVER), first)
        renamed = self.fingerprints(SERVER.replace('"request"', '"query"'))
        self.assertNotIn(first["server > request"], renamed.values())
        self.assertEqual(renamed["server > setup"], first["server > setup"])
        moved = self.fingerprints(SERVER.replace("fetch(", "download("))
        self.assertNotEqual(moved["server > request"], first["server > request"])


class Script(Place):
    SOURCE = ("import os, sys\nsys.path.insert(0, sys.argv[1])\nimport leakwatch\n"
              "def load():\n    return os.open('/dev/null', os.O_RDONLY)\n"
              "def save():\n    return os.open('/dev/zero', os.O_RDONLY)\n"
              "for i in range(10):\n    with leakwatch.scope('job'):\n"
              "        load()\n        if i % 5 == 0:\n            save()\n")

    def test_its_own_lines_are_told(self):
        script = self.write("job.py", self.SOURCE)
        binding = os.path.join(INCLUDE, "leakwatch")
        shown = self.leakwatch("run", "/usr/bin/python3", script, binding).stderr
        self.assertIn("error: in 10 of 10 job: 10 files never closed, ", shown)
        self.assertRegex(shown, r" at job\.py:5 in load \[scope-leak\]\n")
        self.assertRegex(shown, r"in 2 of 10 job: 2 files never closed, .* at job\.py:7 in save \[scope-leak\]\n")
        self.assertRegex(shown, r"\n    load +job\.py:5\n    <module> +job\.py:10\n    … and \d+ more frames")


# 1,500 scopes of different names; and one that fails twice, each time leaving something of another place.
MANY = r"""
#include <fcntl.h>
#include <stdio.h>
#include "leakwatch/leakwatch.h"
int main(void)
{
    char name[20];
    for (int i = 0; i < 1500; i++) {
        sprintf(name, "job %d", i);
        leakwatch_scope_end(leakwatch_scope_begin(name));
    }
    for (int i = 0; i < 2; i++)
        LEAKWATCH_SCOPE("failing") {
            i == 0 ? open("/dev/null", O_RDONLY) : open("/dev/null", O_WRONLY); /* one line, two calls */
            leakwatch_scope_fail(NULL, i == 0 ? "first" : "last");
        }
    return 0;
}
"""


class ManyScopes(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(self.compile("many", MANY, flags=FLAGS))

    def test_all_are_in_json_unless_fewer_are_wanted(self):
        report = self.report_json(self.ledgers)
        self.assertEqual((len(report["scopes"]), report["scopes_omitted"]), (1501, 0))
        report = self.report_json("--top", "3", self.ledgers)
        self.assertEqual((len(report["scopes"]), report["scopes_omitted"]), (3, 1498))

    def test_the_last_reason_is_told(self):
        finding = self.only(self.report_json(self.ledgers), "scope-leak")
        self.assertEqual(finding["count"], 2, "both stacks read alike: " + json.dumps(finding))
        self.assertIn("the last one with: last", self.leakwatch("report", self.ledgers).stdout)


# Enters a scope so many times in each of two processes, and forgets something in the first so many of the parent's.
ENTERS = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "leakwatch/leakwatch.h"
static void enter(int count, int bad)
{
    for (int i = 0; i < count; i++)
        LEAKWATCH_SCOPE("request") {
            int fd = open("/dev/null", O_RDONLY);
            if (i >= bad)
                close(fd);
        }
}
int main(int count, char **arguments)
{
    if (count < 3)
        return 1;
    pid_t worker = fork();
    enter(atoi(arguments[1]), worker ? atoi(arguments[2]) : 0);
    if (worker == 0)
        _exit(0);
    return waitpid(worker, NULL, 0) != worker;
}
"""


class ScopesOfPrograms(Place):
    """In another program a scope of the same name is another scope."""

    def setUp(self):
        super().setUp()
        for name in ("leaky", "sound"):
            self.compile(name, ENTERS, flags=FLAGS)
        self.ledgers = self.make_ledgers("/bin/sh", "-c", "./leaky 10 10; ./sound 490 0")

    def test_entries_are_of_the_program_that_has_it_and_of_all_its_processes(self):
        report = self.report_json(self.ledgers)
        entries = self.only(report, "scope-leak")["scope_entries"]
        self.assertEqual((entries["entered"], entries["ended"], entries["left"]), (20, 20, 10))
        self.assertEqual([(scope["program"], scope["processes"], scope["entered"], scope["left"])
                          for scope in report["scopes"]], [("leaky 10 10", 2, 20, 10), ("sound 490 0", 2, 980, 0)])

    def test_the_text_says_whose(self):
        shown = self.leakwatch("report", self.ledgers).stdout
        self.assertIn("scope request of leaky 10 10\n  20 entered: 10 ended clean,", shown)
        self.assertIn("error: in 10 of 20 request: 10 files never closed, ", shown)
        asked = self.leakwatch("report", "--scope", "request", self.ledgers).stdout
        self.assertEqual(re.findall(r"^scope (.*)\n  (\d+) entered", asked, re.M),
                         [("request of leaky 10 10", "20"), ("request of sound 490 0", "980")])


class Siblings(Place):
    def test_say_that_they_are_of_other_scopes_too(self):
        program = self.compile("shared", SHARED, FLAGS)
        text = self.leakwatch("run", program).stderr
        self.assertRegex(text, r"50 opened here, in all scopes: 47 closed at shared\.c:\d+ \(close\), "
                               r"3 of this scope never\n")

    def test_of_one_scope_say_nothing_of_others(self):
        program = self.compile("alone", SHARED.replace('"load"', '"save"'), FLAGS)
        text = self.leakwatch("run", program).stderr
        self.assertRegex(text, r"50 opened here: 47 closed at alone\.c:\d+ \(close\), 3 never\n")


if __name__ == "__main__":
    command.main()
