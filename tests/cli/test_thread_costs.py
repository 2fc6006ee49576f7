"""What a thread that nobody joins keeps, and how many there can be, is computed from its stack and from what the system allows;
names of such threads, and of detached ones that still run, are texts of the program's in every format."""
import command
import formats
from command import Place

LEFT = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static sem_t ready;
static void *ends(void *name)
{
    pthread_setname_np(pthread_self(), name);
    return 0;
}
static void *runs(void *name)
{
    pthread_setname_np(pthread_self(), name);
    sem_post(&ready);
    pause();
    return 0;
}
static void until_ended(void)
{
    char line[256];
    int threads = 0;
    while (threads != 2) {
        FILE *status = fopen("/proc/self/status", "r");
        while (fgets(line, sizeof line, status))
            sscanf(line, "Threads: %d", &threads);
        fclose(status);
    }
}
int main(void)
{
    pthread_attr_t how;
    pthread_t thread;
    sem_init(&ready, 0, 0);
    pthread_attr_init(&how);
    pthread_attr_setstacksize(&how, 1536 * 1024);
    pthread_create(&thread, &how, ends, "a\"b\033[1m<i>");
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &how, runs, "c\"d\033[2m<i>");
    sem_wait(&ready);
    until_ended();
    return 0;
}
"""


def most_mappings():
    with open("/proc/sys/vm/max_map_count", encoding="ascii") as file:
        return int(file.read())


class ThreadCosts(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(self.compile("left", LEFT, ("-O0", "-g", "-pthread")))

    def report(self, *options):
        return self.leakwatch("report", "--full", *options, self.ledgers).stdout

    def test_says_what_each_keeps_and_how_many_there_can_be(self):
        self.assertIn(f"it keeps 1.5 MiB of address space and two mappings: at some {most_mappings() // 2:,} such threads "
                      f"pthread_create fails with EAGAIN (vm.max_map_count is {most_mappings():,})", self.report())

    def test_stable_reports_do_not_depend_on_the_system(self):
        text = self.report("--stable")
        self.assertIn("it keeps its stack\n", text)
        self.assertNotIn("max_map_count", text)

    def test_no_thread_is_held(self):
        self.assertNotIn("held for", self.report())

    def test_names_are_texts_in_every_format(self):
        text = self.report()
        self.assertIn('\n  "a\\"b\\x1b[1m<i>"\n', text)
        self.assertIn('\n  "c\\"d\\x1b[2m<i>"\n', text)
        for name in formats.READERS:
            output = self.report("--format", name)
            self.assertNotIn("\033", output, name)
            kinds = [finding["kind"] for finding in formats.READERS[name](output)]
            self.assertEqual(kinds, ["thread-leak", "detached-thread"], name)
            if name in ("html", "junit"): # Markdown has them in code
                self.assertNotIn("<i>", output, name)


if __name__ == "__main__":
    command.main()
