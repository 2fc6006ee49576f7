"""leakwatch gate and diff: the verdict, its cause and its exit status."""
import json
import os
import re
import shutil
import signal
import subprocess

import command
from command import LEAKWATCH
from gates import Gate


class Verdicts(Gate):
    def test_clean_is_0_and_findings_are_1(self):
        self.judge("close")
        done = self.judge("lose", status=1, cause="findings")
        self.assertIn("warning: held to the end: 1, ", done.stderr)

    def test_error_exitcode_is_for_findings_only(self):
        self.judge("lose", options=("--error-exitcode", "9"), status=9, cause="findings")
        self.judge("close", options=("--error-exitcode", "9"))
        self.judge("lose", "3", options=("--error-exitcode=9",), status=3, cause="command")

    def test_the_commands_own_status_comes_first(self):
        self.judge("close", "7", status=7, cause="command")
        self.judge("lose", "7", status=7, cause="command")
        self.judge("close", "kill", status=128 + signal.SIGKILL, cause="command")

    def test_fail_on_says_which_level_counts(self):
        self.judge("lose", "lose", options=("--fail-on", "error"), status=1, cause="findings")
        self.judge("lose", options=("--fail-on", "error"))
        self.judge("lose", options=("--fail-on", "error", "--held", "error"), status=1, cause="findings")
        self.judge("lose", options=("--held", "note"))
        self.assertIn("wants error, warning or note", self.gate("--held", "never", "--", "true", status=2).stderr)
        self.judge("lose", options=("--fail-on", "never"))
        self.judge("lose", options=("--kind", "dir-leak"))

    def test_the_cause_stands_in_the_json_too(self):
        self.assertEqual(self.json_of("close")["cause"], "clean")
        self.assertEqual(self.json_of("lose", status=1, cause="findings")["cause"], "findings")
        report = self.json_of("lose", "5", status=5, cause="command")
        self.assertEqual((report["cause"], len(report["findings"])), ("command", 1))

    def test_ledgers_that_were_kept_are_judged_alike(self):
        ledgers = self.make_ledgers(self.program, "lose", "mislay")
        done = self.gate(ledgers, status=1, cause="findings")
        self.assertIn("dir-leak", done.stdout)
        self.gate(*self.ledgers_in(ledgers), status=1, cause="findings")
        self.gate(self.make_ledgers(self.program, "close", directory="clean"), cause="clean")


