"""What could not be written when a program ended: the classic hello that exits 0 though nobody got its greeting."""
import os

import command
from command import Place

HELLO = r"""
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments)
{
    printf("hello, world\n");
    return count > 1 ? atoi(arguments[1]) : 0;
}
"""

HELLO_CPP = r"""
#include <iostream>
int main()
{
    std::cout << "hello, world\n";
}
"""

HELLO_CHECKED = r"""
#include <stdio.h>
int main(void)
{
    printf("hello, world\n");
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return 0;
    perror("hello");
    return 1;
}
"""


# As coreutils do; what lies on the stack below is not to be read.
HELLO_CLOSED = r"""
#include <stdio.h>
#include <string.h>
__attribute__((noinline)) static void leave_traces(void)
{
    char traces[8000];
    memset(traces, 0xa5, sizeof traces);
    __asm__ volatile("" : : "r"(traces) : "memory");
}
int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("hello, world\n");
    leave_traces();
    fclose(stdout);
    return 0;
}
"""


class Hello(Place):
    def run_full(self, *command_line, status=0, options="", **how):
        with open("/dev/full", "wb") as full:
            return self.run_json(*command_line, status=status, stdout=full,
                                 environment=self.environment(LEAKWATCH_OPTIONS=options), **how)[0]

    def assert_lost(self, report, level="error", error="ENOSPC"):
        lost = self.only(report, "lost-write")
        self.assertEqual((lost["level"], lost["errno"], lost["call"]), (level, error, "exit"))
        self.assertEqual(lost["resource"]["detail"], "standard output")

    def test_in_c(self):
        self.assert_lost(self.run_full(self.compile("hello", HELLO)))

    def test_in_cpp(self):
        source = self.write("hello.cpp", HELLO_CPP)
        program = self.path("hello_cpp")
        if os.system(f"c++ -g -o '{program}' '{source}'") != 0:
            self.skipTest("no C++ compiler")
        # The C++ library flushed it before, and told nobody: which error it was is not known any more.
        self.assert_lost(self.run_full(program), error=None)

    def test_closed_by_hand(self):
        report = self.run_full(self.compile("hello", HELLO_CLOSED, flags=("-O1", "-g", "-Wl,-z,now")))
        lost = self.only(report, "lost-write")
        self.assertEqual((lost["level"], lost["call"], lost["resource"]["detail"]), ("error", "fclose", "standard output"))
        self.assertEqual(report["processes"][0]["damaged"], 0)

    def test_who_ended_with_an_error_has_noticed(self):
        self.assert_lost(self.run_full(self.compile("hello", HELLO), "3", status=3), "note")

    def test_who_looks_is_clean(self):
        report = self.run_full(self.compile("hello", HELLO_CHECKED), status=1)
        self.assertEqual([finding for finding in report["findings"] if finding["level"] != "note"], [])

    def test_a_pipe_that_is_read_is_fine(self):
        report, done = self.run_json(self.compile("hello", HELLO))
        self.assertEqual((report["findings"], done.stdout), ([], "hello, world\n"))

    def test_the_status_changes_only_on_request(self):
        program = self.compile("hello", HELLO)
        self.assert_lost(self.run_full(program, status=9, options="lost_write_exit=9"))
        self.assert_lost(self.run_full(program, "3", status=3, options="lost_write_exit=9"), "note")
        self.leakwatch("run", program, environment=self.environment(LEAKWATCH_OPTIONS="lost_write_exit=9"))

    def test_the_text_says_it_in_one_line(self):
        with open("/dev/full", "wb") as full:
            done = self.leakwatch("run", self.compile("hello", HELLO), stdout=full)
        self.assertIn("error: 1 stream could not be written at exit with ENOSPC, in hello [lost-write]", done.stderr)

    def test_it_counts_as_a_finding(self):
        program = self.compile("hello", HELLO)
        with open("/dev/full", "wb") as full:
            self.leakwatch("run", "--error-exitcode=7", program, stdout=full, status=7)
        rules = self.write("known.supp", "lost-write@detail:standard output\n")
        with open("/dev/full", "wb") as full:
            self.leakwatch("run", "--error-exitcode=7", "--suppressions", rules, program, stdout=full, status=0)


if __name__ == "__main__":
    command.main()
