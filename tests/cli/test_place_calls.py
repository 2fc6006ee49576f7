#!/usr/bin/env python3
"""System calls of locks that are called for from ever new places of the stack: a few are walked, and the others are known
by their return address. Signals are blocked for what is not known."""
import command
from system_calls import Traced

PROGRAM = r"""
#include <alloca.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
__attribute__((noinline)) static int lock_at(int place)
{
    volatile char *room = alloca(16 * (size_t)place + 16);
    room[0] = 0;
    return (pthread_mutex_lock(&mutex) | pthread_mutex_unlock(&mutex)) + room[0];
}
int main(int count, char **arguments)
{
    int failed = open("/dev/null", O_RDONLY) < 0; /* now there is a ledger */
    for (int i = 0; i < atoi(arguments[count - 1]); i++)
        failed |= lock_at(i % 4000);
    return failed;
}
"""
FEW, MANY = 2000, 4000


class PlaceCalls(Traced):
    def test_places_that_are_not_walked_are_known(self):
        program = self.compile("locks", PROGRAM, ("-O1", "-pthread"))
        few, many = (self.calls((program, str(count)), True) for count in (FEW, MANY))
        self.assertGreater(few["rt_sigprocmask"], 256, "none was walked")
        self.assertLessEqual(many["rt_sigprocmask"] - few["rt_sigprocmask"], 100)


if __name__ == "__main__":
    command.main()
