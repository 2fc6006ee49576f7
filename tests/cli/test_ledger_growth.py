#!/usr/bin/env python3
"""A ledger's size follows what is distinct, not how long its process lives: after a million acquisitions it is no larger than
after ten thousand of the same places (LEAKWATCH_ACQUISITIONS says how many, ten million in the long test)."""
import os
import re

import command
from command import Place

FEW, MANY = 10_000, int(os.environ.get("LEAKWATCH_ACQUISITIONS", "1000000"))

# What is taken is given back 1 to 64 takes later, so that numbers, lifetimes and orders vary; names are always other ones;
# every tenth round is a scope, and an open that fails; the last 100 are kept.
BUSY = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "leakwatch/leakwatch.h"
static int held[64];
static void keep(unsigned long i, int fd)
{
    int *place = &held[i * 2654435761u / 64 % 64];
    if (fd < 0)
        exit(1);
    if (*place > 0)
        close(*place);
    *place = fd;
}
static void take(unsigned long i)
{
    char path[64];
    int ends[2];
    keep(i, dup(0));
    keep(i + 1, eventfd(0, EFD_CLOEXEC));
    snprintf(path, sizeof path, "/dev%.*snull", 1 + (int)(i / 10 % 40), "////////////////////////////////////////");
    keep(i + 2, i % 4 ? dup(1) : open(path, O_RDONLY | O_CLOEXEC));
    if (i % 16 == 0 && pipe(ends) == 0) {
        keep(i + 3, ends[0]);
        keep(i + 4, ends[1]);
    }
    if (i % 10 == 0) {
        snprintf(path, sizeof path, "/nowhere/%lu", i);
        if (open(path, O_RDONLY) >= 0)
            exit(2);
    }
}
int main(int count, char **arguments)
{
    unsigned long wanted = count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
    for (unsigned long i = 0; i < wanted / 3; i++)
        if (i % 10 == 0) {
            LEAKWATCH_SCOPE("round")
                take(i);
        } else
            take(i);
    return 0;
}
"""


class LedgerGrowth(Place):
    def setUp(self):
        super().setUp()
        include = os.path.join(os.environ["SOURCE_DIR"], "include")
        self.program = self.compile("busy", BUSY, flags=("-O2", "-g", f"-I{include}"))

    def after(self, acquisitions):
        """What a ledger says of itself then: bytes in use, and the disk's."""
        ledger, = self.ledgers_in(self.make_ledgers(self.program, str(acquisitions), directory=f"after{acquisitions}"))
        dumped = self.leakwatch("dump", ledger).stdout
        acquired = sum(int(number) for number in re.findall(r"^site .* acquired=(\d+)", dumped, re.MULTILINE))
        self.assertGreaterEqual(acquired, acquisitions * 9 // 10)
        self.assertIn("\ndamaged 0\n", dumped)
        tables = re.findall(r"^table (\w+) .*\bcount=(\d+) folded=(\d+)", dumped, re.MULTILINE)
        return int(re.search(r"^header .* used=(\d+)", dumped, re.MULTILINE)[1]), os.stat(ledger).st_blocks, tables

    def test_many_acquisitions_take_no_more_room_than_few(self):
        few, many = self.after(FEW), self.after(MANY)
        self.assertEqual(many[2], few[2])
        self.assertLessEqual(many[0], few[0], "bytes in use")
        self.assertLessEqual(many[1], few[1], "blocks of the disk")


if __name__ == "__main__":
    command.main()
