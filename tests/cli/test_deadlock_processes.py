#!/usr/bin/env python3
"""Deadlocks between processes that still hang, wherever each has the memory that they share; and processes that only wait
for each other a lot."""
import os
import signal
import subprocess

import command
from command import LIBRARY, Place

# Takes one of two mutexes in a file that is mapped at another address in each process, says so, and asks for the other.
HANGS = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
struct shared { pthread_mutex_t mutex[2]; };
__attribute__((noinline)) void take(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
}
int main(int count, char **arguments)
{
    int fd = open(arguments[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600), which = atoi(arguments[2]);
    if (count < 3 || ftruncate(fd, sizeof(struct shared)) != 0)
        return 1;
    void *wanted = (void *)(0x500000000000ul + (which + 1ul) * 0x100000ul);
    struct shared *shared = mmap(wanted, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != wanted)
        return 2;
    if (which < 0) {
        pthread_mutexattr_t how;
        pthread_mutexattr_init(&how);
        pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
        for (int i = 0; i < 2; i++)
            pthread_mutex_init(&shared->mutex[i], &how);
        return 0;
    }
    take(&shared->mutex[which]);
    puts("has one");
    fflush(stdout);
    getchar();
    take(&shared->mutex[!which]);
    return 0;
}
"""

# Processes that take mutexes and locks on files in one order, and give them back in any.
BUSY = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
enum { MUTEXES = 5, FILES = 3 };
static pthread_mutex_t *mutexes;
static int files[FILES];
static void range(short type, int start)
{
    struct flock lock = {.l_type = type, .l_start = start, .l_len = 10};
    fcntl(files[FILES - 1], F_SETLKW, &lock);
}
static void work(unsigned state)
{
    for (int i = 0; i < FILES; i++) {
        char name[] = {(char)('a' + i), 0};
        files[i] = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    for (;;) {
        int one = rand_r(&state) % (MUTEXES - 1), other = one + 1 + rand_r(&state) % (MUTEXES - 1 - one);
        int file = rand_r(&state) % (FILES - 1), both = state & 4;
        pthread_mutex_lock(&mutexes[one]);
        if (both)
            pthread_mutex_lock(&mutexes[other]);
        flock(files[file], state & 1 ? LOCK_EX : LOCK_SH);
        range(state & 2 ? F_WRLCK : F_RDLCK, rand_r(&state) % 10);
        if (both)
            pthread_mutex_unlock(&mutexes[other]);
        pthread_mutex_unlock(&mutexes[one]);
        flock(files[file], LOCK_UN);
        range(F_UNLCK, 0);
        range(F_UNLCK, 10);
    }
}
int main(void)
{
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    mutexes = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < MUTEXES; i++)
        pthread_mutex_init(&mutexes[i], &how);
    for (unsigned i = 0; i < 4; i++)
        if (fork() == 0)
            work(i + 1);
    puts("works");
    fflush(stdout);
    pause();
    return 0;
}
"""


class DeadlocksOfProcesses(Place):
    def started(self, program, *arguments):
        os.makedirs(self.path("ledgers"), exist_ok=True)
        child = subprocess.Popen([program, *arguments], cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 start_new_session=True, env={
                                     **os.environ, "LD_PRELOAD": LIBRARY,
                                     "LEAKWATCH_OPTIONS": f"keep=all:dir={self.path('ledgers')}"})
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.wait)
        self.addCleanup(self.end, child)
        child.stdout.readline()
        return child

    @staticmethod
    def end(child):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def deadlocks(self, *arguments):
        report = self.report_json(*arguments)
        self.assertEqual({process["damaged"] for process in report["processes"]}, {0})
        return [finding for finding in report["findings"] if finding["kind"] == "deadlock"]

    def the_deadlock(self, pids, *arguments):
        finding, = self.deadlocks(*arguments)
        members, = [fact for fact in finding["facts"] if fact["name"] == "members"]
        self.assertEqual([item["stack"][0]["function"] for item in members["items"]], ["take"] * 4)
        self.assertEqual((finding["count"], sorted(finding["pids"])), (1, sorted(pids)))
        for item in members["items"]:
            for pid in pids:
                self.assertIn(f" of process {pid} (hangs)", item["text"])
        return finding

    def until_deadlocked(self):
        while not self.deadlocks("ledgers"):
            pass

    def test_at_other_addresses_while_they_hang_and_after_their_end(self):
        program = self.compile("hangs", HANGS, ("-O1", "-g", "-pthread"))
        subprocess.run([program, "shared", "-1"], cwd=self.place, check=True)
        children = [self.started(program, "shared", str(which)) for which in range(2)]
        for child in children:
            child.stdin.write(b"\n")
            child.stdin.flush()
        self.until_deadlocked()
        pids = [child.pid for child in children]
        hanging = self.the_deadlock(pids, "ledgers")
        self.assertEqual(hanging["level"], "error")
        ledgers = [self.path("ledgers", name) for name in sorted(os.listdir(self.path("ledgers")))]
        self.the_deadlock(pids, *reversed(ledgers), ledgers[0])
        self.assertEqual(self.deadlocks(ledgers[0]), [])
        for child in children:
            self.end(child)
        killed = self.the_deadlock(pids, "ledgers")
        self.assertEqual(killed["fingerprint"], hanging["fingerprint"])

    def test_processes_that_wait_and_go_on_are_in_none(self):
        child = self.started(self.compile("busy", BUSY, ("-O1", "-g", "-pthread")))
        for _ in range(20):
            self.assertEqual(self.deadlocks("ledgers"), [])
        self.end(child)
        self.assertEqual(self.deadlocks("ledgers"), [])


if __name__ == "__main__":
    command.main()
