#!/usr/bin/env python3
"""A call that waits as its process is attached to, or let go, does not fail of it, be it one that the kernel has fail after
any stop; a handler interrupts it all the same."""
import os
import re
import signal
import subprocess
import sys

import command
from attached import AttachPlace
from command import LEAKWATCH, TIMEOUT

# Waits by the call that it is told, again and again, until it is ended; told of a handler as well, once, until that comes.
WAITING = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#define MILLISECONDS (SECONDS * 1000 + 300)
static const struct timespec limit = {SECONDS, 300000000};
static int semaphores, queue, ends[2], listening, events;
static sigset_t none, hangup;
static int by_epoll_wait(void)
{
    struct epoll_event event;
    return epoll_wait(events, &event, 1, MILLISECONDS);
}
static int by_epoll_pwait(void)
{
    struct epoll_event event;
    return epoll_pwait(events, &event, 1, MILLISECONDS, &none);
}
static int by_semtimedop(void)
{
    struct sembuf take = {0, -1, 0};
    return semtimedop(semaphores, &take, 1, &limit);
}
static int by_sigtimedwait(void)
{
    return sigtimedwait(&hangup, NULL, &limit);
}
static int by_recv(void)
{
    char byte;
    return (int)recv(ends[0], &byte, 1, 0);
}
static int by_read(void)
{
    char byte;
    return (int)read(ends[0], &byte, 1);
}
static int by_accept(void)
{
    return accept(listening, NULL, NULL);
}
static int by_poll(void)
{
    return poll(NULL, 0, MILLISECONDS);
}
static int by_ppoll(void)
{
    return ppoll(NULL, 0, &limit, &none);
}
static int by_nanosleep(void)
{
    return nanosleep(&limit, NULL);
}
static const struct way {
    const char *name;
    int (*wait)(void);
    int error; /* once the time is over; 0: no error */
} ways[] = {{"epoll_wait", by_epoll_wait, 0},     {"epoll_pwait", by_epoll_pwait, 0},
            {"semtimedop", by_semtimedop, EAGAIN}, {"sigtimedwait", by_sigtimedwait, EAGAIN},
            {"recv", by_recv, EAGAIN},             {"read", by_read, EAGAIN},
            {"accept", by_accept, EAGAIN},         {"poll", by_poll, 0},
            {"ppoll", by_ppoll, 0},                {"nanosleep", by_nanosleep, 0}};
static volatile sig_atomic_t is_over;
static void handle(int number)
{
    is_over = number == SIGTERM;
}
static void prepare(void)
{
    struct timeval time = {SECONDS, 300000};
    struct sockaddr_un own = {AF_UNIX, ""};
    events = epoll_create1(0);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    listening = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listening, (struct sockaddr *)&own, sizeof own.sun_family);
    listen(listening, 1);
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    sigemptyset(&none);
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    sigprocmask(SIG_BLOCK, &hangup, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handle}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = handle}, NULL);
}
static int error_of(const struct way *way)
{
    return way->wait() < 0 ? errno : 0;
}
int main(int count, char **arguments)
{
    const struct way *way = ways;
    int turns = 0, wrong = 0, error = 0;
    while (strcmp(way->name, arguments[1]) != 0)
        way++;
    prepare();
    printf("ready\n");
    fflush(stdout);
    if (count > 2)
        wrong = (error = error_of(way)) != EINTR;
    else
        for (; !is_over; turns++)
            if ((error = error_of(way)) != way->error && !is_over)
                wrong++;
    semctl(semaphores, 0, IPC_RMID);
    printf("%s: %d turns, %d wrong, the last one: %s\n", way->name, turns, wrong, strerror(error));
    return wrong != 0;
}
"""
NAMES = re.findall(r'\{"(\w+)", by_', WAITING)


class Waits(AttachPlace):
    def start_all(self, seconds, *handler):
        program = self.compile("waiting", WAITING, (f"-DSECONDS={seconds}",))
        processes = [self.start(program, name, *handler) for name in NAMES]
        for process in processes:
            self.assertEqual(process.stdout.readline(), "ready\n")
        return processes

    def all(self, name, processes, *arguments):
        """At once: each takes a second."""
        commands = [subprocess.Popen([LEAKWATCH, name, *arguments, str(process.pid)], stderr=subprocess.PIPE, text=True,
                                     cwd=self.place, env=self.environment()) for process in processes]
        for done in commands:
            said = done.communicate(timeout=TIMEOUT)[1]
            self.assertEqual(done.returncode, 0, said)

    def ends(self, processes, how):
        for process in processes:
            self.assertIsNone(process.poll(), process.args)
            process.send_signal(how)
        for process in processes:
            said, _ = process.communicate(timeout=TIMEOUT)
            self.assertEqual(process.returncode, 0, said)

    def test_they_last_until_their_time_is_over(self):
        processes = self.start_all(seconds=0)
        for _ in range(3):
            self.all("attach", processes, "--ledgers", self.ledgers)
            self.all("detach", processes)
        self.ends(processes, signal.SIGTERM)

    def test_a_handler_interrupts_them(self):
        processes = self.start_all(600, "handler")
        self.all("attach", processes, "--ledgers", self.ledgers)
        self.ends(processes, signal.SIGUSR1)


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