class Usage(Gate):
    def refuse(self, *arguments, words=()):
        done = self.gate(*arguments, status=2)
        said = [line for line in done.stderr.splitlines() if not line.endswith("(exit status 2)")]
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, said[0], done.stderr)
        return said

    def one_line(self, *arguments, words=()):
        said = self.refuse(*arguments, words=words)
        self.assertEqual(len(said), 1, said)

    def test_nothing_to_judge(self):
        self.refuse(words=["no ledger and no command"])
        self.refuse("--", words=["no ledger and no command"])
        self.refuse("some.lwl", "--", self.program, words=["not both"])
        self.refuse("--no-such-option", ".")
        self.refuse("--error-exitcode", "256", ".")

    def test_commands_that_cannot_be_judged(self):
        self.one_line("--", "leakwatch-no-such-command", words=["leakwatch-no-such-command", "not found"])
        self.one_line("--", self.write("plain", "text"), words=["plain"])

    def test_a_static_binary_cannot_be_judged(self):
        static = self.compile("static", "int main(void) { return 0; }\n", ("-static",))
        said = self.refuse("--", static, words=["static"])
        self.assertIn("not watched", said[-1])

    def test_a_static_binary_among_others_is_a_warning(self):
        static = self.compile("static", "int main(void) { return 0; }\n", ("-static",))
        done = self.gate("--", "sh", "-c", f"{self.program} close; exec {static}", cause="clean")
        self.assertIn("1 program was executed but left no ledger (a static", done.stderr)

    def test_ledgers_that_cannot_be_read(self):
        os.mkdir(self.path("empty"))
        self.one_line("empty", words=["empty", "no ledger (*.lwl)"])
        self.one_line("nowhere.lwl", words=["nowhere.lwl", "No such file"])
        self.one_line(self.write("damaged.lwl", "no ledger at all" * 100), words=["damaged.lwl", "not a leakwatch ledger"])
        self.one_line(self.write("nothing.lwl", ""), words=["nothing.lwl", "empty"])
        ledger, = self.ledgers_in(self.make_ledgers(self.program, "lose"))
        with open(ledger, "r+b") as file:
            file.truncate(100)
        self.one_line(ledger, words=["cut off after 100 bytes"])
        self.one_line("ledgers", words=["cut off after 100 bytes"])

    def test_the_others_are_reported_where_one_cannot_be_read(self):
        self.make_ledgers(self.program, "lose")
        self.write("ledgers/leakwatch.z.1.1.0.lwl", "damaged")
        done = self.gate("--report", "json=report.json", "ledgers", status=2, cause="unreadable")
        self.assertIn("leakwatch.z.1.1.0.lwl", done.stderr.splitlines()[0])
        self.assertIn("held to the end: 1, ", done.stdout)
        self.assertEqual(json.loads(self.text("report.json"))["cause"], "unreadable")
        self.assertIn("leakwatch.z.1.1.0.lwl: not a leakwatch ledger", json.loads(self.text("report.json"))["unread"][0])

    def test_baselines_that_cannot_be_used(self):
        for text, words in (("", ["is empty"]), ("something else\n", [":1:", "no baseline"]),
                            ("# leakwatch baseline, version 1\nfd-leak 12\n", [":2:", "16 hexadecimal digits"]),
                            ("# leakwatch baseline, version 1\nleak 0123456789abcdef\n", [":2:", "no kind"]),
                            ("# leakwatch baseline, version 1\n  count 1\n", [":2:", "belongs to no finding"]),
                            ("# leakwatch baseline, version 1\nfd-leak 0123456789abcdef\n  count none\n", [":3:", "number"]),
                            ("# leakwatch baseline, version 1\n" + 2 * "fd-leak 0123456789abcdef\n", [":3:", "already"])):
            self.write("bad.baseline", text)
            self.one_line("--baseline", "bad.baseline", "--", self.program, words=["bad.baseline", *words])
        self.one_line("--baseline", "nowhere.baseline", "--", self.program, words=["nowhere.baseline", "--update-baseline"])
        self.refuse("--update-baseline", "--", self.program, words=["--baseline FILE"])
        with open(self.path("binary.baseline"), "wb") as file:
            file.write(bytes(range(256)) * 40)
        self.one_line("--baseline", "binary.baseline", "--", self.program, words=["binary.baseline:1:"])

    def test_nothing_is_run_where_the_baseline_is_missing(self):
        self.gate("--baseline", "nowhere", "--", "touch", "ran", status=2)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_artefacts_that_cannot_be_written(self):
        self.one_line("--report", "sarif=nowhere/leaks.sarif", "--", "touch", "ran", words=["nowhere/leaks.sarif"])
        self.assertFalse(os.path.exists(self.path("ran")))


class Diff(Gate):
    def ledgers(self, name, *what):
        return self.make_ledgers(self.program, *what, directory=name)

    def test_same_is_0_different_is_1(self):
        self.ledgers("old", "lose"), self.ledgers("same", "lose")
        self.assertEqual(self.leakwatch("diff", "old", "same").stdout, "1 unchanged\n")
        self.ledgers("new", "mislay")
        done = self.leakwatch("diff", "old", "new", status=1)
        self.assertRegex(done.stdout, r"^new: warning: dir-leak [0-9a-f]{16}, mislay, ways.c \(opendir\) at ways.c:\d+: 1\n"
                                      r"gone: warning: fd-leak [0-9a-f]{16}, lose, ways.c \(open\) at ways.c:\d+: 1\n0 unchanged\n$")

    def test_grown_and_shrunk(self):
        self.ledgers("one", "lose"), self.ledgers("three", "lose", "lose", "lose")
        self.assertIn("grown: error: fd-leak", self.leakwatch("diff", "one", "three", status=1).stdout)
        self.assertIn(": 1 of one process, 3 before", self.leakwatch("diff", "three", "one", status=1).stdout)

    def test_other_formats_tell_what_is_new_or_has_grown(self):
        self.ledgers("one", "lose"), self.ledgers("more", "lose", "lose", "mislay")
        done = self.leakwatch("diff", "--format", "json", "--report", "text=more.txt", "one", "more", status=1)
        self.assertEqual({finding["kind"] for finding in json.loads(done.stdout)["findings"]}, {"dir-leak", "fd-leak"})
        self.assertIn("known are 1 in one process, now there are 2", self.text("more.txt"))
        done = self.leakwatch("diff", "--format", "sarif", "more", "more")
        self.assertEqual(json.loads(done.stdout)["runs"][0]["results"], [])

    def test_trouble_is_2(self):
        self.ledgers("one", "lose")
        os.mkdir(self.path("empty"))
        for arguments in ((), ("one",), ("one", "one", "one"), ("one", "nowhere.lwl"), ("one", "empty")):
            done = self.leakwatch("diff", *arguments, status=2)
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr.startswith("leakwatch"), done.stderr)


