#!/usr/bin/env python3
"""Waits for locks on files that are cancelled, or left by a jump, leave nothing in the ledger: what they used is used again."""
import os
import re

import command
from command import Place

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "programs")

# Waits for locks that its child has, and leaves each wait by a jump out of a handler.
JUMPS = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static sigjmp_buf out;
static int said[2], until[2];
static void jump(int sign)
{
    siglongjmp(out, sign);
}
static int locked(int fd, int command)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, command, &range);
}
static void leave(int fd)
{
    if (sigsetjmp(out, 1) == 0) {
        ualarm(2000, 2000);
        locked(fd, F_SETLKW);
        _exit(9);
    }
    ualarm(0, 0);
}
int main(void)
{
    int fd = open("asked", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char byte = 'x';
    if (pipe(said) != 0 || pipe(until) != 0)
        return 1;
    signal(SIGALRM, jump);
    if (fork() == 0) {
        close(until[1]);
        if (locked(fd, F_SETLK) != 0 || write(said[1], &byte, 1) != 1 || read(until[0], &byte, 1) != 0)
            _exit(8);
        _exit(0);
    }
    if (read(said[0], &byte, 1) != 1)
        return 2;
    for (int i = 0; i < 50; i++)
        leave(fd);
    close(until[1]);
    wait(NULL);
    return locked(fd, F_SETLKW);
}
"""


class CancelledWaits(Place):
    def left_by(self, program):
        """Of the ledger of the process that waited: its holds, its boards, and the states of its locks on files."""
        dumps = [self.leakwatch("dump", ledger).stdout for ledger in self.ledgers_in(self.make_ledgers(program))]
        dump = max(dumps, key=lambda text: text.count("\nsite "))
        self.assertIn("\ndamaged 0\n", dump)
        return (re.findall(r"(?m)^hold .*", dump), re.findall(r"(?m)^board .*", dump),
                re.findall(r"(?m)^file_lock .* state=(\d+)", dump))

    def test_threads_that_are_cancelled(self):
        with open(os.path.join(PROGRAMS, "locks", "cancelled_waits.c"), encoding="utf-8") as file:
            program = self.compile("cancelled", file.read(),
                                   ("-O1", "-g", "-pthread", f"-I{PROGRAMS}", f"-I{os.path.join(PROGRAMS, 'locks')}"))
        holds, boards, file_locks = self.left_by(program)
        self.assertEqual(holds, [])
        self.assertLessEqual(len(boards), 4, "80 threads, one after the other")
        self.assertLessEqual(len(file_locks), 4, "80 waits, one after the other")
        self.assertEqual(set(file_locks), {"0"})

    def test_waits_that_are_left_by_a_jump(self):
        holds, _, file_locks = self.left_by(self.compile("jumps", JUMPS, ("-O1", "-g", "-w")))
        self.assertEqual(holds, [])
        self.assertEqual(sorted(file_locks)[:-1], ["0"] * (len(file_locks) - 1))
        self.assertEqual(sorted(file_locks)[-1], "2", "the last one is held")
        self.assertLessEqual(len(file_locks), 4, "51 waits, one after the other")


if __name__ == "__main__":
    command.main()
