"""leakwatch report: ledgers, whole directories of them, some of them bad; suppressions; names and lines of programs that
were stripped, moved and rebuilt; fingerprints."""
import ctypes
import glob
import json
import os
import re
import subprocess

import command
from command import LEAKWATCH, LEAKY, LIBRARY, Place


NEW_HOST = 0x04000000 # CLONE_NEWUTS


def move_to_another_host():
    system = ctypes.CDLL(None, use_errno=True)
    if system.unshare(NEW_HOST) != 0 or system.sethostname(b"elsewhere", 9) != 0:
        raise OSError("no host of another name can be had")


class Ledgers(Place):
    def test_the_host_is_that_of_the_program(self):
        """Not that on which the report is made."""
        program = self.compile("leaky")
        try:
            self.leakwatch("run", "--keep-ledgers", "ledgers", "--", program, preexec_fn=move_to_another_host)
        except subprocess.SubprocessError as error:
            self.skipTest(error)
        self.assertEqual([process["host"] for process in self.report_json("ledgers")["processes"]], ["elsewhere"])
        page = self.leakwatch("report", "--format", "html", "ledgers").stdout
        self.assertIn("<dt>Host</dt><dd>elsewhere</dd>", page)
        self.assertIn(f" on {os.uname().nodename}</dd>", page)

    def test_a_directory_stands_for_all_in_it(self):
        program = self.compile("leaky")
        self.make_ledgers(program)
        self.make_ledgers(program)
        finding = self.only(self.report_json("ledgers"))
        self.assertEqual((finding["count"], len(finding["pids"])), (10, 2))
        one = self.ledgers_in(self.path("ledgers"))[0]
        self.assertEqual(self.only(self.report_json(one))["count"], 5)

    def test_what_is_no_ledger_is_said_and_the_others_reported(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        self.write("ledgers/empty.lwl", "")
        self.write("ledgers/text.lwl", "This is no ledger.\n" * 1000)
        os.mkfifo(os.path.join(ledgers, "fifo.lwl"))
        done = self.leakwatch("report", "ledgers", "nowhere.lwl", status=2)
        self.assertIn("error: 5 files never closed", done.stdout)
        for name in ("1 process ended before its ledger had begun", "text.lwl", "fifo.lwl", "nowhere.lwl"):
            self.assertEqual(sum(name in line for line in done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 4)

    def test_nothing_to_report_on_is_said(self):
        os.mkdir(self.path("empty"))
        done = self.leakwatch("report", "empty", status=2)
        self.assert_one_line(done.stderr, "empty", "no ledger")
        self.assertEqual(done.stdout, "")
        done = self.leakwatch("report", "nowhere", status=2)
        self.assert_one_line(done.stderr, "nowhere")
        self.leakwatch("report", status=2)

    def test_wrong_usage_is_2(self):
        ledgers = self.make_ledgers("true")
        for arguments in (("--no-such-option",), ("--kind", "leak"), ("--top", "-1"), ("--format", "pdf"),
                          ("--suppressions", "nowhere.supp"), ("--fail-on", "bad"), ("--report", "=x")):
            self.leakwatch("report", *arguments, ledgers, status=2)
        self.leakwatch("no-such-command", status=2)
        self.leakwatch(status=2)

    def test_the_status_speaks_of_findings_when_asked_to(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        self.leakwatch("report", ledgers, status=0)
        self.leakwatch("report", "--fail-on", "error", ledgers, status=1)
        self.leakwatch("report", "--fail-on", "note", ledgers, status=1)
        self.leakwatch("report", "--fail-on", "never", ledgers, status=0)
        self.leakwatch("report", "--fail-on", "error", "--kind", "dir-leak", ledgers, status=0)

    def test_the_ledger_of_a_process_that_runs(self):
        program = self.compile("living", '#include <fcntl.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(void)\n'
                               '{\n    open("/dev/null", 0);\n    puts("ready");\n    fflush(stdout);\n    pause();\n}\n')
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.place}:keep=all:quiet=1")
        child = subprocess.Popen([program], env=environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "ready\n")
        report = self.report_json(self.place)
        self.assertEqual(report["processes"][0]["exit"]["how"], "running")
        self.assertEqual(self.only(report)["level"], "note")
        self.assertRegex(self.leakwatch("report", self.place).stdout, r"still runs.*; at most .* open, \d+ now\n")
        self.assertEqual(self.only(self.report_json("--leaks-on-signal", self.place))["level"], "warning")

    def test_output_is_whole_or_not_there(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        self.leakwatch("report", "--output", "out.txt", ledgers)
        with open(self.path("out.txt"), encoding="utf-8") as file:
            self.assertIn("error: 5 files", file.read())
        self.leakwatch("report", "--output", "/nowhere/out.txt", ledgers, status=2)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = self.leakwatch("report", ledgers, stdout=full, status=2)
        self.assert_one_line(done.stderr, "cannot be written")
        self.assertEqual([name for name in os.listdir(self.place) if name.startswith("out.txt.")], [])

    def test_a_full_disk_leaves_the_old_report(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        self.write("out.txt", "old\n")
        limited = f"ulimit -f 0; trap '' XFSZ; exec {LEAKWATCH} report --output out.txt {ledgers}"
        done = subprocess.run(["sh", "-c", limited], cwd=self.place, env=self.environment(), capture_output=True,
                              text=True, check=False, timeout=command.TIMEOUT)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, "out.txt")
        with open(self.path("out.txt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "old\n")
        self.assertEqual([name for name in os.listdir(self.place) if name.startswith("out.txt.")], [])


class Suppressions(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(self.compile("leaky"))

    def with_rules(self, rules, *arguments, status=0):
        return self.leakwatch("report", "--suppressions", self.write("known.supp", rules), *arguments, self.ledgers,
                              status=status)

    def test_what_a_rule_matches_is_not_told(self):
        for rule in ("fd-leak:forget", "fd-leak:^work$", "fd-leak:leaky.c$", "*:/leaky", "fd-leak@detail:^/dev/*",
                     "fd-leak:^open$"):
            done = self.with_rules(f"# known\n{rule}\n", "--fail-on", "note")
            self.assertIn("no findings; 5 suppressed", done.stdout, rule)

    def test_what_is_suppressed_is_shown_when_asked_for(self):
        done = self.with_rules("fd-leak:forget\n", "--show-suppressed")
        self.assertIn("suppressed by fd-leak:forget", done.stdout)

    def test_a_rule_that_matched_nothing_is_reported(self):
        done = self.with_rules("# old\nfd-leak:gone\n", "--fail-on", "error", status=1)
        self.assertIn("known.supp:2: suppressed nothing: fd-leak:gone", done.stdout)
        report = json.loads(self.with_rules("fd-leak:gone\nfd-leak:forget\n", "--format", "json").stdout)
        self.assertEqual(report["suppressed"], {"count": 5, "by_rule": {"fd-leak:forget": 5}, "unused": ["fd-leak:gone"]})

    def test_a_bad_line_is_named(self):
        done = self.with_rules("fd-leak:fine\nno colon\n", status=2)
        self.assert_one_line(done.stderr, "known.supp:2:", "no colon")
        done = self.with_rules("memory-leak:main\n", status=2)
        self.assert_one_line(done.stderr, "known.supp:1:", "memory-leak")


class Names(Place):
    def test_the_first_line_says_it_all(self):
        source = LEAKY.splitlines()
        line = 1 + next(i for i, text in enumerate(source) if "/* first */" in text)
        closed = 1 + next(i for i, text in enumerate(source) if "close(" in text)
        report = self.leakwatch("report", self.make_ledgers(self.compile("leaky"))).stdout
        first = report.splitlines()[0]
        self.assertEqual(first, f"error: 5 files never closed, opened by open at leaky.c:{line} in forget [fd-leak]")
        self.assertIn("fd 3 and 4 more: /dev/null\n", report)
        self.assertIn(f"9 opened here: 4 closed at leaky.c:{closed} (close), 5 never\n", report)
        for function in ("forget", "work", "main"):
            self.assertRegex(report, rf"\n    {function} +leaky.c:\d+\n")
        self.assertNotIn("__libc_start", report)
        self.assertNotIn("libleakwatch", report)
        self.assertLess(len(report.splitlines()), 24)

    def test_paths_begin_at_the_source_root(self):
        program = self.compile("leaky", source="src/deep/leaky.c")
        ledgers = self.make_ledgers(program)
        shown = self.leakwatch("report", "--source-root", self.path("src"), ledgers).stdout
        self.assertIn(" at deep/leaky.c:", shown.splitlines()[0])
        frames = self.only(self.report_json("--source-root", self.path("src"), ledgers))["stacks"]["acquired"]
        self.assertEqual(frames[0]["file"], "deep/leaky.c")
        frames = self.only(self.report_json(ledgers))["stacks"]["acquired"]
        self.assertEqual(frames[0]["file"], self.path("src/deep/leaky.c"))

    def test_a_stripped_program_has_module_offset_and_build_id(self):
        program = self.compile("leaky")
        subprocess.run(["strip", program], check=True)
        ledgers = self.make_ledgers(program)
        frame = self.only(self.report_json(ledgers))["stacks"]["acquired"][0]
        self.assertEqual((frame["function"], frame["file"], frame["module"]), (None, None, program))
        shown = self.leakwatch("report", ledgers).stdout
        self.assertIn(f"leaky+{frame['offset']:#x}", shown.splitlines()[0])
        self.assertIn(f"build-id {frame['build_id']}", shown)

    def test_a_debug_file_beside_it_is_found(self):
        program = self.compile("leaky")
        os.mkdir(self.path(".debug"))
        debug = self.path(".debug", "leaky.debug")
        subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
        subprocess.run(["strip", program], check=True)
        subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", program], check=True)
        report = self.leakwatch("report", self.make_ledgers(program)).stdout
        self.assertRegex(report.splitlines()[0], r"at leaky.c:\d+ in forget")

    def test_a_binary_that_has_changed_is_not_believed(self):
        program = self.compile("leaky")
        ledgers = self.make_ledgers(program)
        for kept in glob.glob(glob.escape(ledgers) + "/*.symbols"):  # as a ledger that was not kept by a run
            os.unlink(kept)
        os.unlink(program)
        self.compile("leaky", LEAKY.replace("98", "97"))
        finding = self.only(self.report_json(ledgers))
        self.assertTrue(all(frame["changed"] and frame["function"] is None for frame in finding["stacks"]["acquired"]))
        self.assertIn("the binary has changed since", self.leakwatch("report", ledgers).stdout)

    def test_what_a_program_names_cannot_reach_the_terminal(self):
        name = self.write("odd\033[31m\nerror: \u202e", "")
        shown = self.leakwatch("report", "--color=always", self.make_ledgers(self.compile("leaky"), name)).stdout
        self.assertIn("odd\\x1b[31m\\x0aerror: \\u202e", shown)
        self.assertNotIn("\033[31m", shown)


class Fingerprints(Place):
    def fingerprint(self, name, *flags, text=LEAKY, source=None, count=5):
        program = self.compile(name, text, ("-g", *flags), source)
        report, _ = self.run_json(program)
        finding = self.only(report)
        self.assertEqual(finding["count"], count)
        return finding["fingerprint"]

    def test_they_survive_rebuilds(self):
        first = self.fingerprint("leaky")
        self.assertRegex(first, r"^[0-9a-f]{16}$")
        self.assertEqual(self.fingerprint("leaky"), first)
        self.assertEqual(self.fingerprint("leaky", "-O2"), first)
        self.assertEqual(self.fingerprint("leaky", "-O3", "-D_FORTIFY_SOURCE=2"), first)
        self.assertEqual(self.fingerprint("leaky", "-Os", "-D_FILE_OFFSET_BITS=64"), first)
        self.assertEqual(self.fingerprint("leaky", "-no-pie"), first)
        self.assertEqual(self.fingerprint("leaky", text="\n\n/* moved */\n" + LEAKY), first)
        self.assertEqual(self.fingerprint("leaky", source="elsewhere/leaky.c"), first)

    def test_inlining_does_not_change_them(self):
        inlined = LEAKY.replace("__attribute__((noinline)) int forget", "static inline int forget")
        first = self.fingerprint("leaky")
        self.assertEqual(self.fingerprint("leaky", "-O2", text=inlined), first)

    def test_other_functions_have_others(self):
        first = self.fingerprint("leaky")
        self.assertNotEqual(self.fingerprint("leaky", text=LEAKY.replace("forget", "misplace")), first)

    def test_lines_of_one_function_are_one_finding(self):
        twice = LEAKY.replace("return open(path, O_RDONLY); /* first */",
                              "static int odd;\n    if (odd++ % 3)\n        return open(path, O_WRONLY);\n"
                              "    return open(path, O_RDONLY); /* first */")
        program = self.compile("leaky", twice, ("-O0", "-g"))
        finding = self.only(self.run_json(program)[0])
        self.assertEqual((finding["count"], len(finding["stacks"]["also"])), (5, 1))
        self.assertRegex(self.leakwatch("run", program).stderr, r"\n  also at leaky.c:\d+\n")


class Help(Place):
    def test_every_command_has_help_with_examples(self):
        listed = re.findall(r"^  (\w+) +\w", self.leakwatch("--help").stdout, re.M)
        self.assertIn("run", listed)
        for name in (name for name in listed if name != "leakwatch"):
            shown = self.leakwatch(name, "--help").stdout
            self.assertIn(f"leakwatch {name}", shown)
            self.assertIn("EXAMPLES", shown)
            self.assertLess(max(map(len, shown.splitlines())), 81)
        self.assertRegex(self.leakwatch("--version").stdout, r"^leakwatch \d+\.\d+")

    def test_the_manual_says_what_help_says(self):
        manual = self.leakwatch("--man").stdout
        plain = manual.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
        self.assertTrue(manual.startswith(".TH LEAKWATCH 1"))
        for name in ("run", "report", "dump"):
            for option in re.findall(r"--[a-z-]+", self.leakwatch(name, "--help").stdout):
                if option not in ("--help", "--usage", "--version"):
                    self.assertIn(option, plain)

    def test_the_manual_has_each_option_once_and_all_sections(self):
        manual = self.leakwatch("--man").stdout.replace("\\-", "-").replace("\\(ti", "~").replace("\\(aq", "'")
        options = re.findall(r"^\.TP\n(?:\\fB-.\\fR, )?\\fB(--[a-z-]+)\\fR", manual, re.M)
        self.assertGreater(len(options), 20)
        self.assertEqual(sorted(set(options)), sorted(options))
        self.assertRegex(manual, r"(?s)--error-exitcode.*Exit with status N if .*\(\\fIrun\\fR\)\n.*instead of 1 .*\(\\fIgate\\fR\)")
        self.assertEqual(re.findall(r"^\.SH (.*)", manual, re.M),
                         ["NAME", "SYNOPSIS", "COMMANDS", "OPTIONS", "SETTINGS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES",
                          "SEE ALSO"])
        statuses = manual.partition(".SH EXIT STATUS")[2].partition(".SH ")[0]
        self.assertEqual(re.findall(r"^\.SS leakwatch (.*)", statuses, re.M),
                         ["run", "gate", "pytest", "report", "diff", "merge", "sweep", "trend", "top", "serve", "attach", "detach", "store", "config"])
        asked = subprocess.run(["/bin/true"], capture_output=True, text=True, check=True,
                               env=self.environment(LD_PRELOAD=command.LIBRARY, LEAKWATCH_OPTIONS="help=1")).stderr
        settings = re.findall(r"^leakwatch:   (\w+)=  (.*)", asked, re.M)
        self.assertGreater(len(settings), 10)
        for name, text in settings:
            self.assertIn(f".TP\n\\fB{name}\\fR=\n{text}\n", manual)


if __name__ == "__main__":
    command.main()
