"""leakwatch run: the command is run as if it had been started directly, and the report is on it and all it started."""
import json
import os
import pty
import resource
import shutil
import signal
import subprocess

import command
from command import LEAKWATCH, LIBRARY, Place

NOBODY = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups") if os.geteuid() == 0 else ()


class Status(Place):
    def test_the_status_is_the_commands_own(self):
        for status in (0, 1, 77, 255):
            self.leakwatch("run", "sh", "-c", f"exit {status}", status=status)

    def test_a_signal_is_128_more(self):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
            self.leakwatch("run", "sh", "-c", f"kill -{int(number)} $$", status=128 + number)

    def test_commands_that_cannot_be_run(self):
        done = self.leakwatch("run", "leakwatch-no-such-command", status=127)
        self.assert_one_line(done.stderr, "leakwatch-no-such-command", "not found")
        done = self.leakwatch("run", "./nothing", status=127)
        self.assert_one_line(done.stderr, "./nothing")
        done = self.leakwatch("run", self.write("plain", "text"), status=126)
        self.assert_one_line(done.stderr, "plain")
        done = self.leakwatch("run", self.write("script", "#!/nowhere/python\n", 0o755), status=126)
        self.assert_one_line(done.stderr, "script", "/nowhere/python")
        self.leakwatch("run", self.place, status=126)

    def test_wrong_usage_is_125(self):
        for arguments in ((), ("--no-such-option", "ls"), ("--top", "many", "ls"), ("--kind", "fd", "ls"),
                          ("--error-exitcode", "256", "ls"), ("--grace", "-1", "ls"), ("--format", "xml", "ls"),
                          ("--report", "json", "ls"), ("--color", "blue", "ls"), ("--fail-on", "sometimes", "ls"),
                          ("--suppressions", "nowhere.supp", "ls")):
            done = self.leakwatch("run", *arguments, status=125)
            self.assertEqual(done.stdout, "", arguments)
            self.assertIn("leakwatch", done.stderr, arguments)

    def test_error_exitcode_speaks_of_findings_only(self):
        program = self.compile("leaky")
        self.leakwatch("run", "--error-exitcode=9", program, status=9)
        self.leakwatch("run", "--error-exitcode=9", program, "/dev/null", "3", status=9)
        self.leakwatch("run", "--error-exitcode=9", "true", status=0)
        self.leakwatch("run", "--error-exitcode=9", "--kind", "dir-leak", program, status=0)
        self.leakwatch("run", "--error-exitcode=9", "--fail-on", "never", program, status=0)
        self.leakwatch("run", program, "/dev/null", "3", status=3)


