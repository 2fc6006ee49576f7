"""Baselines of leakwatch gate: what they know, and how they are written."""
import json
import os
import re
import subprocess

import command
from gates import Gate


class Baselines(Gate):
    def update(self, *what):
        return self.against(*what, options=("--update-baseline",), cause="baseline updated")

    def against(self, *what, options=(), **how):
        """One command, whatever it does."""
        return self.judge(options=("--baseline", "known", *options), environment=self.environment(WAYS=" ".join(what)), **how)

    def test_what_is_known_is_green_and_what_is_new_is_red(self):
        self.update("lose")
        done = self.against("lose")
        self.assertIn("no findings; 1 known in the baseline", done.stderr)
        done = self.against("lose", "mislay", status=1, cause="findings")
        self.assertIn("dir-leak", done.stderr)
        self.assertNotIn("[fd-leak]", done.stderr)

    def test_it_is_for_people(self):
        self.update("lose", "lose", "mislay")
        self.assertRegex(self.text("known"), re.compile(
            r"# leakwatch baseline, version 2\n#.*\n"
            r"\ndir-leak [0-9a-f]{16}\n  count  1\n  program ways\n  where  mislay, ways.c \(opendir\)\n"
            r"\nfd-leak [0-9a-f]{16}\n  count  2\n  program ways\n  where  lose, ways.c \(open\)\n"))

    def test_more_of_the_same_is_red_beyond_the_tolerance(self):
        self.update("lose")
        self.against("lose", "lose", status=1, cause="findings")
        self.against("lose", "lose", options=("--tolerance", "1"))
        self.against("lose", "lose", "lose", options=("--tolerance", "1"), status=1, cause="findings")

    def test_the_count_is_that_of_the_worst_process(self):
        self.update("lose", "lose")
        twice = f"{self.program} lose lose; {self.program} lose; true"
        self.gate("--baseline", "known", "--", "sh", "-c", twice, cause="clean")

    def test_what_is_gone_is_named(self):
        self.update("lose", "mislay")
        done = self.against("lose")
        self.assertRegex(done.stderr, r"(?m)^gone: dir-leak [0-9a-f]{16}, mislay, ways.c \(opendir\): the baseline still has")
        self.against("lose", options=("--report", "json=report.json"))
        report = json.loads(self.text("report.json"))
        self.assertEqual([gone["kind"] for gone in report["baseline"]["gone"]], ["dir-leak"])

    def test_an_update_keeps_reasons_and_changes_nothing_else(self):
        self.update("lose", "mislay")
        first = self.text("known")
        self.update("lose", "mislay")
        self.assertEqual(self.text("known"), first)
        reasoned = first.replace("(open)\n", "(open)\n  reason the cache keeps it\n")
        self.assertNotEqual(reasoned, first)
        self.write("known", reasoned)
        self.update("mislay", "lose")
        self.assertEqual(self.text("known"), reasoned)
        self.update("lose", "lose")
        self.assertIn("  count  2\n", self.text("known"))
        self.assertIn("  reason the cache keeps it\n", self.text("known"))
        self.assertNotIn("dir-leak", self.text("known"))

    def test_an_update_keeps_comments(self):
        self.update("lose", "mislay")
        first = self.text("known")
        self.assertIn('"  reason why it may stay"', first.splitlines()[1])
        head, dir_leak, fd_leak = first.rstrip("\n").split("\n\n")
        told = (f"{head}\n# Ask the team of the cache first.\n\n{dir_leak}\n  # because of ticket 7\n# and of its author\n\n"
                f"# Until the summer:\n{fd_leak}\n  reason a cache\n  # see there\n")
        for text in (told, told.replace("\n", "\r\n")):
            self.write("known", text)
            for _ in range(2):
                self.update("lose", "mislay")
                self.assertEqual(self.text("known"), told)
        self.update("lose")
        self.assertNotIn("ticket 7", self.text("known"))
        self.assertIn("# Until the summer:\nfd-leak", self.text("known"))
        self.assertIn("# Ask the team", self.text("known"))

    def test_an_update_tells_how_to_give_a_reason_in_old_ones_too(self):
        self.update("lose")
        first = self.text("known")
        lines = first.splitlines()
        lines[1] = "# Findings that are known. Give each a reason; what is gone can be deleted."
        self.write("known", "\n".join(lines) + "\n")
        self.update("lose")
        self.assertEqual(self.text("known"), first)

    def test_it_is_sorted_by_kind_and_place(self):
        self.update("mislay", "lose", "lose")
        other = self.text("known")
        os.remove(self.path("known"))
        self.update("lose", "mislay", "lose")
        self.assertEqual(self.text("known"), other)

    def test_it_is_there_whole_or_not_at_all(self):
        self.update("lose")
        before = self.text("known")
        inode = os.stat(self.path("known")).st_ino
        os.mkdir(self.path("full"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", self.path("full")], check=False,
                       capture_output=True)
        self.addCleanup(subprocess.run, ["umount", self.path("full")], check=False, capture_output=True)
        if os.path.ismount(self.path("full")):
            self.write("full/known", before)
            done = self.gate("--baseline", "full/known", "--update-baseline", "--", self.program, "lose", "mislay", status=2)
            self.assertIn("full/known", done.stderr)
            self.assertEqual(self.text("full/known"), before)
            self.assertEqual(os.listdir(self.path("full")), ["known"])
        self.update("lose", "mislay")
        self.assertNotEqual(os.stat(self.path("known")).st_ino, inode, "written in place")
        self.assertEqual([name for name in os.listdir(self.place) if name.startswith("known")], ["known"])

    def test_an_update_is_0_whatever_the_command_does(self):
        self.update("lose", "3")
        self.against("lose")

    def test_an_update_by_a_command_that_failed_drops_nothing(self):
        self.update("lose", "mislay")
        both = self.text("known")
        self.update("lose", "3")
        self.assertEqual(self.text("known"), both)
        self.update("lose")
        self.assertNotIn("dir-leak", self.text("known"))

    def test_what_has_grown_says_so(self):
        self.update("lose")
        done = self.against("lose", "lose", "lose", status=1, cause="findings")
        self.assertIn("known are 1 in one process, now there are 3", done.stderr)

    def test_an_update_wants_all_findings(self):
        self.update("lose", "mislay")
        both = self.text("known")
        done = self.gate("--baseline", "known", "--update-baseline", "--kind", "fd-leak", "--", self.program, "lose", status=2)
        self.assertIn("--kind", done.stderr.splitlines()[0])
        self.assertEqual(self.text("known"), both)

    def test_a_second_reason_is_refused(self):
        self.update("lose")
        self.write("known", self.text("known") + "  reason one\n  reason another\n")
        done = self.gate("--baseline", "known", "--", self.program, "lose", status=2, cause="usage")
        self.assertIn("known:", done.stderr.splitlines()[0])

    def test_a_readers_blank_lines_and_comments_are_no_trouble(self):
        self.update("lose")
        self.write("known", self.text("known").replace("\n", "\r\n") + "\n\n# a remark\n\n")
        self.against("lose")


if __name__ == "__main__":
    command.main()
