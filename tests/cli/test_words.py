"""The words of the text report, read as a user reads them: each fact once, in the program's own terms, and none that is not
known."""
import os
import re
import subprocess

import command
from command import Place

LISTENERS = r"""
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
static void tell(const char *name, int fd)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("%s fd %d: listening %s:%d\n", name, fd, name[0] == 'u' ? "0.0.0.0" : "127.0.0.1", ntohs(address.sin_port));
}
static int stream(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int any = stream(), unbound = stream(), again = stream(), datagram = socket(AF_INET, SOCK_DGRAM, 0);
    bind(any, (struct sockaddr *)&address, sizeof address);
    listen(any, 1);
    listen(unbound, 1);
    bind(again, (struct sockaddr *)&address, sizeof address);
    listen(again, 1);
    listen(again, 2);
    bind(datagram, (struct sockaddr *)&address, sizeof address);
    tell("any", any);
    tell("unbound", unbound);
    tell("again", again);
    return 0;
}
"""

# Each function that main calls opens one file; its name says how what opens it is called.
JUMPS = r"""
#include <fcntl.h>
#include <unistd.h>
#define APART __attribute__((noinline))
int far_open(const char *path);
static volatile int sum;
APART int inner(const char *path)
{
    int fd = open(path, O_RDONLY);
    sum += fd;
    return fd;
}
APART int outer(const char *path)
{
    sum++;
    return inner(path);
}
APART int third(const char *path)
{
    sum += 3;
    return far_open(path);
}
APART int straight(const char *path)
{
    return open(path, O_RDONLY);
}
APART int again(const char *path, int depth)
{
    int fd = depth > 0 ? again(path, depth - 1) : open(path, O_RDONLY);
    sum += fd;
    return fd;
}
__attribute__((always_inline)) static inline int inlined(const char *path)
{
    int fd = inner(path);
    sum += fd;
    return fd;
}
int (*volatile pointer)(const char *path) = inner;
APART void by_jump(const char *path) { sum += outer(path); }
APART void by_jump_to_library(const char *path) { sum += third(path); }
APART void by_jump_to_hook(const char *path) { sum += straight(path); }
APART void plainly(const char *path) { sum += inner(path); }
APART void by_pointer(const char *path) { sum += pointer(path); }
APART void of_library(const char *path) { sum += far_open(path); }
APART void of_inlined(const char *path) { sum += inlined(path); }
APART void by_itself(const char *path) { sum += again(path, 3); }
int main(int count, char **arguments)
{
    const char *path = arguments[count - 1];
    by_jump(path), by_jump_to_library(path), by_jump_to_hook(path), plainly(path);
    by_pointer(path), of_library(path), of_inlined(path), by_itself(path);
    return 0;
}
"""

JUMPS_FAR = r"""
#include <fcntl.h>
int far_open(const char *path)
{
    return open(path, O_RDONLY);
}
"""

