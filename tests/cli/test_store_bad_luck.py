"""The history of runs when something goes wrong: crashes, full disks, crowds, files that are no stores."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import time

from command import LEAKWATCH, TIMEOUT, main
from stores import Store

KILLS = 25


class Crashes(Store):
    def begin(self, *ledgers):
        return subprocess.Popen([LEAKWATCH, "store", "add", "--store", self.store, *ledgers], cwd=self.place,
                                env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def count(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as database:
            try:
                return database.execute("SELECT count(*) FROM runs").fetchone()[0]
            except sqlite3.OperationalError:  # not made yet
                return 0

    def test_a_kill_in_the_middle_loses_at_most_one_run(self):
        ledgers = self.make_many(600)
        in_the_middle = 0
        for kill in range(KILLS):
            before = self.count() if os.path.exists(self.store) else 0
            writer = self.begin(ledgers)
            wanted = before + kill % 7  # at another moment each time
            while writer.poll() is None and (not os.path.exists(self.store) or self.count() <= wanted):
                time.sleep(0.001)
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
            in_the_middle += writer.returncode == -signal.SIGKILL
            after = self.assert_whole()
            self.assertGreaterEqual(after, before)
            if after == 600:
                os.remove(self.store)
        self.assertGreater(in_the_middle, KILLS // 3)
        self.add(ledgers)
        self.assert_whole(runs=600)

    def test_many_make_the_same_store(self):
        ledgers = self.make_many(1)
        for number in range(40):
            self.store = self.path(f"made_{number}.db")
            writers = [subprocess.Popen([LEAKWATCH, "store", "add", "--store", self.store, ledgers], text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(6)]
            self.assertEqual([writer.communicate(timeout=TIMEOUT)[1] for writer in writers], [""] * 6)

    def test_four_at_once_lose_nothing(self):
        directories = [self.make_many(150, directory=f"many{number}", first=100000 + 1000 * number) for number in range(4)]
        shared = self.make_many(50, directory="shared", first=500000)  # which all of them add
        writers = [self.begin(directory, shared) for directory in directories]
        for writer in writers:
            self.assertEqual(writer.communicate(timeout=TIMEOUT)[1], "")
            self.assertEqual(writer.returncode, 0)
        self.assert_whole(runs=4 * 150 + 50)


class FullDisks(Store):
    def test_a_full_disk_is_said_and_what_was_added_stays(self):
        ledgers = self.make_many(2000)
        disk = self.path("disk")
        os.mkdir(disk)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "leakwatch-test", disk], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            self.skipTest(done.stderr)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        self.store = os.path.join(disk, "runs.db")
        done = self.add(ledgers, status=2)
        self.assert_one_line(done.stderr, "runs.db", "no room left on the disk")
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        before = self.assert_whole()
        self.assertLess(before, 2000)
        self.add(ledgers)
        self.assert_whole(runs=2000)

    def test_a_disk_that_was_full_before_leaves_one_line(self):
        ledgers = self.make_many(2)
        disk = self.path("disk")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", disk], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        self.store = os.path.join(disk, "runs.db")
        self.assert_one_line(self.add(ledgers, status=2).stderr, "runs.db")
        self.assertEqual(os.listdir(disk), [])


class Fixed(Store):
    def test_a_store_on_a_disk_that_is_mounted_read_only_can_be_read(self):
        ledgers = self.make_many(3)
        disk = self.path("disk %?#1")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", disk], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        self.store = os.path.join(disk, "runs.db")
        self.add(ledgers)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        self.assertIn("3 runs", self.leakwatch("store", "list", "--store", self.store).stdout)
        self.assert_one_line(self.add(ledgers, status=2).stderr, "ead-only file system")


class Strangers(Store):
    def refuse(self, words, *arguments):
        before = None
        if os.path.isfile(self.store):
            with open(self.store, "rb") as file:
                before = file.read()
        for command in arguments or (("add", self.ledgers), ("list",), ("forget", "--keep", "1d")):
            done = self.leakwatch("store", *command, "--store", self.store, status=2)
            self.assert_one_line(done.stderr, words)
        if before is not None:
            with open(self.store, "rb") as file:
                self.assertEqual(file.read(), before)

    def setUp(self):
        super().setUp()
        self.ledgers = self.make_many(1)

    def test_another_programs_database_is_left_alone(self):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("CREATE TABLE runs (id)")
            database.commit()
        self.refuse("another program's")

    def test_a_text_is_left_alone(self):
        self.write("runs.db", "these are my notes on runs, and no store, and long enough for a page\n" * 20)
        self.refuse("no store")

    def test_a_later_version_is_left_alone(self):
        self.add(self.ledgers)
        self.change("PRAGMA user_version = 1000")
        self.change("PRAGMA wal_checkpoint(TRUNCATE)")
        self.refuse("later version")

    def test_a_directory_and_a_pipe_are_no_stores(self):
        os.mkdir(self.store)
        self.refuse("runs.db")
        self.store = self.path("pipe")
        os.mkfifo(self.store)
        self.refuse("pipe")

    def test_where_there_is_none_reading_makes_none(self):
        self.refuse("there is no store here", ("list",))
        self.assertFalse(os.path.exists(self.store))

    def test_a_store_that_may_only_be_read_can_be_read(self):
        self.add(self.ledgers)
        os.chmod(self.store, 0o400)
        self.assertIn("1 run", self.leakwatch("store", "list", "--store", self.store).stdout)

    def test_names_that_mean_something_to_sqlite_are_names(self):
        for name in ":memory:", "file:runs.db?mode=memory", "a%20b#c":
            self.leakwatch("store", "add", "--store", name, self.ledgers)
            self.assertTrue(os.path.exists(self.path(name)), name)
            self.assertIn("1 run", self.leakwatch("store", "list", "--store", name).stdout)

    def test_a_damaged_store_is_said(self):
        self.add(self.ledgers)
        self.change("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(self.store, "r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (os.path.getsize(self.store) - 4096))
        done = self.leakwatch("store", "add", "--store", self.store, self.ledgers, status=2)
        self.assert_one_line(done.stderr, "damaged")


if __name__ == "__main__":
    main()
