#!/usr/bin/env python3
"""However a run ends, the command's status is what it was, the report is written as far as somebody reads it, and nothing
stays behind: not where the report is cut short, nor where somebody interrupts twice."""
import json
import os
import signal
import subprocess
import time

import command
from command import LEAKWATCH, TIMEOUT, Place

# In the run's directory, a file that is no ledger.
SPOIL = 'd=${LEAKWATCH_OPTIONS##*dir=}; printf "%09000d" 7 > "${d%%:*}/leakwatch.spoilt.1.1.0.lwl"; '


class Statuses(Place):
    def test_what_cannot_be_judged_does_not_change_it(self):
        for status in (7, 0):
            done = self.leakwatch("run", "--", "sh", "-c", f"{SPOIL} exit {status}", status=status)
            self.assertIn("leakwatch.spoilt.1.1.0.lwl", done.stderr)

    def test_a_verdict_that_was_asked_for_is_not_green(self):
        self.leakwatch("run", "--error-exitcode=9", "--", "sh", "-c", f"{SPOIL} exit 0", status=125)
        self.leakwatch("run", "--error-exitcode=9", "--", "sh", "-c", f"{SPOIL} exit 7", status=7)
        self.leakwatch("run", "--error-exitcode=9", "--", "sh", "-c", f"{SPOIL} {self.compile('leaky')}", status=9)

    def test_a_report_that_cannot_be_written_does_not_hide_it(self):
        for more in (("--output", "/dev/full"), ("--report", "json=/dev/full")):
            done = self.leakwatch("run", *more, "--", "sh", "-c", "exit 7", status=7)
            self.assertIn("/dev/full", done.stderr)
            self.leakwatch("run", *more, "--", "true", status=125)

    def test_nobody_reads_the_report(self):
        for status in (7, 0):
            reading, writing = os.pipe()
            os.close(reading)
            done = subprocess.run([LEAKWATCH, "run", "--report", "json=report.json", self.compile("leaky"), "/dev/null",
                                   str(status)], cwd=self.place, env=self.environment(), stderr=writing, check=False,
                                  timeout=TIMEOUT)
            os.close(writing)
            self.assertEqual(done.returncode, status)
            self.assertEqual(os.listdir(self.temporary), [])
            with open(self.path("report.json"), encoding="utf-8") as file:
                self.assertEqual(len(json.load(file)["findings"]), 1)
            os.remove(self.path("report.json"))


class StandardOutput(Place):
    def test_a_file_named_so(self):
        """Behind what the command has written there."""
        done = self.leakwatch("run", "-f", "json", "-o", "-", self.compile("leaky"))
        self.assertEqual(len(json.loads(done.stdout)["findings"]), 1)
        done = self.leakwatch("run", "--report", "json=-", self.path("leaky"))
        self.assertEqual(len(json.loads(done.stdout)["findings"]), 1)
        self.assertNotIn("-", os.listdir(self.place))


