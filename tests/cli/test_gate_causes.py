#!/usr/bin/env python3
"""A gate is not green by mistake: ledgers that were cut off, that are missing, that nobody could read back; and its last
line names the true cause."""
import json
import os
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree

import command
from gates import Gate

SANDBOX, FILTERING = (os.path.join(command.BUILD, "tests", "programs", name) for name in ("sandbox", "filtering"))
NO_CALL = "4095"  # no system call has this number

# 60 places that leak one of three each: a ledger of more than one block of every table.
MANY = "#include <fcntl.h>\n#include <unistd.h>\n" + "".join(
    f'__attribute__((noinline)) int lose{i}(int k) {{ int fd = open("/dev/null", O_RDONLY); if (k % 3) close(fd); return fd; }}\n'
    for i in range(60)) + "int main(void)\n{\n    for (int k = 0; k < 9; k++) {\n" + "".join(
        f"        lose{i}(k);\n" for i in range(60)) + "    }\n    return 0;\n}\n"


class CutOff(Gate):
    def setUp(self):
        super().setUp()
        self.ledger, = self.ledgers_in(self.make_ledgers(self.compile("many", MANY)))
        with open(self.ledger, "rb") as file:
            self.bytes = file.read()
        self.used = int.from_bytes(self.bytes[32:40], "little")

    def cut(self, size):
        with open(self.ledger, "wb") as file:
            file.write(self.bytes[:size])

    def test_every_command_says_so_and_the_gate_is_red(self):
        for size in (20000, self.used // 2, self.used - 1):
            self.cut(size)
            words = f"damaged: cut off after {size} of {self.used} bytes"
            done = self.gate("--report", "json=report.json", "ledgers", status=2, cause="damaged")
            self.assertIn(words, done.stderr.splitlines()[0])
            self.assertEqual(json.loads(self.text("report.json"))["cause"], "damaged")
            for arguments in (("report", "ledgers"), ("diff", "ledgers", "ledgers"), ("merge", "-o", "one", "ledgers")):
                done = self.leakwatch(*arguments, status=2)
                self.assertIn(words, done.stderr.splitlines()[0], arguments)
            self.gate("one", status=2, cause="damaged")
            self.assertIn(words, self.leakwatch("merge", "-o", "two", "one", status=2).stderr)
            self.gate("two", status=2, cause="damaged")

    def test_one_among_whole_ones_is_enough(self):
        self.make_ledgers(self.program, "close")
        self.cut(20000)
        self.gate("ledgers", status=2, cause="damaged")

    def test_records_that_lead_nowhere(self):
        """A number behind the end of a table: nothing is cut off, and yet something is missing."""
        whole = self.leakwatch("dump", self.ledger).stdout
        self.assertIn("damaged 0", whole.splitlines())
        self.gate("ledgers", status=1, cause="findings")
        for at in range(self.used - 8, 0, -8):
            if self.bytes[at:at + 8] != bytes(8):
                continue
            with open(self.ledger, "wb") as file:
                file.write(self.bytes[:at] + b"\xee" * 8 + self.bytes[at + 8:])
            if "damaged 0" not in self.leakwatch("dump", self.ledger).stdout.splitlines():
                break
        self.gate("ledgers", status=2, cause="damaged")

    def test_flipped_bytes_are_told_of_by_every_command_in_every_format(self):
        self.make_ledgers(self.program, "lose", directory="sound")
        dice, flipped = random.Random(7), bytearray(self.bytes)
        for _ in range(400):
            flipped[dice.randrange(8192, self.used)] ^= 0x55
        with open(self.ledger, "wb") as file:
            file.write(flipped)
        dumped = self.leakwatch("dump", self.ledger).stdout
        count = int(re.search(r"(?m)^damaged (\d+)$", dumped)[1])
        self.assertGreater(count, 1)
        words = (os.path.basename(self.ledger), f"damaged: {count} records were left out", "run the program again")
        for name in ("text", "json", "sarif", "junit", "codequality", "github", "markdown", "html", "suppressions"):
            self.assert_one_line(self.leakwatch("report", "--format", name, "ledgers").stderr, *words)
        for sides in (("sound", "ledgers"), ("ledgers", "sound")):
            done = self.leakwatch("diff", *sides, status=2)
            self.assert_one_line(done.stderr, *words)
            self.assertEqual(done.stdout, "")
        self.assert_one_line(self.leakwatch("merge", "-o", "one", "ledgers", status=2).stderr, *words)
        self.assert_one_line(self.leakwatch("report", "one").stderr, *words)
        self.assertEqual(self.leakwatch("diff", "sound", "sound").stderr, "")

    def test_a_whole_one_is_none(self):
        """A file may be longer than what is used of it, and no longer."""
        for size in (self.used, self.used + 4096):
            with open(self.ledger, "wb") as file:
                file.write(self.bytes[:self.used].ljust(size, b"\0"))
            self.gate("ledgers", status=1, cause="findings")


class Unread(Gate):
    def test_ledgers_that_never_began_are_counted_and_named(self):
        self.make_ledgers(self.program, "close")
        self.write("ledgers/leakwatch.a.1.1.0.lwl", "")
        self.write("ledgers/leakwatch.a.2.1.0.lwl", "\0" * 9000)
        text = self.leakwatch("report", "ledgers").stdout
        self.assertIn("2 ledgers could not be read back, and are not in this report\n", text)
        for name in ("leakwatch.a.1.1.0.lwl", "leakwatch.a.2.1.0.lwl"):
            self.assertIn(name, text)
            self.assertIn(name, "".join(self.report_json("ledgers")["unread"]))
        self.assertIn("could not be read back", self.leakwatch("report", "--format", "junit", "ledgers").stdout)

    def test_many_are_counted_and_some_named(self):
        self.make_ledgers(self.program, "close")
        for i in range(10):
            self.write(f"ledgers/leakwatch.a.{i}.1.0.lwl", "")
        text = self.leakwatch("report", "ledgers").stdout
        self.assertIn("10 ledgers could not be read back", text)
        self.assertEqual(text.count("leakwatch.a."), 3)
        self.assertIn("7 more", text)
        self.assertEqual(self.leakwatch("report", "--full", "ledgers").stdout.count("leakwatch.a."), 10)

    def test_none(self):
        self.make_ledgers(self.program, "close")
        self.assertNotIn("unread", self.report_json("ledgers"))


class Causes(Gate):
    def test_the_last_line(self):
        static = self.compile("static", "int main(void) { return 0; }", flags=("-static",))
        self.gate("--", static, status=2, cause="not-watched")
        self.gate("--report", "json=report.json", "--", "sh", "-c", f"{static}; :", status=2, cause="not-watched")
        self.assertEqual(json.loads(self.text("report.json"))["cause"], "not-watched")
        self.gate("--", "leakwatch-no-such-command", status=2, cause="no-command")
        self.gate("--", self.write("plain", "text"), status=2, cause="no-command")
        self.gate("nowhere.lwl", status=2, cause="unreadable")
        self.gate("--suppressions", "nowhere", "--", self.program, status=2, cause="usage")
        self.gate("--report", "json=nowhere/report.json", "--", self.program, status=2, cause="not-written")
        self.gate("--output", "nowhere/report", "--", self.program, status=2, cause="not-written")
        self.gate("--output", ".", "--", self.program, status=2, cause="not-written")
        os.mkdir(self.path("empty"))
        self.gate("empty", status=2, cause="usage")
        self.gate("--no-such-option", ".", status=2, cause="usage")
        self.gate(status=2, cause="usage")
        self.gate("--", self.program, status=2, cause="usage", environment=self.environment(LEAKWATCH_OPTIONS="inject=nonsense"))
        self.gate("--fail-on", "sometimes", ".", status=2, cause="usage")
        self.gate("--error-exitcode", "0", "--", self.program, status=2, cause="usage")


class Unfinished(Gate):
    """Nothing was found when the grace was over, but processes still run that may leak yet."""

    def script(self, what):
        return f"{self.program} {what}; sleep 3600 >/dev/null 2>&1 & echo $! >pid; exit 0"

    def unfinished(self, *options, what="close", **expected):
        try:
            done = self.gate("--grace", "0.2", "--report", "json=report.json", *options, "--", "sh", "-c",
                             self.script(what), **expected)
        finally:
            self.end_by_pid("pid")
        self.assertRegex(done.stderr, r"processes that it started still run and are reported as they are now.*; --grace waits")
        return done, json.loads(self.text("report.json"))["cause"]

    def test_is_not_clean(self):
        done, cause = self.unfinished(status=2, cause="unfinished")
        self.assertEqual(cause, "unfinished")
        self.assertRegex(done.stderr, r"as they are now: sleep \(pid [0-9]+\); ")

    def test_what_was_found_says_more(self):
        _, cause = self.unfinished(what="lose lose", status=1, cause="findings")
        self.assertEqual(cause, "findings")

    def test_those_that_are_named_may_go_on(self):
        self.unfinished("--skip-exe", "sleep", "--skip-exe", "*sh", status=0, cause="clean")

    def test_those_that_are_waited_for_are_judged(self):
        script = f"(sleep 0.5; {self.program} lose lose) & exit 0"
        self.gate("--grace", "100", "--", "sh", "-c", script, status=1, cause="findings")


class Filters(Gate):
    def filtered(self, kind, way, *what, **expected):
        return self.gate("--report", "json=report.json", "--", FILTERING, kind, way, *what, **expected).stderr

    def test_who_may_keep_no_ledger_is_not_clean(self):
        for way in ("name", "number"):
            said = self.filtered("hostile", way, self.program, "close", status=2, cause="unreadable")
            self.assertIn("not judged: 1 program was executed under a seccomp filter that let it keep no ledger", said)

    def test_a_filter_that_forbids_nothing_of_ours_is_clean(self):
        for way in ("name", "number"):
            said = self.filtered("harmless", way, self.program, "close", status=0, cause="clean")
            self.assertNotIn("not judged", said)

    def test_images_whose_number_was_lost_are_told_apart(self):
        """By a raw system call, which hands nothing on; whatever the programs are called."""
        for earlier, later in (("first", "second"), ("second", "first")):
            shutil.copy(SANDBOX, self.path(earlier))
            shutil.copy(self.program, self.path(later))
            done = self.gate("--", f"./{earlier}", "kill", "forbid", NO_CALL, f"./{later}", "close", status=0,
                             cause="clean")
            self.assertNotRegex(done.stderr, "not (judged|watched)", (earlier, later))

    def test_another_user_who_may_not_write_his_ledger_is_not_clean(self):
        """Neither where it is wanted nor where it would go else."""
        alone = ("unshare", "-m", "sh", "-c", 'mount --make-rprivate / && mount -t tmpfs -o ro none /dev/shm && exec "$@"', "sh")
        if os.geteuid() != 0 or subprocess.run([*alone, "setpriv", "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("needs root, setpriv, and mounts of its own")
        os.chmod(self.place, 0o755)
        os.mkdir(self.path("closed"), 0o700)
        other = ("--", *alone, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", self.program, "lose")
        said = self.gate("--keep-ledgers", "closed", *other, status=2, cause="unreadable").stderr
        self.assertRegex(said, r"not judged: 1 program was executed by another user than root, who may not reach \S+/closed: ")
        said = self.gate(*other, status=2, cause="unreadable", environment=self.environment(TMPDIR=self.path("closed"))).stderr
        self.assertIn("not judged: 1 program was executed", said)
        os.chmod(self.path("closed"), 0o755)
        self.gate("--keep-ledgers", "closed", *other, status=1, cause="findings")

    def test_who_cannot_be_watched_stays_a_warning(self):
        static = self.compile("static", "int main(void) { return 0; }", flags=("-static",))
        said = self.gate("--", "sh", "-c", f"env {static}; {self.program} close", status=0, cause="clean").stderr
        self.assertIn("not watched: 1 program was executed but left no ledger", said)

    def test_a_filter_that_was_refused_changes_nothing(self):
        self.filtered("none", "name", self.program, "close", status=0)
        processes = json.loads(self.text("report.json"))["processes"]
        self.assertEqual([process["troubles"] & (4 | 128) for process in processes], [0] * len(processes))


class Trees(Gate):
    def setUp(self):
        super().setUp()
        for what in (("lose",), ("mislay",), ("close",)):
            self.gate("--keep-each", "each", "--", self.program, *what, status=None)

    def test_every_command_reads_what_keep_each_made(self):
        self.assertEqual(len(self.report_json("each")["processes"]), 3)
        self.gate("each", status=1, cause="findings")
        self.assertEqual(self.leakwatch("diff", "each", "each").stdout, "2 unchanged\n")
        self.leakwatch("merge", "-o", "one.lwl", "each")
        self.assertEqual(self.leakwatch("diff", "each", "one.lwl").stdout, "2 unchanged\n")

    def test_what_lies_beside_them_does_not_hide_them(self):
        self.leakwatch("merge", "-o", "each/all.lwl", "each")
        self.assertEqual(len(self.report_json("each")["processes"]), 3)
        os.remove(self.path("each", "all.lwl"))
        ledger, = self.ledgers_in(self.make_ledgers(self.program, "close"))
        shutil.copy(ledger, self.path("each", "stray.lwl"))
        self.gate("each", status=1, cause="findings")
        self.assertEqual(len(self.report_json("each")["processes"]), 4)


class Suites(Gate):
    def names(self, *what):
        self.judge(*what, options=("--report", "junit=out.xml"), status=None, cause=None)
        tree = xml.etree.ElementTree.parse(self.path("out.xml"))
        return [suite.get("name") for suite in tree.iter("testsuite")]

    def test_names_of_suites_are_the_same_in_each_run(self):
        self.assertEqual(self.names("lose"), ["ways"])
        script = f"{self.program} lose; {self.program} mislay; {self.program} close"
        done = [self.gate("--report", "junit=out.xml", "--", "sh", "-c", script, status=1) and
                re.findall(r'<testsuite name="([^"]*)"', self.text("out.xml")) for _ in range(2)]
        self.assertEqual(done[0], ["ways", "ways (2)", "ways (3)"])
        self.assertEqual(done[0], done[1])


if __name__ == "__main__":
    command.main()
