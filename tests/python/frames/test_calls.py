"""The lines in the ledger are those of sys._getframe: names, lines, files and their order."""
import compared
from compared import every_python


class Calls(compared.Compared):
    @every_python()
    def test_calls(self, python):
        self.run_program(python, "calls.py")
        self.assert_paths_told(least=48)

    @every_python()
    def test_native(self, python):
        self.run_program(python, "native.py")
        self.assert_paths_told(least=30)

    @every_python()
    def test_tasks(self, python):
        self.run_program(python, "tasks.py")
        self.assert_paths_told(least=12)

    @every_python()
    def test_threads(self, python):
        self.run_program(python, "threads.py")
        self.assert_paths_told(least=30)

    @every_python(10, 11, 12, 13)
    def test_patterns(self, python):
        self.run_program(python, "patterns.py")
        self.assert_paths_told(least=5)


if __name__ == "__main__":
    compared.main()
