#!/usr/bin/env python3
"""Functions as scopes: programs built with -finstrument-functions, by both compilers, and what
LEAKWATCH_OPTIONS=scopes= selects in them. Judged by the ledgers themselves, as `leakwatch dump` prints them."""
import os
import re
import shutil
import subprocess

import command
from command import LIBRARY, Place

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
PLUS = {"gcc": "g++", "clang": "clang++"}
INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include")
LEVELS = ("-O0", "-O2", "-O3")

# 23 of 230 requests forget what they opened; the helper is inlined where the compiler likes to.
SERVER = r"""
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
static inline int open_log(void) { return open("/dev/null", O_RDONLY); }
static int handle_request(int number)
{
    int log = open_log();
    if (number % 10 == 3)
        return -1;
    close(log);
    return 0;
}
int process_job(int number) { return handle_request(number) ? 1 : 0; }
int main(void)
{
    int failed = 0;
    errno = 77;
    for (int i = 0; i < 230; i++)
        failed += process_job(i);
    return failed == 23 && errno == 77 ? 0 : 1;
}
"""

CLASSES = r"""
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>
namespace net {
struct Guard {
    int fd = open("/dev/null", O_RDONLY);
    ~Guard() { close(fd); }
};
template <typename T> struct Server {
    void handle_request(T number)
    {
        Guard guard;
        if (number % 10 == 3)
            throw std::runtime_error("three");
        depth(number);
    }
    static void depth(int) {}
    int caught = 0;
};
namespace { void serve(Server<int> &server, int number)
{
    try {
        server.handle_request(number);
    } catch (const std::runtime_error &) {
        server.caught++;
    }
} }
}
int main()
{
    net::Server<int> server;
    for (int i = 0; i < 230; i++)
        net::serve(server, i);
    return server.caught == 23 ? 0 : 1;
}
"""


