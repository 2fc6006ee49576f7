"""The gate beside the history of runs: what earlier runs had is known, what is new or has grown is red."""
import contextlib
import json
import os
import sqlite3

from command import main
from gates import Gate


class Compared(Gate):
    def setUp(self):
        super().setUp()
        self.store = self.path("runs.db")

    def put(self, *what, ways=None):
        """A run of the past, in the store."""
        self.count = getattr(self, "count", 0) + 1
        how = {"environment": self.environment(WAYS=ways)} if ways else {}
        self.leakwatch("run", "--keep-ledgers", f"past{self.count}", "--", self.program, *what, status=None, **how)
        self.leakwatch("store", "add", "--store", self.store, f"past{self.count}")

    def compare(self, *what, options=(), **how):
        return self.judge(*what, options=("--store", self.store, *options), **how)

    def with_ways(self, ways, options=(), **how):
        """The same command, whatever it does."""
        return self.compare(options=options, environment=self.environment(WAYS=ways), **how)

    def test_what_an_earlier_run_had_is_known(self):
        self.put(ways="lose lose")
        done = self.with_ways("lose lose")
        self.assertIn("2 known from earlier runs", done.stderr)
        self.assertIn(f"compared with 1 earlier run in {self.store}", done.stderr)
        self.with_ways("lose")

    def test_what_has_grown_is_red_and_says_from_what(self):
        self.put(ways="lose lose")
        done = self.with_ways("lose lose lose", status=1, cause="findings")
        self.assertIn("earlier runs had at most 2 in one process, now there are 3", done.stderr)
        self.with_ways("lose lose lose", options=("--tolerance", "1"))

    def test_the_worst_of_the_earlier_runs_counts(self):
        for ways in "lose", "lose lose lose lose", "close":
            self.put(ways=ways)
        self.with_ways("lose lose lose")
        self.with_ways("lose lose lose lose lose", status=1, cause="findings")

    def test_what_is_new_is_red(self):
        self.put(ways="lose")
        done = self.with_ways("lose mislay", status=1, cause="findings")
        self.assertIn("[dir-leak]", done.stderr)
        self.assertNotIn("[fd-leak]", done.stderr)

    def test_an_empty_history_knows_nothing(self):
        self.put(ways="close")
        self.with_ways("lose", status=1, cause="findings")

    def test_the_same_command_speaks_for_itself(self):
        """With other arguments it may be another test; where these never ran, the executable speaks."""
        self.put("lose", "lose")
        self.put("lose", "close")
        self.compare("lose", "close")
        self.compare("close", "lose", "lose")  # never ran
        self.compare("lose", "lose", "lose", status=1, cause="findings")

    def test_what_was_no_error_and_is_one_now_is_new(self):
        self.put(ways="lose kill")  # a note: it had no chance
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            self.assertEqual(database.execute("SELECT level FROM findings").fetchall(), [(0,)])
        self.with_ways("lose", status=1, cause="findings")

    def test_ledgers_that_were_added_do_not_know_themselves(self):
        self.put(ways="close")
        ledgers = self.make_ledgers(self.program, "lose")
        self.leakwatch("store", "add", "--store", self.store, ledgers)
        self.gate("--store", self.store, ledgers, status=1, cause="findings")
        again = self.make_ledgers(self.program, "lose", directory="again")
        self.gate("--store", self.store, again)

    def test_baseline_and_history_either_knows_it(self):
        self.put(ways="lose")
        self.with_ways("mislay", options=("--baseline", "known.baseline", "--update-baseline"), cause="baseline updated")
        done = self.with_ways("lose mislay", options=("--baseline", "known.baseline"))
        self.assertIn("1 known in the baseline", done.stderr)
        self.assertIn("1 known from earlier runs", done.stderr)

    def test_a_clean_run_is_added_and_a_red_one_is_not(self):
        self.put(ways="lose")
        self.with_ways("lose lose", options=("--store-add",), status=1, cause="findings")
        self.with_ways("lose lose", options=("--store-add",), status=1, cause="findings")
        self.with_ways("lose", options=("--store-add",))
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            self.assertEqual(database.execute("SELECT count FROM findings ORDER BY run").fetchall(), [(1,), (1,)])

    def test_a_store_is_made_where_runs_are_to_be_added(self):
        self.compare("close", options=("--store-add",))
        self.assertTrue(os.path.exists(self.store))
        self.compare("lose", status=1, cause="findings")

    def test_one_that_is_not_there_is_usage_and_nothing_runs(self):
        done = self.compare("1", status=2, cause="usage")
        self.assertIn("there is no store here", done.stderr)
        self.assertFalse(os.path.exists(self.store))
        done = self.gate("--store-add", "--", self.program, status=2, cause="usage")
        self.assertIn("--store-add wants --store", done.stderr)

    def test_the_report_names_the_rule(self):
        self.put(ways="lose")
        done = self.with_ways("lose", options=("--report", "json=report.json", "--show-suppressed"))
        self.assertIn("store", done.stderr)
        self.assertEqual(json.loads(self.text("report.json"))["suppressed"]["by_rule"], {"store": 1})


if __name__ == "__main__":
    main()
