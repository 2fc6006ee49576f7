#!/usr/bin/env python3
"""leakwatch attach takes nothing that the process may need itself: where limits leave little it is refused, what was begun in
vain is undone, and memory that all counts as locked does not grow by a ledger."""
import os
import re
import resource
import shutil
import sys

import command
from attached import OBEDIENT, AttachPlace

LOCKING = OBEDIENT.replace('    printf("ready', "    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)\n        return 77;\n"
                           '    printf("ready', 1).replace("#include <pthread.h>", "#include <pthread.h>\n#include <sys/mman.h>", 1)
MEBIBYTE = 1 << 20
NO_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")


class Room(AttachPlace):
    def bytes_of(self, process, name):
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
            return 1024 * int(re.search(rf"^{name}:\s+(\d+) kB", file.read(), re.M)[1])

    def ledgers_mapped(self, process):
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as file:
            return [line for line in file if ".lwl" in line]

    def start_locking(self, *prefix, **environment):
        program = self.compile("locking", LOCKING, ("-O1", "-g", "-pthread"))
        os.chmod(self.place, 0o755)
        os.chmod(self.ledgers, 0o777)
        process = self.start(*prefix, program, environment=environment)
        if process.stdout.readline() != "ready\n":
            self.skipTest("memory may not be locked here")
        return process

    def is_refused(self, process, *words, **how):
        mapped = self.bytes_of(process, "VmSize")
        self.assert_one_line(self.attach(process, status=2, **how), f"process {process.pid} ", *words)
        self.assertEqual(self.bytes_of(process, "VmSize"), mapped)
        self.assertEqual(os.listdir(self.ledgers), [])

    def test_little_address_space(self):
        process = self.start_program("obedient", OBEDIENT)
        mapped = self.bytes_of(process, "VmSize")
        resource.prlimit(process.pid, resource.RLIMIT_AS, (mapped + 8 * MEBIBYTE, resource.RLIM_INFINITY))
        self.is_refused(process, "(ulimit -v)", "16 more")
        resource.prlimit(process.pid, resource.RLIMIT_AS, (mapped + 400 * MEBIBYTE, resource.RLIM_INFINITY))
        self.attach(process)
        self.tell(process, "f")

    def test_little_to_lock(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("needs root, and setpriv")
        process = self.start_locking("prlimit", f"--memlock={8 * MEBIBYTE}", *NO_RIGHTS)
        self.is_refused(process, "locks all its memory", "(ulimit -l)", "16 more")

    def test_locked_memory_does_not_grow_by_a_ledger(self):
        process = self.start_locking(MALLOC_ARENA_MAX="1") # a heap for the new thread would be the C library's
        before = self.bytes_of(process, "VmLck")
        self.attach(process)
        size = os.path.getsize(command.LIBRARY)
        self.assertLess(self.bytes_of(process, "VmLck"), before + size + MEBIBYTE)
        self.tell(process, "f")
        self.detach(process)

    def test_what_was_begun_in_vain_is_undone(self):
        process = self.start_program("obedient", OBEDIENT)
        for _ in range(2):
            said = self.attach(process, status=2, environment=self.environment(LEAKWATCH_OPTIONS="strict=1"))
            self.assert_one_line(said, "is as it was", "strict=1")
            self.assertEqual((os.listdir(self.ledgers), self.ledgers_mapped(process)), ([], []))
            self.assert_one_line(self.detach(process, status=2), "is not watched")
        self.attach(process)
        self.assertNotEqual(self.ledgers_mapped(process), [])
        self.tell(process, "fr")
        self.detach(process)


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
