"""The addresses of code objects are used again: what is remembered of one is not told of another.

Versions from 3.12 on count their code objects; before that, what stands at the same addresses with the same names, numbers and
ends of its table of lines is taken for the same."""
import compared
from auditing import Audit
from compared import AUDITOR, every_python

ROUNDS = 2000
SHAPES = ("other_files", "other_functions", "other_directories", "other_lines", "other_texts", "lines_inside")


class Generated(compared.Compared):
    @every_python()
    def test_generated(self, python):
        for shape in SHAPES:
            audit = Audit(self.work)
            self.run_program(python, "generated.py", shape, str(ROUNDS),
                             environment=self.preloaded(behind=[AUDITOR], **audit.environment()))
            counts = audit.result()
            self.assertGreaterEqual(counts["compared"], 2 * 3 * ROUNDS, counts)
            self.assertEqual((counts["native"], counts["folded"], counts["wrong"]), (0, 0, 0),
                             f"{shape}: {audit.complaints()}")

    @every_python(11)
    def test_a_stack_that_finds_no_room_is_native_and_no_other_one(self, python):
        audit = Audit(self.work)
        self.run_program(python, "generated.py", "deep", "20000",
                         environment=self.preloaded(behind=[AUDITOR], **audit.environment()))
        counts = audit.result()
        self.assertGreater(counts["folded"], 100, counts)
        self.assertEqual((counts["wrong"], counts["native"]), (0, 0), audit.complaints())

    @every_python()
    def test_a_name_of_a_class_of_its_own_is_not_read(self, python):
        """Where its characters would stand is other memory, or none."""
        self.run_program(python, "generated.py", "own_class", "20", environment=self.preloaded())


if __name__ == "__main__":
    compared.main()