FORTIFIED = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    int flags = count > 5 ? O_RDWR : O_RDONLY;
    open(arguments[0], flags);
    openat(AT_FDCWD, arguments[0], flags);
    fopen(arguments[0], "r");
    close(-1);
    return 0;
}
"""

SWALLOWED = r"""
#include <fcntl.h>
#include <unistd.h>
void *operator new(decltype(sizeof 0) size);
namespace shop {
__attribute__((noinline)) int count(int number)
{
    static volatile int sum;
    sum += number;
    return sum;
}
__attribute__((noinline)) int forget(int fd)
{
    close(fd);
    return count(fd) + 1;
}
__attribute__((noinline)) int overwrite(int fd)
{
    close(fd);
    return 7;
}
}
int main()
{
    int sum = 0;
    for (int i = 0; i < 2; i++) {
        int fd = open("/dev/null", O_WRONLY);
        sum += i ? shop::forget(fd) : shop::overwrite(fd);
    }
    return sum == 0;
}
"""

STANDARD = r"""
#include <fcntl.h>
#include <functional>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>
struct descriptor {
    int number;
    explicit descriptor(const char *path) : number(open(path, O_RDONLY)) {}
};
int main()
{
    std::vector<std::unique_ptr<descriptor>> kept;
    std::function<void(const char *)> work = [&](const char *path) { kept.push_back(std::make_unique<descriptor>(path)); };
    std::thread thread(work, "/dev/null");
    thread.join();
    return 0;
}
"""

MIXED = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include "leakwatch/leakwatch.h"
static FILE *streams[3];
static void *run(void *at)
{
    open("/tmp", O_RDONLY | O_DIRECTORY); /* forgotten */
    *(FILE **)at = fopen("log", "a");     /* late */
    return NULL;
}
int main(void)
{
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, run, &streams[i]);
        pthread_join(thread, NULL);
    }
    for (int i = 0; i < 3; i++)
        fclose(streams[i]);
    for (int i = 0; i < 3; i++)
        LEAKWATCH_SCOPE("request") {
            int kept = open("/dev/null", O_RDONLY); /* on purpose */
            leakwatch_expect_held(LEAKWATCH_FD(kept), "for life");
            fopen("/dev/zero", "r"); /* left */
        }
    return 0;
}
"""

REASONS = r"""
#include <fcntl.h>
#include <stdexcept>
#include "leakwatch/leakwatch.hpp"
static void load(const char *reason)
{
    leakwatch::scope begun(reason ? "told" : "not told");
    leakwatch::scope scope(std::move(begun));
    open("/dev/null", O_RDONLY);
    if (reason)
        scope.fail(reason);
    throw std::runtime_error("no more words");
}
int main()
{
    for (const char *reason : {"no such user", static_cast<const char *>(nullptr)}) {
        try {
            load(reason);
        } catch (const std::runtime_error &) {
        }
    }
    return 0;
}
"""

# One is closed again within a scope that was entered once; the number of another was closed twice, for a third one.
PEAK = r"""
#include <fcntl.h>
#include <unistd.h>
#include "leakwatch/leakwatch.h"
int main(void)
{
    LEAKWATCH_SCOPE("three") {
        int one = open("/dev/null", O_RDONLY), other = open("/dev/null", O_RDONLY);
        close(other);
        (void)one;
    }
    return 0;
}
"""

REUSED = r"""
#include <fcntl.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    int first = open("/etc/passwd", O_RDONLY), second;
    close(first);
    second = count > 1 ? -1 : open("/etc/group", O_RDONLY);
    close(first);
    if (second >= 0)
        close(second);
    return arguments[0] == NULL;
}
"""

