#!/usr/bin/env python3
"""Deadlocks of processes that still hang, of merged ledgers, and of threads that only look as if they were in one."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import command
from command import LIBRARY, Place

# Two threads that take two mutexes in opposite orders. A line on stdout says that both of them wait.
HANGS = r"""
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
__attribute__((noinline)) void take(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
}
static void *left_first(void *nothing)
{
    take(&left);
    pthread_barrier_wait(&both);
    take(&right);
    return nothing;
}
static void *right_first(void *nothing)
{
    take(&right);
    pthread_barrier_wait(&both);
    take(&left);
    return nothing;
}
static void until_awaited(pthread_mutex_t *mutex)
{
    while (__atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) != 2)
        usleep(1000);
}
int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&both, 0, 2);
    pthread_create(&thread, 0, left_first, 0);
    pthread_create(&thread, 0, right_first, 0);
    until_awaited(&left);
    until_awaited(&right);
    puts("hangs");
    fflush(stdout);
    pause();
    return 0;
}
"""

# Threads that take mutexes in one order, give them back in any, and count on one that may be taken again. They wait for
# each other all the time, and never in a circle.
BUSY = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
enum { MUTEXES = 6, THREADS = 4 };
static pthread_mutex_t mutexes[MUTEXES], again;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static void *work(void *number)
{
    unsigned state = 1 + (unsigned)(unsigned long)number;
    for (;;) {
        int one = rand_r(&state) % (MUTEXES - 1), other = one + 1 + rand_r(&state) % (MUTEXES - 1 - one);
        pthread_mutex_lock(&mutexes[one]);
        pthread_mutex_lock(&mutexes[other]);
        if (state & 1)
            pthread_rwlock_rdlock(&table);
        else
            pthread_rwlock_wrlock(&table);
        pthread_rwlock_unlock(&table);
        pthread_mutex_unlock(&mutexes[state & 2 ? one : other]);
        pthread_mutex_unlock(&mutexes[state & 2 ? other : one]);
        pthread_mutex_lock(&again);
        pthread_mutex_lock(&again);
        pthread_mutex_unlock(&again);
        pthread_mutex_unlock(&again);
    }
    return number;
}
int main(void)
{
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_settype(&how, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&again, &how);
    for (int i = 0; i < MUTEXES; i++)
        pthread_mutex_init(&mutexes[i], 0);
    for (long i = 0; i < THREADS; i++) {
        pthread_t thread;
        pthread_create(&thread, 0, work, (void *)i);
    }
    puts("works");
    fflush(stdout);
    pause();
    return 0;
}
"""

# Threads that wait for conditions, each with a mutex of its own besides, which others want meanwhile, but with nothing that
# these waits need.
CONDITIONS = r"""
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
enum { THREADS = 3 };
static pthread_mutex_t own[THREADS], shared = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void *waits(void *number)
{
    for (;;) {
        struct timespec soon;
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec = (soon.tv_nsec + 100000) % 1000000000;
        pthread_mutex_lock(&own[(long)number]);
        pthread_mutex_lock(&shared);
        pthread_cond_timedwait(&changed, &shared, &soon);
        pthread_mutex_unlock(&shared);
        pthread_mutex_unlock(&own[(long)number]);
    }
    return number;
}
static void *signals(void *number)
{
    for (;;) {
        pthread_mutex_lock(&own[(long)number]);
        pthread_mutex_lock(&shared);
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&shared);
        pthread_mutex_unlock(&own[(long)number]);
        pthread_mutex_lock(&shared);
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&shared);
    }
    return number;
}
int main(void)
{
    pthread_t thread;
    for (long i = 0; i < THREADS; i++)
        pthread_mutex_init(&own[i], 0);
    for (long i = 0; i < THREADS; i++) {
        pthread_create(&thread, 0, waits, (void *)i);
        pthread_create(&thread, 0, signals, (void *)i);
    }
    puts("works");
    fflush(stdout);
    pause();
    return 0;
}
"""

# Processes killed of each program, and seconds for which living ones are read: cli.deadlocks_long has more.
KILLED = int(os.environ.get("LEAKWATCH_KILLED", 12))
READING = float(os.environ.get("LEAKWATCH_READING", 1))


