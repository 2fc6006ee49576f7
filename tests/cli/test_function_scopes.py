#!/usr/bin/env python3
"""Functions as scopes: programs built with -finstrument-functions, by both compilers, and what
LEAKWATCH_OPTIONS=scopes= selects in them."""
import command
from instrumented import CLASSES, COMPILERS, INCLUDE, Instrumented, LEVELS, SERVER


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


if __name__ == "__main__":
    command.main()
