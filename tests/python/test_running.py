"""python3 -m leakwatch, which runs what python3 would run, and the path under which it is found."""
import subprocess

import watched
from watched import PYTHON

PROGRAM = """\
import os, sys
__doc__ = "mine"
class Kept: pass
def told():
    main = sys.modules["__main__"]
    return [sys.argv, __name__, main.__dict__ is globals(), getattr(main, "__file__", None), sys.path[0]]
print(told())
import pickle
print(pickle.loads(pickle.dumps(Kept())).__class__ is Kept)
os.open("/dev/null", os.O_RDONLY)  # forgotten
sys.exit(3)
"""


class Running(watched.Scripts):
    def setUp(self):
        super().setUp()
        shown = self.leakwatch("--print-python-path").stdout
        self.assert_one_line(shown)
        self.with_module = {**self.environment(), "PYTHONPATH": shown.strip()}
        for name in ("program.py", "package/__main__.py", "package/__init__.py"):
            self.write(name, "" if name.endswith("__init__.py") else PROGRAM)

    def run_it(self, *command, status, given=None):
        done = subprocess.run([PYTHON, *command], cwd=self.place, capture_output=True, text=True, check=False, input=given,
                              env=self.with_module)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_it_runs_what_python_would(self):
        for command in (["program.py", "a", "-b"], ["./program.py"], ["-m", "package", "-c", "x"], ["-c", PROGRAM, "a"],
                        ["package"], ["-", "a"]):
            given = PROGRAM if command[0] == "-" else None
            plain = self.run_it(*command, status=3, given=given)
            self.assertEqual(plain.stdout.splitlines()[1], "True")
            if command[0] == "-":  # from a pipe, python3 gives it a name of its own
                plain.stdout = plain.stdout.replace("None", "'<stdin>'")
            if command[0] == "package":  # the path of a directory stays as it was given
                plain.stdout = plain.stdout.replace(f"'{self.path('package')}'", "'package'")
            self.assertEqual(self.run_it("-m", "leakwatch", *command, status=3, given=given).stdout, plain.stdout, command)

    def test_what_is_wrong(self):
        for command in ([], ["-m"], ["-c"], ["-x"]):
            self.assertIn("usage: python3 -m leakwatch", self.run_it("-m", "leakwatch", *command, status=2).stderr)
        self.assertIn("usage: python3 -m leakwatch", self.run_it("-m", "leakwatch", "--help", status=0).stdout)
        self.assertIn("No such file", self.run_it("-m", "leakwatch", "nowhere.py", status=2).stderr)

    def test_what_is_not_there_is_said_in_pythons_words(self):
        for command in (["nosuch.py"], ["no/such.pyz"], ["-m", "nosuch"], ["-m", "nosuch.inner"]):
            own = subprocess.run([PYTHON, *command], cwd=self.place, capture_output=True, text=True, check=False,
                                 env=self.with_module)
            done = self.run_it("-m", "leakwatch", *command, status=own.returncode)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            if command[-1] != "nosuch.inner":  # of that python3 says that it could not find the outer one
                self.assertEqual(done.stderr, own.stderr)
        self.write("broken.py", "import not_there\n")
        self.assertIn("No module named 'not_there'", self.run_it("-m", "leakwatch", "-m", "broken", status=1).stderr)

    def test_lines_are_told_of_a_program_that_does_not_import_it(self):
        done = self.leakwatch("run", "--", PYTHON, "-m", "leakwatch", "program.py", status=3, environment=self.with_module)
        line = PROGRAM.splitlines().index('os.open("/dev/null", os.O_RDONLY)  # forgotten') + 1
        self.assertRegex(done.stderr, rf"1 file, opened by open at program.py:{line} in <module>: /dev/null \[fd-leak\]")


if __name__ == "__main__":
    watched.main()
