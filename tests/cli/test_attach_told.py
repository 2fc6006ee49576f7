"""What is told of a process that was attached to: its name, whatever title it has written; what it had open before, and since
when; and which of its children are not watched."""
import os
import shutil
import sys

import command
from attached import OBEDIENT, AttachPlace
from command import LEAKWATCH, TIMEOUT

# A title as servers write it stands over the arguments before anybody attaches; then two files are forgotten.
TITLED = r"""
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    char what;
    size_t room = (size_t)(arguments[count - 1] + strlen(arguments[count - 1]) - arguments[0]);
    static const char title[] = "titled: master process /etc/x.conf";
    if (room < sizeof title)
        return 96;
    memset(arguments[0], 0, room);
    memcpy(arguments[0], title, sizeof title);
    printf("ready\n");
    fflush(stdout);
    for (; read(0, &what, 1) == 1; fflush(stdout))
        printf("%c %d\n", what, open("/dev/null", O_RDONLY) > 2);
    return 0;
}
"""

# Two workers, which end with it.
MASTER = r"""
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <signal.h>
#include <unistd.h>
int main(void)
{
    char what;
    pid_t workers[2];
    for (int i = 0; i < 2; i++)
        if ((workers[i] = fork()) == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
    printf("%d %d\n", workers[0], workers[1]);
    fflush(stdout);
    return read(0, &what, 1) != 1;
}
"""


class AttachTold(AttachPlace):
    def start_titled(self, program):
        process = self.start(program, "first argument", "second argument, so that there is room")
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def is_called(self, process, name):
        self.attach(process)
        self.tell(process, "ff")
        told = self.report_json(str(process.pid))["processes"][0]
        self.assertEqual((told["name"], told["argv"]), (name, [name]))
        text = self.leakwatch("report", "--full", str(process.pid)).stdout
        self.assertRegex(text, rf"(?m)^{name} \(pid {process.pid}\) still runs")
        self.assertNotIn("x.conf", text)
        metrics = self.leakwatch("serve", "--textfile", self.path("metrics.prom"), self.ledgers, status=None)
        with open(self.path("metrics.prom"), encoding="utf-8") as file:
            self.assertIn(f'program="{name}"', file.read(), metrics.stderr)

    def test_a_title_is_no_name(self):
        self.is_called(self.start_titled(self.compile("titled", TITLED)), "titled")

    def test_a_link_is_a_name(self):
        os.symlink(self.compile("titled", TITLED), self.path("linked-server"))
        self.is_called(self.start_titled(self.path("linked-server")), "linked-server")

    def test_a_name_longer_than_the_kernel_keeps(self):
        self.is_called(self.start_titled(self.compile("titled-by-a-long-name", TITLED)), "titled-by-a-long-name")

    def test_without_a_title_arguments_stay(self):
        """Of a script's, too, which the kernel calls by the script's name."""
        script = self.write("script", f"#!{sys.executable}\nprint('ready', flush=True)\ninput()\n", 0o755)
        process = self.start(script, "one", "two words")
        self.assertEqual(process.stdout.readline(), "ready\n")
        self.attach(process)
        told = self.report_json(str(process.pid))["processes"][0]
        self.assertEqual((told["name"], told["argv"]),
                         (os.path.basename(sys.executable), [sys.executable, script, "one", "two words"]))

    def test_what_was_open_before(self):
        process = self.start_program("obedient", OBEDIENT)
        self.attach(process)
        text = self.leakwatch("report", str(process.pid)).stdout
        self.assertRegex(text, r"(?m)^note: \d+ files open in obedient since before it was watched, "
                         r"at least [0-9.]+ (ms|s|min|min \d+ s) \[untracked-fd\]\n  fd \d+: .*/etc/passwd")
        self.assertNotIn("nobody was seen", text)
        stable = self.leakwatch("report", "--full", "--stable", str(process.pid)).stdout
        self.assertIn("since before it was watched [untracked-fd]", stable)

    def test_attached_to_again(self):
        """Each file is told once, and as what became of it: two ledgers are of one process."""
        process = self.start_program("obedient", OBEDIENT)
        self.attach(process)
        before = self.only_files(self.report_json(self.ledgers))["count"]
        self.tell(process, "ff")
        self.detach(process)
        self.tell(process, "fff")
        self.attach(process)
        self.tell(process, "f")
        report = self.report_json(self.ledgers)
        self.assertEqual(len(report["processes"]), 2)
        files = self.only_files(report)
        self.assertEqual((files["count"], files["pids"]), (before + 3, [process.pid]))
        process.kill()
        process.wait(TIMEOUT)
        text = self.leakwatch("report", self.ledgers).stdout
        self.assertIn("3 files still open (2 when leakwatch let the process go, 1 when the process was killed), opened by", text)
        self.assertRegex(text, rf"(?m)^note: {before + 3} files open in obedient since before it was watched")
        self.assertNotIn("processes", text)

    def only_files(self, report):
        found, = [finding for finding in report["findings"]
                  if finding["kind"] == "untracked-fd" and finding["resource"]["type"] == "file"]
        return found

    def test_children(self):
        process = self.start(self.compile("master", MASTER))
        workers = process.stdout.readline().split()
        last = self.attach(process).splitlines()[-1]
        self.assertEqual(last, f"leakwatch: process {process.pid} has 2 children that are not watched: leakwatch attach "
                         f"{' '.join(workers)}")
        said = self.leakwatch("attach", "--ledgers", self.ledgers, *workers).stderr
        for worker in workers:
            self.assertIn(f"watches process {worker} (master)", said)
        self.assertNotIn("not watched", said)
        self.detach(process)
        self.assertNotIn("not watched", self.attach(process))

    def test_who_asks_is_no_child(self):
        """A shell attaches to itself, by a command that is its child, or one of a shell between them."""
        if not shutil.which("bash"):
            self.skipTest("bash is not installed")
        ask = f"{LEAKWATCH} attach --ledgers {self.ledgers} $$ 2>&1"
        for script in (f"{ask}; true", f"said=$({ask}; true); echo \"$said\""):
            said, _ = self.start("bash", "-c", script).communicate(timeout=TIMEOUT)
            self.assertIn("watches process", said)
            self.assertNotIn("not watched", said)
        said, _ = self.start("bash", "-c", f"sleep 600 & echo $!; {ask}; kill $!").communicate(timeout=TIMEOUT)
        sleeper = said.split()[0]
        self.assertTrue(said.endswith(f"has a child that is not watched: leakwatch attach {sleeper}\n"), said)

    def test_several_at_once(self):
        """One that has ended is said, and the others are watched."""
        process, gone = self.start_program("obedient", OBEDIENT), self.start("true")
        gone.wait(TIMEOUT)
        said = self.leakwatch("attach", "--ledgers", self.ledgers, str(gone.pid), str(process.pid), status=2).stderr
        self.assertIn(f"there is no process {gone.pid}", said)
        self.assertIn(f"watches process {process.pid} (obedient)", said)


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
