#!/usr/bin/env python3
"""System calls that recording locks on files costs: one that asks which file it is for the first that is taken at an open
number, none for the others, and none for reading what fcntl is passed where that is a variable of the caller's."""
import command
from system_calls import Traced

# Its variables stand in the middle of a page.
PROGRAM = r"""
#define _GNU_SOURCE
#include <alloca.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
static __attribute__((noinline)) int pairs(int fd, int way, int count)
{
    struct flock range;
    memset(&range, 0, sizeof range);
    int failed = 0, command = way == 1 ? F_SETLK : way == 2 ? F_SETLKW : F_OFD_SETLKW;
    for (int i = 0; i < count; i++) {
        if (way == 0) {
            failed |= flock(fd, LOCK_EX) | flock(fd, LOCK_UN);
            continue;
        }
        range.l_type = F_WRLCK;
        failed |= fcntl(fd, command, &range);
        range.l_type = F_UNLCK;
        failed |= fcntl(fd, command, &range);
    }
    return failed;
}
int main(int count, char **arguments)
{
    int fd = open("locked", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    size_t here = (uintptr_t)__builtin_frame_address(0) % 4096;
    volatile char *room = alloca(here + 2048);
    room[0] = 0;
    return count < 3 || pairs(fd, atoi(arguments[1]), atoi(arguments[2]));
}
"""
WAYS = ("flock", "F_SETLK", "F_SETLKW", "F_OFD_SETLKW")
FEW, MANY = 100, 1100


class FileLockCalls(Traced):
    def calls_of_a_pair(self, program, way, watched):
        few, many = (self.calls((program, str(way), str(pairs)), watched) for pairs in (FEW, MANY))
        more = {name: round((many[name] - few.get(name, 0)) / (MANY - FEW), 1) for name in many}
        return {"fstat" if name == "newfstatat" else name: count for name, count in more.items() if count > 0}

    def test_none_too_many(self):
        program = self.compile("pairs", PROGRAM)
        for way, name in enumerate(WAYS):
            with self.subTest(way=name):
                alone = self.calls_of_a_pair(program, way, False)
                self.assertEqual(alone, {"fcntl" if way else "flock": 2.0})
                self.assertEqual(self.calls_of_a_pair(program, way, True), alone)


if __name__ == "__main__":
    command.main()
