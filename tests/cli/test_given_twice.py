"""A ledger that is given twice, by name, by links, as a copy or beside a file that it was merged into, is counted once."""
import json
import os
import shutil
import struct
import subprocess

import command
import stores
from command import LIBRARY, Place

FORGOTTEN = 5  # by each process of LEAKY
WAITING = command.LEAKY.replace("return failed ?", "write(1, \"r\", 1); pause(); return failed ?")


class GivenTwice(Place):
    def setUp(self):
        super().setUp()
        program = self.compile("leaky")
        self.directory = self.make_ledgers("sh", "-c", f"{program}; {program} /etc/passwd")
        self.ledgers = [path for path in self.ledgers_in(self.directory) if ".leaky." in path]
        self.assertEqual(len(self.ledgers), 2)

    def count(self, *arguments, twice):
        """Of what was never closed, as a report has it, which says that so many were given twice."""
        done = self.leakwatch("report", "--format", "json", *arguments)
        if twice:
            self.assert_one_line(done.stderr, f"{twice} ledger{'s were' if twice > 1 else ' was'} given twice", "counted once")
        else:
            self.assertEqual(done.stderr, "")
        report = json.loads(done.stdout)
        return sum(finding["count"] for finding in report["findings"]), len(report["processes"])

    def merge(self, output):
        self.leakwatch("merge", "--output", output, self.directory)

    def test_by_name(self):
        self.assertEqual(self.count(self.ledgers[0], twice=0), (FORGOTTEN, 1))
        self.assertEqual(self.count(self.ledgers[0], self.ledgers[0], twice=1), (FORGOTTEN, 1))
        self.assertEqual(self.count(self.directory, self.ledgers[1], twice=1), (2 * FORGOTTEN, 3))

    def test_a_directory(self):
        self.assertEqual(self.count(self.directory, self.directory, twice=3), (2 * FORGOTTEN, 3))

    def test_links_and_copies(self):
        os.link(self.ledgers[0], os.path.join(self.directory, "leakwatch.hard.1.1.0.lwl"))
        os.symlink(self.ledgers[0], os.path.join(self.directory, "leakwatch.soft.1.1.0.lwl"))
        shutil.copy(self.ledgers[1], os.path.join(self.directory, "leakwatch.copy.1.1.0.lwl"))
        self.assertEqual(self.count(self.directory, twice=3), (2 * FORGOTTEN, 3))

    def test_beside_what_they_were_merged_into(self):
        self.merge("all.lwl")
        self.assertEqual(self.count("all.lwl", twice=0), (2 * FORGOTTEN, 3))
        self.assertEqual(self.count("all.lwl", self.directory, twice=3), (2 * FORGOTTEN, 3))
        self.merge(os.path.join(self.directory, "all.lwl"))
        self.assertEqual(self.count(self.directory, twice=3), (2 * FORGOTTEN, 3))

    def test_of_processes_that_look_alike_each_counts(self):
        """Another process's number, tick, moment, image or host is another process's."""
        with open(self.ledgers[0], "rb") as file:
            content = bytearray(file.read())
        for number, at in enumerate((stores.PID, stores.START_TICKS, 56, stores.START)):
            other = bytearray(content)
            struct.pack_into("<I", other, at, struct.unpack_from("<I", other, at)[0] ^ 1)
            with open(os.path.join(self.directory, f"leakwatch.other.{number}.1.0.lwl"), "wb") as file:
                file.write(other)
        self.assertEqual(self.count(self.directory, twice=0), (6 * FORGOTTEN, 7))

    def test_gate_and_diff(self):
        self.leakwatch("gate", "--baseline", "known", "--update-baseline", self.ledgers[0])
        done = self.leakwatch("gate", "--baseline", "known", self.ledgers[0], self.ledgers[0])
        self.assertIn("1 ledger was given twice", done.stderr)
        self.assertIn("leakwatch gate: clean", done.stderr)
        done = self.leakwatch("diff", self.ledgers[0], self.directory, status=None)
        self.assertEqual(done.stderr, "")

    def test_trend(self):
        os.symlink(self.ledgers[0], os.path.join(self.directory, "leakwatch.soft.1.1.0.lwl"))
        done = self.leakwatch("trend", "--json", self.directory)
        trend = json.loads(done.stdout)
        self.assert_one_line(done.stderr, "1 ledger was given twice")
        self.assertEqual(len(trend["processes"]), 2)
        self.assertEqual(sum(site["held"] for site in trend["sites"]), 2 * FORGOTTEN)

    def test_a_store_keeps_every_look(self):
        done = self.leakwatch("store", "add", "--store", "runs.db", self.directory, self.directory)
        self.assertIn("2 runs added, 2 already there as they are", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_serve_shows_a_process_once(self):
        room = self.path("living")
        os.mkdir(room)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"quiet=1:dir={room}")
        process = subprocess.Popen([self.compile("waiting", WAITING)], env=environment, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.read(1), b"r")
        os.symlink(self.ledgers_in(room)[0], os.path.join(room, "leakwatch.soft.1.1.0.lwl"))
        self.leakwatch("serve", "--textfile", "all.prom", room)
        with open(self.path("all.prom"), encoding="utf-8") as file:
            self.assertEqual(file.read().count("\nleakwatch_open_descriptors{"), 1)


if __name__ == "__main__":
    command.main()
