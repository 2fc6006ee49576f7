#!/usr/bin/env python3
"""leakwatch trend: where processes are heading. Of real programs, and of ledgers that have seen hours (trend_ledgers)."""
import json
import os
import re
import resource
import subprocess
import unicodedata
import unittest

import command
import formats
from command import BUILD, LEAKWATCH, LIBRARY, TIMEOUT, Place

# Of 50 connections it forgets one, with a log that it keeps. If it is to stay, it sets its limit, says when it is ready, and
# waits.
SERVER = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
__attribute__((noinline)) int take_connection(const char *path)
{
    return open(path, O_RDONLY); /* taken */
}
int main(int count, char **arguments)
{
    int log = open("/dev/null", O_WRONLY);
    struct rlimit limit = {4096, 4096};
    if (count > 2)
        setrlimit(RLIMIT_NOFILE, &limit);
    int rounds = count > 1 ? atoi(arguments[1]) : 0;
    for (int i = 0; i < rounds; i++) {
        int fd = take_connection("/dev/null");
        usleep(1000);
        if (i % 50 != 7)
            close(fd);
    }
    if (count > 2) {
        puts("ready");
        fflush(stdout);
        pause();
    }
    return log < 0;
}
"""
# Two lines of one function: what one takes comes back, what the other takes does not.
LINES = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    for (int i = 0; i < 30; i++) {
        int fd = open("/dev/null", O_RDONLY); /* back */
        close(fd);
        if (i < 12)
            open("/dev/zero", O_RDONLY); /* kept */
    }
    return 0;
}
"""
# Two functions take by way of a third.
WRAPPER = r"""
#include <fcntl.h>
__attribute__((noinline, noipa)) static int
take(void) { return open("/dev/null", O_RDONLY); }
#define USER(name) __attribute__((noinline, noipa)) static int name(void)
USER(first) { return take() + 1; }
USER(second) { return take() + 2; }
int main(void)
{
    for (int i = 0; i < 12; i++) {
        first();
        if (i % 2)
            second();
    }
    open("/dev/zero", O_RDONLY);
    return 0;
}
"""
HOURS = 3600


def columns(text):
    """Of a line on a screen."""
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


