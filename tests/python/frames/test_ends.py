"""Stacks of releases, failures, misuses and locks, against sys._getframe."""
import compared
from compared import every_python


class Ends(compared.Compared):
    def ended(self, python, options=""):
        self.run_program(python, "ends.py", environment=self.preloaded(options))
        [ledger] = self.ledgers()
        return ledger, [(note["key"], note["frames"]) for note in self.notes() if isinstance(note["key"], list)]

    def assert_told(self, ledger, notes, kind, stacks):
        """Every note of this kind has its frames in one of the stacks: {what the note names: number of the stack}"""
        compared_now = 0
        for (what, name), frames in notes:
            if what == kind:
                self.assertIn(name, stacks)
                self.assert_same((what, name), ledger, stacks[name], frames)
                compared_now += 1
        self.assertGreater(compared_now, 0)

    def site_stack(self, ledger, number):
        return ledger.rows["site"][int(number)]["stack"]

    @every_python()
    def test_ends(self, python):
        ledger, notes = self.ended(python)
        released = {int(slot["handle"], 0): slot["release_stack"] for slot in ledger.slots
                    if slot["word"].startswith("free") and "/held/" in slot["detail"]}
        self.assertEqual(len(released), 4)
        self.assert_told(ledger, notes, "released", released)
        misuses = {int(row["handle"], 0): row["stack"] for row in ledger.rows["misuse"].values()}
        self.assert_told(ledger, notes, "misuse", misuses)
        failures = {row["call"]: row["stack"] for row in ledger.rows["failure"].values()}
        self.assert_told(ledger, notes, "failed", failures)
        streams = {row["call"]: row["stack"] for row in ledger.rows["site"].values()}
        self.assert_told(ledger, notes, "stream", streams)

    def locks(self, ledger):
        return {int(row["lock"], 0): self.site_stack(ledger, row["site"]) for row in ledger.rows["hold"].values()}

    @every_python()
    def test_locks(self, python):
        ledger, notes = self.ended(python, ":locks=full")
        self.assert_told(ledger, notes, "lock", self.locks(ledger))

    @every_python()
    def test_locks_seldom_walked(self, python):
        """The interpreter's own locks may have used up the walks: then the others have no lines, and never wrong ones."""
        ledger, notes = self.ended(python)
        locks = self.locks(ledger)
        for (kind, name), frames in notes:
            if kind == "lock" and ledger.lines(locks[name]):
                self.assert_same(name, ledger, locks[name], frames)


if __name__ == "__main__":
    compared.main()
