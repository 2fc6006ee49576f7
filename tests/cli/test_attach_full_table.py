"""leakwatch attach and detach, of a process that has run out of descriptors: it is lent some, and they are taken back."""
import os
import resource
import shutil
import subprocess
import sys

import command
from attached import AttachPlace
from command import LEAKWATCH, TIMEOUT

# Takes all that there is; then opens once more for each letter: 'f' must fail, 'o' must not, for which one is given back.
FULL = r"""
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) static int take(void)
{
    return open("/dev/null", O_RDONLY); /* takes */
}
int main(void)
{
    char what;
    int last = 0;
    for (int fd; (fd = take()) >= 0;)
        last = fd;
    printf("ready\n");
    fflush(stdout);
    while (read(0, &what, 1) == 1) {
        if (what == 'o')
            close(last);
        int fd = take(), error = errno;
        printf("%c %d\n", what, what == 'o' ? fd == last : fd < 0 && error == EMFILE);
        fflush(stdout);
    }
    return 0;
}
"""

NOBODY = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")


class AttachFullTable(AttachPlace):
    def limits(self, process):
        with open(f"/proc/{process.pid}/limits", encoding="utf-8") as file:
            words = next(line for line in file if line.startswith("Max open files")).split()
        return int(words[3]), int(words[4])

    def start_full(self, soft, hard, before=()):
        process = self.start(*before, self.compile("full", FULL),
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def is_watched(self, process, soft, hard):
        """It goes on as it would have: is full where it was, and what is told of it is its own limit."""
        said = self.attach(process)
        self.assertIn("watches process", said)
        self.assertEqual(self.limits(process), (soft, hard))
        self.tell(process, "ffof")
        report = self.report_json(str(process.pid))
        limits = report["processes"][0]["limits"]
        self.assertEqual((limits["nofile_soft"], limits["nofile_hard"]), (soft, hard))
        self.assertEqual(self.only(report, "fd-exhausted")["errno"], "EMFILE")
        text = self.leakwatch("report", str(process.pid)).stdout
        self.assertRegex(text, rf"of (its )?{soft}\b")
        self.assertNotRegex(text, rf"\bof {soft + 64}\b") # a process may have a number like that
        self.assertNotIn("was changed", text)
        self.detach(process)
        self.assertEqual(self.limits(process), (soft, hard))
        self.tell(process, "fof")

    def test_below_the_hard_limit(self):
        self.is_watched(self.start_full(64, 4096), 64, 4096)

    def test_a_little_below_the_hard_limit(self):
        """Less than what is lent where there is more."""
        self.is_watched(self.start_full(64, 80), 64, 80)

    def test_beyond_the_hard_limit(self):
        process = self.start_full(64, 64)
        try:
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (64, 65))
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (64, 64))
        except PermissionError:
            self.skipTest("hard limits may not be raised here")
        self.is_watched(process, 64, 64)

    def test_without_the_right_to(self):
        if os.getuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("needs root, and setpriv")
        os.chmod(self.place, 0o755)
        process = self.start_full(64, 64, NOBODY)
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as file:
            before = file.read()
        done = subprocess.run([*NOBODY, LEAKWATCH, "attach", "--ledgers", "/tmp", str(process.pid)], env=self.environment(),
                              capture_output=True, text=True, timeout=TIMEOUT, check=False)
        if done.returncode == 127 or "Permission denied" in done.stderr:
            self.skipTest("nobody may not run what was built here")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, "has no descriptor left of its 64",
                             f"prlimit --pid {process.pid} --nofile=128:128 first")
        self.assertEqual(self.limits(process), (64, 64))
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as file:
            self.assertEqual(file.read(), before)
        self.tell(process, "fof")

    def test_what_is_refused_later_is_put_back(self):
        """It may write no file: that is found out by the library."""
        process = self.start_full(64, 4096)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
        self.assertIn("is as it was: no ledger could be made", self.attach(process, status=2))
        self.assertEqual(self.limits(process), (64, 4096))
        self.tell(process, "fof")

    def under_strace(self, process, *how):
        """The calls that ask for limits, or set them."""
        subprocess.run(["strace", "-qq", "-o", self.path("trace"), "-e", "trace=prlimit64", *how, LEAKWATCH, "attach",
                        "--ledgers", self.ledgers, str(process.pid)], env=self.environment(ASAN_OPTIONS="detect_leaks=0"),
                       cwd=self.place, stderr=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
        with open(self.path("trace"), encoding="utf-8") as file:
            return [line for line in file if line.startswith("prlimit64(")]

    def test_put_back_from_inside(self):
        """The command is killed as it looks whether there is something to be put back: the library has done so."""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        calls = self.under_strace(self.start_full(64, 4096))
        raised = next(number for number, call in enumerate(calls, 1) if ", {rlim_cur=128, " in call and "}, NULL)" in call)
        process = self.start_full(64, 4096)
        calls = self.under_strace(process, "-e", f"inject=prlimit64:signal=KILL:when={raised + 1}")
        self.assertEqual(len(calls), raised + 1)
        self.assertEqual(self.limits(process), (64, 4096))
        self.tell(process, "fof")
        self.assertIn("let process", self.detach(process))


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
