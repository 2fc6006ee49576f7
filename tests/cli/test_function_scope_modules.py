#!/usr/bin/env python3
"""Functions as scopes: in which modules they are found, and what is said where they are not."""
import os
import subprocess

import command
from command import LIBRARY
from instrumented import CLASSES, Instrumented, SERVER

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
