#!/usr/bin/env python3
"""Lock objects that are never destroyed are told where that is asked for, as notes, and an allocator's never."""
import command
from command import Place

LIBRARY_SOURCE = r"""
#include <pthread.h>
static pthread_mutex_t arena[4];
void make_arenas(void)
{
    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&arena[i], 0);
}
"""

PROGRAM = r"""
#include <pthread.h>
extern void make_arenas(void);
static pthread_mutex_t mutex;
int main(void)
{
    make_arenas();
    return pthread_mutex_init(&mutex, 0);
}
"""


class LockObjects(Place):
    def program(self, library):
        self.compile(library, LIBRARY_SOURCE, ("-O1", "-g", "-fPIC", "-shared", "-Wl,-soname," + library))
        return self.compile("program_" + library.split(".")[0], PROGRAM,
                            ("-O1", "-g", f"-Wl,-rpath,{self.place},--no-as-needed", self.path(library)))

    def objects(self, program, **settings):
        report, done = self.run_json(program, environment=self.environment(**settings))
        self.assertEqual(done.returncode, 0)
        return sorted((finding["level"], finding["count"]) for finding in report["findings"]
                      if finding["kind"] == "lock-leak" and not finding.get("suppressed"))

    def test_only_where_asked(self):
        program = self.program("libpool.so")
        self.assertEqual(self.objects(program), [])
        self.assertEqual(self.objects(program, LEAKWATCH_OPTIONS="objects=1"), [("note", 1), ("note", 4)])

    def test_not_those_of_an_allocator(self):
        program = self.program("libjemalloc.so.2")
        self.assertEqual(self.objects(program, LEAKWATCH_OPTIONS="objects=1"), [("note", 1)])


if __name__ == "__main__":
    command.main()
