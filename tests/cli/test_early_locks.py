#!/usr/bin/env python3
"""Locks that are taken before there is a ledger, with the library preloaded by hand: it begins with the first descriptor or
thread, when a thread has to wait, or has taken ten thousand locks, and knows by then what was taken before."""
import os
import signal
import subprocess
import time

import command

PROGRAM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t again = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, checks = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_t thread;
static void take(pthread_mutex_t *mutex)
{
    if (pthread_mutex_lock(mutex) != 0)
        _exit(99);
}
static void give(pthread_mutex_t *mutex)
{
    if (pthread_mutex_unlock(mutex) != 0)
        _exit(98);
}
static void takes_early(pthread_mutex_t *mutex)
{
    take(mutex);
}
static void until_awaited(pthread_mutex_t *mutex)
{
    while (__atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) != 2)
        usleep(1000);
}
static void *wants_left(void *nothing)
{
    take(&right);
    take(&left);
    return nothing;
}
static void begin(void)
{
    pthread_create(&thread, NULL, wants_left, NULL);
    until_awaited(&left);
}
static void clock_is(int sign)
{
    (void)sign;
    for (int i = 0; i < 40; i++)
        take(&again);
    for (int i = 0; i < 40; i++)
        give(&again);
}
/* Everything is given back, in any order, with a handler that does the same in between. */
static void balanced(void)
{
    static pthread_mutex_t many[100];
    timer_t timer;
    struct itimerspec often = {{0, 50000}, {0, 50000}};
    signal(SIGALRM, clock_is);
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    timer_settime(timer, 0, &often, NULL);
    pthread_spin_init(&spin, 0);
    for (int turn = 0; turn < 1500; turn++) {
        take(&left), take(&right), pthread_spin_lock(&spin), pthread_rwlock_rdlock(&table), flockfile(stdout);
        pthread_rwlock_rdlock(&table), pthread_rwlock_unlock(&table), flockfile(stdout), funlockfile(stdout);
        give(&left), pthread_rwlock_unlock(&table), funlockfile(stdout), give(&right), pthread_spin_unlock(&spin);
    }
    take(&checks);
    if (pthread_mutex_trylock(&checks) != EBUSY)
        _exit(97);
    give(&checks);
    for (int i = 0; i < 100; i++)
        take(&many[i]);
    for (int i = 0; i < 100; i++)
        give(&many[i]);
    timer_delete(timer);
}
int main(int count, char **arguments)
{
    const char *deed = count > 1 ? arguments[1] : "";
    takes_early(strcmp(deed, "balanced") == 0 ? &checks : &left);
    if (strcmp(deed, "two") == 0) {
        begin();
        take(&right);
    } else if (strcmp(deed, "join") == 0) {
        begin();
        pthread_join(thread, NULL);
    } else if (strcmp(deed, "holds") == 0) {
        take(&again), take(&again), give(&again);
        begin();
        pause();
    } else if (strcmp(deed, "often") == 0) {
        for (int i = 0; i < 30000; i++)
            take(&right), give(&right);
        pause();
    } else if (strcmp(deed, "self") == 0) {
        take(&left);
    } else if (strcmp(deed, "rwlock") == 0) {
        pthread_rwlock_rdlock(&table), pthread_rwlock_rdlock(&table), pthread_rwlock_unlock(&table);
        pthread_rwlock_wrlock(&table);
    } else if (strcmp(deed, "destroyed") == 0) {
        pthread_mutex_destroy(&left);
    } else if (strcmp(deed, "opens") == 0) {
        close(open("/dev/null", O_RDONLY | O_CLOEXEC));
        take(&left);
    } else if (strcmp(deed, "child") == 0) {
        /* A child that has what its parent had gives it back, and takes it again. */
        if (fork() == 0) {
            give(&left);
            give((take(&left), &left));
            takes_early(&right);
            pthread_create(&thread, NULL, wants_left, NULL);
            until_awaited(&right);
            pause();
        }
        wait(NULL);
    } else {
        give(&checks);
        balanced();
        puts("balanced");
    }
    return 0;
}
"""


class EarlyLocks(command.Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("early", PROGRAM, ("-O1", "-g", "-pthread", "-fno-optimize-sibling-calls", "-fno-inline"))
        os.mkdir(self.path("ledgers"))

    def preloaded(self):
        return self.environment(LD_PRELOAD=command.LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}:quiet=1")

    def start(self, deed):
        # pylint: disable=consider-using-with
        child = subprocess.Popen([self.program, deed], cwd=self.place, env=self.preloaded(), start_new_session=True)
        self.addCleanup(child.wait)
        self.addCleanup(os.killpg, child.pid, signal.SIGKILL) # its children, too
        return child

    def findings(self, kind):
        """What a report says of the living process, as soon as it says it."""
        until = time.monotonic() + 60
        found = []
        while not found and time.monotonic() < until:
            time.sleep(0.1)
            if self.ledgers_in(self.path("ledgers")):
                found = [finding for finding in self.report_json("ledgers")["findings"] if finding["kind"] == kind]
        return found

    def members(self, deed):
        """Those of the only deadlock: what is said of each, and the functions of its stack."""
        self.start(deed)
        found, = self.findings("deadlock")
        self.assertEqual(found["level"], "error")
        fact, = [fact for fact in found["facts"] if fact["name"] == "members"]
        return [(item["text"], [frame["function"] for frame in item["stack"]]) for item in fact["items"]]

    def assert_members(self, deed, *expected):
        """expected: (what it does, a function of its stack)"""
        found = self.members(deed)
        self.assertEqual(len(found), len(expected), found)
        for word, function in expected:
            self.assertTrue([text for text, stack in found if word in text and function in stack], (word, function, found))

    def test_what_the_first_thread_had_before_the_second(self):
        self.assert_members("two", ("holds", "wants_left"), ("taken", "wants_left"), ("holds", "main"), ("taken", "main"))

    def test_who_waits_for_a_thread_that_waits_for_that(self):
        self.assert_members("join", ("holds", "wants_left"), ("another mutex", "wants_left"), ("to end", "main"),
                            ("that thread", "take"))

    def test_one_thread_that_waits_for_itself(self):
        self.assert_members("self", ("it itself holds", "main"), ("it itself waits for", "main"))

    def test_one_that_reads_and_wants_to_write(self):
        found = self.members("rwlock")
        self.assertEqual(len([text for text, _ in found if "itself" in text]), 2, found)

    def test_what_was_taken_before_the_first_descriptor(self):
        self.assert_members("opens", ("it itself holds", "main"), ("it itself waits for", "main"))

    def test_one_that_is_destroyed(self):
        subprocess.run([self.program, "destroyed"], env=self.preloaded(), check=True, timeout=command.TIMEOUT)
        found, = self.report_json("ledgers")["findings"]
        self.assertIn("destroyed while held", str(found))
        self.assertEqual((found["kind"], found["level"]), ("lock-misuse", "error"))

    def holds(self):
        """(state, count) of each on the boards of the only ledger."""
        ledger, = self.ledgers_in(self.path("ledgers"))
        dump = self.leakwatch("dump", ledger).stdout
        return [tuple(word.split("=")[1] for word in line.split() if word.startswith(("state=", "count=")))
                for line in dump.splitlines() if line.startswith("hold ")]

    def until(self, states):
        until = time.monotonic() + 60
        found = []
        while found != states and time.monotonic() < until:
            time.sleep(0.1)
            found = sorted(state for state, _ in self.holds()) if self.ledgers_in(self.path("ledgers")) else []
        self.assertEqual(found, states)

    def test_the_first_thread_asks_for_nothing_more(self):
        self.start("holds")
        self.until(["held", "held", "held", "taking"])
        self.assertEqual(sorted(count for state, count in self.holds() if state == "held"), ["1", "1", "1"])

    def test_many_locks_are_worth_a_ledger(self):
        """What is remembered of each before costs more than what is written of it there."""
        self.start("often")
        self.until(["held"])

    def test_a_child_has_what_it_takes_itself(self):
        self.start("child")
        self.until(["held", "taking"])

    def test_there_is_none_without_a_thread_or_a_descriptor(self):
        done = subprocess.run([self.program, "balanced"], env=self.preloaded(), stdout=subprocess.PIPE, check=False,
                              timeout=command.TIMEOUT)
        self.assertEqual((done.returncode, done.stdout), (0, b"balanced\n"))
        self.assertEqual(self.ledgers_in(self.path("ledgers")), [])


if __name__ == "__main__":
    command.main()
