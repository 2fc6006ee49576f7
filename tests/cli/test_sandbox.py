#!/usr/bin/env python3
"""Programs that are born with a seccomp filter: what it forbids must not kill them because of leakwatch, whichever it is,
and what they leave open must be told."""
import glob
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BUILD_DIR") or os.path.abspath("build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")
SANDBOX, SANDBOXED = (os.path.join(BUILD, "tests", "programs", name) for name in ("sandbox", "sandboxed"))

# Calls that the library makes where nothing forbids them, and that the program itself does not need.
OURS = """process_vm_readv madvise fstatfs pwritev ftruncate truncate readlinkat getdents64 sigaltstack unlinkat getppid
getpid gettid getuid geteuid uname getcwd rt_sigaction rt_sigprocmask sched_yield tgkill waitid fcntl fstat clock_gettime mincore
futex fchmod""".split()
# What the start of a program needs, and this one.
NEEDED = """access arch_prctl brk close execve exit_group getrandom ioctl mmap mprotect munmap newfstatat openat pread64
prlimit64 read rseq set_robust_list set_tid_address write""".split()
HARMLESS = "reboot"


def numbers():
    """Of the system calls, by name, as the headers have them."""
    text = subprocess.run(["cc", "-E", "-dM", "-"], input="#include <sys/syscall.h>\n", stdout=subprocess.PIPE, text=True,
                          check=True, timeout=60).stdout
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", text)}


NUMBERS = numbers()


def sandboxed(place, punishment, kind, names, settings, command):
    filtering = [SANDBOX, punishment, kind, ",".join(str(NUMBERS[name]) for name in names)]
    done = subprocess.run(filtering + settings + command, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120, check=False,
                          env={"PATH": os.environ["PATH"], "PWD": place, "LANG": "C"})
    return done.returncode, done.stdout, done.stderr


def leaks_of(ledgers):
    done = subprocess.run([LEAKWATCH, "report", "--format", "json", *ledgers], stdout=subprocess.PIPE, timeout=120,
                          check=False)
    report = json.loads(done.stdout)
    return report, sorted((finding["kind"], finding["resource"]["detail"], finding["count"])
                          for finding in report["findings"] if finding["level"] != "note")


@unittest.skipUnless(platform.machine() == "x86_64", "the calls that a program needs are those of x86_64")
class Sandbox(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="leakwatch-sandbox.")
        self.addCleanup(place.cleanup)
        self.place = place.name

    def by_hand(self, punishment, kind, names, arguments=()):
        """With the library preloaded, all is as without; gives the ledgers and what was said."""
        command = [SANDBOXED, *arguments]
        alone = sandboxed(self.place, punishment, kind, names, [], command)
        status, out, err = sandboxed(self.place, punishment, kind, names, ["LD_PRELOAD=" + LIBRARY], command)
        self.assertEqual((status, out), alone[:2], f"{punishment} {kind} {names}: {err}")
        self.assertEqual(status, 0)
        ledgers = glob.glob(os.path.join(self.place, "*.lwl"))
        for ledger in ledgers:
            self.assertGreater(os.path.getsize(ledger), 0)
            self.assertNotIn(".4294967295.", ledger)
        return ledgers, err

    def one_leak(self, punishment, kind, names):
        ledgers, err = self.by_hand(punishment, kind, names)
        self.assertEqual(len(ledgers), 1)
        self.assertRegex(err, r"sandboxed\[\d+\] never gave back 1 descriptor; see: leakwatch report ")
        report, leaks = leaks_of(ledgers)
        self.assertEqual(leaks, [("fd-leak", "/etc/passwd", 1)])
        process = report["processes"][0]
        self.assertEqual((process["exe"], process["exit"]["how"]), (os.path.realpath(SANDBOXED), "exit"))
        self.assertIn(f".{process['pid']}.", ledgers[0])
        self.assertEqual(process["ppid"], os.getpid())
        os.unlink(ledgers[0])

    def test_each_call_forbidden(self):
        for punishment in ("kill", "errno"):
            for name in OURS:
                with self.subTest(punishment=punishment, name=name):
                    self.one_leak(punishment, "forbid", [name])

    def test_all_calls_forbidden(self):
        for punishment in ("kill", "errno"):
            with self.subTest(punishment=punishment):
                self.one_leak(punishment, "allow", NEEDED)

    def test_children_have_books_of_their_own(self):
        for way in ("fork", "raw", "clone"):
            with self.subTest(way=way):
                ledgers, _ = self.by_hand("kill", "forbid", ["madvise", "getpid"], [way])
                self.assertEqual(len(ledgers), 2)
                report, leaks = leaks_of(ledgers)
                self.assertEqual(leaks, [("fd-leak", "/etc/group", 2), ("fd-leak", "/etc/passwd", 1)])
                parent = [process for process in report["processes"] if process["ppid"] == os.getpid()]
                child = [process for process in report["processes"] if process["ppid"] != os.getpid()]
                self.assertEqual([process["ppid"] for process in child], [process["pid"] for process in parent])
                for ledger in ledgers:
                    os.unlink(ledger)

    def test_parent_of_vfork_goes_on(self):
        ledgers, _ = self.by_hand("kill", "forbid", ["madvise", "getpid"], ["vfork"])
        self.assertEqual(leaks_of(ledgers)[1], [("fd-leak", "/etc/passwd", 1)])

    def test_filter_in_a_container(self):
        """One that forbids nothing of leakwatch's: everything is as without it."""
        status, out, err = sandboxed(self.place, "kill", "forbid", [HARMLESS], [], [LEAKWATCH, "run", "--", SANDBOXED])
        self.assertEqual((status, out), (0, "descriptor 3, child 0\n"))
        self.assertIn("1 file, opened by open at", err)
        self.assertNotIn("stacks are short", err)

    def test_another_filter_in_a_container(self):
        """What was tried under one filter says nothing of two."""
        inner = [SANDBOX, "kill", "forbid", str(NUMBERS["getdents64"]), SANDBOXED]
        status, out, err = sandboxed(self.place, "kill", "forbid", [HARMLESS], [], [LEAKWATCH, "run", "--", *inner])
        self.assertEqual((status, out), (0, "descriptor 3, child 0\n"))
        self.assertIn("1 file, opened by open", err)
        self.assertIn("stacks are short", err)


if __name__ == "__main__":
    if not NUMBERS:
        sys.exit(77)
    unittest.main()
