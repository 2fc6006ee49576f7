"""The history of runs: what stands in it, what is added once only, and what is forgotten."""
import os
import signal
import stat
import subprocess
import time

from command import LEAKWATCH, LIBRARY, main
from stores import Store

# A process that opens one more, and says so, for each line that it reads.
GROWING = r"""
#include <fcntl.h>
#include <stdio.h>
__attribute__((noinline)) static int grow(void)
{
    return open("/dev/null", O_RDONLY);
}
int main(void)
{
    char line[16];
    for (puts("ready"), fflush(stdout); fgets(line, sizeof line, stdin); puts("grown"), fflush(stdout))
        grow();
    return 0;
}
"""


class Contents(Store):
    def test_a_run_stands_in_it_as_its_report_tells_it(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        report = self.report_json(ledgers)
        finding, process = self.only(report), report["processes"][0]
        done = self.add(ledgers)
        self.assertEqual(done.stdout, f"1 run added: {self.store}\n")
        self.assertEqual(self.ask("SELECT name FROM programs"), [("leaky",)])
        readelf = subprocess.run(["readelf", "-n", self.path("leaky")], capture_output=True, text=True, check=True).stdout
        self.assertIn(f"Build ID: {self.one('SELECT name FROM builds')}", readelf)
        run = self.ask("SELECT pid, how, status, nofile_soft, peak, open, ledger, start, seen FROM runs")[0]
        self.assertEqual(run[:7], (process["pid"], "exit", 0, process["limits"]["nofile_soft"], process["peak_open"],
                                   process["open_at_end"], process["ledger"]))
        self.assertTrue(time.time() - 3600 < run[7] / 1e9 <= run[8] / 1e9 <= time.time(), run)
        self.assertEqual(self.ask("SELECT fingerprint, kind, call, scope, place, module FROM sites"),
                         [(finding["fingerprint"], "fd-leak", "open", "", "forget at leaky.c:7", "leaky")])
        self.assertEqual(self.ask("SELECT acquired, released, held, peak FROM site_looks"), [(9, 4, 5, 5)])
        self.assertEqual(self.ask("SELECT fingerprint, kind, level, count FROM findings"),
                         [(finding["fingerprint"], "fd-leak", 2, 5)])

    def test_nobody_else_may_read_it_and_its_kind_is_known(self):
        self.add(self.make_ledgers(self.compile("leaky")))
        self.assertEqual(stat.S_IMODE(os.stat(self.store).st_mode), 0o600)
        self.assertEqual(self.one("PRAGMA journal_mode"), "wal")
        self.assertEqual(self.one("PRAGMA auto_vacuum"), 2)
        self.assertGreater(self.one("PRAGMA user_version"), 0)

    def test_what_is_there_is_not_added_again(self):
        ledgers = self.make_many(3)
        self.add(ledgers)
        self.assertEqual(self.add(ledgers).stdout, f"0 runs added, 3 already there as they are: {self.store}\n")
        self.assert_whole(runs=3)
        self.assertEqual(self.one("SELECT count(*) FROM looks"), 3)

    def test_merged_ledgers_are_added_like_the_directory(self):
        ledgers = self.make_many(3)
        self.leakwatch("merge", "--output", "all.lwl", ledgers)
        self.add("all.lwl")
        self.assertIn("3 already there", self.add(ledgers).stdout)

    def test_who_merely_carries_a_run_is_left_out(self):
        self.add(self.make_ledgers("sh", "-c", f"{self.compile('leaky')}; true"))
        self.assertEqual(self.ask("SELECT name FROM programs"), [("leaky",)])

    def test_a_site_keeps_its_name_over_a_rebuild_with_other_lines(self):
        first = self.make_ledgers(self.compile("leaky"), directory="first")
        with open(self.path("leaky.c"), encoding="utf-8") as file:
            text = file.read()
        self.add(first, self.make_ledgers(self.compile("leaky", "\n\n\n" + text), directory="second"))
        self.assertEqual(self.one("SELECT count(DISTINCT build) FROM runs"), 2)
        self.assertEqual(self.ask("SELECT place FROM sites"), [("forget at leaky.c:10",)])
        self.assertEqual(self.ask("SELECT held FROM site_looks"), [(5,), (5,)])

    def test_hostile_names_do_no_harm(self):
        name = "li'); DROP TABLE runs;--\x1b[31m\n\u202e"
        self.add(self.make_ledgers(self.compile(name, source="hostile.c"), "/dev/null", "0", "'; DELETE FROM runs; \xff"))
        self.assert_whole(runs=1)
        program = self.one("SELECT name FROM programs")
        self.assertIn("DROP TABLE runs", program)
        self.assertTrue(program.isprintable(), repr(program))
        listed = self.leakwatch("store", "list", "--store", self.store).stdout
        self.assertTrue(all(line.isprintable() for line in listed.splitlines()), repr(listed))


class Living(Store):
    def start(self):
        program = subprocess.Popen([self.compile("growing", GROWING)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, cwd=self.place,
                                   env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS="quiet=1:keep=all"))
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), "ready\n")
        return program

    def grow(self, program):
        program.stdin.write("\n")
        program.stdin.flush()
        self.assertEqual(program.stdout.readline(), "grown\n")

    def test_each_look_at_a_process_that_has_changed_is_one_more(self):
        program = self.start()
        self.grow(program)
        self.assertIn("1 run added", self.add(str(program.pid)).stdout)
        seen = self.one("SELECT seen FROM runs")
        self.assertIn("1 already there", self.add(str(program.pid)).stdout)
        self.assertGreater(self.one("SELECT seen FROM runs"), seen)
        self.grow(program)
        self.assertIn("1 of before looked at again", self.add(str(program.pid)).stdout)
        self.assertEqual(self.ask("SELECT held, how FROM site_looks, runs ORDER BY site_looks.look"),
                         [(1, "running"), (2, "running")])
        program.stdin.close()
        program.wait()
        self.assertIn("1 of before looked at again", self.add(self.place).stdout)
        self.assertIn("1 already there", self.add(self.place).stdout)
        self.assertEqual(self.ask("SELECT how, held FROM runs JOIN site_looks ON site_looks.look = runs.look"),
                         [("exit", 2)])
        self.assertEqual(self.one("SELECT count(*) FROM looks"), 3)

    def test_one_that_was_killed_has_an_end_too(self):
        program = self.start()
        self.grow(program)
        self.add(str(program.pid))
        program.send_signal(signal.SIGKILL)
        program.wait()
        self.add(self.place)
        self.assertEqual(self.one("SELECT how FROM runs"), "killed")