class Instrumented(Place):
    def build(self, text, name="program", compiler="gcc", flags=("-O2",)):
        plus = text in (CLASSES,)
        source = self.write(f"{name}.{'cpp' if plus else 'c'}", text)
        program = self.path(name)
        done = subprocess.run([PLUS[compiler] if plus else compiler, "-g", "-finstrument-functions", *flags,
                               "-o", program, source, "-lpthread", "-ldl"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot be compiled: {done.stderr.strip().splitlines()[-1]}")
        return program

    def run_watched(self, *arguments, scopes, options="keep=all", status=0, preload=LIBRARY, **how):
        """What it said on stderr; its ledgers are in self.ledgers afterwards."""
        directory = self.path("ledgers")
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory)
        given = self.environment(LD_PRELOAD=preload, LEAKWATCH_OPTIONS=f"dir={directory}:scopes={scopes}:{options}")
        done = subprocess.run(arguments, cwd=self.place, env=given, capture_output=True, text=True, check=False,
                              timeout=command.TIMEOUT, **how)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.ledgers = [Ledger(self.leakwatch("dump", path).stdout) for path in self.ledgers_in(directory)]
        return done.stderr

    def ledger(self):
        self.assertEqual(len(self.ledgers), 1)
        return self.ledgers[0]


class Ledger:
    def __init__(self, dump):
        self.lines = dump.splitlines()
        self.scopes = {}
        names = {"0": ""}
        for line in self.lines:
            if line.startswith("scope "):
                fields = self.fields(line)
                number = line.split()[1]
                outer = names[fields["parent"]]
                names[number] = f"{outer} > {fields['name']}" if outer else fields["name"]
                self.scopes[names[number]] = {key: int(fields[key]) for key in ("kind", "entered", "ended", "left")}
        self.names = names

    @staticmethod
    def fields(line):
        return {key: value.strip('"') for key, value in FIELD.findall(line)}

    def of(self, record):
        return [self.fields(line) for line in self.lines if line.split(" ", 1)[0] == record]

    def functions(self):
        """path: (entered, ended, left)"""
        return {path: (scope["entered"], scope["ended"], scope["left"])
                for path, scope in self.scopes.items() if scope["kind"] == 4}


class BothCompilers(Instrumented):
    maxDiff = 2000

    def each(self, test):
        for compiler in COMPILERS:
            for level in LEVELS:
                with self.subTest(compiler=compiler, level=level):
                    test(compiler, level)

    def test_functions_of_c(self):
        def test(compiler, level):
            program = self.build(SERVER, compiler=compiler, flags=(level,))
            self.run_watched(program, scopes="handle_*,process_job,main")
            self.assertEqual(self.ledger().functions(), {
                "main": (1, 1, 0), "main > process_job": (230, 230, 0),
                "main > process_job > handle_request": (230, 230, 23)})
        self.each(test)

    def test_functions_that_are_inlined(self):
        def test(compiler, level):
            program = self.build(SERVER, compiler=compiler, flags=(level,))
            self.run_watched(program, scopes="open_l?g")
            self.assertEqual(self.ledger().functions(), {"open_log": (230, 230, 230)})
        self.each(test)

    def test_functions_of_cxx_by_identifier_and_by_qualified_name(self):
        def test(compiler, level):
            program = self.build(CLASSES, compiler=compiler, flags=(level,))
            for pattern in ("handle_request", "net::Server::handle_*", "*::handle_request"):
                self.run_watched(program, scopes=pattern)
                scopes = self.ledger().functions()
                self.assertIn("net::Server::handle_request", scopes, pattern)
                self.assertEqual(scopes["net::Server::handle_request"][0], 230, scopes)
                self.assertEqual(len(scopes), 1, scopes)
        self.each(test)

    def test_exceptions_leave_functions(self):
        """gcc tells of functions that an exception leaves; clang does not: they end when the next one begins."""
        def test(compiler, level):
            program = self.build(CLASSES, compiler=compiler, flags=(level,))
            self.run_watched(program, scopes="net::Server::*,serve")
            scopes = self.ledger().functions()
            path = "net::(anonymous namespace)::serve > net::Server::handle_request"
            self.assertEqual(scopes[path], (230, 230, 0), scopes)
            self.assertEqual(scopes[path + " > net::Server::depth"], (207, 207, 0), scopes)
        self.each(test)


class Flow(Instrumented):
    def test_recursion_deeper_than_scopes_go(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <unistd.h>
            int descend(int depth)
            {
                volatile char room[64] = {0};
                int fd = depth == 40 ? open("/dev/null", O_RDONLY) : -1;
                int result = depth < 100 ? descend(depth + 1) + room[1] : 0;
                if (fd >= 0)
                    close(fd);
                return result;
            }
            int main(void) { descend(1); return descend(51); }""", flags=("-O0",))
        self.run_watched(program, scopes="descend")
        scopes = self.ledger().functions()
        self.assertEqual(len(scopes), 64)
        for path, counts in scopes.items():
            depth = path.count(">") + 1
            self.assertEqual(counts, (2, 2, 0) if depth <= 50 else (1, 1, 0), path)
        self.assertEqual(self.ledger().of("imbalance"), [])

    def test_longjmp_out_of_functions(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <setjmp.h>
            #include <unistd.h>
            static jmp_buf out;
            static void __attribute__((noinline)) handle_inner(int i)
            {
                close(open("/dev/null", O_RDONLY));
                if (i % 10 == 3)
                    longjmp(out, 1);
                __asm__ volatile("");
            }
            static void __attribute__((noinline)) handle_outer(int i) { handle_inner(i); __asm__ volatile(""); }
            static void __attribute__((noinline)) plain(int i) { handle_outer(i); __asm__ volatile(""); }
            int main(void)
            {
                for (volatile int i = 0; i < 230; i++)
                    if (setjmp(out) == 0)
                        plain(i);
                return 0;
            }""")
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {
            "handle_outer": (230, 230, 0), "handle_outer > handle_inner": (230, 230, 0)})
        self.assertEqual(self.ledger().of("imbalance"), [])

    def test_functions_that_never_return(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <pthread.h>
            #include <stdlib.h>
            static void *handle_thread(void *unused)
            {
                open("/dev/null", O_RDONLY);
                pthread_exit(unused);
            }
            static void handle_end(void) { open("/dev/null", O_RDONLY); exit(0); }
            int main(void)
            {
                pthread_t thread;
                pthread_create(&thread, NULL, handle_thread, NULL);
                pthread_join(thread, NULL);
                handle_end();
            }""")
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {"handle_thread": (1, 1, 1), "handle_end": (1, 0, 0)})
        self.assertEqual(self.ledger().of("imbalance"), [])

    def test_scopes_that_go_on_behind_the_function_that_began_them(self):
        """begin_request and end_request are functions of their own; a block inside a function ends with it."""
        program = self.build(r"""
            #include <fcntl.h>
            #include <unistd.h>
            #include "leakwatch/leakwatch.h"
            static __attribute__((noinline)) void handle_begin(void) { leakwatch_scope_begin("request"); }
            static __attribute__((noinline)) void handle_end(int fd) { leakwatch_scope_end(NULL); close(fd); }
            static __attribute__((noinline)) leakwatch_scope_t handle_wait(void)
            {
                return leakwatch_scope_detach(NULL);
            }
            static __attribute__((noinline)) void handle_block(void)
            {
                LEAKWATCH_SCOPE("block") {
                    open("/dev/null", O_RDONLY);
                    return;
                }
            }
            int main(void)
            {
                for (int i = 0; i < 23; i++) {
                    handle_begin();
                    int fd = open("/dev/null", O_RDONLY);
                    leakwatch_scope_attach(handle_wait());
                    handle_block();
                    handle_end(fd);
                }
                return 0;
            }""", flags=("-O2", f"-I{INCLUDE}"))
        self.run_watched(program, scopes="handle_*")
        inside = "handle_begin > request"
        self.assertEqual({path: (scope["entered"], scope["ended"], scope["left"])
                          for path, scope in self.ledger().scopes.items()}, {
            "handle_begin": (23, 23, 0), inside: (23, 23, 23), f"{inside} > handle_wait": (23, 23, 0),
            f"{inside} > handle_block": (23, 23, 0), f"{inside} > handle_block > block": (23, 23, 23),
            f"{inside} > handle_end": (23, 23, 0)})
        self.assertEqual(self.ledger().of("imbalance"), [])

    def test_threads_that_begin_together(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <pthread.h>
            #include <unistd.h>
            static pthread_barrier_t together;
            static void __attribute__((noinline)) handle_one(int i)
            {
                int fd = open("/dev/null", O_RDONLY);
                if (i % 100)
                    close(fd);
            }
            __attribute__((no_instrument_function)) static void *work(void *unused)
            {
                pthread_barrier_wait(&together);
                for (int i = 0; i < 1000; i++)
                    handle_one(i);
                return unused;
            }
            __attribute__((no_instrument_function)) int main(void)
            {
                pthread_t threads[8];
                pthread_barrier_init(&together, NULL, 8);
                for (int i = 0; i < 8; i++)
                    pthread_create(&threads[i], NULL, work, NULL);
                for (int i = 0; i < 8; i++)
                    pthread_join(threads[i], NULL);
                return 0;
            }""")
        for _ in range(5):
            self.run_watched(program, scopes="handle_one")
            self.assertEqual(self.ledger().functions(), {"handle_one": (8000, 8000, 80)})

    def test_a_forked_child_starts_outside(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <sys/wait.h>
            #include <unistd.h>
            static void __attribute__((noinline)) handle_child(void) { open("/dev/null", O_RDONLY); }
            static int __attribute__((noinline)) handle_parent(void)
            {
                int status, fd = open("/dev/null", O_RDONLY);
                if (fork() == 0) {
                    handle_child();
                    return 7;
                }
                wait(&status);
                close(fd);
                return WEXITSTATUS(status) == 7 ? 0 : 1;
            }
            int main(void) { return handle_parent(); }""")
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(sorted(tuple(ledger.functions().items()) for ledger in self.ledgers),
                         [(("handle_child", (1, 1, 1)),), (("handle_parent", (1, 1, 0)),)])

    def test_a_child_of_vfork_leaves_its_parents_scopes_alone(self):
        program = self.build(r"""
            #include <sys/wait.h>
            #include <unistd.h>
            static void __attribute__((noinline)) handle_child(void) { __asm__ volatile(""); }
            static void __attribute__((noinline)) handle_parent(void)
            {
                for (int i = 0; i < 3; i++) {
                    pid_t child = vfork();
                    if (child == 0) {
                        handle_child();
                        _exit(0);
                    }
                    waitpid(child, NULL, 0);
                }
            }
            int main(void) { handle_parent(); return 0; }""")
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {"handle_parent": (1, 1, 0)})

    def test_a_handler_on_its_own_stack(self):
        program = self.build(r"""
            #include <signal.h>
            #include <stdlib.h>
            #include <sys/mman.h>
            #include <unistd.h>
            static void __attribute__((noinline)) handle_signal(int number) { (void)number; __asm__ volatile(""); }
            static void __attribute__((noinline)) handle_work(void)
            {
                char top[8192];
                __asm__ volatile("" : : "r"(top) : "memory");
                raise(SIGUSR1);
            }
            int main(void)
            {
                stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
                struct sigaction action = {.sa_handler = handle_signal, .sa_flags = SA_ONSTACK};
                sigaltstack(&stack, NULL);
                sigaction(SIGUSR1, &action, NULL);
                for (int i = 0; i < 23; i++)
                    handle_work();
                return 0;
            }""")
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(),
                         {"handle_work": (23, 23, 0), "handle_work > handle_signal": (23, 23, 0)})
        self.assertEqual(self.ledger().of("imbalance"), [])


class Beginnings(Instrumented):
    """Functions run before leakwatch is ready: they are left alone, and what comes later is right."""

    EARLY = r"""
        #include <fcntl.h>
        #include <unistd.h>
        static int handle_it(void) { return 7; }
        static int (*handle_choice(void))(void) { return handle_it; }
        int chosen(void) __attribute__((ifunc("handle_choice")));
        static void handle_preinit(void) { close(open("/dev/null", O_RDONLY)); }
        __attribute__((section(".preinit_array"), used)) static void (*preinit)(void) = handle_preinit;
        __attribute__((constructor(101))) static void handle_constructor(void) { close(open("/dev/null", O_RDONLY)); }
        __attribute__((destructor)) static void handle_destructor(void) { open("/dev/null", O_RDONLY); }
        int main(void) { return chosen() == 7 ? 0 : 1; }
    """

    def test_before_main_and_after(self):
        for flags in (("-Wl,-z,now",), ("-Wl,-z,lazy",), ("-static-pie",), ("-no-pie",)):
            with self.subTest(flags=flags):
                program = self.build(self.EARLY, flags=("-O1", *flags))
                self.run_watched(program, scopes="handle_*,main")
                if flags == ("-static-pie",):
                    self.assertEqual(self.ledgers, [])
                    continue
                scopes = self.ledger().functions()
                self.assertEqual(scopes["handle_constructor"], (1, 1, 0), scopes)
                self.assertEqual(scopes["main > handle_it"], (1, 1, 0), scopes)
                self.assertEqual(scopes["handle_destructor"], (1, 1, 1), scopes)

    def test_an_allocator_that_is_instrumented_itself(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            static char arena[1 << 26];
            static size_t used;
            static void *handle_bytes(size_t size)
            {
                size_t at = __atomic_fetch_add(&used, (size + 47) & ~(size_t)15, __ATOMIC_RELAXED);
                return arena + at + 16;
            }
            void *malloc(size_t size)
            {
                size_t *block = handle_bytes(size);
                block[-1] = size;
                return block;
            }
            void free(void *block) { (void)block; }
            void *calloc(size_t a, size_t b) { return memset(malloc(a * b), 0, a * b); }
            void *realloc(void *old, size_t size)
            {
                void *block = malloc(size);
                size_t had = old ? ((size_t *)old)[-1] : 0;
                return old ? memcpy(block, old, had < size ? had : size) : block;
            }
            int main(void)
            {
                for (int i = 0; i < 23; i++) {
                    FILE *file = fopen("/dev/null", "r");
                    if (i)
                        fclose(file);
                }
                return 0;
            }""", flags=("-O1", "-fno-builtin"))
        self.run_watched(program, scopes="handle_*,malloc,main")
        scopes = self.ledger().functions()
        self.assertEqual(scopes["main"], (1, 1, 1), scopes)
        self.assertGreaterEqual(scopes["main > malloc > handle_bytes"][0], 23, scopes)
        for path, (entered, ended, _) in scopes.items():
            self.assertEqual(entered, ended, path)


