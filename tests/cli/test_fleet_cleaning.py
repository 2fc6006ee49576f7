"""What of /var/lib/leakwatch is cleaned away: by the shipped configuration of systemd-tmpfiles and what it runs before, on a directory
of the test's own, where time has passed."""
import os
import re
import shlex
import subprocess
import sys
import time

import command
import fleets
from command import LIBRARY, TIMEOUT, Place
from fleets import shipped

MONTH = 30 * 24 * 3600
STAYS = "import sys; kept = open('/etc/passwd'); print(); sys.stdout.flush(); sys.stdin.read()"

fleets.need("systemd-tmpfiles", "find", "touch")


class Cleaning(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)
        text = shipped("systemd/leakwatch.tmpfiles.conf").replace("/var/lib/leakwatch", self.ledgers)
        self.configuration = self.write("leakwatch.conf", re.sub("root root", f"{os.geteuid()} {os.getegid()}", text))
        self.process = self.start()
        self.living, = os.listdir(self.ledgers)
        ended = self.start()
        ended.kill()
        ended.wait()
        self.ended, = set(os.listdir(self.ledgers)) - {self.living}

    def start(self):
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:quiet=1")
        process = subprocess.Popen([sys.executable, "-c", STAYS], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        process.stdout.readline()
        return process

    def let_pass(self, seconds):
        for name in os.listdir(self.ledgers):
            os.utime(os.path.join(self.ledgers, name), (time.time() - seconds,) * 2)

    def keep_what_is_mapped(self):
        """By this test's process; others of the host, which may be of other tests, are left alone."""
        line, = re.findall(r"^ExecStartPre=-(.*)$", shipped("systemd/kept.conf"), re.MULTILINE)
        self.assertIn(" /proc/[0-9]*/map_files ", line)
        line = line.replace("/proc/[0-9]*/", f"/proc/{self.process.pid}/")
        subprocess.run(shlex.split(line), check=False, stdin=subprocess.DEVNULL, timeout=TIMEOUT)

    def left(self):
        subprocess.run(["systemd-tmpfiles", "--clean", self.configuration], check=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT)
        return sorted(os.listdir(self.ledgers))

    def test_who_reads_a_ledger_does_not_keep_it(self):
        self.let_pass(MONTH + 3600)
        self.leakwatch("trend", self.ledgers)
        self.leakwatch("report", self.ledgers)
        self.assertNotIn(self.ended, self.left())

    def test_it_stays_for_a_month(self):
        self.let_pass(MONTH - 3600)
        self.assertEqual(self.left(), sorted([self.living, self.ended]))

    def test_that_of_a_living_process_stays(self):
        own = os.listdir("/proc/self/map_files")
        try:
            os.stat(f"/proc/self/map_files/{own[0]}")
        except PermissionError:
            self.skipTest("only root looks through /proc/PID/map_files")
        self.let_pass(MONTH + 3600)
        self.keep_what_is_mapped()
        self.assertEqual(self.left(), [self.living])


if __name__ == "__main__":
    command.main()
