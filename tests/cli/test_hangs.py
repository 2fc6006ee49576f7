#!/usr/bin/env python3
"""run --hang-after and --kill-hung: what hangs is told of while it hangs, and ended if that is asked for; what merely waits
is not."""
import json
import os
import re
import signal
import subprocess

import command
from command import LEAKWATCH, TIMEOUT, Place

# What it does is its first argument. It ends when its input does, if it can.
PROGRAM = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static int seconds; /* that a lock is waited for; 0: for ever */
__attribute__((noinline)) static void take(pthread_mutex_t *mutex)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    if (seconds == 0)
        pthread_mutex_lock(mutex);
    else
        pthread_mutex_timedlock(mutex, &until);
}
__attribute__((noinline)) static void *left_first(void *nothing)
{
    take(&left);
    pthread_barrier_wait(&both);
    take(&right);
    return nothing;
}
__attribute__((noinline)) static void *right_first(void *nothing)
{
    take(&right);
    pthread_barrier_wait(&both);
    take(&left);
    return nothing;
}
static void *ends_with_it(void *nothing)
{
    take(&left);
    return nothing;
}
static void *waits(void *nothing)
{
    take(&left);
    pthread_mutex_unlock(&left);
    return nothing;
}
static void *idles(void *nothing)
{
    pthread_mutex_lock(&right);
    for (;;)
        pthread_cond_wait(&work, &right);
    return nothing;
}
static pthread_t start(void *(*routine)(void *))
{
    pthread_t thread;
    pthread_create(&thread, 0, routine, 0);
    return thread;
}
static void until_end_of_input(void)
{
    char byte;
    while (read(0, &byte, 1) > 0)
        continue;
}
static void crossed(void)
{
    pthread_barrier_init(&both, 0, 2);
    start(left_first);
    start(right_first);
}
/* One waits for a lock that is shared while the other, who has it, idles. */
static void prefork(void)
{
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutex_t *turn = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(turn, &how);
    pthread_mutex_lock(turn);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(turn);
        pthread_mutex_unlock(turn);
        _exit(0);
    }
    until_end_of_input();
    pthread_mutex_unlock(turn);
    waitpid(child, 0, 0);
}
/* Two processes, each of which has what the other one wants. */
static void pair(void)
{
    pthread_mutexattr_t how;
    pthread_barrierattr_t ways;
    struct {
        pthread_mutex_t mutex[2];
        pthread_barrier_t both;
    } *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_init(&ways);
    pthread_barrierattr_setpshared(&ways, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->both, &ways, 2);
    for (int i = 0; i < 2; i++)
        pthread_mutex_init(&shared->mutex[i], &how);
    int first = fork() == 0;
    take(&shared->mutex[first]);
    pthread_barrier_wait(&shared->both);
    take(&shared->mutex[!first]);
}
static void *forks(void *nothing)
{
    if (fork() == 0)
        take(&left);
    until_end_of_input();
    return nothing;
}
int main(int count, char **arguments)
{
    const char *what = arguments[count - 1];
    printf("%d\n", (int)getpid());
    fflush(stdout);
    if (strcmp(what, "stubborn") == 0)
        signal(SIGTERM, SIG_IGN);
    if (strcmp(what, "timed") == 0)
        seconds = 3600;
    if (strcmp(what, "crossed") == 0 || strcmp(what, "stubborn") == 0 || strcmp(what, "timed") == 0) {
        crossed();
    } else if (strcmp(what, "self") == 0) {
        take(&left);
        take(&left);
    } else if (strcmp(what, "ended") == 0) {
        pthread_join(start(ends_with_it), 0);
        pthread_join(start(waits), 0);
    } else if (strcmp(what, "idle") == 0) {
        start(idles);
        pthread_join(start(idles), 0);
    } else if (strcmp(what, "busy") == 0) {
        take(&left);
        pthread_t waiter = start(waits);
        until_end_of_input();
        pthread_mutex_unlock(&left);
        pthread_join(waiter, 0);
    } else if (strcmp(what, "prefork") == 0) {
        prefork();
    } else if (strcmp(what, "forked") == 0) {
        take(&left);
        pthread_join(start(forks), 0);
    } else if (strcmp(what, "pair") == 0) {
        pair();
    }
    until_end_of_input();
    return 3;
}
"""

FINDING = "error: 2 threads wait for each other at "


class Hangs(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("hanger", PROGRAM, ("-O1", "-g", "-pthread"))

    def start(self, *arguments, word="run"):
        """A run with its own input, which ends the program, and the pids that the command has printed."""
        run = subprocess.Popen([LEAKWATCH, word, *arguments], cwd=self.place, env=self.environment(), encoding="utf-8",
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for stream in (run.stdin, run.stdout, run.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        return run

    def pid(self, run):
        """Of the next program that says so. It is ended when the test is over."""
        pid = int(run.stdout.readline())

        def end():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.addCleanup(end)
        return pid

    def until(self, run, pattern):
        """What it says on stderr, up to the line that matches."""
        said = []
        for line in run.stderr:
            said.append(line)
            if re.search(pattern, line):
                return "".join(said)
        self.fail(f"{pattern}: {''.join(said)}")

    @staticmethod
    def rest(run):
        """What it says until it ends, while its input stays open: the program is not to end by that."""
        said = run.stdout.read(), run.stderr.read()
        run.wait(timeout=TIMEOUT)
        return said

    def silent(self, what):
        """The program goes on for some looks and then ends by itself, and nothing is said of hanging."""
        run = self.start("--hang-after", "500ms", "--", self.program, what)
        self.pid(run)
        self.until_looked_at(run.pid, 6)
        said = run.communicate(timeout=TIMEOUT)[1]
        self.assertEqual((run.returncode, "hangs" in said), (3, False), said)

    def until_looked_at(self, run, looks):
        """Waits until leakwatch has looked so many times."""
        before = self.looks_of(run)
        while self.looks_of(run) < before + looks:
            with open(f"/proc/{run}/stat", encoding="ascii") as file:
                self.assertNotIn(") Z ", file.read())
            subprocess.run(["sleep", "0.1"], check=True)

    @staticmethod
    def looks_of(run):
        """It sleeps between looks: each one is a voluntary switch, at least."""
        with open(f"/proc/{run}/status", encoding="ascii") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M)[1])

    def test_a_deadlock_is_told_of_once_while_the_command_goes_on(self):
        run = self.start("--hang-after", "500ms", "--", self.program, "crossed")
        pid = self.pid(run)
        said = self.until(run, r"^1 error")
        self.assertRegex(said, rf"leakwatch: hanger \(pid {pid}\) hangs: for [\d.]+ s at least, threads wait for each other; it goes on")
        self.assertIn(FINDING, said)
        for words in ("left_first", "right_first", "that thread"):
            self.assertIn(words, said)
        self.until_looked_at(run.pid, 3)
        _, rest = run.communicate(timeout=TIMEOUT)
        self.assertNotIn("hangs", rest)
        self.assertIn(FINDING, rest)  # the report at the end
        self.assertEqual(run.returncode, 3)

    def test_what_was_told_is_referred_to_at_the_end(self):
        run = self.start("--hang-after", "500ms", "--kill-hung", "--report", "sarif=report.sarif", "--report", "text=report.txt", "--", self.program, "crossed")
        self.pid(run)
        said = self.until(run, r"^1 error")
        self.assertEqual(said.count("that thread"), 4, said)
        _, rest = self.rest(run)
        self.assertRegex(rest, rf"(?m)^{FINDING}.* \[deadlock\]\n  told above, while it hung\n\n")
        self.assertNotIn("that thread", rest)
        self.assertRegex(rest, r"(?m)^hanger \(pid \d+\) was ended by signal 15, SIGTERM after .*; leakwatch ended it, because it hung \(--kill-hung\)$")
        for name in ("report.txt", "report.sarif"):
            with open(self.path(name), encoding="utf-8") as file:
                self.assertEqual(file.read().count("that thread"), 4, name)

    def test_a_circle_of_two_processes_is_one(self):
        run = self.start("--hang-after", "500ms", "--kill-hung", "--", self.program, "pair")
        pid = self.pid(run)
        said = self.until(run, r"^1 error")
        line, = [line for line in said.splitlines() if line.startswith("leakwatch: ")]
        self.assertRegex(line, r"^leakwatch: hanger \(pid \d+\) and hanger \(pid \d+\) hang: for [\d.]+ s at least, threads wait for "
                               r"each other; they are ended$")
        self.assertIn(f"(pid {pid})", line)
        _, rest = self.rest(run)
        self.assertNotIn("at least", rest)

    def test_one_of_several_processes_hangs_and_a_child_of_the_command_too(self):
        run = self.start("--hang-after", "500ms", "--kill-hung", "--", "sh", "-c",
                         f"{self.program} idle & idle=$!; {self.program} crossed; echo status $?; kill $idle; exit 5")
        pids = {self.pid(run), self.pid(run)}
        said = self.until(run, "hangs: ")
        self.assertIn(int(re.search(r"pid (\d+)", said)[1]), pids)
        self.assertIn("; it is ended\n", said)
        out, rest = self.rest(run)
        self.assertEqual((out, run.returncode), ("status 143\n", 5))
        self.assertEqual(rest.count("hangs: "), 0)

    def test_a_child_that_has_not_the_thread_that_holds(self):
        """What is told of it, and nothing of what was open at the start: that matters to no lock."""
        run = self.start("--hang-after", "500ms", "--kill-hung", "--report", "json=report.json", "--", "sh", "-c",
                         f"exec 7</dev/null; {self.program} forked")
        holder = self.pid(run)
        said = self.until(run, r"^1 error")
        child = re.search(r"hanger \(pid (\d+)\) hangs", said)[1]
        self.assertRegex(said, rf"(?m)^  thread {holder}( \"\w+\")? held the mutex when process {child} \(hanger\) was forked, and is not in that process: "
                               rf"thread {child}.* has waited for it for [\d.]+ s at hanger\.c:\d+ in take \(pthread_mutex_lock\)$")
        self.assertRegex(said, rf"(?m)^  thread {holder}.* of process {holder} \(hanger\) has held it there for [\d.]+ s, taken at hanger\.c:\d+ in take ")
        self.assertNotIn("open before leakwatch was ready", said)
        run.stdin.close()
        _, rest = self.rest(run)
        self.assertRegex(rest, rf"(?m)^hanger \(pid {child}\) was killed.*; leakwatch ended it, because it hung \(--kill-hung\)$")
        self.assertNotRegex(rest, rf"(?m)^hanger \(pid {holder}\) .*leakwatch ended")
        with open(self.path("report.json"), encoding="utf-8") as file:
            processes = json.load(file)["processes"]
        self.assertEqual([process["pid"] for process in processes if process["exit"].get("hung")], [int(child)])

    def test_a_thread_that_waits_for_itself(self):
        run = self.start("--hang-after", "0.5s", "--kill-hung", "--", self.program, "self")
        self.pid(run)
        self.assertIn("error: a thread waits for a lock that it holds itself", self.until(run, "^1 error"))
        self.rest(run)
        self.assertEqual(run.returncode, 128 + signal.SIGTERM)

    def test_what_does_not_heed_SIGTERM_is_killed_later(self):
        run = self.start("--hang-after", "500ms", "--kill-hung", "--", self.program, "stubborn")
        self.pid(run)
        run.stdin.flush()
        self.until(run, "hangs: ")
        self.assertEqual(run.wait(timeout=TIMEOUT), 128 + signal.SIGKILL)

    def test_all_wait_and_not_in_a_circle(self):
        run = self.start("--hang-after", "500ms", "--kill-hung", "--", self.program, "ended")
        pid = self.pid(run)
        said = self.until(run, "hangs: ")
        self.assertRegex(said, rf"leakwatch: pid {pid} hangs: for 0.5 s at least, all its threads have been waiting, though not in a "
                               r"circle: thread \d+( \"\w+\")? for another thread to end, thread \d+( \"\w+\")? for a mutex of "
                               r"thread \d+( \"\w+\")?, which has ended; it is ended\n$")
        self.rest(run)
        self.assertEqual(run.returncode, 128 + signal.SIGTERM)

    def test_what_waits_and_does_not_hang(self):
        for what in ("timed", "busy", "prefork"):
            with self.subTest(what):
                self.silent(what)
        run = self.start("--hang-after", "500ms", "--", self.program, "idle")
        pid = self.pid(run)
        self.until_looked_at(run.pid, 6)
        os.kill(pid, signal.SIGTERM)
        self.assertNotIn("hangs", run.communicate(timeout=TIMEOUT)[1])

    def test_the_gate_names_the_cause(self):
        run = self.start("--hang-after", "500ms", "--kill-hung", "--format", "json", "--output", "report.json", "--", self.program,
                         "crossed", word="gate")
        self.pid(run)
        self.until(run, "hangs: ")
        _, said = self.rest(run)
        self.assertEqual((run.returncode, said.splitlines()[-1]), (143, "leakwatch gate: hung (exit status 143)"))
        with open(self.path("report.json"), encoding="utf-8") as file:
            self.assertIn('"cause":"hung"', file.read().replace('": "', '":"'))
        run = self.start("--hang-after", "500ms", "--kill-hung", "--", "sh", "-c", f"{self.program} ended; exit 0", word="gate")
        self.pid(run)
        _, said = self.rest(run)
        self.assertEqual((run.returncode, said.splitlines()[-1]), (1, "leakwatch gate: hung (exit status 1)"))

    def test_ledgers_that_are_damaged_or_come_and_go(self):
        os.mkdir(self.path("ledgers"))
        script = (f"i=0; while [ $i -lt 60 ]; do head -c 9000 /dev/urandom >ledgers/x$i.lwl; : >ledgers/y$i.lwl; "
                  f"mkdir ledgers/z$i.lwl; true; i=$((i + 1)); done; rm -r ledgers/[xyz]*[13579].lwl; {self.program} crossed; "
                  "rm -r ledgers/[xyz]*; exit 6")
        run = self.start("--keep-ledgers", "ledgers", "--hang-after", "500ms", "--kill-hung", "--", "sh", "-c", script)
        self.pid(run)
        self.assertIn(FINDING, self.until(run, "^1 error"))
        self.rest(run)
        self.assertEqual(run.returncode, 6)

    def test_bad_values(self):
        for value in ("", "0", "0s", "-1s", "5x", "s", "99ms", "nan", "inf", "1e9s", "5 s", "5ss"):
            for word, status in (("run", 125), ("gate", 2)):
                done = self.leakwatch(word, f"--hang-after={value}", "--", "true", status=status)
                self.assertEqual(done.stderr.splitlines()[0],
                                 f"leakwatch {word}: --hang-after wants a time from 100ms on, as 30s, 500ms or 2m, not '{value}'")
        done = self.leakwatch("run", "--kill-hung", "true", status=125)
        self.assertIn("--kill-hung wants --hang-after", done.stderr.splitlines()[0])
        for value in ("100ms", "30s", "2m", "1h", "7", "1.5s"):
            self.leakwatch("run", "--hang-after", value, "--", "true")


if __name__ == "__main__":
    command.main()
