"""`leakwatch help`, and the manual pages: one of all commands and one of each, from what --help says."""
import os
import re
import shutil
import subprocess

import command
from command import BUILD, Place


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

    def told(self, *command_line):
        done = subprocess.run(command_line, cwd=self.place, env=self.environment(MANWIDTH="80"), capture_output=True, text=True,
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
