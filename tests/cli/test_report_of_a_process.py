#!/usr/bin/env python3
"""leakwatch report PID: the ledger of a process that runs, found by its number."""
import os
import signal
import subprocess
import unittest

import command
from command import LEAKWATCH, LIBRARY, TIMEOUT, Place

# Forgets two files, and says so; its child, if it is to have one, forgets three.
PROGRAM = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
static int forget(void)
{
    return open("/dev/null", O_RDONLY);
}
int main(int count, char **arguments)
{
    char byte;
    pid_t child = count > 1 ? fork() : -1;
    (void)arguments;
    for (int i = child == 0 ? 0 : 1; i < 3; i++)
        close(forget()), forget();
    printf("%d\n", (int)getpid());
    fflush(stdout);
    return read(0, &byte, 1) != 0;
}
"""


class Processes(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("keeper", PROGRAM)

    def start(self, *command_line, environment=None, pids=1):
        child = subprocess.Popen(command_line, cwd=self.place, env=environment or self.environment(), encoding="ascii",
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait, TIMEOUT)
        self.addCleanup(child.stdin.close)
        return [int(child.stdout.readline()) for _ in range(pids)]

    def count(self, pid):
        report = self.report_json(str(pid))
        self.assertEqual([process["pid"] for process in report["processes"]], [pid])
        self.assertEqual(report["processes"][0]["exit"]["how"], "running")
        return self.only(report)["count"]

    def preloaded(self, **options):
        os.makedirs(self.path("ledgers"), exist_ok=True)
        words = ":".join(f"{key}={value}" for key, value in {"dir": self.path("ledgers"), **options}.items())
        return self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=words)

    def test_of_a_run_and_of_the_library_alone(self):
        pid, = self.start(LEAKWATCH, "run", "--", self.program)
        self.assertEqual(self.count(pid), 2)
        pid, = self.start(self.program, environment=self.preloaded())
        self.assertEqual(self.count(pid), 2)

    def test_a_child_has_its_own(self):
        pids = self.start(self.program, "fork", environment=self.preloaded(), pids=2)
        self.assertEqual(sorted(self.count(pid) for pid in pids), [2, 3])

    def function_in(self, pid):
        return self.only(self.report_json(str(pid)))["stacks"]["acquired"][0]["function"]

    def test_its_program_may_have_been_replaced(self):
        pid, = self.start(self.program, environment=self.preloaded())
        self.assertEqual(self.function_in(pid), "forget")
        os.rename(self.compile("later", PROGRAM.replace("forget", "mislay")), self.program)
        self.assertEqual(self.function_in(pid), "forget")
        os.unlink(self.program)
        self.assertEqual(self.function_in(pid), "forget")

    @unittest.skipUnless(os.geteuid() == 0, "a file whose name is gone is root's to open")
    def test_its_file_may_be_gone(self):
        pid, = self.start(self.program, environment=self.preloaded())
        for name in os.listdir(self.path("ledgers")):
            os.unlink(self.path("ledgers", name))
        self.assertEqual(self.count(pid), 2)

    def test_a_file_of_that_name_comes_first(self):
        pid, = self.start(self.program, environment=self.preloaded())
        self.write(str(pid), "no ledger")
        self.assert_one_line(self.leakwatch("report", str(pid), status=2).stderr, f"{pid}: ")
        os.unlink(self.path(str(pid)))
        self.assertEqual(self.count(pid), 2)

    def ended(self, pid):
        """It is killed, and nobody asks for its status for now."""
        os.kill(pid, signal.SIGKILL)
        state = ""
        while state != "Z":
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                state = file.read().rpartition(") ")[2][0]

    def killed(self, report, pid):
        self.assertEqual([(process["pid"], process["exit"]["how"]) for process in report["processes"]], [(pid, "killed")])
        return [found["count"] for found in report["findings"]]

    def test_one_that_was_killed_has_left_its_own_here(self):
        environment = self.preloaded(dir=self.place)
        pid, = self.start(self.program, environment=environment)
        other, = self.start(self.program, environment=environment)
        self.ended(pid)
        before = self.killed(self.report_json(str(pid)), pid)
        gone = subprocess.Popen([self.program], cwd=self.place, env=environment, encoding="ascii", stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
        with gone:
            self.assertEqual(int(gone.stdout.readline()), gone.pid)
            gone.kill()
        self.assertEqual(self.killed(self.report_json(str(gone.pid)), gone.pid), before)
        self.assertEqual(self.count(other), 2)

    def test_one_that_was_killed_has_left_its_own_where_its_parent_writes(self):
        parent, child = sorted(self.start(self.program, "fork", environment=self.preloaded(), pids=2))
        with open(f"/proc/{child}/stat", encoding="ascii") as file:
            if int(file.read().rpartition(") ")[2].split()[1]) != parent:
                parent, child = child, parent
        self.ended(child)
        self.killed(self.report_json(str(child)), child)

    def test_one_that_was_killed_and_has_left_none(self):
        pid, = self.start(self.program)
        self.ended(pid)
        self.assert_one_line(self.leakwatch("report", str(pid), status=2).stderr, f"leakwatch: process {pid} has ended, and its ledger")

    def test_what_is_not_watched_or_not_there_is_said(self):
        pid, = self.start(self.program)
        self.assert_one_line(self.leakwatch("report", str(pid), status=2).stderr,
                             f"leakwatch: process {pid} keeps no ledger: it is not watched, or")
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.assert_one_line(self.leakwatch("report", str(ended.pid), status=2).stderr,
                             f"leakwatch: {ended.pid}: there is no such process, and no ledger of that name")
        for text in ("0", "-1", "4294967297", "99999999999999999999999", "12x"):
            self.assert_one_line(self.leakwatch("report", "--", text, status=2).stderr, text, "No such file")

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_of_another_user_it_is_said(self):
        pid, = self.start(self.program, environment=self.preloaded())
        os.chmod(self.place, 0o755)
        done = self.leakwatch("report", str(pid), status=2, user=65534, group=65534, extra_groups=())
        self.assert_one_line(done.stderr, f"leakwatch: process {pid} cannot be looked at (Permission denied): only")


if __name__ == "__main__":
    command.main()