class Ends(Gate):
    def test_killed_processes_count_and_say_so(self):
        script = f"{self.program} {'lose ' * 9}kill; true"
        done = self.gate("--leaks-on-signal", "--", "sh", "-c", script, status=1, cause="findings")
        self.assertIn("error: 9 files never closed", done.stderr)
        self.assertIn("was killed", done.stderr)

    def test_early_exits_count(self):
        self.judge("lose", "quick", status=1, cause="findings")

    def test_a_process_that_never_began_its_ledger_is_told_of_and_passed_over(self):
        ledgers = self.make_ledgers(self.program, "lose")
        shutil.copy(self.ledgers_in(ledgers)[0], self.path("whole"))
        self.write("ledgers/leakwatch.a.1.1.0.lwl", "")
        self.write("ledgers/leakwatch.a.2.1.0.lwl", "\0" * 9000)
        done = self.gate("ledgers", status=1, cause="findings")
        self.assertIn("leakwatch: 2 processes ended before their ledgers had begun", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)
        self.assertIn("held to the end: 1, ", done.stdout)
        self.gate("ledgers/leakwatch.a.1.1.0.lwl", status=2)
        self.gate("ledgers/leakwatch.a.2.1.0.lwl", status=2)
        os.remove(self.ledgers_in(ledgers)[-1])
        self.gate("ledgers", status=2, cause="unreadable")

    def test_the_same_in_a_run(self):
        script = f'd=${{LEAKWATCH_OPTIONS##*dir=}}; : > "${{d%%:*}}/leakwatch.half.1.1.0.lwl"; {self.program} close'
        done = self.gate("--", "sh", "-c", script, cause="clean")
        self.assertIn("1 process ended before its ledger had begun", done.stderr)

    def test_processes_killed_at_any_moment(self):
        """Whatever is left of them, the gate gives a verdict."""
        script = f"for i in $(seq 40); do {self.program} lose lose wait & p=$!; sleep 0.00$((i % 8)); kill -9 $p; done; wait; true"
        for _ in range(3):
            done = self.gate("--grace", "5", "--", "sh", "-c", script, status=None)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertRegex(done.stderr.splitlines()[-1], r"leakwatch gate: (clean|findings) ")

    def test_daemons_are_waited_for(self):
        done = self.judge("daemon", "wait", "lose", status=1, cause="findings")
        self.assertNotIn("still run", done.stderr)
        self.addCleanup(self.end_by_pid, "pid")
        done = self.gate("--grace", "0.1", "--", "sh", "-c", "sleep 3600 >/dev/null 2>&1 & echo $! >pid; exit 0",
                         status=2, cause="unfinished")
        self.assertIn("still run", done.stderr)

    def test_two_gates_at_once(self):
        runs = [subprocess.Popen([LEAKWATCH, "gate", "--", self.program, *what, "wait"], cwd=self.place,
                                 env=self.environment(), stderr=subprocess.PIPE, text=True)
                for what in (("lose",), ("close",), ("mislay",), ("close",))]
        ends = [(run.communicate(timeout=command.TIMEOUT)[1], run.returncode) for run in runs]
        self.assertEqual([status for _, status in ends], [1, 0, 1, 0], ends)
        self.assertIn("fd-leak", ends[0][0])
        self.assertNotIn("dir-leak", ends[0][0])
        self.assertEqual(os.listdir(self.temporary), [])