# Each line costs the same: it is used once after its close.
USES = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
    long sum = 0;
    int fd = open("/etc/passwd", O_RDONLY);
    close(fd);
    sum += fsync(fd); /* 1 */
    sum += listen(fd, 1); /* 2 */
    sum += dup(fd); /* 3 */
    sum += fcntl(fd, F_DUPFD, 3); /* 4 */
    sum += shutdown(fd, SHUT_RD); /* 5 */
    sum += fdatasync(fd); /* 6 */
    return sum == 0;
}
"""

SCOPES = r"""
#include <fcntl.h>
#include <unistd.h>
#include "leakwatch/leakwatch.h"
int main(void)
{
    int fds[3];
    LEAKWATCH_SCOPE("only") {
        open("/dev/null", O_RDONLY);
    }
    for (int i = 0; i < 3; i++)
        LEAKWATCH_SCOPE("late") {
            fds[i] = open("/dev/zero", O_RDONLY);
        }
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    return 0;
}
"""


class Words(Place):
    def told(self, *command, **environment):
        return self.leakwatch("run", "--", *command, status=None,
                              environment=self.environment(**environment)).stderr

    def test_the_port_that_the_kernel_chose(self):
        program = self.compile("listeners", LISTENERS)
        done = self.leakwatch("run", "--full", "--", program)
        for line in done.stdout.splitlines():
            self.assertIn(line.split(" ", 1)[1], done.stderr)
        self.assertEqual(len(set(re.findall(r":(\d+)$", done.stdout, re.M))), 3)
        self.assertIn("bound 127.0.0.1, a free port", done.stderr)
        self.assertNotRegex(done.stderr, r"listening *[,\n]|:0\b")

    def test_without_system_calls_the_port_is_not_known(self):
        told = self.told(self.compile("listeners", LISTENERS), LEAKWATCH_OPTIONS="strict=1")
        self.assertIn("listening 127.0.0.1, a free port", told)
        self.assertNotRegex(told, r":0\b")

    def test_calls_as_they_are_written(self):
        program = self.compile("fortified", FORTIFIED, flags=("-O2", "-g", "-D_FORTIFY_SOURCE=2", "-D_FILE_OFFSET_BITS=64"))
        names = subprocess.run(["nm", "-D", program], capture_output=True, text=True, check=True).stdout
        if "__open64_2" not in names:
            self.skipTest("this compiler calls no fortified open")
        told = self.told(program)
        for call in ("open", "openat", "fopen"):
            self.assertIn(f"opened by {call} at fortified.c", told)
        self.assertNotRegex(told.replace(self.place, "…"), r"__|[a-z]64|_2\b")  # numbers of processes may have a 64

    def test_more_descriptors_than_the_limit(self):
        program = self.compile("forgetful")
        told = self.told("sh", "-c", f"exec 9</dev/null 8</dev/null 7</dev/null 6</dev/null 5</dev/null; "
                         f"ulimit -S -n 5; exec {program}")
        self.assertIn("descriptors open, above the limit of 5, ", told)
        self.assertNotIn(" of 5 descriptors", told)

    def test_build_ids_stand_once_and_with_a_hint(self):
        program = self.compile("stripped", flags=("-O1", "-s", "-Wl,--build-id=sha1"))
        told = self.told(program)
        self.assertGreaterEqual(told.count("(no symbols)"), 3)
        build_ids = re.findall(r"^no symbols for code of stripped \(build-id ([0-9a-f]{40})\)$", told, re.M)
        self.assertEqual(len(build_ids), 1, told)
        self.assertEqual(told.count(build_ids[0]), 1)
        self.assertIn("for names: install debug symbols (packages -dbgsym", told)
        self.assertNotIn("for names", self.told(self.compile("named")))

    def test_what_became_of_results_without_machine_code(self):
        program = self.compile_as("c++", "swallowed", "swallowed.cpp", SWALLOWED)
        told = self.told(program, LEAKWATCH_OPTIONS="inject=close=EIO%1")
        self.assertIn("  the result is lost in the call of shop::count at swallowed.cpp:15 in shop::forget\n", told)
        self.assertRegex(told, r"  the result is overwritten at swallowed.cpp:21 in shop::overwrite\n")
        self.assertNotRegex(told, r"\b[er]ax\b|\bmov\b|0x|_ZN")

    def test_runs_of_the_standard_library_are_one_line(self):
        program = self.compile_as("c++", "standard", "standard.cpp", STANDARD, "-O0", "-pthread")
        told = self.leakwatch("run", "--held", "error", "--", program).stderr
        self.assertRegex(told, r"(?m)^    descriptor::descriptor +standard.cpp:10$")
        self.assertRegex(told, r"(?m)^    … \d\d? frames of the C\+\+ library$")
        stack = re.findall(r"(?m)^    .*$", told)
        self.assertLessEqual(len(stack), 6, told)
        self.assertLessEqual(told.count("/c++/"), 1)  # one frame alone is no run
        full = self.leakwatch("run", "--full", "--", program).stderr
        self.assertGreater(full.count("/c++/"), 4)
        self.assertNotIn("frames of the C++ library", full)

    def test_scopes_that_were_entered_once_have_no_statistics(self):
        program = self.compile_as("cc", "scopes", "scopes.c", SCOPES)
        told = self.told(program)
        self.assertIn("scope only\n  entered once, and ended; left something held\nerror: in only: 1 file never closed", told)
        self.assertIn("  3 closed within 10 ms after the end of their scopes at", told)
        self.assertNotIn("at most less than", told)

    def test_what_one_entry_held_at_most_is_not_what_it_left(self):
        told = self.told(self.compile_as("cc", "peak", "peak.c", PEAK))
        self.assertIn("  entered once, and ended; left something held\nerror: in three: 1 file never closed", told)
        self.assertNotIn("2 held", told)

    def test_which_of_two_closes_is_wrong_is_not_known_of_a_number_that_was_reused(self):
        program = self.compile("reused", REUSED)
        hint = "LEAKWATCH_OPTIONS=reuse=late tells"
        self.assertIn(hint, self.told(program))
        plain = self.told(program, "plain")
        self.assertIn("1 file closed twice, by close at reused.c:9", plain)
        self.assertNotIn(hint, plain)
        late = self.told(program, LEAKWATCH_OPTIONS="reuse=late")
        self.assertIn("1 file closed twice, by close at reused.c:9", late)
        self.assertNotIn(hint, late)

    def test_what_costs_the_same_comes_in_the_order_of_the_source(self):
        program = self.compile("uses", USES, flags=("-O0", "-g"))
        done = self.leakwatch("run", "--full", "--kind", "use-after-close", "--", program)
        lines = [int(line) for line in re.findall(r"(?m)^\w+: .* at uses.c:(\d+) in main \[", done.stderr)]
        self.assertEqual(lines, sorted(lines), done.stderr)
        self.assertGreaterEqual(len(lines), 4, done.stderr)

    def check_what_debuginfod_says(self, program):
        """Who has used it is not told to; nothing listens at that port."""
        for servers, said in (("http://127.0.0.1:1/", "(--debuginfod got none from the servers of DEBUGINFOD_URLS), or do not"),
                              ("", "name servers in DEBUGINFOD_URLS (--debuginfod had none to ask), or do not strip")):
            environment = self.environment(DEBUGINFOD_URLS=servers)
            told = self.leakwatch("run", "--debuginfod", "--", program, environment=environment).stderr
            self.assertIn(said, told)
            self.assertNotIn("let --debuginfod", told)

    def test_the_name_of_the_link_that_was_executed(self):
        program = self.compile("all-in-one")
        os.symlink(program, self.path("server"))
        told = self.told(self.path("server"))
        self.assertRegex(told, r"(?m)^server \(pid \d+\) exited with status 0")
        self.assertNotIn("all-in-one (", told)
        self.assertNotRegex(told, r"(?m)  all-in-one$")  # its own module is not named at each frame
        stripped = self.compile("nameless", flags=("-O1", "-s"))
        os.symlink(stripped, self.path("daemon"))
        told = self.told(self.path("daemon"))
        self.assertRegex(told, r"never closed, opened by open at daemon\+0x")
        self.assertRegex(told, r"(?m)^    \? +daemon\+0x")
        self.assertIn("no symbols for code of daemon", told)
        self.assertIn("let --debuginfod fetch them, or do not strip", told)
        self.check_what_debuginfod_says(self.path("daemon"))
        self.assertNotIn("nameless", told)
        both = self.told("sh", "-c", f"{stripped}; exec {self.path('daemon')}")
        self.assertRegex(both, r"opened by open at nameless\+0x")
        self.assertRegex(both, r"(?m)^daemon \(pid \d+\) exited")
        page = self.path("page.html")
        self.leakwatch("run", "--format", "html", "--output", page, "--", self.path("daemon"))
        with open(page, encoding="utf-8") as file:
            self.assertRegex(file.read(), r">daemon</a></td>")
        report, _ = self.run_json("--skip-exe", "server", "--", self.path("server"))
        self.assertEqual([(one["name"], os.path.basename(one["exe"]), one["judged"]) for one in report["processes"]],
                         [("server", "all-in-one", False)])
        for name in ("-sh", "two words", "/proc/self/exe", ""):
            told = self.told("bash", "-c", 'exec -a "$0" "$1"', name, program)
            self.assertRegex(told, r"(?m)^all-in-one \(pid \d+\) exited with status 0", name)

    def test_one_story_under_one_heading(self):
        told = self.told(self.compile_as("cc", "mixed", "mixed.c", MIXED, "-pthread"))
        lines = {word: number for number, line in enumerate(MIXED.splitlines(), 1) for word in
                 re.findall(r"/\* (.*?) \*/", line)}
        self.assertIn(f"error: 3 directory descriptors never closed, opened by open at mixed.c:{lines['forgotten']} in run", told)
        self.assertIn("thread run\nnote: thread run: 3 streams closed late, opened by fopen at "
                      f"mixed.c:{lines['late']} in run [scope-leak]\n", told)
        self.assertIn("error: in 3 of 3 request: 3 streams never closed, opened by fopen at "
                      f"mixed.c:{lines['left']} in main [scope-leak]\n", told)
        self.assertNotIn("together with", told)
        self.assertNotIn(f"mixed.c:{lines['on purpose']}", told)

    def test_a_guard_keeps_the_reason_that_the_user_gave(self):
        told = self.told(self.compile_as("c++", "reasons", "reasons.cpp", REASONS))
        self.assertRegex(told, r"error: in told, which failed: 1 file never closed.*\n(  .*\n)*  .*the last one with: no such user\n")
        self.assertRegex(told, r"error: in not told, which failed: .*\n(  .*\n)*  .*the last one with: left by an exception\n")

    def test_calls_that_a_compiler_made_jumps(self):
        self.compile_as("cc", "libfar.so", "far.c", JUMPS_FAR, "-shared", "-fPIC")
        for compiler in ("gcc", "clang"):
            program = self.compile_as(compiler, f"jumps-{compiler}", "jumps.c", JUMPS, "-O2", "-foptimize-sibling-calls",
                                      "-Wl,--no-as-needed", "-L.", "-lfar", f"-Wl,-rpath,{self.place}")
            ledgers = self.make_ledgers(program, directory=f"ledgers-{compiler}")
            with open(self.path(f"{compiler}.lwl"), "wb") as out:
                self.leakwatch("merge", ledgers, stdout=out)
            jumps = self.jumps(self.report_json("--held", "error", ledgers))
            self.assertEqual(jumps, {
                "by_jump": ("outer", None), "by_jump_to_library": ("third", None), "by_jump_to_hook": (None, "straight"),
                "plainly": (None, None), "by_pointer": (None, None), "of_library": (None, None),
                "of_inlined": (None, None), "by_itself": (None, None)}, compiler)
            told = self.leakwatch("report", "--held", "error", "--full", ledgers).stdout
            self.assertRegex(told, r"(?m)^    inner +jumps.c:\d+  \(called by a jump from outer\)$")
            self.assertRegex(told, r"(?m)^    by_jump_to_hook +jumps.c:\d+  \(called straight, which ended in a jump\)$")
            self.assertIn("called by a jump from outer<",
                          self.leakwatch("report", "--held", "error", "-f", "html", ledgers).stdout)
            os.unlink(program)  # an artefact knows it all the same
            self.assertEqual(self.jumps(self.report_json("--held", "error", f"{compiler}.lwl")), jumps)

    def jumps(self, report):
        """What is said of jumps, by the function that main called."""
        found = {}
        for finding in report["findings"]:
            stack = finding["stacks"]["acquired"]
            found[stack[-2]["function"]] = (next((frame["jumped_from"] for frame in stack if frame["jumped_from"]), None),
                                            stack[0]["left_by_jump"])
        return found

    def compile_as(self, compiler, name, source, text, *flags):
        self.write(source, text)
        include = os.path.join(os.environ.get("SOURCE_DIR") or os.getcwd(), "include")
        done = subprocess.run([compiler, "-g", "-O1", "-fno-optimize-sibling-calls", f"-I{include}", *flags, "-o", name, source],
                              cwd=self.place, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path(name)


if __name__ == "__main__":
    command.main()
