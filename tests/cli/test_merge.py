"""leakwatch merge: many ledgers as one file, which says the same as the directory that it was made from."""
import json
import os
import pty
import re
import resource
import signal
import subprocess

import command
from command import LEAKWATCH, LEAKY, Place

HEADER, ENTRY = 16, 32  # bytes of the merged file's own records: include/leakwatch/merged.h


class Merge(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("leaky")

    def ledgers(self, directory="ledgers"):
        """Ledgers of processes that ended in all ways, and one that was never begun."""
        program, quick = self.program, self.compile("quick", LEAKY.replace("return failed ?", "_exit(0); return failed ?"))
        self.leakwatch("run", "--keep-ledgers", directory, "--", "sh", "-c",
                       f"{program}; {quick}; {program} /dev/null 3; {program} /etc/passwd & wait; exec {program} /etc/group")
        self.write(f"{directory}/leakwatch.half.1.1.0.lwl", "")
        return directory

    def merge(self, *arguments, output="one.lwl", status=0):
        with open(self.path(output), "wb") as out:
            done = self.leakwatch("merge", *arguments, status=status, stdout=out)
        return done

    def bytes_of(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def same_name(self, text):
        return text.replace("one.lwl:", "ledgers/")


class Same(Merge):
    def test_reports_are_the_same(self):
        self.ledgers()
        self.merge("ledgers")
        for name in ("text", "json", "sarif", "junit", "codequality", "github", "markdown", "suppressions"):
            for options in ((), ("--stable",), ("--full", "--skip-exe", "")):
                apart = self.leakwatch("report", "--format", name, *options, "ledgers")
                merged = self.leakwatch("report", "--format", name, *options, "one.lwl")
                self.assertEqual(self.same_name(merged.stdout), apart.stdout, name)
                self.assertEqual(merged.stderr, apart.stderr, name)
        self.assertIn("1 process ended before its ledger had begun", merged.stderr)
        self.assertGreater(len(json.loads(self.leakwatch("report", "-f", "json", "one.lwl").stdout)["processes"]), 5)

    def test_gate_and_diff_take_it(self):
        self.ledgers()
        self.merge("ledgers")
        self.leakwatch("gate", "one.lwl", status=1)
        self.leakwatch("gate", "--baseline", "known", "--update-baseline", "ledgers")
        self.leakwatch("gate", "--baseline", "known", "one.lwl")
        self.assertIn("unchanged", self.leakwatch("diff", "one.lwl", "ledgers").stdout)
        os.mkdir(self.path("beside"))
        os.rename(self.path("one.lwl"), self.path("beside", "one.lwl"))
        self.leakwatch("diff", "beside", "ledgers")

    def test_dump_shows_every_ledger(self):
        self.ledgers()
        os.remove(self.path("ledgers", "leakwatch.half.1.1.0.lwl"))
        self.merge("ledgers")
        apart = "".join(sorted(self.leakwatch("dump", os.path.relpath(name, self.place)).stdout
                               for name in self.ledgers_in(self.path("ledgers"))))
        shown = self.same_name(self.leakwatch("dump", "one.lwl").stdout)
        merged = "".join(sorted(re.findall(r"^ledger .*\n(?:(?!ledger ).*\n)*", shown, re.M)))
        self.assertEqual(merged, apart)

    def test_merging_again_changes_nothing(self):
        self.ledgers()
        self.merge("ledgers")
        self.merge("one.lwl", output="two.lwl")
        self.assertEqual(self.bytes_of("two.lwl"), self.bytes_of("one.lwl"))
        self.make_ledgers(self.program, directory="more")
        self.merge("one.lwl", "more", output="all.lwl")
        count = self.report_json("one.lwl")["totals"]["count"]
        self.assertEqual(self.report_json("all.lwl")["totals"]["count"], count + 5)

    def test_it_is_small(self):
        self.ledgers()
        self.merge("ledgers")
        apart = sum(os.path.getsize(name) for name in self.ledgers_in(self.path("ledgers")))
        self.assertLess(os.path.getsize(self.path("one.lwl")), apart / 4)

    def test_a_process_that_still_runs(self):
        """It goes in as it was then, and that stays so when it has ended."""
        waiting = self.compile("waiting", LEAKY.replace("return failed ?", 'if (write(1, "\\n", 1) == 1) pause();\n    return failed ?'))
        with subprocess.Popen([waiting], stdout=subprocess.PIPE, cwd=self.place,
                              env=self.environment(LD_PRELOAD=command.LIBRARY, LEAKWATCH_OPTIONS="dir=.:keep=all:quiet=1")) as child:
            child.stdout.readline()
            self.merge(".", output="one.lwl")
            child.send_signal(signal.SIGKILL)
        process, = self.report_json("--leaks-on-signal", "one.lwl")["processes"]
        self.assertEqual(process["exit"]["how"], "running")
        self.assertEqual(self.only(self.report_json("--leaks-on-signal", "one.lwl"))["count"], 5)


class Target(Merge):
    def test_the_merged_file_may_lie_in_the_directory(self):
        self.ledgers(".")
        processes = len(self.report_json(".")["processes"])
        self.merge(".")
        self.assertEqual(len(self.report_json("one.lwl")["processes"]), processes)
        first = self.bytes_of("one.lwl")
        self.leakwatch("merge", "--output", "one.lwl", ".")
        self.assertEqual(self.bytes_of("one.lwl"), first)

    def test_never_to_a_terminal(self):
        self.ledgers()
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.place)
            os.execve(LEAKWATCH, [LEAKWATCH, "merge", "ledgers"], self.environment())
        shown = b""
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
        except OSError:
            pass
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 2)
        self.assert_one_line(shown.decode().strip(), "terminal", "> ONE.lwl")

    def test_through_a_pipe(self):
        self.ledgers()
        self.merge("ledgers")
        piped = subprocess.run([LEAKWATCH, "merge", "ledgers"], cwd=self.place, env=self.environment(), check=True,
                               stdout=subprocess.PIPE).stdout
        self.assertEqual(piped, self.bytes_of("one.lwl"))

    def test_nothing_is_left_half_written(self):
        self.ledgers()
        self.write("ledgers/leakwatch.bad.1.1.0.lwl", "no ledger")
        done = self.merge("ledgers", status=2)
        self.assert_one_line(done.stderr, "leakwatch.bad.1.1.0.lwl", "not a leakwatch ledger")
        self.assertEqual(self.bytes_of("one.lwl"), b"")
        self.leakwatch("merge", "--output", "two.lwl", "ledgers", status=2)
        self.assertFalse(os.path.exists(self.path("two.lwl")))

    def test_a_full_disk(self):
        self.ledgers()
        os.remove(self.path("ledgers", "leakwatch.half.1.1.0.lwl"))
        limited = {"preexec_fn": lambda: (resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)),
                                          signal.signal(signal.SIGXFSZ, signal.SIG_IGN))}
        with open(self.path("one.lwl"), "wb") as out:
            done = self.leakwatch("merge", "ledgers", status=2, stdout=out, **limited)
        self.assert_one_line(done.stderr, "cannot be written", "File too large")
        self.assertEqual(self.bytes_of("one.lwl"), b"")
        done = self.leakwatch("merge", "--output", "two.lwl", "ledgers", status=2, **limited)
        self.assert_one_line(done.stderr, "two.lwl", "File too large")
        self.assertEqual([name for name in os.listdir(self.place) if name.startswith("two.lwl")], [])
        with open("/dev/full", "wb") as out:
            done = self.leakwatch("merge", "ledgers", status=2, stdout=out)
        self.assert_one_line(done.stderr, "cannot be written")

    def test_usage(self):
        os.mkdir(self.path("empty"))
        for arguments in ((), ("empty",), ("nowhere.lwl",), ("--no-such-option", "."), ("--output", "nowhere/x", self.ledgers())):
            done = self.leakwatch("merge", *arguments, status=2)
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr.startswith("leakwatch"), done.stderr)


