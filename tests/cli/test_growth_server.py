#!/usr/bin/env python3
"""A server under a load that goes up and down: one that forgets one connection of 50 is told from those that have a pool, a
cache, or clients that stay, while they run; and the range that is foretold holds the moment when no descriptor is left.

All servers run at the same time, a thread of this test looks at each, and the tests judge what these saw."""
import json
import os
import re
import resource
import subprocess
import threading
import time

import command
from command import BUILD, LIBRARY, TIMEOUT, Place

PROGRAM = os.path.join(BUILD, "tests", "programs", "growing", "growing_server")
SOURCES = os.path.join(os.environ.get("SOURCE_DIR") or os.path.abspath("."), "tests", "programs", "growing")
IS_LONG = "LEAKWATCH_GROWTH_LONG" in os.environ
LIMIT, SECONDS = 1024, 120 if IS_LONG else 45
SEEDS = range(1, 5) if IS_LONG else (7,)
SOUND = ("pool", "keepalive", "cache")
LEAKY = ("leak", "mix")
PAUSE, REPORT_EVERY = 0.5, 8  # seconds between looks; looks between reports


def line_of(source, place):
    with open(os.path.join(SOURCES, source), encoding="utf-8") as file:
        found, = [number for number, line in enumerate(file, 1) if f"/* place: {place} */" in line]
    return source, found


class Look:
    """What `leakwatch trend` said, somewhere between two moments."""

    def __init__(self, before, after, trend):
        self.before, self.after = before, after
        self.process, = trend["processes"]
        self.open, self.limit, self.forecast = self.process["open"], self.process["limit"], self.process["forecast"]
        self.sites = trend["sites"]
        self.leaking = {self.place(site) for site in self.sites if site["verdict"] == "leaking"}

    @staticmethod
    def place(site):
        place = site["place"]
        return (os.path.basename(place["file"]), place["line"]) if place and place.get("file") else None

    def holds(self, moment):
        if not self.forecast["given"]:
            return False
        latest = self.forecast["latest"]
        return self.before + self.forecast["earliest"] <= moment and (latest is None or moment <= self.after + latest)

    def __str__(self):
        sites = ", ".join(f"{name}:{line} {site['held']} held of {site['acquired']} {site['verdict']}: {site['sentence']}"
                          for site in self.sites for name, line in [self.place(site) or ("?", 0)] if site["held"] > 2)
        foretold = [self.before + self.forecast[key] if self.forecast[key] is not None else None
                    for key in ("earliest", "point", "latest")]
        return f"{self.before:.2f} {self.open} open, {foretold} conditional={self.forecast['conditional']}; {sites}"


class Server(Place):
    """One that runs, and what was seen of it. Not a test itself."""

    def runTest(self):
        pass

    def start(self, mode, seed):
        self.setUp()
        self.mode, self.looks, self.reports, self.failure = mode, [], [], None
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:keep=all:quiet=1")
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.process = subprocess.Popen([PROGRAM, mode, str(10 * SECONDS if mode in LEAKY else SECONDS), str(seed)],
                                        cwd=self.place, env=environment, stdout=subprocess.PIPE, encoding="utf-8",
                                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, hard)))
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        assert self.process.stdout.readline() == "serving\n"
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        try:
            while self.look():
                time.sleep(PAUSE)
            said = self.process.stdout.read().split()
            self.end, self.moment = " ".join(said[:-1]), float(said[-1])
            self.process.wait(TIMEOUT)
        except Exception as failure:  # told by the test
            self.failure = failure

    def look(self):
        """False: it has ended."""
        before = time.monotonic()
        done = self.leakwatch("trend", "--json", str(self.process.pid), status=None)
        after = time.monotonic()
        if done.returncode == 2:  # its ledger is gone already, and soon it is, too
            self.process.wait(TIMEOUT)
        if self.process.poll() is not None:
            return False
        trend = json.loads(done.stdout)
        if len(trend["processes"]) == 1 and trend["processes"][0]["running"]:
            self.looks.append(Look(before, after, trend))
            if len(self.looks) % REPORT_EVERY == 0:
                self.report()
        return True

    def report(self):
        """The places that a report of the process calls leaking."""
        done = self.leakwatch("report", "--format", "json", str(self.process.pid), status=None)
        if self.process.poll() is None:
            growing = [finding for finding in json.loads(done.stdout)["findings"] if finding["kind"] == "fd-growth"]
            self.reports.append({Look.place({"place": finding["stacks"]["acquired"][0]}) for finding in growing})

    def exhausted(self):
        """What the ledgers say of that, now that it has ended."""
        return self.only(self.report_json(self.ledgers, status=None), "fd-exhausted")

    def history(self):
        return "\n".join([f"{self.mode}: {self.end} {self.moment}", *map(str, self.looks)])


