#!/usr/bin/env python3
"""A program, preloaded by hand, that takes nothing but children: many that nobody waits for begin its ledger, those that are
waited for never do."""
import glob
import json
import os
import subprocess

import command
from command import LIBRARY, TIMEOUT, Place

CHILDREN, BEFORE = 41, 15  # the sixteenth begins the ledger
AT_MOST = 8  # later than that, where children were waited for that were never counted
SOURCE = r"""
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static int end(void *nothing)
{
    (void)nothing;
    _exit(0);
}
static void wait_for_one(int is_there)
{
    static char stack[65536];
    waitpid(is_there ? clone(end, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, 0) : 1, 0, 0);
}
int main(int count, char **arguments)
{
    (void)count;
    for (int i = atoi(arguments[3]); i > 0; i--)
        wait_for_one(i % 2);
    for (int i = atoi(arguments[1]); i > 0; i--) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (atoi(arguments[2]))
            waitpid(child, 0, 0);
    }
    return write(1, "ready\n", 6) == 6 && read(0, arguments[0], 1) == 0 ? 0 : 1;
}
"""


class UnwaitedChildren(Place):
    def start(self, children, waits, uncounted=0):
        ledgers = self.path("kept")
        os.mkdir(ledgers)
        program = self.compile("forking", SOURCE)
        environment = {**os.environ, "LD_PRELOAD": LIBRARY, "LEAKWATCH_OPTIONS": f"dir={ledgers}"}
        process = subprocess.Popen([program, str(children), str(waits), str(uncounted)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, TIMEOUT)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process, glob.glob(ledgers + "/*.lwl")

    def assert_many_are_told(self, process, ledgers, before=BEFORE):
        self.assertEqual(len(ledgers), 1)
        findings = json.loads(self.leakwatch("report", "--format", "json", str(process.pid)).stdout)["findings"]
        self.assertEqual([(finding["kind"], finding["count"]) for finding in findings], [("child-leak", CHILDREN - before)])

    def test_many_begin_a_ledger(self):
        self.assert_many_are_told(*self.start(CHILDREN, 0))

    def test_they_do_where_many_were_waited_for_that_were_never_counted(self):
        """Those of clone, and those that are not there."""
        self.assert_many_are_told(*self.start(CHILDREN, 0, uncounted=CHILDREN), before=BEFORE + AT_MOST)

    def test_those_that_are_waited_for_do_not(self):
        self.assertEqual(self.start(10 * CHILDREN, 1)[1], [])

    def test_few_do_not(self):
        self.assertEqual(self.start(BEFORE, 0)[1], [])


if __name__ == "__main__":
    command.main()
