"""`leakwatch help`, and the manual pages: one of all commands and one of each, from what --help says."""
import ast
import glob
import os
import re
import shlex
import shutil
import subprocess

import command
from command import BUILD, Place

SOURCE = os.environ.get("SOURCE_DIR") or os.path.abspath(".")
LITERAL = r'"(?:[^"\\]|\\.)*"'


def examples_in_sources():
    """What stands below EXAMPLES in a help text, line by line, as the sources have it."""
    found = set()
    for path in glob.glob(os.path.join(SOURCE, "analyzer", "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for literals in re.findall(rf'"EXAMPLES\\n"((?:\s*{LITERAL})+)', text):
            lines = "".join(ast.literal_eval(literal) for literal in re.findall(LITERAL, literals))
            found.update(line.strip() for line in lines.splitlines())
    return found


def examples_in(shown):
    """What a shell reads of those that are shown, be it over several lines."""
    lines = re.search(r"^EXAMPLES\n((?:[ ]+.*\n)+)", shown, re.M)[1]
    return [" ".join(line.split()) for line in lines.replace("\\\n", "").splitlines()]


class Manual(Place):
    def setUp(self):
        super().setUp()
        self.names = self.leakwatch("--list-commands").stdout.split()

    def pages(self):
        """Their names and texts, each in a file of the place."""
        texts = {"leakwatch": self.leakwatch("--man").stdout}
        texts.update({f"leakwatch-{name}": self.leakwatch(f"--man={name}").stdout for name in self.names})
        for name, text in texts.items():
            self.write(f"{name}.1", text)
        return texts

    def need(self, tool):
        if shutil.which(tool) is None:
            self.skipTest(f"{tool} is not installed")

    def told(self, *command_line, width=80):
        done = subprocess.run(command_line, cwd=self.place, env=self.environment(MANWIDTH=str(width)), capture_output=True, text=True,
                              timeout=command.TIMEOUT, check=False)
        return done.stdout, done.stderr

    def test_help_of_a_command_is_its_own_help(self):
        self.assertIn("help", self.names)
        self.assertEqual(self.leakwatch("help").stdout, self.leakwatch("--help").stdout)
        for name in self.names:
            self.assertEqual(self.leakwatch("help", name).stdout, self.leakwatch(name, "--help").stdout)

    def test_help_of_what_is_no_command(self):
        self.assertIn("unknown command 'reprot'", self.leakwatch("help", "reprot", status=2).stderr)
        self.assertIn("one command at a time", self.leakwatch("help", "run", "gate", status=2).stderr)
        self.assertIn("unknown command 'reprot'", self.leakwatch("--man=reprot", status=2).stderr)

    def test_every_command_is_listed_in_the_help_of_all(self):
        self.assertEqual(re.findall(r"^  (\w+) +\w", self.leakwatch("help").stdout.partition("Commands:")[2].partition("\n\n")[0], re.M),
                         self.names)

    def test_a_page_has_what_its_help_has(self):
        pages = self.pages()
        for name in self.names:
            page = pages[f"leakwatch-{name}"].replace("\\-", "-")
            sections = re.findall(r"^\.SH (.*)", page, re.M)
            self.assertEqual(sections[:3], ["NAME", "SYNOPSIS", "DESCRIPTION"])
            self.assertEqual(sections[-2:], ["EXAMPLES", "SEE ALSO"])
            options = re.findall(r"^\.TP\n(?:\\fB-.\\fR, )?\\fB--([a-z-]+)\\fR", page, re.M)
            shown = self.leakwatch(name, "--help").stdout
            asked = set(re.findall(r"^ +(?:-., )?--([a-z-]+)", shown, re.M)) - {"help", "usage", "version"}
            self.assertEqual(sorted(options), sorted(asked), name)
            self.assertEqual("OPTIONS" in sections, len(asked) > 0)
            for other in self.names:
                self.assertEqual(f".BR leakwatch-{other} (1)" in page, other != name)

    def test_pages_are_clean(self):
        self.need("mandoc")
        for name in self.pages():
            self.assertEqual(self.told("mandoc", "-T", "lint", "-W", "warning", f"{name}.1"), ("", ""))

    def test_man_shows_them_without_a_warning(self):
        self.need("man")
        for name in self.pages():
            shown, warnings = self.told("man", "--warnings", "-E", "UTF-8", "-l", self.path(f"{name}.1"))
            self.assertEqual(warnings, "")
            self.assertTrue(shown.startswith(f"{name.upper()}(1)"), shown[:200])

    def test_examples_can_be_pasted(self):
        sources = {" ".join(line.split()) for line in examples_in_sources()}
        shown = [line for name in self.names for line in examples_in(self.leakwatch("help", name).stdout)]
        self.assertEqual(sources - {*shown, *examples_in(self.leakwatch("help").stdout)}, set())
        for line in shown:
            self.assertIn(line, sources)
            subprocess.run(["sh", "-n", "-c", line], check=True, timeout=command.TIMEOUT)
            self.assert_has_options(shlex.split(line, comments=True))

    def assert_has_options(self, words):
        """Those of leakwatch's own command, which are in front of a command that it runs."""
        if words[0] != "leakwatch" or words[1] == "pytest":
            return
        takes = dict(re.findall(r"(?:^|, )[ ]*--([a-z-]+)(=?)", self.leakwatch("help", words[1]).stdout, re.M))
        runs = words[1] in ("run", "gate", "sweep")
        rest = iter(words[2:])
        for word in rest:
            if word in ("--", "|", "||") or (runs and not word.startswith("-")):
                return
            if word.startswith("--"):
                name, equals, _ = word[2:].partition("=")
                self.assertIn(name, takes, words)
                if takes[name] and not equals:
                    next(rest)

    def test_what_is_set_in_stays_set_in(self):
        for name in self.names:
            text = re.split(r"\n(?=[A-Z]{3,}[A-Z ]*\n)", self.leakwatch("help", name).stdout, maxsplit=1)[1]
            for line, behind in zip(text.splitlines(), text.splitlines()[1:]):
                self.assertLess(len(line), 80)
                if line.startswith(" ") and behind:
                    self.assertTrue(behind.startswith("  "), f"{name}: {line} / {behind}")

    def test_rows_of_a_table_stand_below_each_other(self):
        self.need("man")
        self.pages()
        shown, _ = self.told("man", "-E", "UTF-8", "-l", self.path("leakwatch-serve.1"))
        rows = re.findall(r"^( +)(/\S*)", re.search(r"\nWHAT IS SERVED\n((?: .*\n)+)", shown)[1], re.M)
        self.assertIn("/api/report,", [path for _, path in rows])
        self.assertEqual(len({margin for margin, _ in rows}), 1, rows)

    def test_man_fills_neither_examples_nor_tables(self):
        self.need("man")
        for name in self.pages():
            wanted = examples_in(self.leakwatch("help", name.partition("-")[2]).stdout) if "-" in name else None
            for width in (60, 80, 120):
                shown, _ = self.told("man", "-E", "UTF-8", "-l", self.path(f"{name}.1"), width=width)
                if wanted is not None:
                    self.assertEqual(examples_in(shown), wanted, width)
                self.assertRegex(shown, rf"\nNAME\n +{name} - \S+(?: \S+)*\n")
                self.assertNotIn("\u2010", shown)
        shown, _ = self.told("man", "-E", "UTF-8", "-l", self.path("leakwatch-serve.1"), width=120)
        self.assertRegex(shown, r"\n {9}/report, /trend {19}those of all processes\n")

    def test_the_index_of_man_takes_them(self):
        self.need("lexgrog")
        for name in self.pages():
            self.assertRegex(self.told("lexgrog", f"{name}.1")[0], rf'"{name} - \w')

    def test_the_build_has_them_all(self):
        directory = os.path.join(BUILD, "manual", "man1")
        pages = self.pages()
        self.assertEqual(sorted(os.listdir(directory)), sorted(f"{name}.1" for name in pages))
        for name, text in pages.items():
            with open(os.path.join(directory, f"{name}.1"), encoding="utf-8") as file:
                self.assertEqual(file.read(), text)


if __name__ == "__main__":
    command.main()
