"""The pages of docs/: every command in them is run as it is printed, and says what they print.

A block that names a file (```c server.c) is that file. A block of ```console has commands, "$ ...", each with what it prints;
there "…" stands for anything within a line, and on a line of its own for any lines. Commands of one page are one shell's, in one
directory. Where a page begins with "needs: PROGRAM …" in a comment, it is left out without them."""
import glob
import os
import re
import shutil
import subprocess
import unittest

import command
from command import BUILD, TIMEOUT, Place

SOURCE = os.environ.get("SOURCE_DIR") or os.path.abspath(".")
PAGES = {os.path.basename(path)[:-3]: path for path in sorted(glob.glob(os.path.join(SOURCE, "docs", "*.md")))}
END = "leakwatch-docs-end"


def blocks(text):
    """(info, text) of each fenced block."""
    return re.findall(r"(?ms)^```([^\n]*)\n(.*?)^```$", text)


def transcript(text):
    """(command, lines that it prints)."""
    commands = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
            commands[-1] = (f"{commands[-1][0]}\n{line}", [])
        else:
            commands[-1][1].append(line)
    return commands


def pattern(lines):
    parts = [r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(re.escape(part) for part in line.split("…")) + r"\n" for line in lines]
    return "".join(parts)


class Docs(Place):
    def shell(self):
        environment = self.environment(PATH=f"{BUILD}:{os.environ['PATH']}", LD_LIBRARY_PATH=BUILD, PS1="", HOME=self.place)
        environment.pop("LEAKWATCH_LIBRARY")
        process = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=self.path("work"), env=environment, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   errors="backslashreplace", start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process

    def say(self, shell, line):
        shell.stdin.write(f"{line}\nprintf '\\n%s\\n' {END}\n")
        shell.stdin.flush()
        said = []
        for told in shell.stdout:
            if told == END + "\n":
                break
            said.append(told)
        text = "".join(said)
        return text[:-1] if text.endswith("\n") else text  # the one that printf has begun with

    def page(self, name):
        with open(PAGES[name], encoding="utf-8") as file:
            text = file.read()
        for program in re.findall(r"<!-- needs: (.*?) -->", text):
            if not all(shutil.which(each) for each in program.split()):
                self.skipTest(f"there is no {program}")
        os.mkdir(self.path("work"))
        shell, ran = self.shell(), 0
        for info, content in blocks(text):
            kind, _, file = info.partition(" ")
            if file:
                self.write(os.path.join("work", file), content)
            if kind != "console":
                continue
            for line, lines in transcript(content):
                with self.subTest(page=name, command=line):
                    said = self.say(shell, line)
                    self.assertRegex(said, rf"\A{pattern(lines)}\Z", f"\n$ {line}\n{said}")
                ran += 1
        self.assertGreater(ran, 3)

    def test_there_are_pages_and_each_is_in_the_list_of_the_readme(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        self.assertEqual(set(PAGES), {"desk", "ci", "production", "internals"})
        for name in PAGES:
            self.assertTrue(f"docs/{name}.md" in readme, name)


for page in PAGES:
    setattr(Docs, f"test_{page}", lambda self, name=page: self.page(name))


if __name__ == "__main__":
    command.main()
