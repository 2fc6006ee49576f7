"""The library, loaded by a program that runs and told to watch it, from inside: what attach does without ptrace."""
import os
import subprocess

import command
from command import LIBRARY, TIMEOUT, Place

SOURCE = os.environ.get("SOURCE_DIR") or os.path.abspath(".")

# Says its mappings without the heap, the stack and what anonymous memory there is, before it is watched and after that.
PROGRAM = r"""
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "leakwatch/attachment.h"
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int (*volatile table[])(const char *, int, ...) = {open};
static void *rest(void *unused)
{
    usleep(10000);
    return unused;
}
__attribute__((noinline)) static int forget(const char *path)
{
    return open(path, O_RDONLY); /* forgets */
}
__attribute__((noinline)) static int by_table(const char *path)
{
    return table[0](path, O_RDONLY); /* by a table */
}
static void show(const char *when)
{
    static char text[1 << 20];
    size_t length = 0;
    int fd = open("/proc/self/maps", O_RDONLY);
    for (ssize_t more; (more = read(fd, text + length, sizeof text - 1 - length)) > 0;)
        length += (size_t)more;
    close(fd);
    text[length] = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strchr(line, '/') && !strstr(line, "leakwatch"))
            printf("%s %s\n", when, line);
}
typedef void act(struct leakwatch_attachment *);
int main(int count, char **arguments)
{
    static struct leakwatch_attachment attachment;
    pthread_t thread;
    int before = open("/etc/passwd", O_RDONLY), early = open("/etc/hostname", O_RDONLY);
    FILE *stream = fopen("/etc/hosts", "r");
    (void)before;
    pthread_create(&thread, NULL, rest, NULL);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex); /* so that no call is made for the first time later */
    pthread_mutex_lock(&mutex);
    void *library = dlopen(arguments[1], RTLD_NOW);
    act *attach = (act *)dlsym(library, LEAKWATCH_ATTACH), *detach = (act *)dlsym(library, LEAKWATCH_DETACH);
    show("before");
    snprintf(attachment.options, sizeof attachment.options, "dir=%s:keep=all:quiet=1", arguments[2]);
    attach(&attachment);
    printf("attached %u changed %u left %u\n", attachment.result, attachment.changed, attachment.left);
    attach(&attachment);
    printf("again %u\n", attachment.result);
    for (int i = 0; i < 3; i++)
        forget("/dev/null");
    by_table("/dev/null");
    close(early);
    fclose(stream);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    if (count > 3)
        return 0;
    detach(&attachment);
    printf("detached %u changed %u\n", attachment.result, attachment.changed);
    show("after");
    forget("/dev/null");
    return 0;
}
"""

INTERPOSER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>
int calls;
int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    calls++;
    return real(path, flags, 0600);
}
__attribute__((destructor)) static void tell(void)
{
    char digit[] = {'i', '0' + (char)(calls % 10), '\n'};
    if (write(1, digit, 3) != 3)
        _exit(9);
}
"""


class AttachLibrary(Place):
    flavours = {"lazy": ("-Wl,-z,lazy",), "now": ("-Wl,-z,now",), "no_relro": ("-Wl,-z,norelro", "-Wl,-z,lazy"),
                "no_stubs": ("-fno-plt",), "fixed": ("-no-pie", "-fno-pie", "-Wl,-z,lazy")}

    def watch(self, flags, *more, **environment):
        program = self.compile("program", PROGRAM, ("-O1", "-g", "-pthread", "-I", os.path.join(SOURCE, "include"), *flags))
        done = subprocess.run([program, LIBRARY, self.place, *more], cwd=self.place, capture_output=True, text=True,
                              env=self.environment(**environment), timeout=TIMEOUT, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        ledgers = self.ledgers_in(self.place)
        self.assertEqual(len(ledgers), 1)
        return done.stdout, self.report_json(ledgers[0])

    def kinds(self, report):
        return sorted({finding["kind"] for finding in report["findings"]})

    def look(self, flags):
        said, report = self.watch(flags)
        self.assertRegex(said, r"\nattached 1 changed [1-9][0-9]* left 0\nagain 2\n")
        changed = said.split("changed ")[1].split()[0]
        self.assertIn(f"\ndetached 1 changed {changed}\n", said)
        before, after = ([line.split(" ", 1)[1] for line in said.splitlines() if line.startswith(when)]
                         for when in ("before ", "after "))
        self.assertGreaterEqual(len(before), 8)
        self.assertEqual(before, after)
        self.assertEqual(self.kinds(report), ["fd-leak", "untracked-fd"])
        leaks = [finding for finding in report["findings"] if finding["kind"] == "fd-leak"]
        self.assertEqual(sum(finding["count"] for finding in leaks), 4)
        process = report["processes"][0]
        self.assertEqual(process["exit"]["how"], "detached")
        self.assertEqual(process["attached"]["places"], int(changed))
        self.assertGreater(process["attached"]["until"], process["attached"]["since"])
        self.assertEqual(process["damaged"], 0)

    def test_lazy(self):
        self.look(self.flavours["lazy"])

    def test_now(self):
        self.look(self.flavours["now"])

    def test_no_relro(self):
        self.look(self.flavours["no_relro"])

    def test_no_stubs(self):
        self.look(self.flavours["no_stubs"])

    def test_fixed(self):
        self.look(self.flavours["fixed"])

    def test_what_was_open_is_untracked_by_path(self):
        _, report = self.watch(self.flavours["now"])
        untracked = [finding for finding in report["findings"] if finding["kind"] == "untracked-fd"]
        self.assertIn("/etc/passwd", str(untracked))
        self.assertNotIn("/etc/hostname", str(untracked))
        self.assertNotIn("pipe", str(untracked))

    def test_to_its_exit(self):
        _, report = self.watch(self.flavours["now"], "stay")
        self.assertEqual(report["processes"][0]["exit"]["how"], "exit")
        self.assertIsNone(report["processes"][0]["attached"]["until"])
        leak = max(report["findings"], key=lambda finding: finding["count"])
        self.assertEqual((leak["kind"], leak["level"], leak["count"]), ("fd-leak", "error", 3))

    def test_another_library_stays_where_it_stands(self):
        for flags in (self.flavours["now"], self.flavours["lazy"]):
            self.compile("interposer.so", INTERPOSER, ("-shared", "-fPIC", "-O1"), source="interposer.c")
            for ledger in self.ledgers_in(self.place):
                os.unlink(ledger)
            said, report = self.watch(flags, LD_PRELOAD=self.path("interposer.so"))
            self.assertRegex(said, r"\nattached 1 changed [1-9][0-9]* left [1-9]")
            self.assertNotIn("fd-leak", self.kinds(report))
            self.assertTrue(said.startswith("i9\n"), said[:80])

    def test_by_the_environment_nothing_happens(self):
        """Loaded by a program that does not ask for it, it does nothing, whatever the environment says."""
        program = self.compile("loads", '#include <dlfcn.h>\n#include <fcntl.h>\nint main(int n, char **a)\n{\n'
                               'return n < 0 || !dlopen(a[1], RTLD_NOW | RTLD_GLOBAL) || open("/dev/null", O_RDONLY) < 0;\n}\n')
        done = subprocess.run([program, LIBRARY], cwd=self.place, capture_output=True, text=True, timeout=TIMEOUT, check=False,
                              env=self.environment(LEAKWATCH_OPTIONS=f"dir={self.place}:keep=all"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.ledgers_in(self.place), [])


if __name__ == "__main__":
    command.main()
