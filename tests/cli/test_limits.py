#!/usr/bin/env python3
"""The limit of descriptors changes while a program runs: by its own calls, by raw system calls, in children, by another
process. Reports know each change, and what holds now."""
import os
import resource
import subprocess

import command
from command import LIBRARY, Place

# Each word of its arguments is done in turn.
CHANGING = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static struct rlimit to(const char *word)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(97);
    limit.rlim_cur = (rlim_t)atoi(word);
    return limit;
}
static void *work(void *word) /* a process goes by the number of any of its threads */
{
    const struct rlimit wanted = to(word);
    return (void *)(long)prlimit((pid_t)syscall(SYS_gettid), RLIMIT_NOFILE, &wanted, NULL);
}
static void *change_often(void *number)
{
    struct rlimit wanted = to("0");
    for (int i = 0; i < 2000; i++) {
        wanted.rlim_cur = 300 + 50 * (rlim_t)(long)number + (rlim_t)i % 50;
        if (setrlimit(RLIMIT_NOFILE, &wanted) != 0)
            return number;
    }
    return NULL;
}
static int change_all_at_once(void)
{
    pthread_t threads[4];
    void *failed = NULL, *any = NULL;
    for (long i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, change_often, (void *)(i + 1)) != 0)
            return 1;
    for (int i = 0; i < 4; i++)
        any = pthread_join(threads[i], &failed) != 0 || failed ? threads : any;
    return any != NULL;
}
static int do_one(const char *word, char **rest, char **all)
{
    struct rlimit wanted = to(word + 1), same = wanted;
    pthread_t thread;
    void *result;
    int status = 0, pid;
    switch (word[0]) {
    case 'o': /* something to have a ledger for */
        return open("/dev/null", O_RDONLY) < 0;
    case 's':
        return setrlimit(RLIMIT_NOFILE, &wanted);
    case 'p':
        return prlimit(getpid(), RLIMIT_NOFILE, &same, &same);
    case 'r':
        return (int)syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &wanted, NULL);
    case 'R':
        return (int)syscall(SYS_setrlimit, RLIMIT_NOFILE, &wanted);
    case 't':
        return pthread_create(&thread, NULL, work, (void *)(word + 1)) || pthread_join(thread, &result) || result;
    case 'b': /* refused: nothing changes */
        wanted.rlim_cur = wanted.rlim_max + 1;
        return setrlimit(RLIMIT_NOFILE, &wanted) == 0;
    case 'c': /* another limit */
        wanted.rlim_cur = wanted.rlim_max = 0;
        return setrlimit(RLIMIT_CORE, &wanted);
    case 'm': /* often */
        for (int i = 0; i < 500 && status == 0; i++) {
            wanted.rlim_cur = 300 + (rlim_t)i;
            status = setrlimit(RLIMIT_NOFILE, &wanted);
        }
        return status;
    case 'M': /* by several threads */
        return change_all_at_once();
    case 'v': /* on our memory */
        pid = vfork();
        if (pid == 0)
            _exit(setrlimit(RLIMIT_NOFILE, &wanted) != 0);
        return pid < 0 || waitpid(pid, &status, 0) != pid || status;
    case 'a': /* another process's */
        pid = fork();
        if (pid == 0) {
            pause();
            _exit(0);
        }
        status = prlimit(pid, RLIMIT_NOFILE, &wanted, NULL) | kill(pid, 9);
        return waitpid(pid, NULL, 0) != pid || status;
    case 'f': /* the rest is the child's */
        pid = fork();
        if (pid > 0)
            exit(waitpid(pid, &status, 0) != pid || status);
        return pid < 0;
    case 'x': /* the rest is another image's */
        rest[-1] = all[0];
        return execv(all[0], rest - 1);
    case 'e': /* until there is none left */
        while (open("/dev/null", O_RDONLY) >= 0)
            ;
        return 0;
    case 'w':
        puts("here");
        fflush(stdout);
        return getchar() == EOF;
    default:
        return 96;
    }
}
int main(int count, char **arguments)
{
    (void)count;
    for (char **word = arguments + 1; *word; word++) {
        int failed = do_one(*word, word + 1, arguments);
        if (failed) {
            perror(*word);
            return 1;
        }
    }
    return 0;
}
"""


class Limits(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("changing", CHANGING, flags=("-O1", "-g", "-pthread"))
        _, self.hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if self.hard < 1000:
            self.skipTest(f"a program may have {self.hard} descriptors at most here")

    def begin(self, soft=400):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, self.hard))

    def of(self, *words, soft=400, options="", image=0):
        """What the report says of the limits of the program that did this."""
        environment = self.environment(LEAKWATCH_OPTIONS=options) if options else None
        report, _ = self.run_json("--", self.program, *words, preexec_fn=self.begin(soft), environment=environment)
        found = [process for process in report["processes"] if process["image"] == image]
        self.assertEqual(len(found), 1, [process["argv"] for process in report["processes"]])
        return found[0]["limits"]

    def changes(self, limits):
        return [(change["soft_before"], change["soft"], change["call"]) for change in limits.get("history", [])]

    def test_each_change_is_known_once(self):
        limits = self.of("o", "s200", "s200", "c0", "p300", "r250", "R260", "b0", "t280")
        self.assertEqual(self.changes(limits), [(400, 200, "setrlimit"), (200, 300, "prlimit"), (300, 250, "syscall"),
                                                (250, 260, "syscall"), (260, 280, "prlimit")])
        self.assertEqual((limits["nofile_soft"], limits["nofile_hard"]), (280, self.hard))
        seconds = [change["seconds"] for change in limits["history"]]
        self.assertEqual(seconds, sorted(seconds))
        told = [[frame["function"] for frame in change["stack"]] for change in limits["history"]]
        self.assertEqual(told[:4], [["do_one", "main"]] * 4)
        self.assertEqual(told[4][0], "work")
        self.assertTrue(all(change["hard"] == change["hard_before"] == self.hard for change in limits["history"]))

    def test_what_changed_before_there_was_a_ledger_is_where_it_begins(self):
        subprocess.run([self.program, "s200", "p210", "o", "s220"], cwd=self.place, preexec_fn=self.begin(), check=True,
                       env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.place}:quiet=1"))
        limits = self.report_json(*self.ledgers_in(self.place))["processes"][0]["limits"]
        self.assertEqual((limits["nofile_soft"], self.changes(limits)), (220, [(210, 220, "setrlimit")]))

    def test_a_limit_that_never_changed_has_no_history(self):
        limits = self.of("o", "s400")
        self.assertEqual((limits["nofile_soft"], "history" in limits), (400, False))

    def test_others_limits_are_not_ours(self):
        limits = self.of("o", "v200", "a210")
        self.assertEqual((limits["nofile_soft"], self.changes(limits)), (400, []))

    def test_a_child_has_its_own(self):
        report, _ = self.run_json("--", self.program, "o", "s300", "f", "s310", "o", "s320", preexec_fn=self.begin())
        told = sorted((process["limits"]["nofile_soft"], self.changes(process["limits"]))
                      for process in report["processes"])
        self.assertEqual(told, [(300, [(400, 300, "setrlimit")]), (320, [(310, 320, "setrlimit")])])

    def test_the_next_image_has_its_own(self):
        words = ("o", "s300", "x", "o", "s320")
        first, second = self.of(*words), self.of(*words, image=1)
        self.assertEqual((first["nofile_soft"], self.changes(first)), (300, [(400, 300, "setrlimit")]))
        self.assertEqual((second["nofile_soft"], self.changes(second)), (320, [(300, 320, "setrlimit")]))

    def test_many_changes_end_with_the_last(self):
        report, _ = self.run_json("--", self.program, "o", "m0", preexec_fn=self.begin())
        process = report["processes"][0]
        history = process["limits"]["history"]
        self.assertEqual((len(history), process["limits"]["nofile_soft"], process["folded"]), (63, 799, 0))
        self.assertEqual([change["soft"] for change in history], [*range(300, 362), 799])
        self.assertEqual([change.get("missed", 0) for change in history], [*[0] * 62, 500 - 63])

    def test_threads_may_change_it_at_once(self):
        report, _ = self.run_json("--", self.program, "o", "M0", "s270", preexec_fn=self.begin())
        process = report["processes"][0]
        history = process["limits"]["history"]
        self.assertEqual((len(history), process["limits"]["nofile_soft"], process["folded"]), (63, 270, 0))
        self.assertEqual((history[-1]["soft"], history[-1]["call"]), (270, "setrlimit"))
        for change in history:
            self.assertNotEqual(change["soft"], change["soft_before"])
            self.assertEqual((change["hard"], change["hard_before"]), (self.hard, self.hard))
            self.assertTrue(change["soft"] == 270 or 350 <= change["soft"] < 550, change)

    def test_without_system_calls_of_ours(self):
        limits = self.of("o", "s200", "r250", options="strict=1")
        self.assertEqual((limits["nofile_soft"], self.changes(limits)),
                         (250, [(400, 200, "setrlimit"), (200, 250, "syscall")]))

    def test_a_full_table_is_that_of_the_moment(self):
        report, _ = self.run_json("--", self.program, "o", "s50", "e", "s60", preexec_fn=self.begin())
        limits = report["processes"][0]["limits"]
        self.assertEqual((limits["nofile_full"], limits["nofile_soft"]), (50, 60))
        self.only(report, "fd-exhausted")

    def test_text_says_so_in_full(self):
        ledgers = self.path("ledgers")
        self.leakwatch("run", "--keep-ledgers", ledgers, "--", self.program, "o", "s500", preexec_fn=self.begin())
        self.assertRegex(self.leakwatch("report", "--full", ledgers).stdout,
                         r"; soft limit raised from 400 to 500 after (less than )?\d+ m?s at changing\.c:\d+\n")
        self.assertNotIn("soft limit raised", self.leakwatch("report", ledgers).stdout)
        self.leakwatch("run", "--keep-ledgers", ledgers + "2", "--", self.program, "o", "s500", "s300",
                       preexec_fn=self.begin())
        self.assertRegex(self.leakwatch("report", "--full", ledgers + "2").stdout,
                         r"; soft limit changed 2 times, from 400 to 300, last after (less than )?\d")


class FromOutside(Place):
    """Another process changes it, as prlimit(1) does."""

    def setUp(self):
        super().setUp()
        self.hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        program = self.compile("changing", CHANGING, flags=("-O1", "-g", "-pthread"))
        options = f"dir={self.place}:keep=all:quiet=1"
        self.running = subprocess.Popen(
            [program, "o", "w", "e", "w"], cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=options))
        self.addCleanup(self.end)
        self.until_it_waits()
        self.set(80)

    def end(self):
        self.running.kill()
        self.running.communicate()

    def until_it_waits(self):
        self.assertEqual(self.running.stdout.readline(), b"here\n")

    def go_on(self):
        self.running.stdin.write(b"\n")
        self.running.stdin.flush()

    def set(self, soft):
        resource.prlimit(self.running.pid, resource.RLIMIT_NOFILE, (soft, self.hard))

    def limits(self):
        return self.report_json(*self.ledgers_in(self.place))["processes"][0]["limits"]

    def test_a_report_of_what_runs_asks_the_kernel(self):
        self.assertEqual(self.limits()["nofile_soft"], 80)
        self.set(90)
        self.assertEqual(self.limits()["nofile_soft"], 90)
        self.leakwatch("merge", "--output", self.path("merged"), *self.ledgers_in(self.place))
        self.set(95)
        merged = self.report_json(self.path("merged"))["processes"][0]["limits"]
        self.assertEqual(merged["nofile_soft"], 90, "a copy is of its moment")

    def test_it_is_noticed_where_the_table_is_full_and_at_the_end(self):
        self.go_on()
        self.until_it_waits()
        history = self.limits()["history"]
        self.assertEqual([(change["soft"], change["call"]) for change in history], [(80, None)])
        self.assertEqual(self.limits()["nofile_full"], 80)
        self.set(100)
        self.go_on()
        self.assertEqual(self.running.wait(), 0)
        limits = self.limits()
        self.assertEqual([(change["soft_before"], change["soft"], change["call"]) for change in limits["history"]][1:],
                         [(80, 100, None)])
        self.assertEqual((limits["nofile_soft"], limits["nofile_full"]), (100, 80))


if __name__ == "__main__":
    command.main()
