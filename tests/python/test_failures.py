"""leakwatch sweep, and inject=, on a program in Python: what is told names its lines."""
import json
import os
import subprocess

import watched
from watched import LEAKWATCH, PYTHON, TIMEOUT

PROGRAM = """\
import os

def copy(source, target):
    reading = os.open(source, os.O_RDONLY)  # taken
    text = os.read(reading, 4096)
    try:
        save(target, text)
        os.close(reading)
    except OSError:
        return False  # and forgets it
    return True

def save(path, text):
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)  # taken well
    try:
        writing = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=directory)
        os.write(writing, text)
        os.close(writing)  # closed
    finally:
        os.close(directory)

with open("from.txt", "w", encoding="ascii") as file:
    file.write("text")
copy("from.txt", os.path.abspath("to.txt"))
"""


class Failures(watched.Scripts):
    def setUp(self):
        super().setUp()
        self.program = self.write("copy.py", PROGRAM)

    def line(self, mark):
        return self.line_of(mark, name="copy.py")

    def frame(self, finding):
        frame = next(frame for frame in finding["stacks"]["acquired"] if frame["language"] == "python")
        return os.path.basename(frame["file"]), frame["line"], frame["function"]

    def test_sweep_names_the_lines(self):
        done = self.leakwatch("sweep", "--jobs", "1", "--format", "json", "--", PYTHON, "-I", self.program, status=1)
        runs = json.loads(done.stdout)["runs"]
        leaked = [run for run in runs if run["outcome"] == "leaked"]
        self.assertEqual({run["because"] for run in leaked}, {f"fd-leak at copy.py:{self.line('taken')} in copy"})
        sites = {(run["call"], os.path.basename(run["site"]["file"]), run["site"]["line"], run["site"]["function"])
                 for run in leaked}
        self.assertIn(("close", "copy.py", self.line("closed"), "save"), sites)
        self.assertNotIn("crashed", {run["outcome"] for run in runs})
        again = [run for run in leaked if run["site"]["line"] == self.line("closed")][0]
        self.assertIn(f"copy.py:{self.line('taken')} in copy: from.txt [fd-leak]", self.shell(again["reproduce"]))

    def shell(self, line):
        done = subprocess.run(["sh", "-c", line], cwd=self.place, capture_output=True, text=True, check=False, timeout=TIMEOUT,
                              env=self.environment(PATH=os.path.dirname(LEAKWATCH) + ":" + os.environ["PATH"]))
        return done.stdout + done.stderr

    def test_what_an_injected_failure_leaves_has_its_line(self):
        """By the call; and by the function of Python that is a scope."""
        for options, injected in (("inject=openat64=EACCES", 1), ("scopes=save:inject=close=EIO@1/scope=*save", 1)):
            with self.subTest(options=options):
                environment = self.environment(LEAKWATCH_OPTIONS=options)
                report, _ = self.run_json("--", PYTHON, "-I", self.program, environment=environment)
                self.assertEqual(report["totals"]["injected"], injected)
                leak = self.only(report)
                self.assertEqual((leak["resource"]["detail"], self.frame(leak)),
                                 ("from.txt", ("copy.py", self.line("taken"), "copy")))


if __name__ == "__main__":
    watched.main()
