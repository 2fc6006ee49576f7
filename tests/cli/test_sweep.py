"""leakwatch sweep: every call that can fail is made to fail once, and the table says what that did."""
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import command
from command import BUILD, LEAKWATCH, Place

DOCUMENT = os.path.join(BUILD, "tests", "programs", "save_document")

# What each failure does is said by the functions' names.
FRAIL = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) static int wrapped(const char *path)
{
    return open(path, O_RDONLY);
}
__attribute__((noinline)) static void crashes(void)
{
    FILE *stream = fopen("/dev/null", "r");
    getc(stream);
    fclose(stream);
}
__attribute__((noinline)) static void hangs(void)
{
    int fd;
    while ((fd = wrapped("/dev/null")) < 0)
        usleep(1000);
    close(fd);
}
__attribute__((noinline)) static void closes_again(void)
{
    int fd = open("/dev/full", O_WRONLY);
    if (close(fd) != 0)
        close(fd);
}
__attribute__((noinline)) static int looks(void)
{
    int fd = wrapped("/dev/null");
    return fd < 0 ? 3 : close(fd);
}
int main(void)
{
    crashes();
    hangs();
    closes_again();
    return looks();
}
"""

# Where it cannot open its file it leaves somebody behind, in a session of its own, and hangs.
DAEMON = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    int fd = open("/dev/full", O_WRONLY);
    if (fd >= 0)
        return close(fd) != 0;
    if (fork() == 0)
        setsid();
    for (;;)
        pause();
}
"""

