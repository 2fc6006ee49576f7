#!/usr/bin/env python3
"""The file of a ledger: whose it is, who may cut or remove it, and how large it is left."""
import errno
import fcntl
import glob
import os
import resource
import signal
import subprocess
import time
import unittest

import command

SIZE = 256 << 20

# Takes three things, waits for a line if it is told to, does what its first argument says, and ends.
HOLDER = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    char line[8], *const none[] = {NULL};
    for (int i = 0; i < 3; i++)
        if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0)
            return 98;
    const char *deed = count > 1 ? arguments[1] : "";
    if (strcmp(deed, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(deed, "child") == 0 && fork() == 0) {
        setsid();
        for (int fd = 0; fd < 3; fd++)
            close(fd); /* or who waits for our output would wait for this one, too */
        execv("/nonexistent", none);
        pause();
    }
    if (strcmp(deed, "child") == 0)
        raise(SIGKILL);
    puts("ready");
    fflush(stdout);
    if (read(0, line, sizeof line) < 0)
        return 98;
    if (strcmp(deed, "chroot") == 0 && chroot(arguments[2]) != 0)
        return 97;
    if (strcmp(deed, "fails") == 0) {
        execv("/nonexistent", none);
        for (int i = 0; i < 900; i++)
            if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0)
                return 96;
    }
    if (strcmp(deed, "crosses") == 0 && open("/etc/passwd", O_RDONLY) == 6)
        execl(arguments[2], arguments[2], NULL);
    if (strcmp(deed, "clean") == 0 || strcmp(deed, "exec") == 0)
        for (int fd = 3; fd < 6; fd++)
            close(fd);
    if (strcmp(deed, "exec") == 0)
        execl(arguments[2], arguments[2], NULL);
    return 0;
}
"""


def leases_are_kept(directory):
    """Not every file system tells whether a file is in use."""
    path = os.path.join(directory, "leased")
    with open(path, "w+", encoding="ascii") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno not in (errno.EINVAL, errno.EAGAIN)
        finally:
            os.unlink(path)
    return True


class LedgerFile(command.Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("holder", HOLDER)
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)

    def found(self):
        return glob.glob(os.path.join(self.ledgers, "*.lwl"))

    def start(self, *arguments):
        """The program, waiting, and its ledger."""
        environment = self.environment(LD_PRELOAD=command.LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:quiet=1")
        # pylint: disable=consider-using-with
        process = subprocess.Popen([self.program, *arguments], env=environment, cwd=self.place, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process, self.found()[0]

    def finish(self, process):
        process.stdin.write(b"go\n")
        process.stdin.close()
        self.assertEqual(process.wait(command.TIMEOUT), 0)

    def replace(self, ledger, victim):
        os.rename(ledger, ledger + ".moved")
        with open(victim, "wb") as file:
            file.write(b"x" * 300000)

    def test_it_is_cut_at_the_end(self):
        process, ledger = self.start()
        self.assertEqual(os.stat(ledger).st_size, SIZE)
        self.finish(process)
        self.assertLess(os.stat(ledger).st_size, 1 << 20)

    def test_a_link_in_its_place_is_not_followed(self):
        process, ledger = self.start()
        victim = self.path("victim")
        self.replace(ledger, victim)
        os.symlink(victim, ledger)
        self.finish(process)
        self.assertEqual(os.stat(victim).st_size, 300000)

    def test_another_file_in_its_place_is_neither_cut_nor_removed(self):
        for deed in ("end", "clean"):
            with self.subTest(deed):
                process, ledger = self.start(deed)
                self.replace(ledger, ledger)
                self.finish(process)
                self.assertEqual(os.stat(ledger).st_size, 300000)
                os.unlink(ledger)

    def test_the_next_image_removes_no_other_file(self):
        process, ledger = self.start("exec", "/bin/true")
        self.replace(ledger, ledger)
        self.finish(process)
        self.assertEqual(os.stat(ledger).st_size, 300000)

    def test_the_next_image_removes_a_clean_one(self):
        process, _ = self.start("exec", "/bin/true")
        self.finish(process)
        self.assertEqual(self.found(), [])

    def test_an_executed_image_leaves_a_small_one(self):
        process, ledger = self.start("crosses", "/bin/true")
        self.finish(process)
        self.assertLess(os.stat(ledger).st_size, 1 << 20)
        self.assertEqual([each["damaged"] for each in self.report_json(self.ledgers)["processes"]], [0])

    def test_it_grows_again_behind_an_exec_that_fails(self):
        process, ledger = self.start("fails")
        self.finish(process)
        self.assertLess(os.stat(ledger).st_size, 2 << 20)
        image, = self.report_json(self.ledgers)["processes"]
        self.assertEqual((image["lost"], image["damaged"], image["open_at_end"]), (0, 0, 906))

    def test_it_does_not_grow_beyond_a_limit_set_since(self):
        process, ledger = self.start("fails")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        self.finish(process)
        self.assertLess(os.stat(ledger).st_size, 1 << 20)

    @unittest.skipUnless(os.geteuid() == 0, "chroot is for root")
    def test_a_file_of_that_path_in_another_root_is_left_alone(self):
        root = self.path("root")
        process, ledger = self.start("chroot", root)
        inside = root + ledger
        os.makedirs(os.path.dirname(inside))
        with open(inside, "wb") as file:
            file.write(b"x" * 300000)
        self.finish(process)
        self.assertEqual(os.stat(inside).st_size, 300000)

    def test_kept_ones_of_killed_processes_are_small(self):
        if not leases_are_kept(self.ledgers):
            self.skipTest("this file system grants no leases")
        self.leakwatch("run", "--keep-ledgers", self.ledgers, "--", self.program, "kill", status=137)
        self.assertTrue(self.found())
        for ledger in self.found():
            self.assertLess(os.stat(ledger).st_size, 2 << 20, ledger)
        self.assertEqual(len(self.report_json(self.ledgers)["processes"]), 1)

    def test_one_that_a_child_still_writes_to_is_not_cut(self):
        self.leakwatch("run", "--grace", "0", "--keep-ledgers", self.ledgers, "--", self.program, "child", status=137)
        ledger = self.found()[0]
        child = next(int(pid) for pid in os.listdir("/proc") if pid.isdigit() and self.maps(pid, ledger))
        try:
            self.assertEqual(os.stat(ledger).st_size, SIZE)
        finally:
            os.kill(child, signal.SIGKILL)

    @staticmethod
    def maps(pid, ledger):
        try:
            with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
                return ledger in maps.read()
        except OSError:
            return False


if __name__ == "__main__":
    command.main()
