"""leakwatch attach and detach, of processes with one thread that sleeps: in whatever call, unless that thread is in malloc or
in the loader below it; then that is said."""
import os
import re
import shutil
import signal
import sys
import threading
import time

import command
from attached import AttachPlace
from command import TIMEOUT

# Sleeps as its argument says, until something is there to be read.
ASLEEP = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
static uintptr_t wanted, wanted_end;
static volatile sig_atomic_t slept, polls, awaits;
static sem_t *semaphore;
static char room[1 << 20];
/* A call that the kernel has fail after any stop. */
static void await_input(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int events = epoll_create1(0);
    epoll_ctl(events, EPOLL_CTL_ADD, 0, &event);
    while (epoll_wait(events, &event, 1, -1) != 1)
        write(1, "interrupted\n", 12);
}
static void sleep_on(void)
{
    char byte;
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    write(1, "ready\n", 6);
    if (polls)
        poll(&(struct pollfd){0, POLLIN, 0}, 1, -1);
    if (awaits)
        await_input();
    read(0, &byte, 1);
    slept = 1;
}
/* Sleeps once it has come amid what is wanted. */
static void interrupt(int number, siginfo_t *unused, void *context)
{
    uintptr_t at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    (void)number, (void)unused;
    if (!slept && at > wanted && at < wanted_end)
        sleep_on();
}
static void post(int number)
{
    (void)number;
    sem_post(semaphore);
}
static void expect(uintptr_t start, uintptr_t end, int flags, int number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = interrupt;
    action.sa_flags = SA_SIGINFO | SA_RESTART | flags;
    wanted = start;
    wanted_end = end;
    sigaction(number, &action, NULL);
    if (number == SIGALRM)
        setitimer(ITIMER_REAL, &(struct itimerval){{0, 300}, {0, 300}}, NULL);
}
static void allocate(int flags)
{
    uintptr_t begin = (uintptr_t)dlsym(RTLD_DEFAULT, "malloc");
    expect(begin, begin + 0x100, flags, SIGALRM);
    while (!slept) {
        void *volatile piece = malloc(24);
        free(piece);
    }
}
static void clear(void)
{
    Dl_info info;
    dladdr(dlsym(RTLD_DEFAULT, "memset"), &info);
    expect((uintptr_t)info.dli_fbase, (uintptr_t)info.dli_fbase + (2 << 20), 0, SIGALRM);
    while (!slept)
        memset(room, slept, sizeof room);
}
__attribute__((noinline)) static void turn(void)
{
    while (!slept)
        ;
}
__attribute__((noinline)) static void remember(void)
{
    volatile uintptr_t words[512];
    for (int i = 0; i < 512; i++)
        words[i] = (uintptr_t)dlsym(RTLD_DEFAULT, i % 2 ? "malloc" : "free") + 0x20;
    sleep_on();
}
static void deepen(int depth)
{
    volatile char place = (char)depth;
    if (depth)
        deepen(depth - 1);
    else
        sleep_on();
    place = 0;
    (void)place;
}
static void share(void)
{
    semaphore = mmap(NULL, sizeof *semaphore, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(semaphore, 1, 0);
    signal(SIGUSR1, post);
    write(1, "ready\n", 6);
    while (sem_wait(semaphore) != 0)
        ;
}
int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    polls = strstr(what, "polls") != NULL;
    awaits = strstr(what, "awaits") != NULL;
    signal(SIGUSR2, SIG_IGN);
    if (strstr(what, "remembers"))
        remember();
    else if (strstr(what, "allocates"))
        allocate(strstr(what, "nested") ? SA_NODEFER : 0);
    else if (strstr(what, "clears"))
        clear();
    else if (strstr(what, "turns")) {
        expect((uintptr_t)turn, (uintptr_t)turn + 64, 0, SIGALRM);
        turn();
    } else if (strstr(what, "pauses")) {
        expect(0, UINTPTR_MAX, 0, SIGUSR1);
        write(1, "waits\n", 6);
        pause();
    } else if (strstr(what, "loads"))
        dlopen("./sleeper.so", RTLD_NOW);
    else if (strstr(what, "deep"))
        deepen(atoi(arguments[2]));
    else if (strstr(what, "shares"))
        share();
    write(1, "over\n", 5);
    read(0, room, 1);
    return 0;
}
"""

SLEEPER = r"""
#include <unistd.h>
__attribute__((constructor)) static void sleep_on(void)
{
    char byte;
    write(1, "ready\n", 6);
    read(0, &byte, 1);
}
"""

READ, PAUSE, FUTEX = 0, 34, 202
STRIPPED = ("-O2", "-fomit-frame-pointer", "-s", "-w")
NO_TABLES = ("-O2", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-w")


class AttachSleepers(AttachPlace):
    def wait_for_call(self, process, number):
        for _ in range(TIMEOUT * 20):
            with open(f"/proc/{process.pid}/syscall", encoding="utf-8") as file:
                if file.read().startswith(f"{number} "):
                    return
            time.sleep(0.05)
        self.fail("it does not sleep")

    def start_asleep(self, *arguments, flags=STRIPPED, says="ready\n"):
        process = self.start(self.compile("asleep", ASLEEP, flags), *arguments)
        self.assertEqual(process.stdout.readline(), says)
        return process

    def go_on(self, process, by=None):
        if by:
            process.send_signal(by)
        else:
            process.stdin.write("x")
            process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "over\n")

    def is_watched_and_let_go(self, process):
        for said in (self.attach(process), self.detach(process)):
            self.assertLess(float(re.search(r"paused for ([0-9.]+) ms", said)[1]), 1000)

    def end(self, process, by=None):
        self.go_on(process, by)
        process.communicate("x", timeout=TIMEOUT)
        self.assertEqual(process.returncode, 0)

    def is_refused(self, process, why):
        """Until it goes on."""
        said = self.leakwatch("attach", "--ledgers", self.ledgers, str(process.pid), status=2).stderr
        self.assert_one_line(said, f"when last seen its only thread was {why}")
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
            self.assertIn("TracerPid:\t0\n", file.read())
        self.go_on(process)
        self.attach(process)
        process.communicate("x", timeout=TIMEOUT)
        self.assertEqual(process.returncode, 0)

    # ---- What sleeps can be attached to ----

    def test_programs(self):
        tried = 0
        for program in (["tee"], ["bash", "-c", "read line; echo $line"], ["bash"], ["perl", "-ne", "print"], ["grep", "x"],
                        ["zsh", "-c", "read line; echo $line"], ["less"], ["cat"], ["sed", "p"], ["sqlite3"]):
            if not shutil.which(program[0]):
                continue
            with self.subTest(program=program):
                process = self.start(*program)
                self.wait_for_call(process, READ)
                self.is_watched_and_let_go(process)
                said, _ = process.communicate({"bash": "echo x\n", "sqlite3": "select 'x';\n"}.get(program[0], "x\n"),
                                              timeout=TIMEOUT)
                self.assertIn("x\n", said)
                self.assertEqual(process.returncode, 0)
                tried += 1
        self.assertGreater(tried, 0)

    def test_what_is_only_remembered(self):
        """Addresses within malloc stand on its stack, but no function returns there."""
        process = self.start_asleep("remembers")
        self.is_watched_and_let_go(process)
        self.end(process)

    def test_a_handler_amid_the_programs_own_code(self):
        process = self.start_asleep("turns")
        self.is_watched_and_let_go(process)
        self.end(process)

    def test_a_handler_amid_a_call(self):
        process = self.start_asleep("pauses", says="waits\n")
        self.wait_for_call(process, PAUSE)
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.stdout.readline(), "ready\n")
        self.is_watched_and_let_go(process)
        self.end(process)

    def test_a_call_that_malloc_makes_too(self):
        """sem_wait sleeps in futex, as malloc does that waits for another thread."""
        process = self.start_asleep("shares")
        self.wait_for_call(process, FUTEX)
        self.is_watched_and_let_go(process)
        self.end(process, by=signal.SIGUSR1)

    def test_a_deep_stack(self):
        process = self.start_asleep("deep", "5000", flags=("-O1", "-fomit-frame-pointer", "-w"))
        self.is_watched_and_let_go(process)
        self.end(process)

    # ---- What must be left alone ----

    def test_a_handler_amid_malloc(self):
        for what in ("allocates", "allocates nested", "allocates polls", "allocates nested polls"):
            with self.subTest(what=what):
                process = self.start_asleep(what)
                self.is_refused(process, "in a signal handler, which has interrupted malloc, or its like")

    def test_a_signal_that_is_ignored_interrupts_no_call(self):
        """It stops who is traced, and this one is looked at again and again."""
        process = self.start_asleep("allocates awaits")
        is_over = threading.Event()

        def send():
            while not is_over.wait(0.0002):
                process.send_signal(signal.SIGUSR2)

        sending = threading.Thread(target=send)
        sending.start()
        try:
            said = self.leakwatch("attach", "--ledgers", self.ledgers, str(process.pid), status=2).stderr
        finally:
            is_over.set()
            sending.join()
        self.assertIn("in a signal handler", said)
        self.end(process)

    def test_a_handler_amid_the_c_library(self):
        process = self.start_asleep("clears")
        self.is_refused(process, "in a signal handler, which has interrupted the C library")

    def test_a_constructor(self):
        self.compile("sleeper.so", SLEEPER, ("-shared", "-fPIC", "-w"), source="sleeper.c")
        process = self.start_asleep("loads")
        self.is_refused(process, "loading a library, or in its constructors")

    def test_what_cannot_be_followed(self):
        process = self.start_asleep("remembers", flags=NO_TABLES)
        self.is_refused(process, "in a system call, perhaps in malloc: its stack cannot be followed to its end")


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