# The child opens its first file, and executes a program, when the run has long ended.
LATE = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    if (fork() > 0)
        return 0;
    for (int i = 0; access("go", F_OK) != 0 && i < 6000; i++)
        usleep(10000);
    open("/etc/passwd", O_RDONLY);
    execl("/bin/sh", "sh", "-c", "mkdir finished", (char *)0);
    return 1;
}
"""


class Late(Place):
    def begin_late(self, settings=""):
        """What a process says whose directory for ledgers is gone when it begins, and what is new in /dev/shm."""
        program = self.compile("late", LATE)
        before = set(os.listdir("/dev/shm"))
        if settings:
            settings = f"LD_PRELOAD={command.LIBRARY} LEAKWATCH_OPTIONS={settings} "
            subprocess.run(["sh", "-c", f"{settings}{program} 2>said"], cwd=self.place, env=self.environment(), check=True,
                           timeout=TIMEOUT)
        else:
            self.leakwatch("run", "--grace=0.1", "--", "sh", "-c", f"exec {program} >/dev/null 2>said")
            self.assertEqual(os.listdir(self.temporary), [])
        self.write("go", "")
        for _ in range(6000):
            if os.path.isdir(self.path("finished")):
                break
            time.sleep(0.01)
        self.assertTrue(os.path.isdir(self.path("finished")))
        new = [name for name in set(os.listdir("/dev/shm")) - before if name.startswith("leakwatch.late.")]
        for name in new:
            os.unlink(os.path.join("/dev/shm", name))
        with open(self.path("said"), encoding="utf-8") as file:
            return file.read(), new

    def test_who_begins_when_the_run_has_ended_is_silent(self):
        self.assertEqual(self.begin_late(), ("", []))

    def test_a_directory_that_is_missing_is_told(self):
        for settings in ("dir=/nowhere/at/all", "dir=/nowhere/at/all:quiet=1", "dir=/nowhere:quiet=1:above=1"):
            said, new = self.begin_late(settings)
            self.assertIn("cannot keep the ledger in /nowhere", said)
            self.assertNotEqual(new, [])
            os.rmdir(self.path("finished"))
            os.unlink(self.path("go"))


class Interrupted(Place):
    def start(self, *arguments):
        child = subprocess.Popen([LEAKWATCH, *arguments], cwd=self.place, env=self.environment(), text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 start_new_session=True)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        return child

    def start_writing(self):
        """A run that has its command behind it and waits for who reads the second report."""
        os.mkfifo(self.path("fifo"))
        child = self.start("run", "--report", "json=fifo", self.compile("leaky"))
        said = ""
        while "1 error: 5 resources" not in said:
            line = child.stderr.readline()
            self.assertTrue(line, said)
            said += line
        return child

    def test_once_while_the_report_is_written(self):
        child = self.start_writing()
        os.kill(child.pid, signal.SIGINT)
        with open(self.path("fifo"), encoding="utf-8") as fifo:
            self.assertEqual(len(json.load(fifo)["findings"]), 1)
        self.assertEqual(child.wait(TIMEOUT), 0)
        self.assertEqual(os.listdir(self.temporary), [])

    def test_twice_while_the_report_is_written(self):
        child = self.start_writing()
        os.kill(child.pid, signal.SIGINT)
        os.kill(child.pid, signal.SIGTERM)
        self.assertIn(child.wait(TIMEOUT), (-signal.SIGINT, -signal.SIGTERM))
        self.assertEqual(os.listdir(self.temporary), [])

    def test_one_that_the_command_and_all_of_its_group_get(self):
        """So `timeout` sends its signal."""
        script = "trap 'exit 3' INT TERM; echo ready; while :; do sleep 0.05; done"
        for number in (signal.SIGINT, signal.SIGTERM):
            for word in ("run", "gate"):
                child = self.start(word, "--grace", "60", "--", "sh", "-c", script)
                self.assertEqual(child.stdout.readline(), "ready\n")
                os.kill(child.pid, number)
                os.killpg(child.pid, number)
                _, said = child.communicate(timeout=TIMEOUT)
                self.assertEqual(child.returncode, 3, said)
                self.assertIn("exited with status 3" if word == "run" else "command (exit status 3)", said)
                self.assertEqual(os.listdir(self.temporary), [])

    def test_waiting_for_others(self):
        script = "trap '' INT; sleep 3600 >/dev/null 2>&1 & echo $! >pid; echo ready; exit 0"
        self.addCleanup(self.end_by_pid, "pid")
        child = self.start("run", "--grace", "100000", "--", "sh", "-c", script)
        self.assertEqual(child.stdout.readline(), "ready\n")
        for _ in range(100):
            if child.poll() is not None:
                break
            os.kill(child.pid, signal.SIGINT)
            time.sleep(0.3)
        self.assertEqual(child.poll(), 0)
        self.assertIn("still run", child.stderr.read())
        self.assertEqual(os.listdir(self.temporary), [])


if __name__ == "__main__":
    command.main()