class Damaged(Merge):
    COMMANDS = (("report",), ("gate",), ("dump",), ("merge", "--output", "again.lwl"))

    def setUp(self):
        super().setUp()
        self.make_ledgers("sh", "-c", f"{self.program}; {self.program}")
        self.merge("ledgers")
        self.whole = self.bytes_of("one.lwl")

    def refused(self, content):
        with open(self.path("bad.lwl"), "wb") as file:
            file.write(content)
        for arguments in self.COMMANDS:
            done = self.leakwatch(*arguments, "bad.lwl", status=2)
            said = [line for line in done.stderr.splitlines() if not line.endswith("(exit status 2)")]
            self.assertEqual((len(said), done.stdout), (1, ""), done.stderr)
            self.assertIn("bad.lwl", said[0])
        self.assertFalse(os.path.exists(self.path("again.lwl")))
        return said[0]

    def test_cut_off_anywhere(self):
        for length in (8, 15, HEADER, HEADER + 1, HEADER + ENTRY, HEADER + ENTRY + 3, len(self.whole) // 3, len(self.whole) // 2,
                       len(self.whole) - ENTRY, len(self.whole) - 1):
            self.assertIn(f"cut off after {length} bytes", self.refused(self.whole[:length]))

    def changed(self, at, *values):
        return self.whole[:at] + bytes(values) + self.whole[at + len(values):]

    def test_damaged_structure(self):
        self.assertIn("neither a ledger nor the end", self.refused(self.changed(HEADER, 0)))
        self.assertIn("as long as it says", self.refused(self.changed(HEADER + 4, 255, 255)))
        self.assertIn("as long as it says", self.refused(self.changed(HEADER + 8, *[255] * 8)))
        self.refused(self.changed(HEADER + 24, *[248] + [255] * 7))
        name = int.from_bytes(self.whole[HEADER + 4:HEADER + 8], "little")
        run = HEADER + ENTRY + (name + 7) // 8 * 8
        self.assertIn("does not fit", self.refused(self.changed(run, *[255] * 8)))
        self.assertIn("does not fit", self.refused(self.changed(run + 8, *[255] * 8)))
        self.assertIn("does not fit", self.refused(self.changed(run + 8, *[0] * 8)))
        self.assertIn("as many ledgers", self.refused(self.changed(len(self.whole) - ENTRY + 8, 9)))
        self.assertIn("another version", self.refused(self.changed(8, 9)))

    def test_any_byte_may_be_wrong(self):
        """A report, or one line for each ledger that cannot be read: nothing else."""
        for at in range(0, len(self.whole), max(1, len(self.whole) // 150)):
            with open(self.path("bad.lwl"), "wb") as file:
                file.write(self.changed(at, self.whole[at] ^ 0xff))
            done = self.leakwatch("report", "--stable", "bad.lwl", status=None)
            self.assertIn(done.returncode, (0, 2), f"byte {at}: {done.stderr}")
            self.assertLessEqual(len(done.stderr.splitlines()), 4, f"byte {at}: {done.stderr}")

    def test_a_bad_ledger_inside(self):
        at = self.whole.index(b"LWEDGER1")
        with open(self.path("bad.lwl"), "wb") as file:
            file.write(self.changed(at, 0x58))
        done = self.leakwatch("report", "bad.lwl", status=2)
        self.assert_one_line(done.stderr, "bad.lwl:leakwatch.", "not a leakwatch ledger")
        self.assertGreater(len(done.stdout), 0)


if __name__ == "__main__":
    command.main()
