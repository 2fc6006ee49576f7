#!/usr/bin/env python3
"""Sudden ends, thousands of processes, a missing unwinder, locked memory: what is left behind is readable, or nothing.

    test_bad_luck_ends.py           the usual run
    test_bad_luck_ends.py --long    20,000 processes and 2,000 kills
"""
import os
import random
import signal
import subprocess
import sys
import time

import bad_luck
from bad_luck import BadLuck

LONG = "--long" in sys.argv
PROCESSES = 20000 if LONG else 500
KILLS = 2000 if LONG else 100


class Crowd(BadLuck):
    def count(self):
        return sorted(os.listdir(self.ledgers))

    def crowd(self, command, **how):
        environment = self.environment(f"dir={self.ledgers}")[1]
        done = subprocess.run(command, env=environment, cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False, timeout=1800, **how)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def test_clean_processes_leave_nothing(self):
        script = os.path.join(self.place, "crowd.sh")
        with open(script, "w", encoding="ascii") as file:
            file.write(f"i=0\nwhile [ $i -lt {PROCESSES} ]; do /bin/true; i=$((i + 1)); done\necho $i\n")
        for command in (["sh", script], ["sh", "-c", f". {script}"]):
            with self.subTest(command=command):
                self.assertEqual(self.crowd(command).strip(), str(PROCESSES).encode())
                self.assertEqual(self.count(), [])

    def test_processes_that_open_leave_nothing(self):
        loop = f"i=0; while [ $i -lt {PROCESSES // 5} ]; do cat /dev/null | head -1 <&0; i=$((i + 1)); done"
        self.crowd(["sh", "-c", loop])
        self.crowd(["bash", "-c", loop])
        self.assertEqual(self.count(), [])

    def test_exec_chains_leave_nothing(self):
        self.crowd(["sh", "-c", "exec sh -c 'exec env sh -c \"exec /bin/true\"'"])
        self.assertEqual(self.count(), [])

    def test_leaking_processes_leave_one_each(self):
        program = f"{bad_luck.PROGRAM} work ''"
        loop = f"i=0; while [ $i -lt 20 ]; do {program} >/dev/null; i=$((i + 1)); done"
        environment = self.environment(f"dir={self.ledgers}:quiet=1")[1]
        subprocess.run(["sh", "-c", loop], env=environment, cwd=self.place, check=False, timeout=bad_luck.TIMEOUT)
        self.assertEqual((len(self.ledgers_in()), len(self.count())), (20, 20))
        report = self.report(self.ledgers)
        self.assertEqual(self.leaks(report), 60)
        self.assertEqual(len(report["processes"]), 20)