class Trend(Place):
    def trend(self, *arguments, **how):
        return self.leakwatch("trend", *arguments, **how)

    def trend_json(self, *arguments, **how):
        document = json.loads(self.trend("--json", *arguments, **how).stdout)
        formats.validate(document, "trend.json")
        return document

    def made(self, setting, *count):
        """The directory of ledgers of such processes."""
        directory = self.path(f"made_{setting}")
        os.mkdir(directory)
        subprocess.run([os.path.join(BUILD, "tests/cli/trend_ledgers"), setting, directory, *count], check=True, timeout=TIMEOUT)
        return directory

    def serve(self, *arguments):
        """The ledgers of a server that has ended."""
        program = self.compile("server", SERVER)
        return self.make_ledgers(program, *arguments)

    def start(self, *arguments):
        """A server that runs until the test has ended, when it has said that it is ready."""
        program = self.compile("server", SERVER)
        ledgers = self.path("living")
        os.mkdir(ledgers)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"keep=all:quiet=1:dir={ledgers}")
        server = subprocess.Popen([program, *arguments, "stay"], env=environment, stdout=subprocess.PIPE)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertEqual(server.stdout.readline(), b"ready\n")
        return server, ledgers

    def assert_fits(self, text, width=80):
        for line in text.splitlines():
            self.assertLessEqual(columns(line), width, line)

    # ---- What is said ----

    def test_leak(self):
        text = self.trend(self.made("leak")).stdout
        self.assert_fits(text)
        self.assertIn("server (pid 4711) on web3, exited with status 0 after 6 h 0 min\nopen at the end 313 of 1,024 (peak ", text)
        self.assertRegex(text, r"it would have been full [0-9.]+ to [0-9.]+ (h|d) after its end, most likely [0-9.]+ h\n")
        self.assertRegex(text, r"▁.*█ 0 to 315 in 6 h 0 min\n")
        self.assertRegex(text, r"\nheld +rate/h +share +verdict +site\n +312 +5[0-9]\.[0-9] +100% +leaking +server\+0x100 \(accept4\)\n")
        self.assertRegex(text, r"\n +1 +- +<1% +for-life +server\+0x110 \(socket\)\n")
        self.assertIn("server+0x100 (accept4): of 41,512 taken here 300 are held for more than", text)
        self.assertIn("less than a day seen: the daily cycle is not known\n", text)

    def test_leak_as_json(self):
        document = self.trend_json(self.made("leak"))
        process, = document["processes"]
        self.assertEqual((process["pid"], process["program"], process["host"]), (4711, "server", "web3"))
        self.assertEqual((process["open"], process["limit"], process["lived"]), (313, 1024, 6 * HOURS))
        forecast = process["forecast"]
        true = (1024 - 313) / 300 * 6 * HOURS
        self.assertLess(forecast["earliest"], true)
        self.assertGreater(forecast["latest"], true)
        self.assertAlmostEqual(forecast["point"] / true, 1, delta=0.2)
        self.assertAlmostEqual(forecast["rate"], 50, delta=5)
        site = document["sites"][0]
        self.assertEqual((site["verdict"], site["held"], site["acquired"], site["released"]), ("leaking", 312, 41512, 41200))
        self.assertEqual(sum(count for _, count in site["lifetimes"]), 41200)
        births = site["shares"][0]["births"]
        self.assertEqual(len(births), 312)
        self.assertEqual(births, sorted(births))
        self.assertAlmostEqual(births[-1], 6 * HOURS, delta=1)

    def test_load_is_not_accused(self):
        directory = self.made("load")
        text = self.trend(directory).stdout
        self.assertIn("no end was in sight: no steady growth\n", text)
        self.assertNotIn("leaking", text)
        self.assertEqual([site["verdict"] for site in self.trend_json(directory)["sites"]], ["load", "for-life"])
        self.trend("--fail-within", "52w", directory)

    def test_few_that_a_report_calls_a_leak_are_not_said_to_be_none(self):
        directory = self.make_ledgers(self.compile("leaky"))
        self.assertIn("error: 5 files never closed", self.leakwatch("report", directory).stdout)
        text = self.trend(directory).stdout
        self.assertIn("no end was in sight: no steady growth\n", text)
        self.assertNotIn("nothing leaks", text)

    def test_a_process_that_took_nothing(self):
        directory = self.made("empty")
        self.assertIn("nothing that was taken is held\n", self.trend(directory).stdout)
        self.assertEqual(self.trend_json(directory)["sites"], [])

    def test_10000_sites(self):
        directory = self.made("sites", "10000")
        text = self.trend(directory).stdout
        self.assert_fits(text)
        self.assertIn("… and 9,992 more sites (--top 0 shows all)\n", text)
        self.assertEqual(len(re.findall(r"server\+0x.* \(open\)\n", self.trend("--top", "0", directory).stdout)), 10000)
        self.assertEqual(len(self.trend_json("--top", "3", directory)["sites"]), 3)
        self.assertEqual(self.trend_json("--top", "3", directory)["omitted"], 9997)
        self.assertEqual(len(self.trend_json(directory)["sites"]), 10000)

    def test_a_real_program(self):
        ledgers = self.serve("1000")
        document = self.trend_json(ledgers)
        process, = document["processes"]
        self.assertEqual((process["program"], process["how"], process["running"]), ("server", "exit", False))
        site = document["sites"][0]
        self.assertEqual((site["held"], site["acquired"], site["released"]), (20, 1000, 980))
        self.assertEqual((site["place"]["function"], os.path.basename(site["place"]["file"])), ("take_connection", "server.c"))
        self.assertEqual(site["place"]["line"], next(number for number, line in enumerate(SERVER.splitlines(), 1) if "taken" in line))
        self.assertEqual(process["open"], process["others"] + sum(one["descriptors"] for one in document["sites"]))
        text = self.trend(ledgers).stdout
        self.assertRegex(text, r"take_connection server\.c:\d+ \(open\)\n")

    def test_lines_of_one_function_are_rows_of_their_own(self):
        ledgers = self.make_ledgers(self.compile("lines", LINES))
        sites = self.trend_json(ledgers)["sites"]
        line = {name: number for number, text in enumerate(LINES.splitlines(), 1) for name in ("back", "kept") if name in text}
        self.assertEqual({(site["place"]["line"], site["held"], site["acquired"], site["released"]) for site in sites},
                         {(line["back"], 0, 30, 30), (line["kept"], 12, 12, 0)})
        self.assertEqual(len({site["fingerprint"] for site in sites}), 1)
        text = self.trend(ledgers).stdout
        self.assertRegex(text, rf"\n +12 .* main lines\.c:{line['kept']} \(open\)\n")
        self.assertNotIn(f"lines.c:{line['back']}", text)

    def test_callers_tell_rows_of_a_wrapper_apart(self):
        ledgers = self.make_ledgers(self.compile("wrapper", WRAPPER))
        text = self.trend(ledgers).stdout
        self.assert_fits(text)
        self.assertRegex(text, r" take wrapper\.c:4 \(open\) from first wrapper\.c:6\n")
        self.assertRegex(text, r" take wrapper\.c:4 \(open\) from second wrapper\.c:7\n")
        self.assertRegex(text, r" main wrapper\.c:15 \(open\)\n")
        text = self.trend("--format", "markdown", ledgers).stdout
        for caller in ("from first wrapper.c:6", "from second wrapper.c:7"):
            self.assertIn(f"wrapper.c:4 {caller}", text)
            self.assertIn(caller, self.trend("--format", "html", ledgers).stdout)

    def test_a_slow_leak_has_a_pace(self):
        directory = self.made("slow")
        self.assertRegex(self.trend(directory).stdout,
                         r"\nat this pace full about [0-9.]+ (h|d) after its end \(too early to be sure\)\n")
        self.assertNotIn("in sight", self.trend("--format", "html", directory).stdout.split("<script")[0])

    def test_a_full_process_is_red(self):
        server, _ = self.start("0")
        held = len(os.listdir(f"/proc/{server.pid}/fd"))
        for limit, state in ((held + 2, "steady"), (held + 1, "leaking")):
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (limit, 4096))
            self.assertIn(f'<li class="process {state}">', self.trend("--format", "html", str(server.pid)).stdout)

    def test_fingerprints_are_those_of_the_report(self):
        ledgers = self.serve("500")
        told = {finding["fingerprint"] for finding in self.report_json(ledgers)["findings"] if finding["kind"] == "fd-leak"}
        self.assertEqual({site["fingerprint"] for site in self.trend_json(ledgers)["sites"]}, told)

    def test_a_process_that_runs(self):
        server, ledgers = self.start("600")
        text = self.trend(str(server.pid)).stdout
        self.assertRegex(text, rf"^server \(pid {server.pid}\) on .*, running for ")
        self.assertIn("\nopen now ", text)
        self.assertEqual(self.trend_json(ledgers)["processes"][0]["running"], True)
        self.assertEqual(self.trend_json(str(server.pid))["sites"][0]["held"], 12)

    def test_the_limit_is_followed(self):
        server, _ = self.start("100")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        process, = self.trend_json(str(server.pid))["processes"]
        self.assertEqual((process["limit"], process["first_limit"]), (4096, before))
        self.assertLess(process["limit_changed"], process["lived"])
        word = "raised" if before < 4096 else "lowered"
        self.assertRegex(self.trend(str(server.pid)).stdout, rf" of 4,096 \(peak \d+\), limit {word} from {before:,} after ")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (300, 4096))
        self.assertEqual(self.trend_json(str(server.pid))["processes"][0]["limit"], 300)

    def test_merged_ledgers(self):
        directory = self.made("many", "20")
        merged = self.path("merged.lwl")
        self.leakwatch("merge", "--output", merged, directory)
        separate, together = self.trend_json(directory), self.trend_json(merged)
        for document in (separate, together):
            for process in document["processes"]:
                del process["ledger"]
        self.assertEqual(separate, together)

    # ---- Many processes ----

    def test_many_processes(self):
        directory = self.made("many", "21")
        text = self.trend(directory).stdout
        self.assert_fits(text)
        self.assertIn("21 processes of 2 programs on 3 hosts; none still run: numbers are those at\n  their ends\n", text)
        self.assertRegex(text, r"\n +18 +0 +\d+ +[0-9,]+ +[0-9.]+ to [0-9.]+ (h|d) +server\n +3 +0 +0 +36 +- +helper\n")
        self.assertRegex(text, r"\n +held +rate/h +share +procs +verdict +site\n4,671 +[0-9.]+ +99% +18 +leaking +server\+0x100 \(accept4\)\n")
        self.assertRegex(text, r"\n[0-9.]+ to [0-9.]+ (h|d) +\S+ \w+ +[0-9,]+ +[0-9,]+ +ended: server \(pid ")
        document = self.trend_json(directory)
        points = [process["forecast"]["point"] for process in document["processes"] if process["forecast"]["given"]]
        self.assertEqual(points, sorted(points))
        self.assertGreater(len(points), 10)
        worst = document["sites"][0]
        self.assertEqual(worst["verdict"], "leaking")
        self.assertEqual(len(worst["shares"]), 18)
        self.assertEqual(sum(share["held"] for share in worst["shares"]), worst["held"])
        self.assertEqual([program["program"] for program in document["programs"]], ["server", "helper"])
        self.assertEqual({document["processes"][share["process"]]["program"] for share in worst["shares"]}, {"server"})

    def test_one_program_of_many(self):
        directory = self.made("many", "21")
        document = self.trend_json("--program", "help*", directory)
        self.assertEqual({process["program"] for process in document["processes"]}, {"helper"})
        self.assertEqual(document["skipped"], 18)
        self.assertIn("18 processes were not looked at", self.trend("--program", "help*", directory).stdout)
        self.assertEqual(self.trend_json("--skip-exe", "server", directory)["skipped"], 18)
        self.assertIn("no process to look at\n", self.trend("--program", "none", directory).stdout)

    # ---- Exit status ----

    def test_fail_within(self):
        directory = self.made("leak")
        earliest = self.trend_json(directory)["processes"][0]["forecast"]["earliest"]
        done = self.trend("--fail-within", f"{int(earliest) + 60}s", directory, status=1)
        self.assert_one_line(done.stderr, "server (pid 4711) on web3 has ended, and might have been full after ", "of --fail-within")
        done = self.trend("--fail-within", f"{int(earliest) - 60}s", directory)
        self.assertEqual(done.stderr, "")
        self.trend("--fail-within", "2w", "--json", directory, status=1)

    def test_fail_within_of_a_fleet_names_the_first(self):
        done = self.trend("--fail-within", "52w", self.made("many", "21"), status=1)
        self.assert_one_line(done.stderr, "has ended, and might have been full after ", ", and ")

    def test_wrong_usage(self):
        directory, load = self.made("leak"), self.made("load")
        for value in ("", "24", "0s", "h", "-1h", "1.5y", "1e99h", "nan", "0x10h ", "0x10h", "1e1h", "1.2.3h"):
            done = self.trend("--fail-within", value, directory, status=2)
            self.assertIn(f"--fail-within wants a time with its unit, as 30m, 24h or 2d, not '{value}'", done.stderr)
        for value in ("1.5h", "90min", "1d", "2w"):
            self.trend("--fail-within", value, load)
        self.assertIn("unknown format 'sarif'; formats of a trend are text, json, ",
                      self.trend("--format", "sarif", directory, status=2).stderr)
        self.assertIn("no ledger named", self.trend(status=2).stderr)
        self.assertIn("--baseline", self.trend("--baseline", "x", directory, status=2).stderr)

    def test_what_cannot_be_read(self):
        empty = self.path("empty")
        os.mkdir(empty)
        self.assert_one_line(self.trend(empty, status=2).stderr, "no ledger")
        self.assert_one_line(self.trend("999999999", status=2).stderr, "999999999")
        self.assert_one_line(self.trend(str(os.getpid()), status=2).stderr, str(os.getpid()))
        directory = self.made("many", "4")
        bad = self.write("made_many/leakwatch.bad.1.1.0.lwl", "no ledger" * 1000)
        done = self.trend(directory, status=2)
        self.assert_one_line(done.stderr, "leakwatch.bad")
        self.assertIn("1 ledger could not be read, and is not in here", done.stdout)
        self.assertIn("4 processes of 1 program", done.stdout)
        self.assertEqual(len(self.trend_json(directory, status=2)["unread"]), 1)
        os.unlink(bad)
        cut = self.ledgers_in(directory)[0]
        os.truncate(cut, 20000)
        self.assert_one_line(self.trend(directory, status=2).stderr, "damaged", os.path.basename(cut))

    # ---- Files and screens ----

    def test_files(self):
        directory = self.made("leak")
        self.trend("--output", "trend.txt", "--report", "json=trend.json", "--report", "markdown=trend.md", directory)
        with open(self.path("trend.txt"), encoding="utf-8") as file:
            self.assertIn("server (pid 4711)", file.read())
        with open(self.path("trend.json"), encoding="utf-8") as file:
            formats.validate(json.load(file), "trend.json")
        self.assertIn("both write to", self.trend("--output", "a", "--report", "json=a", directory, status=2).stderr)

    def test_format_json_is_json(self):
        directory = self.made("leak")
        self.assertEqual(self.trend("--json", directory).stdout, self.trend("--format", "json", directory).stdout)

    def test_markdown(self):
        import markdown_it
        text = self.trend("--format", "markdown", self.made("many", "21")).stdout
        tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(text)
        rows = [token for token in tokens if token.type == "tr_open"]
        self.assertEqual(len(rows), 3)
        self.assertEqual(tokens[0].type, "heading_open")
        self.assertIn("21 processes; the worst: it would have been full", tokens[1].content)
        self.assertIn("leaking", text)
        self.assertIn("… and 11 more processes", text)

    def test_a_screen_that_cannot_show_blocks(self):
        directory = self.made("leak")
        for name in ("C", "POSIX"):
            text = self.trend(directory, environment=self.environment(LC_ALL=name)).stdout
            self.assertNotIn("▁", text)
            self.assertRegex(text, r"\n_.*# 0 to 315 in ")

    def test_colours(self):
        directory = self.made("leak")
        self.assertNotIn("\033", self.trend(directory).stdout)
        text = self.trend("--color", "always", directory).stdout
        self.assertIn("\033[1;31mleaking", text)
        self.assertEqual(re.sub(r"\033\[[0-9;]*m", "", text), self.trend(directory).stdout)
        self.assertNotIn("\033", self.trend("--color", "always", "--json", directory).stdout)

    def on_a_terminal(self, width, *arguments):
        """What stands on a terminal so many columns wide."""
        import fcntl
        import pty
        import struct
        import termios
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        child = subprocess.Popen([LEAKWATCH, "trend", "--color", "never", *arguments], stdin=subprocess.DEVNULL, stdout=follower,
                                 stderr=follower, cwd=self.place, env=self.environment())
        os.close(follower)
        written = b""
        try:
            while piece := os.read(leader, 4096):
                written += piece
        except OSError:  # nobody has it open any more
            pass
        os.close(leader)
        self.assertEqual(child.wait(TIMEOUT), 0)
        # What is told of the progress on a slow machine is cleared again; it must have had room, too.
        progress, _, text = written.decode().replace("\r\n", "\n").rpartition("\r\033[K")
        for line in progress.split("\r\033[K"):
            self.assertLess(columns(line), width, line)
        return text

    def test_terminals(self):
        directory = self.made("many", "21")
        for width in (40, 60, 80, 120):
            self.assert_fits(self.on_a_terminal(width, self.made("leak") if width == 40 else self.path("made_leak")), width)
            self.assert_fits(self.on_a_terminal(width, directory), width)

    def test_hostile_names(self):
        """Of the program, its source and its function: nothing reaches the terminal as it is, and lines keep their width."""
        long_name = "x" * 200
        source = SERVER.replace("take_connection", f"take_{long_name}").replace(
            "    return open(path", '#line 7 "/tmp/漢字漢字漢字漢字\\033[31mred\\u202e漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字.c"\n    return open(path')
        program = self.compile("漢字\033[7m bad|`name", source, source="bad.c")
        ledgers = self.make_ledgers(program, "200")
        text = self.trend(ledgers).stdout
        self.assert_fits(text)
        self.assertNotIn("\033", text)
        self.assertNotIn("\u202e", text)
        self.assertRegex(text, r"take_x*… .*\.c:7 \(open\)")
        self.assertNotIn("\033", self.trend("--format", "markdown", ledgers).stdout)
        self.trend_json(ledgers)

    def test_help(self):
        text = self.trend("--help").stdout
        for word in ("--fail-within=TIME", "EXAMPLES", "EXIT STATUS", "--json"):
            self.assertIn(word, text)


if __name__ == "__main__":
    command.main()
