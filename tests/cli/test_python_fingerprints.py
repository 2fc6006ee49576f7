"""Fingerprints of Python's lines are the same under every CPython that is found, Debian's 3.11 among them."""
import glob
import json
import os

from command import Place, main

DEBIAN = "/usr/bin/python3"
OTHERS = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")) + glob.glob("/usr/local/bin/python3"))
KNOWN = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")

SCRIPT = """import os, sys, tempfile
class Archive:
    kept = []
    def read(self, name):
        Archive.kept.append(open(name))  # read
    def spool(self):
        return tempfile.mkstemp()[0]  # spool
    def many(self):
        Archive.kept.extend([os.open(name, os.O_RDONLY) for name in ["/dev/null"] * 4])  # many
def main():
    archive = Archive()
    for _ in range(12):
        archive.read("/etc/passwd")
    archive.spool()
    archive.many()
    sys.stdout.flush()
    os._exit(0)
print("%d.%d" % sys.version_info[:2])
main()
"""


class Fingerprints(Place):
    def told(self, python):
        """(version, {line: fingerprint}) of what the script leaves open."""
        script, output = self.write("invoices.py", SCRIPT), self.path("report.json")
        done = self.leakwatch("run", "--format", "json", "--output", output, "--", python, script, status=None)
        with open(output, encoding="utf-8") as file:
            findings = json.load(file)["findings"]
        told = {}
        for finding in findings:
            lines = [frame for frame in finding["stacks"]["acquired"]
                     if frame["language"] == "python" and frame["file"].endswith("invoices.py")]
            if lines:
                told[lines[0]["line"]] = finding["fingerprint"]
        return done.stdout.split()[0], told

    def test_every_cpython_says_the_same(self):
        version, debian = self.told(DEBIAN)
        self.assertEqual(sorted(debian), [5, 7, 9], version)
        self.assertEqual(len(set(debian.values())), 3)
        for python in OTHERS:
            with self.subTest(python=python):
                version, told = self.told(python)
                if version in KNOWN:
                    self.assertEqual(told, debian)

    def test_the_headline_names_the_line_and_the_interpreter_is_folded(self):
        script = self.write("invoices.py", SCRIPT)
        done = self.leakwatch("run", "--", DEBIAN, script, status=None)
        self.assertIn("opened by open at invoices.py:5 in Archive.read [fd-leak]", done.stderr)
        self.assertNotIn("_PyEval", done.stderr)
        self.assertNotIn("+0x", done.stderr)
        self.assertIn("more frames (--full shows all)", done.stderr)
        whole = self.leakwatch("run", "--full", "--", DEBIAN, script, status=None)
        self.assertIn("+0x", whole.stderr)

    def test_what_tools_read_points_at_the_line(self):
        script = self.write("invoices.py", SCRIPT)
        files = {name: self.path("out." + name) for name in ("github", "sarif", "junit", "codequality", "html")}
        self.leakwatch("run", *(f"--report={name}={path}" for name, path in files.items()), "--", DEBIAN, script,
                       status=None)
        texts = {}
        for name, path in files.items():
            with open(path, encoding="utf-8") as file:
                texts[name] = file.read()
        self.assertIn("file=invoices.py,line=5", texts["github"])
        places = [result["locations"][0]["physicalLocation"] for result in json.loads(texts["sarif"])["runs"][0]["results"]]
        self.assertIn(("invoices.py", 5), [(place["artifactLocation"]["uri"], place["region"]["startLine"])
                                           for place in places])
        self.assertIn('file="invoices.py" line="5"', texts["junit"])
        self.assertIn(("invoices.py", 5), [(entry["location"]["path"], entry["location"]["lines"]["begin"])
                                           for entry in json.loads(texts["codequality"])])
        self.assertIn("frames of the interpreter</summary>", texts["html"])
        self.assertIn("Archive.kept.append(open(name))", texts["html"])

    def test_a_rule_may_name_a_python_function_by_either_name(self):
        for pattern in ("^Archive.read$", "^read$", "invoices.py"):
            with self.subTest(pattern=pattern):
                rules = self.write("rules", f"fd-leak:{pattern}\n")
                done = self.leakwatch("run", "--suppressions", rules, "--", DEBIAN, self.write("invoices.py", SCRIPT),
                                      status=None)
                self.assertNotIn("Archive.read [fd-leak]", done.stderr)


if __name__ == "__main__":
    main()