class Stable(Gate):
    FORMATS = ("text", "json", "sarif", "junit", "codequality", "github", "markdown", "html", "suppressions")

    def test_the_same_ledgers_give_the_same_bytes(self):
        self.make_ledgers("sh", "-c", f"{self.program} lose mislay; {self.program} lose kill; {self.program} close; true")
        for name in self.FORMATS:
            shown = {self.gate("--stable", "--format", name, "ledgers", status=1).stdout for _ in range(3)}
            self.assertEqual(len(shown), 1, name)

    def test_the_same_run_gives_the_same_bytes(self):
        """In parallel, so that process numbers and the order of ends differ from run to run."""
        script = "".join(f"{self.program} {what} & " for what in ("lose", "lose lose", "mislay", "close", "lose mislay",
                                                                   "lose kill")) + "wait; true"
        for name in self.FORMATS:
            shown = set()
            for _ in range(4):
                self.gate("--stable", "--format", name, "--output", "out", "--", "sh", "-c", script, status=1)
                shown.add(self.text("out"))
            self.assertEqual(len(shown), 1, name)

    DICE = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void *take(void *name)
{
    return (void *)(long)open(name, O_RDONLY | O_CREAT, 0600);
}
int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&at, length), listen(listener, 4);
    getsockname(listener, (struct sockaddr *)&at, &length);
    connect(client, (struct sockaddr *)&at, length);
    if (accept(listener, NULL, NULL) < 0)
        return 1;
    char file[] = "made.XXXXXX", directory[] = "/tmp/leakwatch-dice.XXXXXX", path[64], own[64];
    static char names[8][8];
    pthread_t threads[8];
    mkstemp(file);
    snprintf(path, sizeof path, "%s/file", mkdtemp(directory));
    snprintf(own, sizeof own, "app.%d.lock", getpid());
    open(path, O_RDWR | O_CREAT, 0600), open(own, O_RDWR | O_CREAT, 0600);
    unlink(file), unlink(path), unlink(own), rmdir(directory);
    for (int i = 0; i < 8; i++) {
        snprintf(names[i], sizeof names[i], "part%d", i);
        pthread_create(&threads[i], NULL, take, names[i]);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
"""

    def test_what_the_system_throws_dice_for(self):
        """Free ports, names of temporary files, the process's number, and which of eight threads comes first."""
        program = self.compile("dice", self.DICE, flags=("-O1", "-g", "-pthread", "-w"))
        for name in self.FORMATS:
            shown = set()
            for _ in range(4):
                self.gate("--stable", "--format", name, "--output", "out", "--", program, status=1)
                shown.add(self.text("out"))
            self.assertEqual(len(shown), 1, name)
        self.gate("--stable", "--full", "--output", "out", "--", program, status=1)
        for detail in ("127.0.0.1, a free port", "made.XXXXXX", "/tmp/leakwatch-dice.XXXXXX/file", "app.PID.lock",
                       "part0, part1, part2, … (8 different ones)"):
            self.assertIn(detail, self.text("out"))

    def test_without_it_only_numbers_and_times_differ(self):
        self.make_ledgers(self.program, "lose")
        first, second = (self.gate("ledgers", status=1).stdout for _ in range(2))
        self.assertEqual(first, second)


class NothingJudged(Gate):
    def test_only_carriers_were_watched(self):
        static = self.compile("static", "int main(void) { return 0; }", flags=("-static",))
        done = self.gate("--", "sh", "-c", f"{static}; :", status=2, cause="not-watched")
        self.assertIn("nothing was judged", done.stderr)
        self.gate("--skip-exe", "", "--", "sh", "-c", f"{static}; :", cause="clean")

    def test_programs_of_one_name_in_two_directories(self):
        """Their main leaks in each: two findings, of which a baseline may know one."""
        for name in ("one", "two"):
            self.compile(f"{name}/test", "#include <fcntl.h>\nint main(void) { return open(\"/dev/null\", 0) < 0; }\n",
                         source=f"{name}/{name}.c")
        self.gate("--baseline", "known", "--update-baseline", "--", "one/test")
        self.gate("--baseline", "known", "--", "one/test")
        done = self.gate("--baseline", "known", "--", "sh", "-c", "one/test; two/test", status=1)
        self.assertIn("two.c:2", done.stderr)


class Suppressions(Gate):
    SCRIPT = ("lose", "mislay", "lose")

    def test_proposals_make_the_gate_green(self):
        self.gate("--print-suppressions", "--output", "proposed.supp", "--", self.program, *self.SCRIPT, status=1)
        proposed = self.text("proposed.supp")
        self.assertRegex(proposed, r"# 2 files never closed, opened by open at ways.c:\d+ in lose\nfd-leak@stack:\^lose \*/ways.c\$\n")
        self.assertIn("dir-leak@stack:^mislay */ways.c$\n", proposed)
        done = self.judge(*self.SCRIPT, options=("--suppressions", "proposed.supp"))
        self.assertIn("3 suppressed", done.stderr)
        self.assertNotIn("suppressed nothing", done.stderr)

    def test_every_leaking_program_is_made_green_by_its_proposals(self):
        programs = os.path.join(command.BUILD, "tests", "programs")
        for name in ("files", "pipes", "sockets", "streams", "directories", "throws", "events"):
            program = os.path.join(programs, name)
            if not os.path.exists(program):
                continue
            self.leakwatch("run", "--keep-ledgers", f"of-{name}", "--", program, status=None)
            proposed = self.leakwatch("gate", "--print-suppressions", f"of-{name}", status=None).stdout
            self.write(f"{name}.supp", proposed)
            self.gate("--suppressions", f"{name}.supp", f"of-{name}", cause="clean")

    def test_a_line_hides_what_it_says_it_hides(self):
        """One line for all of a function, with a comment for each."""
        program = self.compile("one", '#include <dirent.h>\n#include <fcntl.h>\nint main(void) { open("/dev/null", 0); '
                                      'creat("/dev/null", 0600); opendir("/"); return 0; }\n')
        done = self.gate("--print-suppressions", "--", program, status=1)
        self.assertEqual(done.stderr.count("\nfd-leak@stack:^main */one.c$\n"), 1, done.stderr)
        self.assertEqual(len(re.findall("^# 1 file ", done.stderr, re.M)), 2, done.stderr)

    def test_a_line_is_the_narrowest(self):
        """A helper that two functions call: a line for each of these, not one for all that the helper opens."""
        program = self.compile("two", '#include <fcntl.h>\n__attribute__((noinline)) int helper(const char *path) '
                                      '{ return open(path, 0); }\n' + "".join(
            f'__attribute__((noinline)) int {name}(void) {{ return helper("/dev/null") + 1; }}\n' for name in ("one", "other"))
            + "int main(void) { return one() + other() < 0; }\n", flags=("-O0", "-g"))
        done = self.gate("--print-suppressions", "--output", "narrow.supp", "--", program, status=1)
        self.assertEqual(sorted(re.findall("^fd-leak.*$", self.text("narrow.supp"), re.M)),
                         [f"fd-leak@stack:^helper */two.c$ < ^{name} */two.c$" for name in ("one", "other")], done)
        self.write("half.supp", "fd-leak@stack:^helper */two.c$ < ^one */two.c$\n")
        self.gate("--suppressions", "half.supp", "--", program, status=1, cause="findings")
        self.gate("--suppressions", "narrow.supp", "--", program, cause="clean")

    def test_no_lambda_for_all_lambdas_and_no_file_for_a_path(self):
        program = self.compile("many", '#include <dirent.h>\n#include <fcntl.h>\n'
                               'template <class F> __attribute__((noinline)) void ask(F f) { f(); asm(""); }\n'
                               'void caller() { ask([] { opendir("/tmp"); asm(""); }); asm(""); }\n'
                               'int main() { caller(); open("./here", O_CREAT | O_RDWR, 0600); return 0; }\n', flags=("-xc++", "-O0", "-g"))
        self.gate("--print-suppressions", "--output", "many.supp", "--", program, status=1)
        lines = [line for line in self.text("many.supp").splitlines() if line and line[0] != "#"]
        self.assertIn("fd-leak@stack:^main */many.c$", lines)
        self.assertNotIn("operator()", "".join(lines))
        self.gate("--suppressions", "many.supp", "--", program, cause="clean")

    # Two leaks and two misuses each; of each pair both are in one file and on one path, and main is below all of them.
    ALIKE = """#include <dirent.h>
        #include <fcntl.h>
        #include <string.h>
        #include <unistd.h>
        __attribute__((noinline)) void lose(void) { open("/dev/null", O_RDONLY); open("/dev/null", O_WRONLY); }
        __attribute__((noinline)) void tick(void) { int fd = open("/etc/passwd", O_RDONLY); close(fd); fsync(fd); }
        __attribute__((noinline)) void tock(void) { int fd = open("/etc/passwd", O_RDONLY); close(fd); fsync(fd); }
        int main(int count, char **ways)
        {
            for (int i = 1; i < count; i++)
                if (strcmp(ways[i], "lose") == 0)
                    lose();
                else if (strcmp(ways[i], "tick") == 0)
                    tick();
                else if (strcmp(ways[i], "tock") == 0)
                    tock();
                else
                    open("/dev/null", O_RDONLY), open("/dev/null", O_WRONLY);
            return 0;
        }
        """

    def test_a_proposal_reaches_no_further_than_its_finding(self):
        """Nor for a place that shares the path, the file or main with it and was not there when it was proposed."""
        program = self.compile("alike", self.ALIKE, flags=("-O0", "-g"))
        copy = self.compile("copied", self.ALIKE, flags=("-O0", "-g"))
        for known, other in (("lose", "main"), ("main", "lose"), ("tick", "tock"), ("tock", "tick")):
            with self.subTest(known=known, other=other):
                self.gate("--print-suppressions", "--output", "known.supp", "--", program, known, status=1)
                self.gate("--suppressions", "known.supp", "--", program, known, cause="clean")
                self.gate("--suppressions", "known.supp", "--", program, other, status=1, cause="findings")
                self.gate("--suppressions", "known.supp", "--", copy, known, status=1, cause="findings")

    def test_unused_ones_are_named(self):
        self.write("known.supp", "fd-leak:^lose$\n# because\ndir-leak:^nobody$\n")
        done = self.judge("lose", options=("--suppressions", "known.supp"))
        self.assertIn("known.supp:3: suppressed nothing: dir-leak:^nobody$\n", done.stderr)
        self.assertEqual(done.stderr.count("suppressed nothing"), 1)


class Progress(Gate):
    def on_terminal(self, *arguments):
        """What a terminal shows of a gate, as a user sees it."""
        import pty
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.place)
            os.execve(LEAKWATCH, [LEAKWATCH, "gate", *arguments], self.environment())
        shown = b""
        try:
            while chunk := os.read(terminal, 65536):
                shown += chunk
        except OSError:
            pass
        os.close(terminal)
        os.waitpid(pid, 0)
        return shown.decode()

    def many(self):
        ledger, = self.ledgers_in(self.make_ledgers(self.program, "lose"))
        os.mkdir(self.path("many"))
        for i in range(15000):
            os.link(ledger, self.path("many", f"leakwatch.ways.{i}.1.0.lwl"))
        return "many"

    def test_a_line_on_a_terminal_and_none_in_logs(self):
        many = self.many()
        shown = self.on_terminal(many)
        self.assertRegex(shown, r"\r\x1b\[Kleakwatch: reading ledgers, [\d,]+ of 15,000\r\x1b\[K")
        self.assertIn("\r\x1b[K", shown.rpartition("of 15,000")[2], "the line stays")
        done = self.gate(many, status=1, cause="findings")
        self.assertNotIn("reading ledgers", done.stderr)
        given, _ = done.stderr.splitlines()
        self.assertIn("14,999 ledgers were given twice", given)

    def test_waiting_is_said(self):
        script = "sleep 0.3 & exit 0"
        shown = self.on_terminal("--", "sh", "-c", script)
        self.assertIn("leakwatch: waiting for processes that outlive the command", shown)
        self.assertNotIn("waiting", self.gate("--", "sh", "-c", script).stderr)
        self.assertNotIn("waiting", self.on_terminal("--", "true"))


if __name__ == "__main__":
    command.main()
