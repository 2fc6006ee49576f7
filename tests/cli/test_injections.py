"""LEAKWATCH_OPTIONS=inject=…: failures on purpose, rule by rule, and what is found where they come up."""
import subprocess

import command
from command import LIBRARY, Place

# Prints the errno of each call: "close", how often, in one function each; a release that fails has released all the same.
FAILING = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static const char *name(int result)
{
    return result >= 0 ? "-" : strerrorname_np(errno);
}
__attribute__((noinline)) void save_one(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    printf("open %s ", name(fd));
    if (fd >= 0)
        printf("close %s ", name(close(fd)));
    printf("%s\n", fd >= 0 && fcntl(fd, F_GETFD) >= 0 ? "still open" : "gone");
}
__attribute__((noinline)) void load_one(const char *path)
{
    save_one(path);
}
int main(int count, char **arguments)
{
    for (int i = 0; i < atoi(arguments[1]); i++)
        (i % 2 ? load_one : save_one)(arguments[2 + i % (count - 2)]);
    fflush(stdout);
    return 0;
}
"""

IGNORING = r"""
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) void save(void)
{
    int fd = open("saved.txt", O_WRONLY | O_CREAT, 0600);
    close(fd); /* ignored */
    unlink("saved.txt");
}
__attribute__((noinline)) int save_well(void)
{
    int fd = open("saved.txt", O_WRONLY | O_CREAT, 0600);
    if (close(fd) != 0) {
        perror("saved.txt");
        return -1;
    }
    return unlink("saved.txt");
}
__attribute__((noinline)) int again(void)
{
    int fd = open("saved.txt", O_WRONLY | O_CREAT, 0600), result;
    do
        result = close(fd);
    while (result != 0 && errno == EINTR);
    return result;
}
int main(int count, char **arguments)
{
    int times = atoi(arguments[1]);
    for (int i = 0; i < times; i++) {
        save();
        save_well();
    }
    return count > 2 ? again() == 0 : 0; /* the second time it is not open any more */
}
"""


class Rules(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("failing", FAILING)

    def run_with(self, rules, times=7, paths=("one.txt",), **more):
        done = self.leakwatch("run", "--output", self.path("report"), self.program, str(times), *paths,
                              environment=self.environment(LEAKWATCH_OPTIONS=f"inject={rules}", **more))
        return [line.split(" ") for line in done.stdout.splitlines()], done.stderr

    def failed(self, rules, call="close", **how):
        """Which calls failed, counted from 1."""
        lines, _ = self.run_with(rules, **how)
        results = [line[line.index(call) + 1] for line in lines if call in line]
        return [i for i, result in enumerate(results, 1) if result != "-"], set(results) - {"-"}

    def test_every_call(self):
        self.assertEqual(self.failed("close=EIO"), ([1, 2, 3, 4, 5, 6, 7], {"EIO"}))

    def test_the_nth_call(self):
        self.assertEqual(self.failed("close=EIO@3"), ([3], {"EIO"}))

    def test_every_nth_call(self):
        self.assertEqual(self.failed("close=ENOSPC%3"), ([3, 6], {"ENOSPC"}))

    def test_by_chance_with_a_seed(self):
        first, errors = self.failed("close=EIO~0.3/seed=7", times=200)
        self.assertEqual(errors, {"EIO"})
        self.assertTrue(20 < len(first) < 110, first)
        self.assertEqual(self.failed("close=EIO~0.3/seed=7", times=200)[0], first)
        self.assertNotEqual(self.failed("close=EIO~0.3/seed=8", times=200)[0], first)

    def test_numbers_of_errors(self):
        self.assertEqual(self.failed("close=28@1"), ([1], {"ENOSPC"}))

    def test_a_release_really_releases(self):
        lines, _ = self.run_with("close=EIO")
        self.assertTrue(all(line[-1] == "gone" for line in lines), lines)

    def test_an_acquisition_acquires_nothing(self):
        lines, _ = self.run_with("open=EMFILE%2")
        self.assertEqual([line[1] for line in lines], ["-", "EMFILE"] * 3 + ["-"])
        self.assertTrue(all("close" not in line for line in lines[1::2]))

    def test_on_paths(self):
        paths = ("one.txt", "two.txt")
        self.assertEqual(self.failed("open=EACCES/path=*two.txt", "open", paths=paths), ([2, 4, 6], {"EACCES"}))
        self.assertEqual(self.failed("close=EIO/path=*one*", paths=paths), ([1, 3, 5, 7], {"EIO"}))

    def test_in_a_function(self):
        self.assertEqual(self.failed("close=EIO/in=load_*"), ([2, 4, 6], {"EIO"}))
        self.assertEqual(self.failed("close=EIO/in=nothing"), ([], set()))

    def test_at_a_place(self):
        report, _ = self.run_json(self.program, "1", "one.txt",
                                  environment=self.environment(LEAKWATCH_OPTIONS="inject=close=EIO"))
        self.assertEqual(report["totals"]["injected"], 1)
        ledgers = self.make_ledgers(self.program, "1", "one.txt")
        dump = self.leakwatch("dump", self.ledgers_in(ledgers)[0]).stdout
        frames = {int(line.split()[1]): dict(field.split("=", 1) for field in line.split()[2:])
                  for line in dump.splitlines() if line.startswith("frame ")}
        modules = {int(line.split()[1]): dict(field.split("=", 1) for field in line.split()[2:])
                   for line in dump.splitlines() if line.startswith("module ")}
        release = next(line for line in dump.splitlines() if line.startswith("release ") and 'call="close"' in line)
        frame = frames[int(dict(field.split("=", 1) for field in release.split()[2:])["stack"])]
        offset = int(frame["address"], 16) - int(modules[int(frame["module"])]["base"], 16)
        self.assertEqual(self.failed(f"close=EIO/at=failing+{offset:#x}", times=3), ([1, 2, 3], {"EIO"}))
        self.assertEqual(self.failed(f"close=EIO/at=failing+{offset + 1:#x}", times=3), ([], set()))

    def test_several_rules(self):
        lines, _ = self.run_with("open=EMFILE@2,close=EIO@2")
        self.assertEqual([line[1] for line in lines], ["-", "EMFILE"] + ["-"] * 5)
        self.assertEqual([line[3] for line in lines if "close" in line], ["-", "EIO"] + ["-"] * 4)

    def test_pairs_and_signals_can_be_refused(self):
        program = self.compile("pairs", """#define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <pty.h>
            #include <signal.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/signalfd.h>
            #include <unistd.h>
            int main(void)
            {
                int ends[2], sides[2];
                sigset_t none;
                sigemptyset(&none);
                printf("%s ", pipe2(ends, O_CLOEXEC) < 0 ? strerrorname_np(errno) : "-");
                printf("%s ", signalfd(-1, &none, 0) < 0 ? strerrorname_np(errno) : "-");
                printf("%s", openpty(&sides[0], &sides[1], NULL, NULL, NULL) < 0 ? strerrorname_np(errno) : "-");
                return 0;
            }
            """)
        rules = "inject=pipe2=EMFILE,signalfd=ENFILE,openpty=ENOENT"
        done = self.leakwatch("run", program, environment=self.environment(LEAKWATCH_OPTIONS=rules))
        self.assertEqual(done.stdout, "EMFILE ENFILE ENOENT", done.stderr)
        self.assertNotIn("never closed", done.stderr)

    def test_bad_rules_are_named_in_one_line_and_left_out(self):
        """By the library alone; the commands run nothing then (test_settings.py)."""
        for rule in ("close", "close=", "close=ENOTHING", "pthread_mutex_lock=ENOTHING@3",
                     "pthread_mutex_unlock=EPERM@3", "nothing=EIO", "fork=EAGAIN", "read=EIO", "fcntl=EMFILE", "close=EIO@0", "close=EIO%x", "close=EIO~2",
                     "close=EIO/at=here", "close=EIO/seed=x", "close=EIO/path="):
            with self.subTest(rule=rule):
                environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"quiet=1:inject={rule}")
                done = subprocess.run([self.program, "7", "one.txt"], cwd=self.place, env=environment, text=True,
                                      capture_output=True, check=True, timeout=60)
                lines = [line.split(" ") for line in done.stdout.splitlines()]
                self.assertTrue(all(line[3] == "-" for line in lines), lines)
                self.assert_one_line(done.stderr, "cannot inject", rule)
                call = rule.split("=")[0]
                why = "this call cannot be made to fail" if call not in ("close", "pthread_mutex_lock") else \
                    "there is no error of this name" if rule in ("close=", "close=ENOTHING", "pthread_mutex_lock=ENOTHING@3") else "call=ERROR["
                self.assertIn(f"cannot inject {rule} ({why}", done.stderr)

    def test_no_more_than_sixteen_rules(self):
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS="quiet=1:inject=" + ",".join(f"close=EIO@{i}" for i in range(70, 87)))
        done = subprocess.run([self.program, "7", "one.txt"], cwd=self.place, env=environment, text=True, capture_output=True, check=True, timeout=60)
        self.assert_one_line(done.stderr, "cannot inject close=EIO@86 (there are 16 before it, which is all)")


class Findings(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("ignoring", IGNORING)

    def report(self, rules, *arguments, options=(), status=0):
        return self.run_json(*options, self.program, *arguments, status=status,
                             environment=self.environment(LEAKWATCH_OPTIONS=f"inject={rules}"))[0]

    def test_who_ignores_is_told_of_and_who_looks_is_counted(self):
        report = self.report("close=EIO", "5")
        found = self.only(report, "swallowed-error")
        self.assertEqual((found["count"], found["errno"], found["verdict"]), (5, "EIO", "ignored"))
        self.assertEqual(found["stacks"]["released"][0]["function"], "save")
        self.assertEqual(found["resource"]["detail"], "saved.txt")
        self.assertTrue(found["evidence"]["text"])
        self.assertEqual(report["totals"]["failed_releases"]["checked"], 5)
        self.assertEqual(report["totals"]["injected"], 10)

    def test_an_error_that_says_not_open_of_what_is_open_is_no_double_close(self):
        report = self.report("close=EBADF", "3")
        self.assertEqual({finding["kind"] for finding in report["findings"]}, {"swallowed-error"})

    def test_a_close_that_is_tried_again_after_eintr(self):
        report = self.report("close=EINTR@1", "0", "again", status=0)
        found = self.only(report, "double-close")
        self.assertEqual((found["said"], found["errno"]), ("closed again after EINTR", "EBADF"))

    def test_quota(self):
        found = self.only(self.report("close=EDQUOT@1", "1"), "swallowed-error")
        self.assertEqual(found["errno"], "EDQUOT")

    def test_the_audit_tells_before_it_fails(self):
        report = self.run_json("--audit", self.program, "13")[0]
        found = self.only(report, "unchecked-release")
        self.assertEqual((found["count"], found["level"], found["call"]), (13, "note", "close"))
        self.assertEqual(found["stacks"]["released"][0]["function"], "save")
        self.assertEqual(report["totals"]["audited_sites"]["checked"], 1)
        self.assertEqual(report["totals"]["audited_sites"]["ignored"], 1)
        self.assertNotIn("audited_sites", self.run_json(self.program, "13")[0]["totals"])
        text = self.leakwatch("run", "--audit", self.program, "13").stderr
        self.assertIn("2 calls release something writable: 1 looked at, 1 ignored (0.0 % not decidable)", text)

    def test_what_failed_is_not_told_of_by_the_audit_again(self):
        report = self.report("close=EIO@1", "3", options=("--audit",))
        self.assertEqual({finding["kind"] for finding in report["findings"]}, {"swallowed-error"})

    def test_suppressions_by_either_stack(self):
        for rule in ("swallowed-error:save", "swallowed-error@detail:saved.txt"):
            rules = self.write("known.supp", rule + "\n")
            report = self.report("close=EIO", "5", options=("--suppressions", rules))
            self.assertEqual(report["findings"], [], rule)
            self.assertEqual(report["suppressed"]["count"], 5)

    def test_exit_status(self):
        self.report("close=EIO", "1", options=("--error-exitcode=7",), status=7)
        self.report("close=EIO", "1", options=("--error-exitcode=7", "--kind", "fd-leak"), status=0)
        self.report("fsync=EIO", "1", options=("--error-exitcode=7",), status=0)


LOCKING = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static void *nothing(void *unused) { return unused; }
static const char *name(int error) { return error ? strerrorname_np(error) : "-"; }
int main(void)
{
    struct timespec later;
    pthread_t thread;
    errno = 77;
    for (int i = 0; i < 4; i++) {
        int error = pthread_mutex_lock(&mutex);
        printf("lock %s\n", name(error));
        if (error == 0)
            pthread_mutex_unlock(&mutex);
    }
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 600;
    if (pthread_mutex_timedlock(&mutex, &later) == 0)
        pthread_mutex_unlock(&mutex);
    else
        puts("timed out");
    pthread_rwlock_wrlock(&lock); /* ignored */
    for (int i = 0; i < 3; i++) {
        int error = pthread_create(&thread, NULL, nothing, NULL);
        printf("create %s\n", name(error));
        if (error == 0)
            pthread_join(thread, NULL);
    }
    printf("errno %d\n", errno);
    return 0;
}
"""

