#!/usr/bin/env python3
"""A run within a run: each reports on what it has run, and leakwatch is no program that one would want a report on."""
import command
from command import LEAKWATCH
from gates import Gate


class Nested(Gate):
    def test_a_run(self):
        report, done = self.run_json("--", LEAKWATCH, "run", "--", self.program, "lose", "lose")
        self.assertEqual(report["findings"], [])
        self.assertEqual({process["judged"] for process in report["processes"]}, {False})
        self.assertIn("2 files never closed, opened by open at ways.c:10 in lose", done.stderr)
        self.assertNotIn("not watched", done.stderr)

    def test_a_gate(self):
        self.gate("--", LEAKWATCH, "gate", "--", self.program, "close", cause="clean")
        self.gate("--", LEAKWATCH, "gate", "--", self.program, "lose", "lose", status=1, cause="command")

    def test_other_programs_of_the_outer_one_are_judged(self):
        script = f"{LEAKWATCH} gate -- {self.program} close && {self.program} lose lose"
        self.gate("--", "sh", "-c", script, status=1, cause="findings")


if __name__ == "__main__":
    command.main()
