"""What the tests of the store share: ledgers of many runs, made from one real one, and what SQLite itself says of a store."""
import contextlib
import os
import sqlite3
import struct

from command import Place

# Where these stand in a ledger's header.
PID, START_TICKS, START = 40, 48, 64


class Store(Place):
    def setUp(self):
        super().setUp()
        self.store = self.path("runs.db")

    def add(self, *arguments, status=0, **how):
        return self.leakwatch("store", "add", "--store", self.store, *arguments, status=status, **how)

    def make_many(self, count, directory="many", first=100000):
        """So many runs of one program, which differ in pid and start: their directory."""
        real = self.ledgers_in(self.make_ledgers(self.compile("leaky"), directory=f"{directory}.real"))[0]
        with open(real, "rb") as file:
            ledger = bytearray(file.read())
        os.mkdir(self.path(directory))
        ticks, = struct.unpack_from("<Q", ledger, START_TICKS)
        for number in range(count):
            struct.pack_into("<I", ledger, PID, first + number)
            struct.pack_into("<Q", ledger, START_TICKS, ticks + number)
            with open(self.path(directory, f"leakwatch.leaky.{first + number}.{ticks + number}.0.lwl"), "wb") as file:
                file.write(ledger)
        return self.path(directory)

    def ask(self, question, *values, store=None):
        """All rows; the store must be sound."""
        with contextlib.closing(sqlite3.connect(f"file:{store or self.store}?mode=ro", uri=True)) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
            return database.execute(question, values).fetchall()

    def one(self, question, *values):
        rows = self.ask(question, *values)
        self.assertEqual((len(rows), len(rows[0]) if rows else 0), (1, 1), rows)
        return rows[0][0]

    def change(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute(statement, values)
            database.commit()

    def assert_whole(self, runs=None):
        """Each run that is there is there with its look, its site and its finding."""
        count = self.one("SELECT count(*) FROM runs")
        whole = self.one("SELECT count(*) FROM runs JOIN looks ON looks.id = runs.look JOIN site_looks ON "
                         "site_looks.look = looks.id JOIN findings ON findings.run = runs.id")
        self.assertEqual(whole, count)
        if runs is not None:
            self.assertEqual(count, runs)
        return count