PLUGIN = r"""
#ifndef KEEP
#define KEEP
#endif
#include <fcntl.h>
#include <unistd.h>
static void __attribute__((noinline)) handle_{name}(void) { KEEP(open("/dev/null", O_RDONLY)); }
int version_{name};
void work(void) { handle_{name}(); handle_{name}(); }
"""
HOST = r"""
#include <dlfcn.h>
int main(int count, char **arguments)
{
    for (int i = 0; i < 30; i++) {
        void *plugin = dlopen(arguments[1 + i % (count - 1)], RTLD_NOW);
        if (!plugin)
            return 1;
        ((void (*)(void))dlsym(plugin, "work"))();
        dlclose(plugin);
    }
    return 0;
}
"""


class Modules(Instrumented):
    def test_plugins_in_each_others_place(self):
        """They look alike, and are mapped to the same addresses one after the other."""
        for flags in ((), ("-Wl,--build-id=none",)):
            plugins = [self.plugin(name, *flags) for name in ("one", "two", "six")]
            self.run_watched(self.build(HOST), *plugins, scopes="handle_*")
            self.assertEqual(self.ledger().functions(),
                             {f"handle_{name}": (20, 20, 20) for name in ("one", "two", "six")}, flags)

    def plugin(self, name, *flags):
        return self.build(PLUGIN.replace("{name}", name), f"{name}.so", flags=("-O2", "-shared", "-fPIC", *flags))

    def test_plugins_that_come_and_go_in_threads(self):
        """While one thread unloads a plugin, others load the next one into its place. A timer interrupts it all."""
        plugins = [self.plugin(name, "-DKEEP=close") for name in ("one", "two", "six")]
        said = self.path("said")
        program = self.build(r"""
            #include <dlfcn.h>
            #include <pthread.h>
            #include <signal.h>
            #include <stdio.h>
            #include <sys/time.h>
            static char **plugins;
            static int loads[3], alarms;
            static void __attribute__((noinline)) handle_alarm(int number) { (void)number; alarms++; }
            static void *work(void *first)
            {
                for (long i = 0; i < 600; i++) {
                    long which = (i + (long)first) % 3;
                    void *plugin = dlopen(plugins[which], RTLD_NOW);
                    ((void (*)(void))dlsym(plugin, "work"))();
                    dlclose(plugin);
                    __atomic_fetch_add(&loads[which], 1, __ATOMIC_RELAXED);
                }
                return NULL;
            }
            int main(int count, char **arguments)
            {
                struct sigaction action = {.sa_handler = handle_alarm, .sa_flags = SA_RESTART};
                struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
                pthread_t threads[4];
                plugins = arguments + 1;
                sigaction(SIGALRM, &action, NULL);
                setitimer(ITIMER_REAL, &often, NULL);
                for (long i = 0; i < 4; i++)
                    pthread_create(&threads[i], NULL, work, (void *)i);
                for (long i = 0; i < 4; i++)
                    pthread_join(threads[i], NULL);
                setitimer(ITIMER_REAL, &never, NULL);
                FILE *said = fopen(arguments[count - 1], "w");
                fprintf(said, "%d %d %d\n", loads[0], loads[1], loads[2]);
                fclose(said);
                return 0;
            }""")
        self.run_watched(program, *plugins, said, scopes="handle_one,handle_two,handle_six")
        with open(said, encoding="utf-8") as file:
            loads = [int(word) for word in file.read().split()]
        for name, count in zip(("one", "two", "six"), loads):
            self.assertEqual(self.ledger().functions()[f"handle_{name}"], (2 * count, 2 * count, 0), name)

    def test_a_stripped_library_shows_what_it_exports(self):
        plugin = self.plugin("it", "-s")
        said = self.run_watched(self.build(HOST, flags=("-O2", "-s")), plugin, scopes="handle_*,work")
        self.assertEqual(self.ledger().functions(), {"work": (30, 30, 30)})
        self.assertIn("scopes=handle_* selects no function of program", said)

    def test_a_file_that_is_not_what_was_loaded(self):
        """The library is replaced by another build before its first function runs."""
        os.rename(self.plugin("old"), self.path("it.so"))
        os.rename(self.plugin("new"), self.path("other.so"))
        program = self.build(r"""
            #include <dlfcn.h>
            #include <stdio.h>
            int main(void)
            {
                void *plugin = dlopen("./it.so", RTLD_NOW);
                rename("other.so", "it.so");
                ((void (*)(void))dlsym(plugin, "work"))();
                return 0;
            }""")
        said = self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {})
        self.assertRegex(said, r"scopes=handle_\* selects no function of program; "
                               r"names could not be read from .*it\.so")

    def test_position_dependent_programs(self):
        self.run_watched(self.build(SERVER, flags=("-O2", "-no-pie", "-fno-pic")), scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {"handle_request": (230, 230, 23)})

    def test_another_profiler_hears_of_all(self):
        listener = self.path("listener.so")
        source = self.write("listener.c", r"""
            #include <unistd.h>
            static int entered, left;
            void __cyg_profile_func_enter(void *function, void *site) { (void)function, (void)site; entered++; }
            void __cyg_profile_func_exit(void *function, void *site) { (void)function, (void)site; left++; }
            __attribute__((destructor)) static void end(void)
            {
                if (entered == 230 + 230 + 230 + 1 && left == entered)
                    write(1, "all\n", 4);
            }""")
        subprocess.run([command.COMPILER, "-shared", "-fPIC", "-o", listener, source], check=True)
        program = self.build(SERVER)
        for scopes in ("", "handle_*"):
            given = self.environment(LD_PRELOAD=f"{LIBRARY}:{listener}",
                                     LEAKWATCH_OPTIONS=f"dir={self.place}:quiet=1:scopes={scopes}")
            done = subprocess.run([program], env=given, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, "all\n"), scopes)