class Behaviour(Place):
    def test_output_and_input_pass_through(self):
        done = self.leakwatch("run", "sh", "-c", "tr a-z A-Z; echo error >&2", stdin=None, input="hello\n")
        self.assertEqual(done.stdout, "HELLO\n")
        self.assertTrue(done.stderr.startswith("error\n"), done.stderr)

    def test_the_command_sees_the_same_descriptors(self):
        listing = ["sh", "-c", "ls /proc/self/fd | tr '\\n' ' '"]
        alone = subprocess.run(listing, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        self.assertEqual(self.leakwatch("run", *listing).stdout, alone.stdout)

    def test_options_behind_the_command_are_the_commands(self):
        self.assertEqual(self.leakwatch("run", "echo", "--top", "-x").stdout, "--top -x\n")
        self.assertEqual(self.leakwatch("run", "--", "echo", "--", "--help").stdout, "-- --help\n")

    def test_the_users_environment_stays_in_force(self):
        other = self.compile("other.so", "int leakwatch_test_other;\n", ("-shared", "-fPIC"))
        given = self.environment(LEAKWATCH_OPTIONS="depth=7:keep=findings", LD_PRELOAD=other,
                                 ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0", DEBUGINFOD_URLS="http://localhost:1/")
        out = self.leakwatch("run", "env", environment=given).stdout
        seen = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        self.assertTrue(seen["LEAKWATCH_OPTIONS"].startswith("depth=7:keep=findings:workers="), seen)
        self.assertIn(":dir=", seen["LEAKWATCH_OPTIONS"])
        self.assertTrue(seen["LEAKWATCH_OPTIONS"].endswith(":keep=all:quiet=1"), seen)
        self.assertEqual(seen["LD_PRELOAD"], f"{LIBRARY}:{other}")
        self.assertEqual(seen["ASAN_OPTIONS"], given["ASAN_OPTIONS"] + ":verify_asan_link_order=0")
        self.assertEqual(seen["DEBUGINFOD_URLS"], "http://localhost:1/")

    def test_a_library_path_with_a_blank_works(self):
        odd = self.path("a b:c", "libleakwatch.so")
        os.mkdir(os.path.dirname(odd))
        shutil.copy(LIBRARY, odd)
        report, _ = self.run_json(self.compile("leaky"), environment=self.environment(LEAKWATCH_LIBRARY=odd))
        self.assertEqual(self.only(report)["count"], 5)

    def test_a_missing_library_is_said(self):
        done = self.leakwatch("run", "true", status=125, environment=self.environment(LEAKWATCH_LIBRARY="/nowhere.so"))
        self.assert_one_line(done.stderr, "/nowhere.so", "LEAKWATCH_LIBRARY")

    def start(self, script, *options):
        """A shell script under leakwatch, which has said that it is ready."""
        child = subprocess.Popen([LEAKWATCH, "run", *options, "--", "sh", "-c", script], cwd=self.place,
                                 env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 start_new_session=True)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "ready\n")
        return child

    def test_signals_are_passed_on(self):
        for name in ("TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "WINCH", "ALRM", "PWR", "RTMIN"):
            number = getattr(signal, "SIG" + name)
            child = self.start(f"trap 'echo got; exit 42' {int(number)}; echo ready; while :; do sleep 0.05; done")
            os.kill(child.pid, number)
            out, err = child.communicate(timeout=command.TIMEOUT)
            self.assertEqual((child.returncode, out), (42, "got\n"), err)

    def test_a_signal_that_ends_the_command_ends_the_run(self):
        child = self.start("echo ready; while :; do sleep 0.05; done")
        os.kill(child.pid, signal.SIGTERM)
        _, err = child.communicate(timeout=command.TIMEOUT)
        self.assertEqual(child.returncode, 128 + signal.SIGTERM, err)
        self.assertIn("SIGTERM", err)

    def test_ignored_signals_stay_ignored(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        done = self.leakwatch("run", "sh", "-c", "kill -INT $$; exit 5", status=5, preexec_fn=ignore)
        self.assertIn("status 5", done.stderr)

    def test_a_limit_of_the_length_of_files_is_the_commands(self):
        """It ends what is limited, not who watches it."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        done = self.leakwatch("run", "echo", "said", preexec_fn=limit)
        self.assertEqual(done.stdout, "said\n")
        done = self.leakwatch("run", "sh", "-c", "head -c 2000000 /dev/zero > long", status=128 + signal.SIGXFSZ, preexec_fn=limit)
        self.assertIn(f"exited with status {128 + signal.SIGXFSZ}", done.stderr)
        self.assertEqual(os.listdir(self.temporary), [])

    def test_a_strict_umask_is_the_commands(self):
        """Be it one that forbids its user what it makes: that of root is not asked, so it is somebody else."""
        program = self.compile("leaky")
        os.chmod(self.place, 0o777)
        os.chmod(self.temporary, 0o777)
        for umask in (0o177, 0o777):
            command_line = f"umask {umask:o}; {LEAKWATCH} run --format json --output {self.path('report')} {program}"
            done = subprocess.run([*NOBODY, "sh", "-c", command_line], cwd=self.place, env=self.environment(), check=False,
                                  capture_output=True, text=True, timeout=command.TIMEOUT)
            if "ermission denied" in done.stderr and LEAKWATCH in done.stderr:
                self.skipTest(f"nobody may not run what was built here: {done.stderr}")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            os.chmod(self.path("report"), 0o644)
            with open(self.path("report"), encoding="utf-8") as file:
                self.assertEqual(self.only(json.load(file))["count"], 5)
            os.unlink(self.path("report"))
            self.assertEqual(os.listdir(self.temporary), [])

    def on_terminal(self, typed, *arguments, **more):
        """What a terminal shows of a run, and how it ended."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.place)
            os.execve(LEAKWATCH, [LEAKWATCH, *arguments], self.environment(**more))
        shown = b""
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
                if typed and b"ready" in shown:
                    os.write(terminal, typed)
                    typed = b""
        except OSError:
            pass
        os.close(terminal)
        return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_colours_on_a_terminal_only(self):
        program = self.compile("leaky")
        self.assertIn("\033[1;31merror:", self.on_terminal(b"", "run", program)[0])
        self.assertNotIn("\033", self.on_terminal(b"", "run", program, NO_COLOR="1")[0])
        self.assertNotIn("\033", self.on_terminal(b"", "run", "--color=never", program)[0])
        self.assertNotIn("\033", self.leakwatch("run", program).stderr)
        self.assertIn("\033[1;31merror:", self.leakwatch("run", "--color=always", program).stderr)

    def test_an_interrupt_from_the_keyboard_comes_once(self):
        script = "n=0; trap 'n=$((n+1))' INT; echo ready; i=0; while [ $i -lt 20 ]; do sleep 0.05; i=$((i+1)); done; " \
                 "echo got $n; exit 6"
        shown, status = self.on_terminal(b"\x03", "run", "sh", "-c", script)
        self.assertIn("got 1", shown)
        self.assertEqual(status, 6, shown)


class Ledgers(Place):
    def test_nothing_is_left_behind(self):
        self.leakwatch("run", self.compile("leaky"))
        self.leakwatch("run", "leakwatch-no-such-command", status=127)
        self.leakwatch("run", "sh", "-c", "kill -9 $$", status=137)
        self.assertEqual(os.listdir(self.temporary), [])
        self.assertEqual(self.ledgers_in(self.place), [])

    def test_kept_ledgers_tell_the_same(self):
        program = self.compile("leaky")
        report, _ = self.run_json("--keep-ledgers", "kept", program)
        again = self.report_json("kept")
        self.assertEqual([finding["fingerprint"] for finding in report["findings"]],
                         [finding["fingerprint"] for finding in again["findings"]])
        self.assertEqual(len(self.ledgers_in(self.path("kept"))), 1)

    def test_earlier_ledgers_in_the_directory_are_not_of_this_run(self):
        program = self.compile("leaky")
        for _ in range(2):
            report, _ = self.run_json("--keep-ledgers", "kept", program)
            self.assertEqual(len(report["processes"]), 1)
        self.assertEqual(len(self.ledgers_in(self.path("kept"))), 2)

    def test_a_directory_that_cannot_be_is_said(self):
        done = self.leakwatch("run", "--keep-ledgers", "nowhere/deep", "true", status=125)
        self.assert_one_line(done.stderr, "nowhere/deep")
        done = self.leakwatch("run", "--keep-ledgers", self.write("file", ""), "true", status=125)
        self.assert_one_line(done.stderr, "file: is not a directory")
        done = self.leakwatch("run", "--keep-ledgers", "/etc/passwd", "true", status=125)
        self.assert_one_line(done.stderr, "/etc/passwd: is not a directory")
        done = self.leakwatch("run", "true", status=125, environment=self.environment(TMPDIR="/nowhere"))
        self.assert_one_line(done.stderr, "/nowhere", "TMPDIR")

    def test_a_report_that_could_never_be_written_is_said_before_the_run(self):
        done = self.leakwatch("run", "-o", "nowhere/report", "sh", "-c", "echo ran", status=125)
        self.assertEqual(done.stdout, "")
        self.assert_one_line(done.stderr, "nowhere/report")

    def test_a_report_that_cannot_be_written_is_said(self):
        program = self.compile("leaky")
        done = self.leakwatch("run", "--output", "/nowhere/report", program, status=125)
        self.assertIn("/nowhere/report", done.stderr)
        done = self.leakwatch("run", "--output", "/dev/full", program, status=125)
        self.assertIn("/dev/full", done.stderr)

    def test_more_artefacts_of_one_run(self):
        program = self.compile("leaky")
        done = self.leakwatch("run", "--report", "json=one.json", "--report", "text=two.txt", program)
        self.assertIn("error: 5 files never closed", done.stderr)
        with open(self.path("one.json"), encoding="utf-8") as file:
            self.assertIn("leakwatch.report/1", file.read())
        with open(self.path("two.txt"), encoding="utf-8") as file:
            self.assertIn("error: 5 files never closed", file.read())


class Tree(Place):
    def test_every_process_of_the_tree_is_reported(self):
        program = self.compile("leaky")
        report, _ = self.run_json("sh", "-c", f"{program}; {program} & wait; {program} /dev/null 4; true")
        finding = self.only(report)
        self.assertEqual((finding["count"], len(finding["pids"]), finding["worst"]), (15, 3, 5))
        judged = [process for process in report["processes"] if process["judged"]]
        self.assertGreater(len(report["processes"]), len(judged))
        self.assertEqual(sorted(process["exit"]["status"] for process in judged), [0, 0, 4])
        self.assertEqual({os.path.basename(process["exe"]) for process in judged}, {"leaky"})

    def test_carriers_are_judged_when_asked_for(self):
        report, _ = self.run_json("--skip-exe", "", "sh", "-c", "exec 7</dev/null; exit 0")
        self.assertTrue(all(process["judged"] for process in report["processes"]))
        report, _ = self.run_json("--skip-exe", "lea*", self.compile("leaky"))
        self.assertEqual(report["findings"], [])

    def test_what_outlives_the_command_is_waited_for(self):
        program = self.compile("leaky")
        report, done = self.run_json("sh", "-c", f"(sleep 0.4; exec {program}) >/dev/null 2>&1 & exit 0")
        self.assertEqual(self.only(report)["count"], 5)
        self.assertNotIn("still run", done.stderr)

    def test_but_not_for_ever(self):
        self.addCleanup(self.end_by_pid, "pid")
        _, done = self.run_json("--grace", "0.2", "sh", "-c", "sleep 3600 >/dev/null 2>&1 & echo $! >pid; exit 0")
        self.assertIn("still run", done.stderr)

    def test_how_a_process_ended(self):
        report, _ = self.run_json("sh", "-c", "kill -9 $$", status=137)
        self.assertEqual(report["processes"][0]["exit"], {"how": "signal", "status": 9})
        report, _ = self.run_json("sh", "-c", "exec true")
        self.assertEqual([process["exit"]["how"] for process in report["processes"]], ["exec", "exit"])


class Unwatched(Place):
    def test_a_program_that_the_loader_is_told_to_load(self):
        program = self.compile("leaky")
        with open("/proc/self/maps", encoding="utf-8") as file:
            loader = next(line.split()[-1] for line in file if "/ld-" in line)
        said = self.leakwatch("run", loader, program).stderr
        self.assertRegex(said, r"\Aerror: 5 files never closed, opened by open at leaky\.c:[0-9]+")
        self.assertIn("leaky (pid ", said)

    def test_a_static_program_runs_and_is_said_to_be_unwatched(self):
        program = self.compile("static", flags=("-O1", "-static"))
        done = self.leakwatch("run", program, "/dev/null", "3", status=3)
        self.assertIn("statically linked", done.stderr)
        self.assertIn("not watched", done.stderr)
        self.assertNotIn("no findings", done.stderr)

    def test_a_program_for_32_bits_runs_without_a_word_of_the_loader(self):
        program = self.compile("small", "int main(void) { return 3; }\n", ("-m32",))
        done = self.leakwatch("run", program, status=3)
        self.assertIn("32-bit", done.stderr)
        self.assertNotIn("ld.so", done.stderr)

    def test_an_executed_program_that_was_not_watched_is_counted(self):
        done = self.leakwatch("run", "sh", "-c", f"exec env -u LD_PRELOAD {self.compile('leaky')}", status=0)
        self.assertIn("not watched: 1 program was executed but left no ledger", done.stderr)
        done = self.leakwatch("run", "sh", "-c", "exec cat /dev/null", status=0)
        self.assertNotIn("not watched", done.stderr)

    def test_a_cleaned_environment_is_noticed(self):
        program = self.compile("cleaned", '#include <unistd.h>\nint main(void)\n{\n    char *none[] = {0};\n'
                                          '    return execle("/bin/true", "true", (char *)0, none);\n}\n')
        report, _ = self.run_json(program)
        self.assertEqual([process["exit"]["how"] for process in report["processes"]], ["exec"])


if __name__ == "__main__":
    command.main()
