"""leakwatch attach and detach: what is seen, and what is left as it was."""
import os
import re
import shutil
import subprocess
import sys
import time

import command
from attached import OBEDIENT, AttachPlace
from command import LEAKWATCH, TIMEOUT

PLUGIN = r"""
#include <fcntl.h>
int plugin_leaks(void);
int plugin_leaks(void)
{
    return open("/dev/zero", O_RDONLY); /* in a plugin */
}
"""

# Waits in every way, and looks whether each wait was as long as it should be; a timer's signals come in between.
WAITING = r"""
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile sig_atomic_t over, ticks;
static void end(int number)
{
    (void)number;
    over = 1;
}
static void tick(int number)
{
    (void)number;
    ticks = ticks + 1;
}
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}
int main(void)
{
    long turns = 0, wrong = 0;
    sigset_t all, none;
    struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    signal(SIGTERM, end);
    signal(SIGALRM, tick);
    sigfillset(&all);
    sigemptyset(&none);
    printf("ready\n");
    fflush(stdout);
    for (; !over; turns++) {
        struct timespec rest = {0, 15000000};
        double begun = now();
        int failed = turns % 2 ? nanosleep(&rest, NULL) : poll(NULL, 0, 15);
        wrong += !over && (failed != 0 || now() - begun < 14.9);
        /* A signal that comes is never lost: each wait ends. */
        sigprocmask(SIG_SETMASK, &all, NULL);
        setitimer(ITIMER_REAL, &often, NULL);
        int before = ticks;
        wrong += sigsuspend(&none) != -1 || errno != EINTR || (ticks == before && !over);
        setitimer(ITIMER_REAL, &never, NULL);
        sigprocmask(SIG_SETMASK, &none, NULL);
    }
    printf("turns %ld wrong %ld\n", turns, wrong);
    return wrong != 0 || turns == 0;
}
"""

