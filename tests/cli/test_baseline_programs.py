#!/usr/bin/env python3
"""One baseline for many tests that are judged one by one: an entry belongs to the programs that have it."""
import re
import subprocess

import command
from command import LEAKWATCH
from gates import Gate


class Programs(Gate):
    """As README's recipe for CMake does it: a gate for each test, all with one baseline."""

    def update(self, *what, program=None):
        return self.gate("--baseline", "known", "--update-baseline", "--", program or self.program, *what,
                         cause="baseline updated")

    def against(self, *what, status=0, program=None):
        return self.gate("--baseline", "known", "--", program or self.program, *what, status=status)

    def kinds(self):
        return sorted(re.findall(r"^(\S+-leak) ", self.text("known"), re.M))

    def test_each_adds_its_own_and_keeps_the_others(self):
        self.update("lose")
        self.write("known", self.text("known").replace("\n  where", "\n  reason for life\n  where"))
        self.update("mislay")
        self.update("close")
        self.assertEqual(self.kinds(), ["dir-leak", "fd-leak"])
        self.assertIn("reason for life", self.text("known"))
        self.assertIn("  program ways lose\n", self.text("known"))
        for what in ("lose", "mislay", "close"):
            done = self.against(what)
            self.assertNotIn("gone", done.stderr, what)

    def test_gone_is_what_its_own_program_no_longer_has(self):
        self.update("lose", "mislay")
        self.assertNotIn("gone", self.against("lose").stderr)
        mended = self.text("known")
        self.write("known", mended.replace("program ways lose mislay", "program ways close"))
        self.assertIn("gone", self.against("close").stderr)
        self.update("close")
        self.assertEqual(self.kinds(), [])

    def test_an_entry_of_two_programs_is_gone_when_neither_has_it(self):
        self.update("lose")
        self.update("lose", "close")
        self.assertEqual(self.kinds(), ["fd-leak"])
        self.assertEqual(len(re.findall(r"^  program ", self.text("known"), re.M)), 2)
        self.write("known", self.text("known").replace("program ways lose close", "program ways close"))
        self.assertNotIn("gone", self.against("close").stderr)
        self.update("close")
        self.assertEqual(self.kinds(), ["fd-leak"])

    def test_paths_of_arguments_do_not_matter(self):
        self.update("lose", "/some/where/x")
        self.assertIn("  program ways lose x\n", self.text("known"))

    def test_an_old_baseline_is_read(self):
        self.update("lose")
        old = self.text("known").replace("version 2", "version 1")
        self.write("known", re.sub(r"  program .*\n", "", old))
        self.against("lose")
        self.assertIn("gone", self.against("close").stderr)
        self.update("lose")
        self.assertIn("  program ways lose\n", self.text("known"))

    def test_an_entry_without_a_place_is_kept(self):
        self.write("known", "# leakwatch baseline, version 2\n\nfd-leak 0123456789abcdef\n  program other\n")
        self.update("lose")
        self.assertIn("0123456789abcdef", self.text("known"))

    def test_side_by_side(self):
        """As ctest -j does it: nobody's entries are lost."""
        names = [f"n{i}" for i in range(8)]
        for name in names:
            self.compile(name, f"#include <fcntl.h>\nint {name}(void) {{ return open(\"/dev/null\", 0); }}\n"
                               f"int main(void) {{ return {name}() < 0; }}\n", flags=("-O0", "-g"))
        running = [subprocess.Popen([LEAKWATCH, "gate", "--baseline", "known", "--update-baseline", "--", self.path(name)],
                                    cwd=self.place, env=self.environment(), stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL) for name in names]
        self.assertEqual([one.wait(command.TIMEOUT) for one in running], [0] * len(names))
        self.assertEqual(sorted(re.findall(r"^  program (\S+)$", self.text("known"), re.M)), names)


if __name__ == "__main__":
    command.main()
