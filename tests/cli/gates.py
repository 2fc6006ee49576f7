"""What the tests of the gate share: a program that leaks as it is told, and the gate run on it."""
import json

from command import Place

# What it is told to, by arguments or by WAYS: leak N descriptors at one of two lines, then end in a way.
MANY_WAYS = r"""
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
__attribute__((noinline)) int lose(void)
{
    return open("/dev/null", O_RDONLY); /* lose */
}
__attribute__((noinline)) void *mislay(void)
{
    return opendir("/"); /* mislay */
}
static void act(const char *what)
{
    if (strcmp(what, "lose") == 0)
        lose();
    else if (strcmp(what, "mislay") == 0)
        mislay();
    else if (strcmp(what, "close") == 0)
        close(lose());
    else if (strcmp(what, "kill") == 0)
        kill(getpid(), SIGKILL);
    else if (strcmp(what, "quick") == 0)
        _exit(0);
    else if (strcmp(what, "daemon") == 0 && fork() > 0)
        _exit(0);
    else if (strcmp(what, "wait") == 0)
        usleep(400000);
    else if (what[0] >= '0' && what[0] <= '9')
        exit(atoi(what));
}
int main(int count, char **arguments)
{
    char *ways = count == 1 ? getenv("WAYS") : NULL; /* told so, it is the same command whatever it does */
    for (int i = 1; i < count; i++)
        act(arguments[i]);
    for (char *what = ways ? strtok(ways, " ") : NULL; what != NULL; what = strtok(NULL, " "))
        act(what);
    return 0;
}
"""


class Gate(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("ways", MANY_WAYS)

    def gate(self, *arguments, status=0, cause=None, **how):
        done = self.leakwatch("gate", *arguments, status=status, **how)
        if cause:
            self.assertEqual(done.stderr.splitlines()[-1], f"leakwatch gate: {cause} (exit status {status})", done.stderr)
        return done

    def judge(self, *what, options=(), status=0, cause="clean", **how):
        return self.gate(*options, "--", self.program, *what, status=status, cause=cause, **how)

    def json_of(self, *what, options=(), status=0, cause="clean"):
        self.judge(*what, options=("--report", "json=report.json", *options), status=status, cause=cause)
        with open(self.path("report.json"), encoding="utf-8") as file:
            return json.load(file)

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()
