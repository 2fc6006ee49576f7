"""At each event of the interpreter's auditing the stacks that are being written equal the interpreter's own."""
import compared
from auditing import Audit
from compared import AUDITOR, every_python


class Audited(compared.Compared):
    def audit(self, python, name, least):
        audit = Audit(self.work)
        self.run_program(python, name, environment=self.preloaded(behind=[AUDITOR], **audit.environment()))
        counts = audit.result()
        self.assertGreaterEqual(counts["compared"], least, counts)
        self.assertEqual((counts["wrong"], counts["native"], counts["folded"]), (0, 0, 0),
                         f"{counts}\n{audit.complaints()}")

    @every_python()
    def test_calls(self, python):
        self.audit(python, "calls.py", 300)

    @every_python()
    def test_native(self, python):
        self.audit(python, "native.py", 300)

    @every_python()
    def test_tasks(self, python):
        self.audit(python, "tasks.py", 300)

    @every_python()
    def test_threads(self, python):
        self.audit(python, "threads.py", 300)

    @every_python()
    def test_begun(self, python):
        self.audit(python, "begun.py", 6000)


if __name__ == "__main__":
    compared.main()