# Allocates all the time, with one thread, and looks whether what it has is still its own.
ALLOCATING = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static volatile sig_atomic_t over;
static void end(int number)
{
    (void)number;
    over = 1;
}
int main(void)
{
    static unsigned char *pieces[512];
    static size_t sizes[512];
    long turns = 0, wrong = 0;
    unsigned seed = 1;
    signal(SIGTERM, end);
    printf("ready\n");
    fflush(stdout);
    for (; !over; turns++) {
        unsigned which = (unsigned)rand_r(&seed) % 512;
        if (pieces[which]) {
            wrong += pieces[which][0] != (unsigned char)which || pieces[which][sizes[which] - 1] != (unsigned char)which;
            free(pieces[which]);
        }
        sizes[which] = 1 + (size_t)rand_r(&seed) % 5000;
        pieces[which] = malloc(sizes[which]);
        memset(pieces[which], (int)which, sizes[which]);
    }
    printf("turns %ld wrong %ld\n", turns, wrong);
    return wrong != 0 || turns == 0;
}
"""

# A thread sits in a constructor, and so has the loader's lock.
CONSTRUCTOR = r"""
#include <unistd.h>
__attribute__((constructor)) static void sit(void)
{
    usleep(1500000);
}
"""

SITTING = r"""
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
static volatile int is_over;
static void *load(void *unused)
{
    void *plugin = dlopen("./constructor.so", RTLD_NOW);
    is_over = plugin ? 1 : 2;
    return unused;
}
int main(void)
{
    pthread_t thread;
    struct timespec before, after, rest = {0, 1000000};
    double longest = 0;
    pthread_create(&thread, NULL, load, NULL);
    usleep(200000);
    printf("ready\n");
    fflush(stdout);
    while (!is_over) {
        clock_gettime(CLOCK_MONOTONIC, &before);
        nanosleep(&rest, NULL);
        clock_gettime(CLOCK_MONOTONIC, &after);
        double gap = (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6;
        longest = gap > longest ? gap : longest;
    }
    pthread_join(thread, NULL);
    pause();
    return 0;
}
"""

# Forks a child each 150 ms, until nobody wants more; they end with it.
FORKING = r"""
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(void)
{
    struct pollfd input = {0, POLLIN, 0};
    printf("ready\n");
    fflush(stdout);
    while (poll(&input, 1, 150) == 0) {
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(1);
            for (;;)
                pause();
        }
        printf("%d\n", child);
        fflush(stdout);
    }
    close(1);
    for (;;)
        pause();
}
"""


class Attach(AttachPlace):
    def end_right(self, process):
        process.terminate()
        said, _ = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 0, said)

    # ---- What is seen ----

    def test_what_is_seen(self):
        self.compile("plugin.so", PLUGIN, ("-shared", "-fPIC", "-g"), source="plugin.c")
        process = self.start_program("obedient", OBEDIENT, environment={"LD_LIBRARY_PATH": self.place})
        self.tell(process, "ff")
        said = self.attach(process)
        self.assertRegex(said, r"watches process \d+ \(obedient\): \d+ calls? of \d+ modules? leads? through the library\n")
        self.tell(process, "fffrpcffh")
        report = self.report_json(str(process.pid))
        text = self.leakwatch("report", "--full", str(process.pid)).stdout
        line = next(number for number, row in enumerate(OBEDIENT.splitlines(), 1) if "/* forgets */" in row)
        self.assertRegex(text, rf"opened by open at obedient.c:{line} in forget")
        self.assertIn("in plugin_leaks", text)
        self.assertIn("/etc/passwd", text)
        self.assertNotIn("/etc/hostname", text)  # it was closed, and that was seen
        self.assertIn(", watched since ", text)
        self.assertIn("it was attached to", text)
        kinds = {finding["kind"] for finding in report["findings"]}
        self.assertEqual(kinds, {"fd-leak", "untracked-fd"})
        held = sum(finding["count"] for finding in report["findings"] if finding["kind"] == "fd-leak")
        self.assertEqual(held, 6)  # five and the plugin's; the two of before are untracked
        self.assertIn("attached_time=", self.leakwatch("dump", self.own_ledger(process)).stdout)
        self.end_of_watch(process)

    def own_ledger(self, process):
        return next(path for path in self.ledgers_in(self.ledgers) if f".{process.pid}." in path)

    def end_of_watch(self, process):
        self.assertRegex(self.detach(process), r"let process \d+ \(obedient\) go: \d+ calls lead to the C library again")
        self.tell(process, "fffh")
        path = self.own_ledger(process)
        report = self.report_json(path)["processes"][0]
        self.assertEqual(report["exit"]["how"], "detached")
        self.assertLess(report["attached"]["until"], time.time())
        before = self.leakwatch("report", "--stable", path).stdout
        process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.leakwatch("report", "--stable", path).stdout, before)
        self.assertIn("was let go by leakwatch detach", before)

    def test_children_are_watched(self):
        process = self.start_program("obedient", OBEDIENT)
        self.attach(process)
        self.tell(process, "c")
        children = [path for path in self.ledgers_in(self.ledgers) if f".{process.pid}." not in path]
        self.assertEqual(len(children), 1)
        report = self.report_json(children[0])
        self.assertEqual([(finding["kind"], finding["count"]) for finding in report["findings"] if finding["kind"] == "fd-leak"],
                         [("fd-leak", 2)])
        self.assertIsNone(report["processes"][0]["attached"])

    def test_children_of_that_second_are_let_go(self):
        """Nobody is at work in what was forked while the library came to its parent."""
        process = self.start_program("forking", FORKING)
        self.attach(process)
        process.stdin.write("enough")
        process.stdin.flush()
        children = process.stdout.read().split()
        self.assertGreater(len(children), 3)
        for child in children:
            said = self.leakwatch("detach", child, status=None).stderr
            self.assertRegex(said, "let process|is not watched") # it may have been forked before
        for child in children:
            self.assertIn("is not watched", self.leakwatch("detach", child, status=2).stderr)

    def test_a_module_found_by_its_name(self):
        """The loader searches for the program: it is swept before its first function is looked up."""
        self.compile("plugin.so", PLUGIN, ("-shared", "-fPIC", "-g"), source="plugin.c")
        process = self.start_program("obedient", OBEDIENT, ("-O1", "-g", "-pthread", "-Wl,-rpath,$ORIGIN"))
        self.attach(process)
        self.tell(process, "n")
        self.assertIn("in plugin_leaks", self.leakwatch("report", "--full", str(process.pid)).stdout)

    # ---- What is left as it was ----

    def test_waits_last_as_long_as_they_should(self):
        process = self.start_program("waiting", WAITING)
        for _ in range(4):
            self.attach(process)
            self.detach(process)
        self.end_right(process)

    def test_a_heap_with_one_thread(self):
        process = self.start_program("allocating", ALLOCATING)
        for _ in range(3):
            self.attach(process)
            self.detach(process)
        self.end_right(process)

    def test_another_allocator(self):
        jemalloc = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
        if not os.path.exists(jemalloc):
            self.skipTest("libjemalloc2 is not installed")
        for name, text in (("allocating", ALLOCATING), ("waiting", WAITING)):
            process = self.start_program(name, text, environment={"LD_PRELOAD": jemalloc})
            for _ in range(3):
                self.attach(process)
                self.detach(process)
            self.end_right(process)

    def test_whoever_has_the_loaders_lock_keeps_it(self):
        self.compile("constructor.so", CONSTRUCTOR, ("-shared", "-fPIC"), source="constructor.c")
        process = self.start_program("sitting", SITTING)
        said = self.attach(process)
        self.assertIsNone(process.poll())
        self.assertLess(float(re.search(r"paused for ([0-9.]+) ms", said)[1]), 1000)

    def test_a_tracer_that_is_killed_at_any_step(self):
        """strace ends the command as it makes its n-th call of ptrace."""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        for name, text in (("waiting", WAITING), ("obedient", OBEDIENT)):
            process = self.start_program(name, text)
            total = self.calls_of_ptrace()
            for number in [1, 2, 3, 5, 20, *range(total - 26, total + 1)]:
                subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", f"inject=ptrace:signal=KILL:when={number}", LEAKWATCH,
                                "attach", "--ledgers", self.ledgers, str(process.pid)], env=self.under_strace(), cwd=self.place,
                               stderr=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
                self.assertIsNone(process.poll(), f"the process ended with its tracer, at call {number} of {total}")
                self.let_go(process)
            if name == "waiting":
                self.end_right(process)
            else:
                self.tell(process, "frh")

    def under_strace(self):
        """Where the command is built with AddressSanitizer: its search for leaks works by ptrace, too."""
        return self.environment(ASAN_OPTIONS="detect_leaks=0")

    def calls_of_ptrace(self):
        process = self.start_program("obedient", OBEDIENT)
        trace = self.path("trace")
        subprocess.run(["strace", "-qq", "-o", trace, "-e", "trace=ptrace", LEAKWATCH, "attach", "--ledgers", self.ledgers,
                        str(process.pid)], env=self.under_strace(), cwd=self.place, stderr=subprocess.DEVNULL, timeout=TIMEOUT,
                       check=True)
        with open(trace, encoding="utf-8") as file:
            calls = [line for line in file if line.startswith("ptrace(")]
        last = next(i for i, line in enumerate(calls) if "PTRACE_DETACH" in line)
        return last + 1

    def let_go(self, process):
        """The new thread may have done its work all the same, or be at it."""
        for _ in range(TIMEOUT):
            said = self.detach(process, status=None)
            if "just now" not in said:
                self.assertRegex(said, "is not watched|let process")
                return
            time.sleep(0.1)
        self.fail("it is never done")


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