class Deadlocks(Place):
    def start(self, source, ledgers):
        program = self.compile(ledgers + "_program", source, ("-O1", "-g", "-pthread"))
        return self.run_beside(program, ledgers)

    def run_beside(self, program, ledgers):
        os.mkdir(self.path(ledgers))
        child = subprocess.Popen([program], cwd=self.place, stdout=subprocess.PIPE, env={
            **os.environ, "LD_PRELOAD": LIBRARY, "LEAKWATCH_OPTIONS": f"keep=all:dir={self.path(ledgers)}"})
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        child.stdout.readline()
        return child

    def deadlocks(self, *arguments):
        report = self.report_json(*arguments)
        self.assertEqual([process["damaged"] for process in report["processes"]], [0])
        return [finding for finding in report["findings"] if finding["kind"] == "deadlock"]

    def the_deadlock(self, *arguments):
        finding, = self.deadlocks(*arguments)
        members, = [fact for fact in finding["facts"] if fact["name"] == "members"]
        functions = {frame["function"] for item in members["items"] for frame in item["stack"]}
        self.assertLessEqual({"left_first", "right_first"}, functions)
        self.assertEqual([item["stack"][0]["function"] for item in members["items"]], ["take"] * 4)
        return finding, members["items"]

    def test_of_a_process_that_hangs_and_after_its_end(self):
        child = self.start(HANGS, "ledgers")
        hanging, items = self.the_deadlock("ledgers")
        self.assertEqual(hanging["level"], "error")
        self.assertRegex(items[0]["text"], r"^thread \d+ \((left|right)_first\) (has waited for [\d.]+ s|waits) for the mutex that thread \d+ holds$")
        self.assertRegex(items[1]["text"], r"^thread \d+ (has held for [\d.]+ s|holds) the mutex that thread \d+ waits for, taken$")
        self.leakwatch("merge", "-o", "hanging.lwa", "ledgers")
        child.send_signal(signal.SIGKILL)
        child.wait()
        killed, _ = self.the_deadlock("ledgers")
        merged, _ = self.the_deadlock("hanging.lwa")
        self.assertEqual({killed["fingerprint"], merged["fingerprint"]}, {hanging["fingerprint"]})

    def test_dump_shows_who_holds_and_waits(self):
        self.start(HANGS, "ledgers")
        ledger, = self.ledgers_in(self.path("ledgers"))
        holds = re.findall(r'(?m)^hold board=\d+ thread=(\d+) name="" state=(\w+) kind=\d+ lock=(0x[0-9a-f]+) site=\d+ '
                           r'since=\d+ count=\d+$', self.leakwatch("dump", ledger).stdout)
        self.assertEqual([state for _, state, _ in holds], ["held", "taking"] * 2)
        self.assertEqual((holds[0][0], holds[2][0]), (holds[1][0], holds[3][0]))
        self.assertEqual((holds[0][2], holds[2][2]), (holds[3][2], holds[1][2]))

    def test_stable_reports_name_no_threads(self):
        self.start(HANGS, "ledgers")
        text = self.leakwatch("report", "--stable", "ledgers").stdout
        self.assertIn("error: 2 threads wait for each other at ", text)
        self.assertNotRegex(text, r"thread \d")
        _, items = self.the_deadlock("ledgers")
        self.assertEqual(sum("text" in item for item in items), 4)

    def test_threads_that_wait_and_go_on_are_in_none(self):
        children = [self.start(BUSY, "busy"), self.start(CONDITIONS, "conditions")]
        begin, readings = time.monotonic(), 0
        while time.monotonic() < begin + READING or readings < 20:
            for ledgers in ("busy", "conditions"):
                self.assertEqual(self.deadlocks(ledgers), [])
            readings += 1
        print(f"{2 * readings} readings, no circle", file=sys.stderr)
        for child in children:
            child.kill()
            child.wait()
        for ledgers in ("busy", "conditions"):
            self.assertEqual(self.deadlocks(ledgers), [])

    def test_threads_killed_anywhere_are_in_none(self):
        for name, source in (("busy", BUSY), ("conditions", CONDITIONS)):
            program = self.compile(name, source, ("-O1", "-g", "-pthread"))
            for turn in range(KILLED):
                child = self.run_beside(program, f"{name}.{turn}")
                time.sleep(turn % 7 * 0.01)
                child.kill()
                child.wait()
                self.assertEqual(self.deadlocks(f"{name}.{turn}"), [])
                shutil.rmtree(self.path(f"{name}.{turn}"))


if __name__ == "__main__":
    command.main()
