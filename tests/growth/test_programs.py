#!/usr/bin/env python3
"""Real programs in scaled time (programs/habits.c), judged while they run: which of their sites leak, and when they will be
out of descriptors."""
import json
import os
import resource
import select
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "cli"))
import command  # noqa: E402
from command import BUILD, LIBRARY, TIMEOUT, Place  # noqa: E402

LIMIT = 192  # of open descriptors
TURNS = 1600  # of those that never reach it
PROGRAMS = os.path.join(BUILD, "tests", "growth")


class Habits(Place):
    def start(self, way, turns):
        os.makedirs(self.path("ledgers"), exist_ok=True)
        options = f"dir={self.path('ledgers')}:keep=all"
        child = subprocess.Popen([os.path.join(PROGRAMS, "habits"), way, str(turns)], cwd=self.place,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT)),
                                 env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=options),
                                 encoding="ascii", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait, TIMEOUT)
        self.addCleanup(child.stdin.close)
        return child

    def said(self):
        ledger, = self.ledgers_in(self.path("ledgers"))
        done = subprocess.run([os.path.join(PROGRAMS, "says"), ledger], check=True, capture_output=True,
                              encoding="utf-8", timeout=TIMEOUT)
        said = json.loads(done.stdout)
        self.assertTrue(said["running"])
        return said

    def leaking(self, said):
        return [site["call"] for site in said["sites"] if site["verdict"] == "leaking"]

    def finds(self, way, call):
        """A look at half of the way, and what came of it. Where the machine is busy, what it did by then may leave doubt: it
        is named before the table is full."""
        child = self.start(way, 1000000)
        self.assertEqual(child.stdout.readline(), "half\n")
        said = self.said()
        while self.leaking(said) != [call] and not select.select([child.stdout], [], [], 0)[0]:
            said = self.said()
        self.assertEqual(self.leaking(said), [call], said)
        self.assertEqual(said["limit"], LIMIT)
        forecast = said["forecast"]
        self.assertTrue(forecast["given"] and not forecast["conditional"], said)
        self.assertLessEqual(forecast["earliest"], forecast["point"])
        self.assertLessEqual(forecast["point"], forecast["latest"])
        word, time = child.stdout.readline().split()
        self.assertEqual(word, "full")
        print(f"{way}: full after {float(time) - said['now']:.2f} s, forecast {forecast}")
        self.assertEqual(self.leaking(self.said()), [call])

    def is_silent(self, way):
        child = self.start(way, TURNS)
        for word in ("half\n", "end\n"):
            self.assertEqual(child.stdout.readline(), word)
            said = self.said()
            self.assertEqual(self.leaking(said), [], said)
            self.assertFalse(said["forecast"]["given"] and not said["forecast"]["conditional"], said)

    def test_one_in_sixteen_forgotten(self):
        self.finds("one-in-sixteen", "socket")

    def test_one_in_eight_forgotten_in_waves(self):
        self.finds("one-in-eight-in-waves", "socket")

    def test_everything_forgotten(self):
        self.finds("everything", "eventfd")

    def test_steady_load(self):
        self.is_silent("steady")

    def test_keep_alive(self):
        self.is_silent("keep-alive")

    def test_pool_that_grows_to_its_most(self):
        self.is_silent("pool")

    def test_cache_that_fills(self):
        self.is_silent("cache")

    def test_warm_up(self):
        self.is_silent("warm-up")

    def test_garbage_collector(self):
        self.is_silent("collector")


if __name__ == "__main__":
    command.main()