ROBUST = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    int fd = open("/dev/full", O_WRONLY);
    return fd < 0 || close(fd) != 0;
}
"""


class Sweep(Place):
    def sweep(self, *arguments, status=1, **how):
        done = self.leakwatch("sweep", *arguments, status=status, **how)
        self.assertEqual(os.listdir(self.temporary), [], "something was left in the temporary directory")
        return done

    def sweep_json(self, *arguments, status=1):
        return json.loads(self.sweep("--format", "json", *arguments, status=status).stdout)

    def outcomes(self, sweep, *kept):
        return sorted((run["outcome"], run["call"], run["errno"], run["site"]["function"]) for run in sweep["runs"]
                      if run["outcome"] in kept)

    def test_the_two_planted_faults_and_no_third(self):
        sweep = self.sweep_json("--", DOCUMENT)
        bad = [run for run in sweep["runs"] if run["outcome"] != "handled"]
        self.assertEqual({(run["outcome"], run["call"], run["site"]["function"]) for run in bad},
                         {("swallowed", "fclose", "back_up"), ("leaked", "mkstemp", "save")})
        with open(os.path.join(os.environ["SOURCE_DIR"], "tests", "programs", "losses", "save_document.c"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        for run in bad:
            self.assertTrue(run["site"]["file"].endswith("save_document.c"), run)
        swallowed = [run for run in bad if run["outcome"] == "swallowed"]
        self.assertIn("fault: swallowed", lines[swallowed[0]["site"]["line"] - 1])
        self.assertEqual(sweep["totals"]["handled"] + len(bad), len(sweep["runs"]))
        self.assertEqual((sweep["left_out"], sweep["unnamed"]), (0, 0))

    def test_the_mended_program_is_clean(self):
        sweep = self.sweep_json("--", DOCUMENT, "mended", status=0)
        self.assertEqual({run["outcome"] for run in sweep["runs"]}, {"handled"})
        self.assertGreater(len(sweep["runs"]), 12)

    def test_each_kind_of_outcome_worst_first(self):
        program = self.compile("frail", FRAIL)
        sweep = self.sweep_json("--time-limit", "2", "--", program)
        found = {(run["outcome"], run["call"], run["site"]["function"]) for run in sweep["runs"]}
        self.assertEqual(found, {("crashed", "fopen", "crashes"), ("handled", "open", "wrapped"),
                                 ("misused", "close", "closes_again"), ("misused", "open", "closes_again")})
        order = [run["outcome"] for run in sweep["runs"]]
        self.assertEqual(order, sorted(order, key=["crashed", "hung", "swallowed", "leaked", "misused", "handled"].index))

    def test_a_crash_behind_a_shell_that_goes_on(self):
        program = self.compile("frail", FRAIL)
        for script in (f"{program}; exit 0", f"{program} & wait; exit 0"):
            runs = self.sweep_json("--", "sh", "-c", script)["runs"]
            crashed = [run for run in runs if run["outcome"] == "crashed"]
            self.assertEqual({(run["call"], run["site"]["function"]) for run in crashed}, {("fopen", "crashes")}, script)
            self.assertEqual({run["because"] for run in crashed}, {"frail was ended by a signal"})

    def test_what_is_left_running_has_not_crashed(self):
        program = self.compile("robust", ROBUST.replace("return fd", "if (fork() == 0) pause();\n    return fd"))
        sweep = self.sweep_json("--", program, status=0)
        self.assertEqual([run["outcome"] for run in sweep["runs"]], ["handled"] * 3)

    def test_hanging(self):
        program = self.compile("waiting", FRAIL.replace("open(path, O_RDONLY)", "open(path, O_RDONLY | failed)")
                               .replace("__attribute__((noinline)) static int wrapped",
                                        "static int failed;\n__attribute__((noinline)) static int wrapped")
                               .replace("usleep(1000);", "for (;;) pause();"))
        sweep = self.sweep_json("--time-limit", "1", "--", program)
        hung = [run for run in sweep["runs"] if run["outcome"] == "hung"]
        self.assertEqual({run["exit"]["how"] for run in hung}, {"time limit"})
        self.assertEqual(sorted(run["errno"] for run in hung), ["EACCES", "EMFILE"], "one of the two callers hangs")

    def kind(self, run):
        return re.match("[a-z-]+", run["because"])[0]

    def shell(self, line):
        """What a line says that was copied from the table."""
        place = tempfile.mkdtemp(dir=self.place)
        done = subprocess.run(["sh", "-c", line], cwd=place, capture_output=True, text=True, check=False, timeout=900,
                              env=self.environment(PATH=os.path.dirname(LEAKWATCH) + ":" + os.environ["PATH"]))
        return done.stdout + done.stderr

    def test_the_command_line_of_a_row_does_it_again(self):
        text = self.sweep("--", DOCUMENT).stdout
        lines = [line.strip() for line in text.splitlines() if "inject=" in line]
        self.assertEqual(len(lines), 2, text)
        for line, kind in zip(lines, ("swallowed-error", "fd-leak")):
            said = self.shell(line)
            self.assertIn(f"[{kind}]", said)
            self.assertIn("save_document.c:", said)

    def test_every_bad_run_can_be_had_again(self):
        bad = [run for run in self.sweep_json("--", DOCUMENT)["runs"] if run["outcome"] in ("swallowed", "leaked")]
        self.assertGreater(len(bad), 2, "more than one error for the leak")
        for run in bad:
            self.assertIn(f"[{self.kind(run)}]", self.shell(run["reproduce"]), run["reproduce"])

    def test_so_it_is_where_the_command_would_merely_carry_a_run(self):
        program = self.compile("make", ROBUST.replace("return fd < 0 ||", "return"))
        run = [run for run in self.sweep_json("--", program)["runs"] if run["outcome"] == "misused"][0]
        self.assertIn(f"[{self.kind(run)}]", self.shell(run["reproduce"]), run["reproduce"])

    def test_and_where_there_are_options_already(self):
        environment = self.environment(LEAKWATCH_OPTIONS="dir='a b':depth=9")
        program = self.compile("careless", ROBUST.replace("return fd < 0 ||", "return"))
        text = self.sweep("--", program, environment=environment).stdout
        line = [line.strip() for line in text.splitlines() if "inject=open=EMFILE" in line][0]
        self.assertRegex(shlex.split(line)[0], r"^LEAKWATCH_OPTIONS=dir='a b':depth=9:inject=open=EMFILE@1/at=careless\+0x")
        self.assertIn("[invalid-release]", self.shell(line))

    def test_arguments_are_quoted(self):
        program = self.compile("robust", ROBUST.replace("return fd < 0 ||", "return"))
        for hostile in ("a b'c$(touch x)", "", "it's\n\x1b[31m\\red"):
            run = [run for run in self.sweep_json("--", program, hostile)["runs"] if run["outcome"] != "handled"][0]
            words = run["reproduce"].split(" -- ", 1)[1]
            said = subprocess.run(["bash", "-c", f"printf '%s|' {words}"], capture_output=True, text=True, check=True)
            self.assertEqual(said.stdout, f"{program}|{hostile}|")

    def test_one_harm_after_many_failures_is_one_row(self):
        opens = "".join(f"    if ((fds[{number}] = open(\"/dev/null\", O_RDONLY)) < 0)\n        return 9;\n"
                        for number in range(7))
        program = self.compile("ends", "#include <fcntl.h>\n#include <unistd.h>\nint main(void)\n{\n    int fds[7];\n"
                               "    int lock = open(\"/dev/null\", O_RDONLY);\n" + opens +
                               "    for (int i = 0; i < 7; i++)\n        close(fds[i]);\n    return close(lock);\n}\n")
        leaked = [run for run in self.sweep_json("--", program)["runs"] if run["outcome"] == "leaked"]
        self.assertEqual(len(leaked), 14, "seven calls, two errors")
        self.assertEqual({run["because"] for run in leaked}, {"fd-leak at ends.c:6 in main, exit status 9"})
        rows = [line for line in self.sweep("--", program).stdout.splitlines() if "inject=" not in line]
        self.assertEqual(rows[:3], ["leaked       open: EMFILE, EACCES        ends.c:11 in main",
                                    "    (fd-leak at ends.c:6 in main, exit status 9)",
                                    "    the same after open at ends.c:13 in main, open at ends.c:15 in main"
                                    " and 4 more (--format json)"])
        self.assertEqual([row for row in rows[3:] if row.startswith("leaked")], [])

    def test_who_goes_on_and_leaks_comes_before_who_gives_up(self):
        program = self.compile("twice", ROBUST.replace("return fd < 0 ||", """int other = open("/dev/null", O_RDONLY), third = open("/dev/null", O_RDONLY);
    if (third < 0)
        return 1;
    if (other < 0)
        return 0;
    close(third);
    close(other);
    return"""))
        leaked = [run for run in self.sweep_json("--", program)["runs"] if run["outcome"] == "leaked"]
        self.assertEqual([run["exit"]["status"] for run in leaked], sorted(run["exit"]["status"] for run in leaked))
        self.assertEqual({run["exit"]["status"] for run in leaked}, {0, 1})

    def test_what_is_left_out_is_said(self):
        whole = len(self.sweep_json("--", DOCUMENT)["runs"])
        sweep = self.sweep_json("--max-runs", "3", "--", DOCUMENT, status=None)
        self.assertEqual((len(sweep["runs"]), sweep["left_out"]), (3, whole - 3))
        text = self.sweep("--max-runs", "3", "--", DOCUMENT, status=None).stdout
        self.assertIn(f"{whole - 3} failures were left out (--max-runs)", text)

    def test_releases_of_what_was_only_read(self):
        program = self.compile("reader", ROBUST.replace("O_WRONLY", "O_RDONLY").replace("close(fd) != 0", "(close(fd), 0)"))
        self.assertIn("1 release of what was only read was not tried (--all)", self.sweep("--", program, status=0).stdout)
        self.assertEqual(self.outcomes(self.sweep_json("--all", "--", program), "swallowed"),
                         [("swallowed", "close", "EIO", "main")])

    def test_callers_of_a_wrapper_are_places_of_their_own(self):
        program = self.compile("frail", FRAIL.replace("usleep(1000);", "return;"))
        apart = self.outcomes(self.sweep_json("--", program), "handled", "misused", "leaked")
        together = self.outcomes(self.sweep_json("--callers", "1", "--", program), "handled", "misused", "leaked")
        wrapped = ("handled", "open", "EMFILE", "wrapped")
        self.assertEqual((apart.count(wrapped), together.count(wrapped)), (2, 1))

    def test_a_robust_program(self):
        done = self.sweep("--", self.compile("robust", ROBUST), status=0)
        self.assertIn("3 failures tried: 3 handled", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_a_program_that_forks_and_executes(self):
        program = self.compile("robust", ROBUST.replace("return fd < 0 ||", "return"))
        text = self.sweep("--", "sh", "-c", f"{program}; exit 0").stdout
        self.assertIn("robust.c:7 in main", text)
        self.assertNotIn("sh+0x", text)
        self.assertRegex(text, r"not judged, only carries the run \(--skip-exe '' judges all\): [a-z]*sh\n")

    def test_who_is_left_alone(self):
        program = self.compile("robust", ROBUST.replace("return fd < 0 ||", "return"))
        carrier = self.compile("make", ROBUST)
        how = ("--", "sh", "-c", f"{program}; {carrier}; exit 0")
        sweep = self.sweep_json(*how)
        self.assertEqual((sweep["skipped"][1:], len(sweep["runs"])), (["make"], 3))
        sweep = self.sweep_json("--skip-exe", "*sh", *how)
        self.assertEqual((len(sweep["skipped"]), len(sweep["runs"])), (1, 6))
        bad = [run for run in sweep["runs"] if run["outcome"] == "misused"]
        self.assertIn(" --skip-exe '*sh' -- sh -c ", bad[0]["reproduce"])
        self.assertIn("[invalid-release]", self.shell(bad[0]["reproduce"]))
        self.assert_one_line(self.sweep("--skip-exe", "*", *how, status=2).stderr, "nothing to make fail")
        self.assertEqual(self.sweep_json("--skip-exe", "", *how)["skipped"], [])

    def test_a_sweep_of_nothing_is_not_green(self):
        for name, words in (("reader", "--all"), ("odd name", "cannot name")):
            program = self.compile(name, "#include <fcntl.h>\n#include <unistd.h>\nint main(void) { for (int fd = 3; "
                                         "fd < 9; fd++) close(fd); return 0; }" if name == "reader" else ROBUST)
            done = self.sweep("--", program, status=2)
            self.assert_one_line(done.stderr, "nothing" if name == "reader" else words)

    def test_what_left_its_session_ends_too(self):
        program = self.compile("daemon", DAEMON)
        self.sweep_json("--time-limit", "1", "--", program)
        with os.scandir("/proc") as processes:
            names = [process.name for process in processes if process.name.isdigit()
                     and os.path.exists(f"/proc/{process.name}/exe") and os.readlink(f"/proc/{process.name}/exe") == program]
        self.assertEqual(names, [])

    def test_progress_is_for_terminals(self):
        program = self.compile("robust", ROBUST)
        master, slave = pty.openpty()
        self.leakwatch_with_terminal(slave, program)
        os.close(slave)
        shown = os.read(master, 10000).decode()
        os.close(master)
        self.assertIn("3 of 3", shown)
        self.assertNotIn("of 3", self.sweep("--", program, status=0).stderr)

    def leakwatch_with_terminal(self, terminal, program):
        done = subprocess.run([LEAKWATCH, "sweep", "--", program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=terminal, env=self.environment(), cwd=self.place, timeout=900, check=False)
        self.assertEqual(done.returncode, 0)

    def wait_for(self, what, condition):
        end = time.monotonic() + command.TIMEOUT
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def pids(self):
        try:
            with open(self.path("pids"), encoding="utf-8") as file:
                return [line for line in file.read().splitlines() if line]
        except FileNotFoundError:
            return []

    def is_alive(self, pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                return file.read().rsplit(")", 1)[1].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def test_an_interrupt_ends_all_and_leaves_nothing(self):
        program = self.compile("robust", ROBUST)
        slow = self.write("slow.sh", f"sleep 99 & echo $$ $! | tr ' ' '\\n' >>pids\n{program}\n[ -s began ] && exec sleep 99\n"
                                     "echo yes >began\n")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for name in ("pids", "began"):
                self.write(name, "")
            with subprocess.Popen([LEAKWATCH, "sweep", "--jobs", "2", "--", "sh", slow], stdin=subprocess.DEVNULL,
                                  cwd=self.place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env=self.environment()) as sweep:
                self.wait_for("two runs after the first", lambda: len(self.pids()) == 6)
                sweep.send_signal(number)
                text, errors = sweep.communicate(timeout=900)
            self.assertEqual(sweep.returncode, 128 + number, text + errors)
            self.assertIn("0 failures tried\n3 failures were not tried: a signal came\n", text)
            self.assertEqual(os.listdir(self.temporary), [])
            self.wait_for("no process is left", lambda: not any(self.is_alive(pid) for pid in self.pids()))

    def test_what_it_has_started_ends_with_it(self):
        program = self.compile("robust", ROBUST)
        self.sweep("--", "sh", "-c", f"sleep 99 & echo $! >>pids; {program}", status=0)
        self.assertEqual(len(self.pids()), 4)
        self.wait_for("no process is left", lambda: not any(self.is_alive(pid) for pid in self.pids()))

    def test_rows_fit_the_page(self):
        long = "closes_what_was_never_opened_without_a_look"
        program = self.compile("careless", ROBUST.replace("int main(void)", f"__attribute__((noinline)) static int {long}(int fd)\n"
                                                          "{\n    return close(fd);\n}\nint main(void)")
                               .replace("return fd < 0 || close(fd) != 0", f"return {long}(fd) == 99"))
        lines = self.sweep("--", program).stdout.splitlines()
        rows = [line for line in lines if "inject=" not in line]
        self.assertIn(long, "".join(rows))
        self.assertLessEqual(max(map(len, rows)), 100, rows)

    def test_what_was_there_before_is_not_counted_again(self):
        program = self.compile("leaky", command.LEAKY)
        self.assertEqual({run["outcome"] for run in self.sweep_json("--", program, status=0)["runs"]}, {"handled"})

    def test_bad_usage_is_one_clear_line(self):
        robust = self.compile("robust", ROBUST)
        crashing = self.compile("crashing", "int main(void) { __builtin_trap(); }")
        for arguments, words in (((), ["no command"]), (("--jobs", "0", "--", robust), ["--jobs"]),
                                 (("--callers", "9", "--", robust), ["--callers"]),
                                 (("--max-runs", "x", "--", robust), ["--max-runs", "'x'"]),
                                 (("--time-limit", "-1", "--", robust), ["--time-limit"]),
                                 (("--format", "sarif", "--", robust), ["format", "sarif"]),
                                 (("--", "./missing"), ["./missing"]),
                                 (("--output", "missing/x", "--", robust), ["missing/x"]),
                                 (("--", crashing), ["crashing", "signal"]),
                                 (("--time-limit", "0.2", "--", "sleep", "9"), ["sleep", "--time-limit"])):
            with self.subTest(arguments=arguments):
                done = self.sweep(*arguments, status=2)
                self.assertEqual(done.stdout, "")
                line, *hint = done.stderr.splitlines()
                self.assertTrue(not hint or hint[0].startswith("Try `leakwatch sweep --help'"), done.stderr)
                for word in words:
                    self.assertIn(word, line)

    def test_what_injects_already_cannot_be_swept(self):
        done = self.leakwatch("sweep", "--", "true", status=2,
                              environment=self.environment(LEAKWATCH_OPTIONS="inject=close=EIO"))
        self.assert_one_line(done.stderr, "inject=")

    def test_static_programs_cannot(self):
        program = self.compile("static", ROBUST, flags=("-static",))
        self.assert_one_line(self.sweep("--", program, status=2).stderr, "static")

    def test_a_table_that_cannot_be_written(self):
        if not os.path.exists("/dev/full") or shutil.which("true") is None:
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = self.sweep("--", self.compile("robust", ROBUST), status=2, stdout=full)
        self.assert_one_line(done.stderr, "written")


if __name__ == "__main__":
    if not os.path.exists(DOCUMENT):
        print(f"skipped: {DOCUMENT} has not been built")
        sys.exit(77)
    command.main()