class Forgetting(Store):
    def test_what_ended_longer_ago_is_forgotten_and_said(self):
        self.add(self.make_many(5))
        self.change("UPDATE runs SET seen = seen - 91 * 86400 * 1000000000 WHERE pid < 100003")
        done = self.leakwatch("store", "forget", "--store", self.store, "--keep", "90d")
        self.assertEqual(done.stdout, "3 runs were forgotten: ended longer than 90d ago\n")
        self.assert_whole(runs=2)
        self.assertEqual(self.one("SELECT count(*) FROM looks"), 2)

    def test_programs_builds_and_sites_without_runs_go_and_the_file_shrinks(self):
        self.add(self.make_many(400))
        self.change("PRAGMA wal_checkpoint(TRUNCATE)")
        size = os.path.getsize(self.store)
        self.change("UPDATE runs SET seen = seen - 13 * 3600 * 1000000000")
        done = self.add("--keep", "12h", self.make_ledgers(self.compile("other"), directory="others"))
        self.assertIn("400 runs were forgotten", done.stdout)
        self.assertEqual(self.ask("SELECT name FROM programs"), [("other",)])
        for table in "builds", "sites", "looks", "findings", "runs":
            self.assertEqual(self.one(f"SELECT count(*) FROM {table}"), 1, table)
        self.assertLess(os.path.getsize(self.store), size)

    def test_a_time_that_is_none_is_refused(self):
        for time_ in "90", "d", "-1d", "1e9d", "0d", "9y", "nand":
            done = self.leakwatch("store", "forget", "--store", self.store, "--keep", time_, status=2)
            self.assertIn("--keep wants a time", done.stderr)
        self.assertFalse(os.path.exists(self.store))


class Usage(Store):
    def test_it_lies_where_the_environment_says(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        for variables, path in (({"LEAKWATCH_STORE": "named.db"}, "named.db"),
                                ({"XDG_STATE_HOME": self.path("state")}, "state/leakwatch/history.db"),
                                ({"HOME": self.path("home")}, "home/.local/state/leakwatch/history.db")):
            kept = {key: value for key, value in self.environment().items() if key not in ("XDG_STATE_HOME", "HOME")}
            self.leakwatch("store", "add", ledgers, environment={**kept, **variables})
            self.assertEqual(self.ask("SELECT count(*) FROM runs", store=self.path(path)), [(1,)])

    def test_wrong_usage_is_said(self):
        for arguments, words in (((), "store wants add"), (("put",), "store wants add"), (("add",), "no ledger"),
                                 (("list", "more"), "takes no"), (("forget",), "--keep")):
            self.assertIn(words, self.leakwatch("store", *arguments, status=2).stderr)

    def test_what_cannot_be_read_is_said_and_the_rest_is_added(self):
        ledgers = self.make_many(3)
        self.write("many/broken.lwl", "this is none")
        with open(self.ledgers_in(ledgers)[1], "r+b") as file:
            file.truncate(os.path.getsize(file.name) // 2)
        done = self.add(ledgers, status=2)
        self.assertIn("broken.lwl", done.stderr)
        self.assertIn("cut off", done.stderr)
        self.assertGreaterEqual(self.one("SELECT count(*) FROM runs"), 2)

    def test_the_list_names_programs(self):
        self.add(self.make_many(3), self.make_ledgers(self.compile("other"), directory="others"))
        lines = self.leakwatch("store", "list", "--store", self.store).stdout.splitlines()
        self.assertRegex(lines[0], r"^other: 1 run of 1 build, seen last .* ago; at most \d+ descriptors open; 1 error in")
        self.assertRegex(lines[1], r"^leaky: 3 runs of 1 build, seen last")
        self.assertRegex(lines[2], r"runs.db: 4 runs, 2 places, 0\.\d MB$")

    def test_five_thousand_runs_do_not_wait_for_the_disk(self):
        ledgers = self.make_many(1000)
        counts = self.path("counts")
        done = subprocess.run(["strace", "-f", "-o", counts, "-c", "-e", "trace=fsync,fdatasync,sync_file_range",
                               LEAKWATCH, "store", "add", "--store", self.store, ledgers], cwd=self.place,
                              env=self.environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0 and "ptrace" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(counts, encoding="utf-8") as file:
            calls = sum(int(line.split()[3]) for line in file if line.rstrip().endswith("sync"))
        self.assertLess(calls, 100)  # one for each of 25, or for fewer
        self.assert_whole(runs=1000)


if __name__ == "__main__":
    main()