class GrowthServer(Place):
    @classmethod
    def setUpClass(cls):
        cls.servers = []
        for seed in SEEDS:
            servers = [Server() for _ in (*SOUND, *LEAKY)]
            for server in servers:
                cls.addClassCleanup(server.doCleanups)
            for server, mode in zip(servers, (*SOUND, *LEAKY)):
                server.start(mode, seed)
            for server in servers:
                server.thread.join()
                if server.failure:
                    raise server.failure
            cls.servers += servers
        if "LEAKWATCH_SHOW" in os.environ:
            print("\n\n".join(server.history() for server in cls.servers))

    def of(self, *modes):
        for server in self.servers:
            if server.mode in modes:
                yield server

    def test_those_that_are_well_are_not_accused(self):
        for server in self.of(*SOUND):
            self.assertEqual(server.end, "over")
            self.assertGreaterEqual(len(server.looks), 5, server.history())
            for look in server.looks:
                self.assertEqual(look.leaking, set(), server.history())
                self.assertFalse(look.forecast["given"] and not look.forecast["conditional"], server.history())
            self.assertEqual([found for found in server.reports if found], [], server.history())

    def test_they_did_what_they_are_to_do(self):
        """The pool was filled and stayed, the cache was, and went on; and many clients stayed."""
        for mode, place, least in (("pool", ("resources.c", "pool"), 100), ("cache", ("resources.c", "cache"), 180),
                                   ("keepalive", ("growing_server.c", "session"), 30)):
            for server in self.of(mode):
                held = [site["held"] for look in server.looks for site in look.sites
                        if look.place(site) == line_of(*place)]
                self.assertGreaterEqual(max(held), least, server.history())

    def early_looks(self, server):
        """Those before half of the headroom was used."""
        first = server.looks[0].open
        return [look for look in server.looks if look.open <= first + (LIMIT - first) / 2]

    def test_the_line_that_forgets_is_named_and_the_moment_foretold(self):
        for server in self.of("leak"):
            self.assertEqual(server.end, "full accept4")
            last = self.early_looks(server)[-1]
            self.assertEqual(last.limit, LIMIT)
            self.assertEqual(last.leaking, {line_of("growing_server.c", "request")}, server.history())
            self.assertTrue(last.forecast["given"] and not last.forecast["conditional"], server.history())
            ranges = [look.holds(server.moment) for look in self.early_looks(server) if look.forecast["given"]]
            self.assertGreater(sum(ranges), len(ranges) / 2, server.history())

    def test_reports_name_the_line_too(self):
        for server in self.of("leak"):
            self.assertEqual(server.reports[-1], {line_of("growing_server.c", "request")}, server.history())

    def test_it_is_said_how_long_before_it_was_to_be_seen(self):
        for server in self.of("leak"):
            exhausted = server.exhausted()
            foreseen = [fact["text"] for fact in exhausted["facts"] if fact["name"] == "foreseen"]
            self.assertEqual(len(foreseen), 1, exhausted)
            held = re.fullmatch(r"[\d.]+ \w+ before, at ([\d,]+) held", foreseen[0])
            self.assertIsNotNone(held, foreseen)
            self.assertLessEqual(int(held[1].replace(",", "")), LIMIT / 2)

    def test_among_all_the_others_too(self):
        for server in self.of("mix"):
            self.assertIn("full ", server.end)
            last = self.early_looks(server)[-1]
            self.assertEqual(last.leaking, {line_of("growing_server.c", "request")}, server.history())


if __name__ == "__main__":
    command.main()
