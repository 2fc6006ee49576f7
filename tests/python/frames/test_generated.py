"""The addresses of code objects are used again: what is remembered of one is not told of another.

Where a version counts its code objects (3.12 on) none may be wrong; before that, what stands at the same addresses with the
same names, numbers and ends of its table of lines is taken for the same, which was seen 0 to 2 times in 72,000."""
import compared
from auditing import Audit
from compared import AUDITOR, every_python

ROUNDS = 2000
WRONG_BEFORE_3_12 = 9  # of 72,000
SHAPES = ("other_files", "other_functions", "other_directories", "other_lines", "other_texts", "lines_inside")


class Generated(compared.Compared):
    @every_python()
    def test_generated(self, python):
        wrong, told = 0, []
        for shape in SHAPES:
            audit = Audit(self.work)
            self.run_program(python, "generated.py", shape, str(ROUNDS),
                             environment=self.preloaded(behind=[AUDITOR], **audit.environment()))
            counts = audit.result()
            told.append((shape, counts))
            self.assertGreaterEqual(counts["compared"], 2 * 3 * ROUNDS, told)
            self.assertEqual((counts["native"], counts["folded"]), (0, 0), told)
            wrong += counts["wrong"]
        print(f"{python}: {wrong} of {sum(counts['compared'] for _, counts in told)} stacks are wrong")
        self.assertLessEqual(wrong, WRONG_BEFORE_3_12 if python.minor < 12 else 0, f"{told}\n{audit.complaints()}")


if __name__ == "__main__":
    compared.main()
