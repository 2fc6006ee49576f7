#!/usr/bin/env python3
"""Workers that root starts and that drop root before they open anything: what they forget stands in the report of the run,
though they may not write to its directory, and no other user may write to it either."""
import glob
import os
import shutil

import command

WORKER = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

__attribute__((noinline)) static void forget(void)
{
    for (int i = 0; i < 3; i++)
        if (open("/dev/null", O_RDONLY) < 0)
            exit(97);
}

static void say(const char *what, int failed)
{
    printf("%s: %s\n", what, failed ? strerror(errno) : "done");
}

/* As somebody who may look at what stands in /tmp, but not into the environment of the run's processes. */
static void pry(const char *directory)
{
    char path[4096];
    say("list", opendir(directory) == NULL);
    snprintf(path, sizeof path, "%s/leakwatch.forged.1.1.0.lwl", directory);
    say("forge", open(path, O_WRONLY | O_CREAT, 0600) < 0);
}

static void become_nobody(void)
{
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        exit(98);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "forget") == 0) {
        forget();
        return 0;
    }
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        if (count > 2 && strcmp(arguments[1], "pry") == 0)
            for (int i = 2; i < count; i++)
                pry(arguments[i]);
        else if (count > 1)
            execl(arguments[0], arguments[0], "forget", NULL);
        else
            forget();
        exit(0);
    }
    int status;
    return child > 0 && waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : 96;
}
"""


class Workers(command.Place):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can become nobody")
        self.program = self.compile("worker", WORKER)
        self.library = shutil.copy(command.LIBRARY, self.path("libleakwatch.so")) # nobody may read it here
        self.open_to_all(self.place, self.temporary)

    def open_to_all(self, *directories):
        for directory in directories:
            os.chmod(directory, 0o755)

    def environment(self, **more):
        return super().environment(**{"LEAKWATCH_LIBRARY": self.library, **more})

    def judge(self, report):
        finding = self.only(report)
        self.assertEqual((finding["count"], finding["call"]), (3, "open"))
        functions = [frame["function"] for frame in finding["stacks"]["acquired"]]
        self.assertEqual(functions[0], "forget")

    def test_a_forked_one(self):
        report, done = self.run_json("--", self.program)
        self.judge(report)
        self.assertEqual(done.stderr, "")
        self.assertEqual(os.listdir(self.temporary), [])

    def test_one_that_was_executed(self):
        report, done = self.run_json("--", self.program, "execute")
        self.judge(report)
        self.assertEqual(done.stderr, "")
        self.assertEqual(os.listdir(self.temporary), [])

    def test_the_gate(self):
        done = self.leakwatch("gate", "--", self.program, status=1)
        self.assertIn("leakwatch gate: findings", done.stderr)

    def test_ledgers_that_are_kept(self):
        ledgers = self.make_ledgers(self.program, "execute")
        self.assertFalse([name for name in os.listdir(ledgers) if name.startswith(".")])
        self.assertTrue([path for path in self.ledgers_in(ledgers) if os.stat(path).st_uid == 65534])
        self.judge(self.report_json(ledgers))

    def test_where_nobody_else_can_get(self):
        """The words name the true cause, and the gate is not green."""
        os.chmod(self.temporary, 0o700)
        done = self.leakwatch("gate", "--", self.program, status=2)
        self.addCleanup(self.remove_strays)
        self.assertIn("1 ledger is in /dev/shm, because user 65534 may not write to ", done.stderr)
        self.assertIn("Permission denied", done.stderr)
        self.assertNotIn("no room", done.stderr)
        self.assertIn("leakwatch gate: unreadable", done.stderr)

    def remove_strays(self):
        for path in glob.glob("/dev/shm/leakwatch.worker.*.lwl"):
            os.remove(path)

    def test_others_can_neither_list_nor_write(self):
        """Found by root while it runs; the secret name itself is not handed to the one who pries."""
        script = ('set -- "$TMPDIR"/leakwatch.*; exec "$0" pry "$1" "$1"/.workers.*')
        done = self.leakwatch("run", "--", "sh", "-c", script, self.program)
        denied = "list: Permission denied\nforge: Permission denied\n"
        self.assertEqual(done.stdout, 2 * denied, done.stderr)


if __name__ == "__main__":
    command.main()