LOCKING_C11 = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>
#include <time.h>
static int nothing(void *unused) { return unused != NULL; }
static void say(const char *what, int result)
{
    static const char *const names[] = {[thrd_success] = "success", [thrd_busy] = "busy", [thrd_error] = "error",
                                        [thrd_nomem] = "nomem", [thrd_timedout] = "timedout"};
    printf("%s %s\n", what, names[result]);
}
static void say_error(const char *what, int error)
{
    printf("%s %s\n", what, error ? strerrorname_np(error) : "-");
}
int main(void)
{
    mtx_t mutex;
    cnd_t condition;
    thrd_t thread;
    sem_t semaphore;
    pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec later;
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 600;
    mtx_init(&mutex, mtx_timed);
    cnd_init(&condition);
    sem_init(&semaphore, 0, 1);
    say("mtx_lock", mtx_lock(&mutex));
    mtx_unlock(&mutex);
    say("mtx_lock", mtx_lock(&mutex));
    say("mtx_trylock", mtx_trylock(&mutex));
    say("mtx_timedlock", mtx_timedlock(&mutex, &later));
    for (int i = 0; i < 2; i++) {
        int result = thrd_create(&thread, nothing, NULL);
        say("thrd_create", result);
        if (result == thrd_success)
            thrd_join(thread, NULL);
    }
    if (mtx_lock(&mutex) != thrd_success)
        return 1;
    say("cnd_timedwait", cnd_timedwait(&condition, &mutex, &later));
    mtx_unlock(&mutex);
    say_error("sem_wait", sem_wait(&semaphore) ? errno : 0);
    say_error("sem_timedwait", sem_timedwait(&semaphore, &later) ? errno : 0);
    pthread_mutex_lock(&plain);
    say_error("pthread_cond_timedwait", pthread_cond_timedwait(&never, &plain, &later));
    puts(pthread_mutex_trylock(&plain) == EBUSY ? "held" : "not held");
    pthread_mutex_unlock(&plain);
    return 0;
}
"""

MANY = r"""
#include <pthread.h>
#include <stdio.h>
#include <time.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *nothing(void *unused) { return unused; }
int main(void)
{
    struct timespec later;
    pthread_t thread;
    int timed_out = 0, refused = 0;
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 600;
    for (int i = 0; i < 1000; i++)
        if (pthread_mutex_timedlock(&mutex, &later) == 0)
            pthread_mutex_unlock(&mutex);
        else
            timed_out++;
    for (int i = 0; i < 40; i++)
        if (pthread_create(&thread, NULL, nothing, NULL) == 0)
            pthread_join(thread, NULL);
        else
            refused++;
    printf("%d %d\n", timed_out, refused);
    return 0;
}
"""


LOCKING_FILES = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
static void say(const char *call, int result)
{
    printf("%s %s\n", call, result == 0 ? "-" : strerrorname_np(errno));
}
int main(void)
{
    int fd = open("locked", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (int i = 0; i < 3; i++) {
        say("flock", flock(fd, LOCK_EX | LOCK_NB));
        say("unlock", flock(fd, LOCK_UN));
    }
    say("lockf", lockf(fd, F_TLOCK, 0));
    say("lockf", lockf(fd, F_TLOCK, 0));
    return close(fd);
}
"""


