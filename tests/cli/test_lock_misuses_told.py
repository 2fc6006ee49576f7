"""What is said of misused and forgotten locks: each fact once, of each place what was misused there, and acts are no locks."""
import json
import sys

import command
from command import Place

MISUSES = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <threads.h>
static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t again = PTHREAD_MUTEX_INITIALIZER;
static mtx_t plain;
int main(void)
{
    mtx_init(&plain, mtx_plain);
    for (int i = 0; i < 5; i++)
        pthread_mutex_unlock(&checked); /* five times */
    pthread_rwlock_unlock(&table); /* a table */
    mtx_unlock(&plain); /* a plain one */
    pthread_mutex_lock(&checked); /* taken */
    pthread_mutex_lock(&checked); /* twice */
    pthread_mutex_unlock(&checked);
    pthread_mutex_lock(&again);
    return pthread_mutex_init(&again, 0); /* init */
}
"""

# A lock of a place that gave back others is held when the process ends.
FORGETS = r"""
#include <pthread.h>
#include <stdio.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
int main(void)
{
    printf("%p\n", (void *)&mutex);
    for (volatile int i = 0; i < 3; i++) {
        pthread_mutex_lock(&mutex);
        if (i < 2)
            pthread_mutex_unlock(&mutex);
    }
    return 0;
}
"""
HELD, RELEASING, STATE = 2, 3, 27  # enum lw_hold_state, and where it stands in struct lw_hold, which begins with the lock


def line_of(source, mark):
    return 1 + source[:source.index(f"/* {mark} */")].count("\n")


class LockMisusesTold(Place):
    def text(self, source, *options):
        program = self.compile("misuses", source, ("-O0", "-g", "-pthread"))
        return self.leakwatch("run", *options, "--", program).stderr

    def test_each_place_tells_of_its_own_and_acts_are_no_locks(self):
        text = self.text(MISUSES)
        for line in (f"a mutex unlocked, and nobody held it, 5 times, by pthread_mutex_unlock at misuses.c:{line_of(MISUSES, 'five times')} in main",
                     f"a reader-writer lock unlocked, and nobody held it, by pthread_rwlock_unlock at misuses.c:{line_of(MISUSES, 'a table')} in main",
                     f"a mutex unlocked, and nobody held it, by mtx_unlock at misuses.c:{line_of(MISUSES, 'a plain one')} in main",
                     f"a mutex locked twice by its own thread, by pthread_mutex_lock at misuses.c:{line_of(MISUSES, 'twice')} in main"):
            self.assertIn(f"error: {line} [lock-misuse]\n", text)
        self.assertNotIn("also at", text)

    def test_a_misuse_that_failed_unseen_is_told_once_with_the_verdict(self):
        report, done = self.run_json(self.compile("misuses", MISUSES, ("-O0", "-g", "-pthread")))
        kinds = sorted(finding["kind"] for finding in report["findings"])
        self.assertEqual(set(kinds), {"lock-misuse"}, done.stderr)
        for finding in report["findings"]:
            facts = {fact["name"]: fact for fact in finding["facts"]}
            self.assertEqual("error" in facts, "verdict" in facts, json.dumps(finding["facts"]))
        self.assertEqual(sum("verdict" in json.dumps(finding["facts"]) for finding in report["findings"]), 2)

    def test_memory_may_have_been_used_again(self):
        self.assertIn("initialised again while held, or in memory that is used again, by pthread_mutex_init at misuses.c:"
                      f"{line_of(MISUSES, 'init')} in main", self.text(MISUSES))

    def test_nobody_opens_a_lock(self):
        text = self.text(MISUSES, "--full")
        self.assertIn("held by who took it here:\n", text)
        self.assertNotIn("opened", text)

class InItsRelease(Place):
    def test_what_is_being_given_back_is_not_held(self):
        done = self.leakwatch("run", "--keep-ledgers", "ledgers", "--", self.compile("forgets", FORGETS, ("-O0", "-g", "-pthread")))
        lock = int(done.stdout, 16).to_bytes(8, sys.byteorder)
        self.only(self.report_json("ledgers"), "lock-held")
        path, = self.ledgers_in(self.path("ledgers"))
        with open(path, "rb") as file:
            data = bytearray(file.read())
        holds = [at for at in range(0, len(data) - 32, 8) if data[at:at + 8] == lock and data[at + STATE] == HELD]
        self.assertEqual(len(holds), 1)
        data[holds[0] + STATE] = RELEASING
        with open(path, "wb") as file:
            file.write(data)
        self.assertEqual(self.report_json("ledgers")["findings"], [])


if __name__ == "__main__":
    command.main()
