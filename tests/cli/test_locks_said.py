#!/usr/bin/env python3
"""What the library itself says of locks at the end, without any command: in its one line, and only of what is an error."""
import os
import re
import subprocess

import command
from command import LIBRARY, TIMEOUT, Place

SOURCE = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, others[4];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_spinlock_t spin;
static void *takes_four(void *nothing)
{
    for (int i = 0; i < 4; i++)
        pthread_mutex_lock(&others[i]);
    return nothing;
}
static void *takes_two(void *nothing)
{
    pthread_mutex_lock(&mutex);
    pthread_rwlock_rdlock(&lock);
    return nothing;
}
static void *takes_and_stays(void *told)
{
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(told);
    pause();
    return 0;
}
static void *gives_back(void *nothing)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    return nothing;
}
static void join_one(void *(*work)(void *))
{
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, 0);
}
static void make(pthread_mutex_t *made, int type)
{
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_settype(&how, type);
    pthread_mutex_init(made, &how);
}
int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    pthread_mutex_t own;
    make(&own, strstr(what, "checked") ? PTHREAD_MUTEX_ERRORCHECK : PTHREAD_MUTEX_NORMAL);
    pthread_spin_init(&spin, 0);
    if (!strcmp(what, "ended"))
        join_one(takes_four);
    if (!strcmp(what, "ended, of two kinds"))
        join_one(takes_two);
    if (!strcmp(what, "stays")) {
        pthread_t thread;
        pthread_barrier_t told;
        pthread_barrier_init(&told, 0, 2);
        pthread_create(&thread, 0, takes_and_stays, &told);
        pthread_barrier_wait(&told);
    }
    if (!strcmp(what, "main keeps")) {
        join_one(gives_back);
        takes_two(0);
    }
    if (!strcmp(what, "alone"))
        takes_four(0);
    if (!strcmp(what, "alone and back"))
        gives_back(0);
    if (!strcmp(what, "unlocked free") || !strcmp(what, "checked unlocked free"))
        pthread_mutex_unlock(&own);
    if (!strcmp(what, "read lock unlocked free"))
        pthread_rwlock_unlock(&lock);
    if (!strcmp(what, "spin lock unlocked free"))
        pthread_spin_unlock(&spin);
    if (!strncmp(what, "destroyed", 9))
        pthread_mutex_destroy(&own);
    if (!strcmp(what, "destroyed twice"))
        pthread_mutex_destroy(&own);
    if (!strcmp(what, "destroyed, locked"))
        pthread_mutex_lock(&own);
    if (!strcmp(what, "destroyed, tried"))
        pthread_mutex_trylock(&own);
    if (!strcmp(what, "destroyed, unlocked"))
        pthread_mutex_unlock(&own);
    if (!strcmp(what, "destroyed, made again"))
        pthread_mutex_init(&own, 0);
    if (!strcmp(what, "checked twice")) {
        pthread_mutex_lock(&own);
        pthread_mutex_lock(&own);
        pthread_mutex_unlock(&own);
    }
    if (!strcmp(what, "checked tried twice")) {
        pthread_mutex_lock(&own);
        pthread_mutex_trylock(&own);
        pthread_mutex_unlock(&own);
    }
    if (!strcmp(what, "waits without")) {
        const struct timespec past = {0};
        pthread_cond_timedwait(&condition, &own, &past);
    }
    if (!strcmp(what, "ended, with a descriptor")) {
        join_one(takes_four);
        pthread_mutex_unlock(&own);
        (void)!dup(0);
    }
    return 0;
}
"""

SEE = "; see: leakwatch report "
# What it does: what is said of it between the program's name and the hint.
SAID = {
    "ended": "never released 4 mutexes",
    "ended, of two kinds": "never released 1 mutex, 1 lock",
    "ended, with a descriptor": "never gave back 1 descriptor, never released 4 mutexes, misused locks at 1 place",
    "unlocked free": "misused locks at 1 place",
    "checked unlocked free": "misused locks at 1 place",
    "read lock unlocked free": "misused locks at 1 place",
    "spin lock unlocked free": "misused locks at 1 place",
    "destroyed twice": "misused locks at 1 place",
    "destroyed, locked": "misused locks at 1 place",
    "destroyed, unlocked": "misused locks at 1 place",
    "checked twice": "misused locks at 1 place",
    "waits without": "misused locks at 1 place",
}
SILENT = ["nothing", "stays", "main keeps", "alone", "alone and back", "destroyed", "destroyed, made again",
          "checked tried twice"]


class LocksSaid(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("said", SOURCE, ("-O1", "-g", "-pthread", "-w"))
        os.mkdir(self.path("ledgers"))

    def said(self, what):
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        done = subprocess.run([self.program, what], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=TIMEOUT, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), what)
        return done.stderr

    def test_what_is_an_error_is_said(self):
        for what, line in SAID.items():
            said = self.said(what)
            self.assertRegex(said, rf"\Aleakwatch: said\[\d+\] {re.escape(line)}{re.escape(SEE)}\S+\n\Z", what)
            ledger = said.split(SEE)[1].strip()
            kinds = {finding["kind"] for finding in self.report_json(ledger)["findings"] if finding["level"] == "error"}
            self.assertEqual("lock-held" in kinds, "released" in line, what)
            self.assertEqual("lock-misuse" in kinds, "misused" in line, what)

    def test_what_is_meant_to_be_is_not(self):
        for what in SILENT:
            self.assertEqual(self.said(what), "", what)


if __name__ == "__main__":
    command.main()
