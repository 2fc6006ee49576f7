#!/usr/bin/env python3
"""Processes are called by the names that they were started under, whatever they wrote over them since, and several of
different names by none."""
import os

import command
from command import Place

# As servers do it: a title for ps stands where the arguments stood; the worker, forked then, leaks.
TITLED = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    size_t room = (size_t)(arguments[count - 1] + strlen(arguments[count - 1]) - arguments[0]);
    static const char title[] = "worker: /etc/x.conf";
    if (room < sizeof title)
        return 96;
    memset(arguments[0], 0, room);
    memcpy(arguments[0], title, sizeof title);
    if (fork() == 0) {
        for (int i = 0; i < 3; i++)
            if (open("/dev/null", O_RDONLY) < 0)
                return 97;
        exit(0);
    }
    return wait(NULL) > 0 ? 0 : 98;
}
"""


class Titles(Place):
    def test_a_title_is_no_name(self):
        program = self.compile("titled", TITLED)
        report, _ = self.run_json("--", program, "first", "second")
        self.assertEqual([process["argv"][0] for process in report["processes"]], [program, program])
        self.assertEqual(self.only(report)["count"], 3)
        done = self.leakwatch("run", "--", program, "first", "second")
        self.assertNotIn("x.conf", done.stderr)
        self.assertRegex(done.stderr, r"(?m)^titled \(pid [0-9]+\) |^2 × titled ")

    def test_without_run(self):
        """There the ledger begins with the first open, which comes after the title."""
        program = self.compile("titled", TITLED)
        os.mkdir(self.path("ledgers"))
        environment = self.environment(LD_PRELOAD=command.LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}:quiet=1")
        self.assertEqual(os.spawnve(os.P_WAIT, program, [program, "first", "second"], environment), 0)
        report = self.report_json("ledgers")
        self.assertEqual({process["argv"][0] for process in report["processes"]}, {program})


class Several(Place):
    def full(self, script):
        with open("/dev/null", "rb") as more:
            os.set_inheritable(more.fileno(), True)
            return self.leakwatch("run", "--full", "--", "sh", "-c", script, pass_fds=(more.fileno(),)).stderr

    def test_troubles_of_different_programs(self):
        one, two = self.compile("one"), self.compile("two")
        self.assertRegex(self.full(f"{one}; {two}; :"),
                         r"one \(pid \d+\), two \(pid \d+\): descriptors were open before leakwatch was ready")
        self.assertIn("2 × one: descriptors were open before leakwatch was ready", self.full(f"{one}; {one}; :"))

    def test_whose_trouble_it_is(self):
        """Programs are named, each once."""
        programs = [self.compile(name) for name in ("first", "second", "third", "fourth", "fifth")]
        environment = self.environment(LEAKWATCH_OPTIONS="strict=1")
        told = self.leakwatch("run", "--", "sh", "-c", "; ".join([programs[0], *programs, programs[4]]) + "; true",
                              environment=environment).stderr
        self.assertRegex(told, r"(?m)^2 × fifth, 2 × first, fourth \(pid \d+\), second \(pid \d+\), 1 other process: it ran "
                         r"without system calls")


if __name__ == "__main__":
    command.main()
