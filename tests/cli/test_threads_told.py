"""Findings of threads other than the main one are headed by who these are: in every format, by name and start routine."""
import html
import json
import re

import command
from command import Place

# Main, a thread that has a name, and two others take something each at a place of their own, in the order of the places.
TAKERS = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
static pthread_mutex_t kept[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t together;
static void *reads(void *name)
{
    pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < 2; i++)
        if (open("/dev/null", O_RDONLY) < 0) /* by the one */
            exit(97);
    pthread_barrier_wait(&together);
    return 0;
}
static void *locks(void *mutex)
{
    pthread_mutex_lock(mutex); /* by two */
    pthread_barrier_wait(&together);
    return 0;
}
int main(void)
{
    pthread_t thread[3];
    pthread_barrier_init(&together, 0, 3);
    for (int i = 0; i < 2; i++)
        if (open("/dev/zero", O_RDONLY) < 0) /* by main */
            return 98;
    pthread_create(&thread[0], 0, reads, "a\"b\033[1m\\"); /* starts the one */
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[1 + i], 0, locks, &kept[i]); /* starts two */
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], 0);
    return 0;
}
"""
NAME = r'"a\"b\x1b[1m\\"'

# The line of an expression that a compiler may well copy out of its loop; held when the process ends, and wanted.
IN_A_LOOP = r"""
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held;
static void *holds(void *none)
{
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&mutex); /* taken */
        if (i == 1) {
            pthread_barrier_wait(&held);
            pause();
        }
        pthread_mutex_unlock(&mutex);
    }
    return none;
}
int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&held, 0, 2);
    pthread_create(&thread, 0, holds, 0);
    pthread_barrier_wait(&held);
    exit(0);
}
"""


def line_of(source, mark):
    return 1 + source[:source.index(f"/* {mark} */")].count("\n")


class ThreadsTold(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(self.compile("takers", TAKERS, ("-O0", "-g", "-pthread")))
        start = "started at takers.c:{}".format
        self.one = f"in thread {NAME} running reads, {start(line_of(TAKERS, 'starts the one'))}"
        self.two = f"in 2 threads running locks, {start(line_of(TAKERS, 'starts two'))}"

    def report(self, *options):
        return self.leakwatch("report", *options, self.ledgers).stdout

    def test_heads_the_findings_of_text(self):
        lines = self.report().splitlines()
        after = {line.split(" at ")[1].split(" in ")[0]: lines[i + 1].strip()
                 for i, line in enumerate(lines) if line.startswith(("error:", "warning:"))}
        self.assertEqual(after[f"takers.c:{line_of(TAKERS, 'by the one')}"], self.one)
        self.assertEqual(after[f"takers.c:{line_of(TAKERS, 'by two')}"], self.two)
        told = [line for line in lines if "started at" in line]
        self.assertEqual(len(told), 2, told)  # nothing of main

    def test_stands_in_the_message_of_other_formats(self):
        for name, undo in {"github": str, "junit": html.unescape, "codequality": lambda text: text.replace('\\"', '"').replace("\\\\", "\\"),
                           "html": lambda text: re.sub("</?code>", "", html.unescape(text))}.items():
            text = undo(self.report("--format", name))
            for told in (self.one, self.two):
                self.assertTrue(told in text, f"{name}: {told}\n{text}")
        results = json.loads(self.report("--format", "sarif"))["runs"][0]["results"]
        messages = "\n".join(result["message"]["text"] for result in results)
        self.assertIn("2 threads running locks", messages)
        self.assertIn("running reads", messages)
        self.assertIn("- in 2 threads running `locks`, started at `takers.c`:", self.report("--format", "markdown"))

    def test_stands_in_json(self):
        findings = json.loads(self.report("--format", "json"))["findings"]
        facts = {finding["kind"]: {fact["name"]: fact for fact in finding["facts"]}
                 for finding in findings if any(fact["name"] == "in_threads" for fact in finding.get("facts", []))}
        self.assertEqual(sorted(facts), ["fd-leak", "lock-held"])
        self.assertEqual([facts[kind]["routine"]["text"] for kind in ("fd-leak", "lock-held")], ["reads", "locks"])
        self.assertEqual([facts[kind]["in_threads"]["count"] for kind in ("fd-leak", "lock-held")], [1, 2])
        self.assertEqual(facts["lock-held"]["in_threads"]["stack"][0]["line"], line_of(TAKERS, "starts two"))

    def test_stable_reports_tell_what_is_the_same_in_each_run(self):
        text = self.report("--stable")
        self.assertIn(f"in threads running locks, started at takers.c:{line_of(TAKERS, 'starts two')}\n", text)
        self.assertNotIn("in 2 threads", text)
        self.assertNotIn('a\\"b', text)

    def test_names_cannot_be_mistaken_for_more(self):
        self.assertIn(f"thread {NAME}", self.report())
        self.assertNotIn("\033", self.report())


# What is held to the end stands in one line each, of main and of a thread.
TO_THE_END = r"""
#include <fcntl.h>
#include <pthread.h>
static void *keeps(void *none)
{
    return open("/dev/null", O_RDONLY) < 0 ? &none : 0;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, keeps, 0);
    pthread_join(thread, 0);
    return open("/dev/zero", O_RDONLY) < 0;
}
"""


class HeldToTheEnd(Place):
    def test_the_line_of_a_thread_says_so(self):
        text = self.leakwatch("run", "--", self.compile("keeper", TO_THE_END, ("-O0", "-g", "-pthread"))).stderr
        self.assertRegex(text, r"(?m)^  1 file, opened by open at keeper.c:6 in keeps: /dev/null, in one thread running keeps \[fd-leak\]$")
        self.assertRegex(text, r"(?m)^  1 file, opened by open at keeper.c:13 in main: /dev/zero \[fd-leak\]$")


# Both have names that might be taken for several ones; one of them ends with a mutex that the other one wants.
UNJOINED = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *holds(void *none)
{
    pthread_setname_np(pthread_self(), "a, \"b");
    pthread_mutex_lock(&mutex); /* taken */
    return none;
}
static void *wants(void *none)
{
    struct timespec until;
    pthread_mutex_lock(&mutex);
    clock_gettime(CLOCK_REALTIME, &until);
    return none;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, holds, 0);
    while (__atomic_load_n(&mutex.__data.__owner, __ATOMIC_ACQUIRE) == 0)
        continue;
    pthread_create(&thread, 0, wants, 0);
    while (__atomic_load_n(&mutex.__data.__lock, __ATOMIC_ACQUIRE) != 2)
        continue;
    nanosleep(&(struct timespec){0, 100000000}, 0);
    return 0;
}
"""


