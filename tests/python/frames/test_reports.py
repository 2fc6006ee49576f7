"""What `leakwatch run` says of Python programs that import nothing."""
import collections
import signal

import compared
from compared import every_python


class Reports(compared.Compared):
    def python_frames(self, finding):
        return [(frame["function"].rpartition(".")[2], frame["file"].rpartition("/")[2], frame["line"])
                for frame in finding["stacks"]["acquired"] if frame.get("language") == "python"]

    def leaks(self, python, name, status=0):
        report, _ = self.run_json("--", python.path, self.program(name), status=status)
        return [finding for finding in report["findings"] if finding["kind"] == "fd-leak"]

    @every_python()
    def test_two_functions_are_two_sites(self, python):
        self.run_program(python, "two.py")
        [ledger] = self.ledgers()
        told = collections.Counter(ledger.lines(ledger.stack_of(slot))[0][:2] for slot in ledger.slots
                                   if slot["detail"] == "/dev/null" and slot["site"] != "0")
        self.assertEqual(told, {("first", 6): 2, ("second", 10): 2})

    @every_python()
    def test_lines_survive_sigkill(self, python):
        [leak] = self.leaks(python, "killed.py", status=128 + signal.SIGKILL)
        self.assertEqual(self.python_frames(leak), [("opens", "killed.py", 7), ("<module>", "killed.py", 10)])


if __name__ == "__main__":
    compared.main()
