#!/usr/bin/env python3
"""Full disks, tight limits, directories that are not there or not ours: the program runs to its own end with its own
output and exit status, and leakwatch says at most one line."""
import glob
import os
import re
import resource
import subprocess
import unittest

import bad_luck
from bad_luck import BadLuck, needs_root

SIZES = (0, 1, 4096, 65536, 262144, 1 << 20)


class Disk(BadLuck):
    def fill(self, directory):
        with open(os.path.join(directory, "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    @needs_root
    def test_full_at_the_start(self):
        disk = self.mounted("64k")
        self.fill(disk)
        self.works(options=self.options(disk))
        self.works("many", "3000", options=self.options(disk))
        self.works("threads", "64", options=self.options(disk))
        for ledger in self.ledgers_in(disk):
            self.readable_or_refused(ledger)

    @needs_root
    def test_full_later(self):
        for size in ("64k", "128k", "256k", "512k", "1m"):
            with self.subTest(size=size):
                disk = self.mounted(size)
                self.works("many", "5000", options=self.options(disk))
                for ledger in self.ledgers_in(disk):
                    self.readable_or_refused(ledger)

    @needs_root
    def test_no_inodes(self):
        self.works(options=self.options(self.mounted("1m", ",nr_inodes=1")))

    @needs_root
    def test_read_only(self):
        self.works(options=self.options(self.mounted("1m", ",ro")))

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_forbidden(self):
        os.chmod(self.ledgers, 0o555)
        self.works()
        os.chmod(self.ledgers, 0o755)


class Place(BadLuck):
    def test_missing(self):
        result = self.works(options=self.options(os.path.join(self.place, "nowhere", "at", "all")))
        self.assertEqual(len(result.said()), 1)
        self.assertIn("nowhere", result.err)
        self.assertFalse(os.path.exists(os.path.join(self.place, "nowhere")))

    def test_a_working_directory_that_was_removed(self):
        """What has no name is not the root of all."""
        gone = os.path.join(self.place, "gone")
        os.mkdir(gone)
        environment = self.environment("keep=all")[1]
        done = subprocess.run([bad_luck.PROGRAM, "work", ""], cwd=gone, preexec_fn=lambda: os.rmdir(gone), env=environment,
                              capture_output=True, text=True, check=False, timeout=bad_luck.TIMEOUT)
        self.assertEqual(done.returncode, bad_luck.STATUS)
        kept = re.findall(r"a working directory that is gone: .*; it is kept in (\S+)", done.stderr)
        self.assertNotEqual(kept, [], done.stderr)
        for path in kept:
            self.assertEqual(os.path.dirname(path), "/dev/shm")
            os.remove(path)
        self.assertEqual(glob.glob("/leakwatch.*.lwl"), [])

    def test_not_a_directory(self):
        path = os.path.join(self.place, "file")
        with open(path, "w", encoding="ascii") as file:
            file.write("precious")
        self.works(options=self.options(path))
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def test_name_too_long(self):
        self.works(options=self.options("/" + "x" * 300 + "/" + "y" * 5000))

    def test_colon_in_name(self):
        directory = os.path.join(self.place, "a:b c")
        os.mkdir(directory)
        self.works(options=f"dir='{directory}':keep=all:quiet=1")
        self.assertEqual(len(self.ledgers_in(directory)), 1)

    def test_mode_is_private(self):
        self.works()
        for ledger in self.ledgers_in():
            self.assertEqual(os.stat(ledger).st_mode & 0o7777, 0o600)

    def start(self, before_exec=lambda directory, pid, ticks: None):
        """Runs the program in mode "name"; `before_exec` gets, in the child, what its ledger's name is made of."""
        def prepare():
            with open("/proc/self/stat", encoding="ascii") as stat:
                ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
            before_exec(self.ledgers, os.getpid(), ticks)
        environment = self.environment(self.options())[1]
        return subprocess.run([bad_luck.PROGRAM, "name", ""], env=environment, cwd=self.place, capture_output=True,
                              check=False, preexec_fn=prepare, timeout=bad_luck.TIMEOUT)

    def test_name_is_the_documented_one(self):
        done = self.start()
        pid, ticks = done.stdout.split()
        expected = f"leakwatch.bad_luck.{pid.decode()}.{ticks.decode()}.0.lwl"
        self.assertEqual([os.path.basename(path) for path in self.ledgers_in()], [expected])

    def planted(self, plant):
        """`plant` puts something where the ledger wants to be, pointing at a file that must not change."""
        victim = os.path.join(self.place, "victim")
        with open(victim, "w", encoding="ascii") as file:
            file.write("precious")
        done = self.start(lambda directory, pid, ticks: plant(
            victim, os.path.join(directory, f"leakwatch.bad_luck.{pid}.{ticks}.0.lwl")))
        self.assertEqual(done.returncode, bad_luck.STATUS, done.stderr)
        self.assertLessEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        with open(victim, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def test_planted_symlink(self):
        self.planted(os.symlink)

    def test_planted_dangling_symlink(self):
        self.planted(lambda victim, path: os.symlink(victim + ".new", path))
        self.assertFalse(os.path.exists(os.path.join(self.place, "victim.new")))

    def test_planted_hard_link(self):
        self.planted(os.link)

    def test_planted_fifo(self):
        self.planted(lambda victim, path: os.mkfifo(path))

    @needs_root
    def test_behind_chroot(self):
        root = os.path.join(self.place, "root")
        os.mkdir(root)
        self.works("root", root)

    @needs_root
    def test_privileges_dropped(self):
        os.chmod(self.ledgers, 0o700)
        self.works("nobody", "")


class Limits(BadLuck):
    def test_file_size(self):
        for size in SIZES:
            with self.subTest(size=size):
                limits = [(resource.RLIMIT_FSIZE, size)]
                self.works("threads", "8", limits=limits)
                # tmpfile and output to a pipe write nothing to files; the ledger is the only one that grows.
                self.works("many", "3000", limits=limits)

    def test_address_space(self):
        for mebibytes in (12, 16, 24, 48, 100, 300):
            with self.subTest(mebibytes=mebibytes):
                limits = [(resource.RLIMIT_AS, mebibytes << 20)]
                self.works(limits=limits)
                self.works("many", "3000", limits=limits)

    def test_locked_memory(self):
        self.works("locked", "", limits=[(resource.RLIMIT_MEMLOCK, 64 << 20)])

    def test_small_stack(self):
        self.works("many", "1000", limits=[(resource.RLIMIT_STACK, 256 << 10)])

    def test_no_core(self):
        self.works(limits=[(resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, 8 << 20)])

    def test_few_descriptors(self):
        for limit in ("0", "1", "3", "4", "10"):
            with self.subTest(limit=limit):
                self.works("limit", limit)

    def test_one_descriptor_free_at_the_start(self):
        """The loader needs one at a time; everything else was used up before exec."""
        fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(7)]
        try:
            for limit in (max(fds) + 2, max(fds) + 3):
                with self.subTest(limit=limit):
                    self.works("limit", str(limit), pass_fds=fds, limits=[(resource.RLIMIT_NOFILE, limit)])
        finally:
            for fd in fds:
                os.close(fd)

    def test_highest_number(self):
        self.works("top", "")


class Settings(BadLuck):
    def test_unknown_option(self):
        result = self.works(options=self.options(more=":frobnicate=1"))
        self.assertEqual(len(result.said()), 1)
        self.assertIn("frobnicate", result.err)
        self.assertEqual(self.leaks(self.report(self.ledgers)), 3)

    def test_nonsense(self):
        for nonsense in (":", "=", "::=::", "dir", "dir=", "keep=sometimes", "depth=-1", "depth=99999999999999999999",
                         "size=0", "'", "a" * 100000, "\x01=\x02", "=value", "depth=64x"):
            with self.subTest(nonsense=nonsense[:40]):
                self.works(options=f"{nonsense}:{self.options()}")

    def test_unclosed_quote(self):
        """It takes all that follows, quiet=1 included, so there is a line on the directory, and the usual one at the end."""
        self.works(options=f"dir='unclosed:{self.options()}", said=2)

    def test_help(self):
        alone, environment = self.environment(self.options(more=":help=1"))
        beside = self.run_once([bad_luck.PROGRAM, "work", ""], environment)
        self.assertEqual((beside.status, beside.out),
                         (bad_luck.STATUS, self.run_once([bad_luck.PROGRAM, "work", ""], alone).out))
        self.assertIn("depth", beside.err)
        self.assertIn("dir='", beside.err) # how a blank gets into a value is nowhere else to be guessed

    def test_own_file_at_the_number_of_stderr(self):
        path = os.path.join(self.place, "own.txt")
        complaints = (f"dir={self.place}/nowhere:frobnicate=1", f"dir={self.ledgers}")
        for options in complaints:
            with self.subTest(options=options):
                self.works("no-stderr", path, options=options)
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(file.read(), "mine")

    def test_environment_cleared(self):
        self.works("no-environment", "")


if __name__ == "__main__":
    bad_luck.main()
