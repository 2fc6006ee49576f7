"""What the tests of attach and detach share: a program that does as it is told, and how it is attached to."""
import os
import subprocess

from command import Place

# Does as it is told, a letter at a time, and answers with a line.
OBEDIENT = r"""
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static FILE *stream;
static int opened;
static pid_t child;
static void *plugin;
static void handle(int number)
{
    (void)number;
}
__attribute__((noinline)) static int forget(void)
{
    return open("/dev/null", O_RDONLY); /* forgets */
}
static int obey(char what)
{
    struct sigaction action;
    int (*leak)(void);
    switch (what) {
    case 'f':
        return forget() > 2;
    case 'r': /* all that was taken before */
        return close(opened) == 0 && fclose(stream) == 0 && pthread_mutex_unlock(&mutex) == 0 && waitpid(child, NULL, 0) == child;
    case 'p':
    case 'n':
        plugin = dlopen(what == 'p' ? "./plugin.so" : "plugin.so", RTLD_LAZY);
        leak = plugin ? (int (*)(void))dlsym(plugin, "plugin_leaks") : NULL;
        return leak && leak() > 2;
    case 'h':
        return sigaction(SIGSEGV, NULL, &action) == 0 && action.sa_handler == handle &&
               sigaction(SIGTRAP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
    case 'c':
        child = fork();
        if (child == 0) {
            forget();
            forget();
            _exit(0);
        }
        return waitpid(child, NULL, 0) == child;
    default:
        return 0;
    }
}
int main(void)
{
    char what;
    signal(SIGSEGV, handle);
    signal(SIGTRAP, SIG_IGN);
    opened = open("/etc/hostname", O_RDONLY);
    open("/etc/passwd", O_RDONLY);
    stream = fopen("/etc/hosts", "r");
    pthread_mutex_lock(&mutex);
    child = fork();
    if (child == 0)
        _exit(0);
    printf("ready\n");
    fflush(stdout);
    while (read(0, &what, 1) == 1) {
        printf("%c %d\n", what, obey(what));
        fflush(stdout);
    }
    return 0;
}
"""


class AttachPlace(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)

    def start(self, *program, **how):
        how.setdefault("stdin", subprocess.PIPE)
        process = subprocess.Popen(program, cwd=self.place, env=self.environment(**how.pop("environment", {})), text=True,
                                   stdout=subprocess.PIPE, bufsize=1, **how)
        self.addCleanup(self.kill, process)
        return process

    def kill(self, process):
        if process.poll() is None:
            process.kill()
            process.communicate()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()

    def start_program(self, name, text, flags=("-O1", "-g", "-pthread"), **how):
        process = self.start(self.compile(name, text, flags), **how)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def tell(self, process, letters):
        for letter in letters:
            process.stdin.write(letter)
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), f"{letter} 1\n")

    def attach(self, process, **how):
        return self.leakwatch("attach", "--ledgers", self.ledgers, str(process.pid), **how).stderr

    def detach(self, process, **how):
        return self.leakwatch("detach", str(process.pid), **how).stderr
