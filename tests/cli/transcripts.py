"""Pages whose commands are run as they are printed, and say what they print.

A block that names a file (```c server.c) is that file. A block of ```console has commands, "$ ...", each with what it prints;
there "…" stands for anything within a line, and on a line of its own for any lines. Commands of one page are one shell's, in one
directory. Where a page has "needs: PROGRAM …" in a comment, it is left out without them, and where it has "tries: COMMAND", if that
fails."""
import os
import re
import shutil
import subprocess

from command import BUILD, TIMEOUT, Place

END = "leakwatch-transcript-end"


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


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


def commands_of(text):
    """All of a page's, as transcript() has them."""
    return [each for info, content in blocks(text) if info == "console" for each in transcript(content)]


def files_of(text):
    """(name, content) of each file that a page has."""
    return [(info.partition(" ")[2], content) for info, content in blocks(text) if " " in info]


def pattern(lines):
    parts = [r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(re.escape(part) for part in line.split("…")) + r"\n" for line in lines]
    return "".join(parts)


class Transcript(Place):
    def shell(self, **more):
        environment = self.environment(PATH=f"{BUILD}:{os.environ['PATH']}", LD_LIBRARY_PATH=BUILD, PS1="", HOME=self.place, **more)
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

    def follow(self, path, **more):
        """Runs the commands of a page, in an environment with these variables, too."""
        text, name = text_of(path), os.path.basename(path)
        for program in re.findall(r"<!-- needs: (.*?) -->", text):
            if not all(shutil.which(each) for each in program.split()):
                self.skipTest(f"there is no {program}")
        for trial in re.findall(r"<!-- tries: (.*?) -->", text):
            if subprocess.run(trial.split(), capture_output=True, check=False, timeout=TIMEOUT).returncode != 0:
                self.skipTest(f"no {trial} here")
        os.mkdir(self.path("work"))
        shell, ran = self.shell(**more), 0
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
        self.assertGreater(ran, 2)