class Locks(Place):
    def test_locks_on_files_are_refused(self):
        program = self.compile("locking_files", LOCKING_FILES, ("-O1", "-g"))
        rules = "flock=EWOULDBLOCK@2,lockf=ENOLCK@1"
        _, done = self.run_json(program, environment=self.environment(LEAKWATCH_OPTIONS=f"inject={rules}"))
        self.assertEqual(done.stdout.split("\n"), ["flock -", "unlock -", "flock EAGAIN", "unlock -", "flock -", "unlock -",
                                                    "lockf ENOLCK", "lockf -", ""])

    def test_locks_and_threads_are_refused(self):
        program = self.compile("locking", LOCKING, ("-O1", "-g", "-pthread"))
        rules = ("pthread_mutex_lock=EDEADLK@3,pthread_mutex_timedlock=ETIMEDOUT@1,pthread_rwlock_wrlock=EAGAIN@1,"
                 "pthread_create=EAGAIN%2")
        report, done = self.run_json(program, environment=self.environment(LEAKWATCH_OPTIONS=f"inject={rules}"))
        self.assertEqual(done.stdout.split("\n"), ["lock -", "lock -", "lock EDEADLK", "lock -", "timed out", "create -",
                                                   "create EAGAIN", "create -", "errno 77", ""])
        self.assertEqual([(finding["kind"], finding["call"], finding["errno"]) for finding in report["findings"]],
                         [("swallowed-error", "pthread_rwlock_wrlock", "EAGAIN")])

    def test_those_of_c11_give_their_own_results(self):
        program = self.compile("locking_c11", LOCKING_C11, ("-O1", "-g", "-pthread"))
        rules = ("mtx_lock=EAGAIN@2,mtx_trylock=EBUSY@1,mtx_timedlock=ETIMEDOUT@1,thrd_create=ENOMEM@1,"
                 "cnd_timedwait=ETIMEDOUT@1,sem_wait=EINTR@1,sem_timedwait=ETIMEDOUT@1,"
                 "pthread_cond_timedwait=ETIMEDOUT@1")
        report, done = self.run_json(program, environment=self.environment(LEAKWATCH_OPTIONS=f"inject={rules}"))
        self.assertEqual(done.stdout.split("\n"), [
            "mtx_lock success", "mtx_lock error", "mtx_trylock busy", "mtx_timedlock timedout", "thrd_create nomem",
            "thrd_create success", "cnd_timedwait timedout", "sem_wait EINTR", "sem_timedwait ETIMEDOUT",
            "pthread_cond_timedwait ETIMEDOUT", "held", ""])
        self.assertEqual(report["findings"], [])

    def test_by_chance_and_by_turns(self):
        program = self.compile("many", MANY, ("-O1", "-g", "-pthread"))
        rules = "pthread_mutex_timedlock=ETIMEDOUT~0.1/seed=7,pthread_create=EAGAIN%10"
        _, done = self.run_json(program, environment=self.environment(LEAKWATCH_OPTIONS=f"inject={rules}"))
        timed_out, refused = map(int, done.stdout.split())
        self.assertEqual(refused, 4)
        self.assertTrue(60 <= timed_out <= 140, timed_out)  # of 1,000, for any seed but one in a few ten thousand


if __name__ == "__main__":
    command.main()