class Unjoined(Place):
    def test_whose_stack_is_whose_and_where_a_name_ends(self):
        program = self.compile("unjoined", UNJOINED, ("-O0", "-g", "-pthread"))
        place = f"unjoined.c:{line_of(UNJOINED, 'taken')}"
        for options in (), ("--stable",), ("--full",):
            text = self.leakwatch("run", *options, "--", program).stderr
            self.assertRegex(text, rf"\n      wants +unjoined\.c:\d+\n  taken here:\n    holds +{place}\n")
        self.assertNotIn("--full shows", text)
        self.assertIn("--keep-ledgers DIR", text)
        self.assertRegex(text, r'(?m)^  "a, \\"b"$')


# One after the other, so that each has the handle of the one before; they take no lock. Others run something else.
IN_TURN = r"""
#include <fcntl.h>
#include <pthread.h>
static void *forgets(void *none)
{
    return open("/dev/null", O_RDONLY) < 0 ? &none : 0;
}
static void *other(void *none)
{
    return none;
}
int main(int count, char **arguments)
{
    pthread_t thread;
    for (int i = 0; i < 4; i++) {
        pthread_create(&thread, 0, forgets, 0); /* in turn */
        pthread_join(thread, 0);
    }
    if (count > 1) {
        pthread_create(&thread, 0, other, 0); /* has their slot now */
        pthread_join(thread, 0);
    }
    return 0;
}
"""


class InTurn(Place):
    def test_what_they_run_tells_who_started_them(self):
        program = self.compile("turns", IN_TURN, ("-O0", "-g", "-pthread"))
        text = self.leakwatch("run", "--", program).stderr
        self.assertIn(f"  in 4 threads running forgets, started at turns.c:{line_of(IN_TURN, 'in turn')}\n", text)
        text = self.leakwatch("run", "--", program, "more").stderr
        self.assertIn("  in 4 threads running forgets\n", text)  # nothing is known of their slots any more


class OneVerdict(Place):
    def test_whatever_the_compiler_makes_of_a_loop(self):
        for level in ("-O0", "-O1", "-O2", "-O3"):
            report, _ = self.run_json(self.compile(f"loop{level}", IN_A_LOOP, (level, "-g", "-pthread")))
            finding = self.only(report, "lock-held")
            self.assertEqual((level, finding["level"]), (level, "note"))
            self.assertIn("another thread", json.dumps(finding))


if __name__ == "__main__":
    command.main()