class Killed(BadLuck):
    def killed_after(self, seconds):
        environment = self.environment(self.options())[1]
        with subprocess.Popen([bad_luck.PROGRAM, "loop", ""], env=environment, cwd=self.place,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            out = child.stdout.read(5) if seconds >= 0.01 else b""
            time.sleep(seconds)
            child.kill()
            said = child.stderr.read()
            child.wait()
        self.assertEqual((child.returncode, said), (-signal.SIGKILL, b""))
        return len(out) == 5

    def test_at_any_moment(self):
        seed = random.randrange(1 << 30)
        print(f"seed {seed}", file=sys.stderr)
        dice = random.Random(seed)
        for _ in range(KILLS):
            reached = self.killed_after(dice.choice((0.0005, 0.02)) * dice.random() * 2)
            ledgers = self.ledgers_in()
            if reached:
                self.assertEqual(len(ledgers), 1)
                self.assertEqual(self.report(*ledgers)["processes"][0]["exit"]["how"], "killed")
            for ledger in ledgers:
                self.readable_or_refused(ledger)
                os.unlink(ledger)
        self.assertEqual(os.listdir(self.ledgers), [])

    def test_read_while_it_is_written(self):
        environment = self.environment(self.options())[1]
        with subprocess.Popen([bad_luck.PROGRAM, "loop", ""], env=environment, cwd=self.place,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
            try:
                child.stdout.read(5)
                for _ in range(20):
                    report = self.report(*self.ledgers_in())
                    self.assertEqual(report["processes"][0]["exit"]["how"], "running")
            finally:
                child.kill()

    def test_ledger_removed_under_it(self):
        environment = self.environment(self.options())[1]
        with subprocess.Popen([bad_luck.PROGRAM, "loop", ""], env=environment, cwd=self.place,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
            try:
                child.stdout.read(5)
                for ledger in self.ledgers_in():
                    os.unlink(ledger)
                time.sleep(0.2)
                self.assertIsNone(child.poll())
            finally:
                child.kill()


class Unwinder(BadLuck):
    def judged(self, mode="work", leaks=3, argument="", **environment):
        alone, beside = self.environment(self.options())
        command = [bad_luck.PROGRAM, mode, argument]
        expected = self.run_once(command, alone)
        got = self.run_once(command, {**beside, **environment})
        self.assertEqual((got.status, got.out, got.others_said()), (expected.status, expected.out, []))
        self.assertLessEqual(len(got.said()), 1, got.err)
        report = self.report(self.ledgers)
        self.assertEqual(sum(finding["count"] for finding in report["findings"] if finding["kind"] == "fd-leak"),
                         leaks)
        self.assertTrue(all(finding["stacks"]["acquired"] for finding in report["findings"]
                            if finding["kind"] == "fd-leak"))
        return got, report

    def test_switched_off(self):
        self.judged(LEAKWATCH_OPTIONS=self.options(more=":unwind=0"))

    def test_strict(self):
        self.judged(LEAKWATCH_OPTIONS=self.options(more=":strict=1"))

    def frames_of(self, report):
        return [[frame.get("function") for frame in finding["stacks"]["acquired"]] for finding in report["findings"]
                if finding["kind"] == "fd-leak"]

    def break_it(self):
        directory = os.path.join(self.place, "lib")
        os.mkdir(directory)
        for name in ("libunwind.so.8", "libunwind-x86_64.so.8", "libunwind-aarch64.so.8"):
            with open(os.path.join(directory, name), "w", encoding="ascii") as file:
                file.write("not a library")
        return directory

    def test_broken(self):
        """A libunwind that cannot be loaded is found first. What is missing is said once, and a stack ends where it would
        have been needed."""
        got, report = self.judged("handler", 4, LD_LIBRARY_PATH=self.break_it())
        self.assertEqual(len(got.said()), 1)
        self.assertIn("libunwind", got.err)
        self.assertEqual(self.leaks(report), 4)
        stacks = self.frames_of(report)
        self.assertIn("leak_in_handler", str(stacks))
        self.assertEqual(["main" in stack for stack in stacks if "leak_in_handler" in stack], [False])
        self.assertEqual(["main" in stack for stack in stacks if "leak_in_handler" not in stack], [True])

    def test_not_needed(self):
        """Most stacks are walked without it, and then nobody misses it."""
        got, report = self.judged(LD_LIBRARY_PATH=self.break_it())
        self.assertEqual(got.said(), [])
        self.assertTrue(all("main" in stack for stack in self.frames_of(report)))

    def test_sought_in_time(self):
        """Before there is a second thread, and in a program that calls from many places: another thread would have to wait for
        it, and where a program has gone since, it may not be found."""
        directory = self.break_it()
        got, _ = self.judged("threads", 5, "2", LD_LIBRARY_PATH=directory)
        self.assertIn("libunwind", got.err)
        for ledger in self.ledgers_in():
            os.unlink(ledger)
        got, _ = self.judged("places", LD_LIBRARY_PATH=directory)
        self.assertIn("libunwind", got.err)


class Locked(BadLuck):
    def test_locked_memory_stays_small(self):
        """mlockall(MCL_FUTURE) must not fill the whole sparse map."""
        environment = self.environment(self.options())[1]
        with subprocess.Popen([bad_luck.PROGRAM, "locked", ""], env=environment, cwd=self.place,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            self.assertEqual(child.stdout.readline(), b"3\n", "mlockall is not allowed here")
            with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
                resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
            written = sum(os.stat(ledger).st_blocks * 512 for ledger in self.ledgers_in())
            child.stdin.close()
            self.assertEqual(child.wait(bad_luck.TIMEOUT), bad_luck.STATUS, child.stderr.read())
        self.assertLess(written, 4 << 20)
        self.assertLess(resident, 32 << 10)
        self.assertEqual(self.leaks(self.report(self.ledgers)), 3)

    def test_many_threads(self):
        self.works("threads", "64")
        self.assertEqual(self.leaks(self.report(self.ledgers)), 64 + 3)
        self.assertEqual(self.leaks(self.report(self.ledgers), "open_and_close"), 64)


if __name__ == "__main__":
    if LONG:
        sys.argv.remove("--long")
    bad_luck.main()
