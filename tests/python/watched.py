"""What the tests of leakwatch.py share: a script is run by the system's Python, watched or not, and what it printed as
JSON is compared with what the report says."""
import collections
import json
import os
import subprocess
import sys
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "cli"))

from command import BUILD, LEAKWATCH, TIMEOUT, Place, main  # noqa: E402,F401 (found by the line above)

MODULE = os.path.normpath(os.path.join(HERE, os.pardir, os.pardir, "include", "leakwatch"))
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable

PRELUDE = r"""import json, os, sys
import leakwatch
def tell(**what):
    sys.stdout.write(json.dumps(what) + "\n")  # at once, whatever other threads tell
"""


def has_module(name):
    return subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


class Scripts(Place):
    """A test that runs scripts of its own."""

    def environment(self, **more):
        return super().environment(PYTHONPATH=MODULE, PYTHONDONTWRITEBYTECODE="1", **more)

    def script(self, text, name="script.py", prelude=PRELUDE):
        return self.write(name, prelude + textwrap.dedent(text))

    def lines_told(self, output):
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def watched(self, text, status=0, **how):
        """(report, what the script told): run under leakwatch."""
        output = self.path("report.json")
        done = self.leakwatch("run", "--format", "json", "--output", output, "--", PYTHON, self.script(text, **how),
                              status=status)
        with open(output, encoding="utf-8") as file:
            return json.load(file), self.lines_told(done.stdout)

    def unwatched(self, text, status=0, **how):
        done = subprocess.run([PYTHON, self.script(text, **how)], cwd=self.place, env=self.environment(),
                              capture_output=True, text=True, timeout=TIMEOUT, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return self.lines_told(done.stdout)

    def told(self, text, **how):
        """What the script told, watched."""
        return self.watched(text, **how)[1]

    def line_of(self, mark, name="script.py"):
        """The number of the line that ends with `# mark`."""
        with open(self.path(name), encoding="utf-8") as file:
            found = [number for number, line in enumerate(file, 1) if line.rstrip().endswith("# " + mark)]
        self.assertEqual(len(found), 1, f"{mark}: {found}")
        return found[0]

    def found(self, report, kind):
        return [finding for finding in report["findings"] if finding["kind"] == kind]

    def leaks_by_scope(self, report):
        """{path of the scope: how much its ends left}"""
        leaks = collections.Counter()
        for leak in self.found(report, "scope-leak"):
            leaks[leak["scope"]] += leak["count"]
        return dict(leaks)

    def assert_calm(self, report):
        """Nothing was begun and not ended, nor ended twice."""
        self.assertEqual(self.found(report, "unbalanced-scope"), [], json.dumps(report["findings"], indent=1))