class Options(Instrumented):
    def test_a_pattern_that_selects_nothing_is_said(self):
        said = self.run_watched(self.build(SERVER), scopes="handle_*,handel_*")
        self.assertEqual([line for line in said.splitlines() if "scopes=" in line],
                         ["leakwatch: scopes=handel_* selects no function of program"])

    def test_the_report_says_it_too(self):
        given = self.environment(LEAKWATCH_OPTIONS="scopes=handel_*")
        done = self.leakwatch("run", self.build(SERVER), environment=given)
        self.assertIn("not every pattern of LEAKWATCH_OPTIONS=scopes=", done.stderr)
        given = self.environment(LEAKWATCH_OPTIONS="scopes=handle_*")
        done = self.leakwatch("run", self.build(SERVER), environment=given)
        self.assertNotIn("pattern", done.stderr)

    def test_nothing_is_said_of_programs_that_are_not_instrumented(self):
        self.assertEqual(self.run_watched("/bin/true", scopes="handle_*"), "")

    def test_colons_of_names_need_no_quotes(self):
        program = self.build(CLASSES)
        for scopes in ("net::Server::handle_request", '"net::Server::handle_request"', "x,net::*::handle_request,y"):
            self.run_watched(program, scopes=scopes, options="keep=all:depth=7:quiet=1")
            self.assertEqual(list(self.ledger().functions()), ["net::Server::handle_request"], scopes)

    def test_a_setting_behind_a_stray_colon_is_a_setting(self):
        self.run_watched(self.build(SERVER), scopes="handle_*:", options="keep=all")
        self.assertEqual(self.ledger().functions(), {"handle_request": (230, 230, 23)})

    def test_too_long_is_said(self):
        said = self.run_watched(self.build(SERVER), scopes="x" * 512)
        self.assertRegex(said, r"bad value in LEAKWATCH_OPTIONS ignored: scopes=xxx")

    def test_more_patterns_than_there_is_room_for_are_said(self):
        said = self.run_watched(self.build(SERVER), scopes=",".join(["handle_*"] * 45) + ",a" * 25)
        self.assertEqual(said.count("scopes= takes 64 patterns"), 6)

    def test_long_names_keep_their_end(self):
        name = "handle_" + "x" * 200 + "_end"
        program = self.build(f"void {name}(void) {{}} int main(void) {{ {name}(); return 0; }}", flags=("-O0",))
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {"..." + name[-93:]: (1, 1, 0)})

    def test_every_function(self):
        """More of them than there are names: said, and the first ones are scopes."""
        many = "".join(f"void f{i}(void) {{}}\n" for i in range(5000))
        calls = "".join(f"f{i}();" for i in range(5000))
        program = self.build(f"{many} int main(void) {{ {calls} return 0; }}", flags=("-O0",))
        said = self.run_watched(program, scopes="f*")
        self.assertIn("selects more than 4,095 functions", said)
        self.assertEqual({counts for counts in self.ledger().functions().values()}, {(1, 1, 0)})

    def test_strict_knows_the_program_itself(self):
        self.run_watched(self.build(SERVER), scopes="handle_*", options="strict=1")
        self.assertEqual(self.ledger().functions(), {"handle_request": (230, 230, 23)})

    def test_without_descriptors_names_have_to_wait(self):
        program = self.build(r"""
            #include <fcntl.h>
            #include <sys/resource.h>
            #include <time.h>
            #include <unistd.h>
            static void __attribute__((noinline)) handle_now(void) { __asm__ volatile(""); }
            __attribute__((no_instrument_function)) int main(void)
            {
                struct rlimit old, none;
                getrlimit(RLIMIT_NOFILE, &old);
                none = old;
                none.rlim_cur = 3;
                setrlimit(RLIMIT_NOFILE, &none);
                handle_now();
                setrlimit(RLIMIT_NOFILE, &old);
                nanosleep(&(struct timespec){0, 300000000}, NULL);
                handle_now();
                handle_now();
                return open("/dev/null", O_RDONLY) == 3 ? 0 : 1;
            }""")
        self.run_watched(program, scopes="handle_*")
        self.assertEqual(self.ledger().functions(), {"handle_now": (2, 2, 0)})


if __name__ == "__main__":
    command.main()
