"""Completion as the shells themselves do it: a real bash with bash-completion, a real zsh on a terminal, and a real fish."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import command
from command import BUILD, LEAKWATCH, Place

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
COMPLETION = os.path.join(BUILD, "manual", "completion")

# The last word is what the cursor stands behind. What would be offered, a word a line.
BASH = r"""
source /usr/share/bash-completion/bash_completion
_completion_loader leakwatch
line=$1
COMP_LINE=$line COMP_POINT=${#line}
read -ra words <<<"${line//=/ = }"
[[ $line != *[\ =] ]] || words+=('')
[[ $line != *= ]] || unset 'words[-1]'
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
compopt() { :; }
[[ $(complete -p leakwatch) == *'-F _leakwatch leakwatch' ]] || exit 1
_leakwatch leakwatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


class Completion(Place):
    """What all shells have to offer; ask() of each gives the words offered behind a line."""

    def setUp(self):
        super().setUp()
        if type(self) is Completion:
            self.skipTest("of each shell")
        os.makedirs(self.path("history", "below"))
        self.write("known.supp", "")
        self.write("bin/leakwatch", f'#!/bin/sh\nexec {LEAKWATCH} "$@"\n', 0o755)
        self.shell_environment = self.environment(PATH=f"{self.path('bin')}:{os.environ['PATH']}", HOME=self.place, TERM="dumb")
        self.prepare()

    def prepare(self):
        raise NotImplementedError

    def ask(self, line):
        raise NotImplementedError

    def run_shell(self, *arguments):
        done = subprocess.run(arguments, cwd=self.place, env=self.shell_environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=command.TIMEOUT, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def offered(self, line, *words):
        """These words, all of them, are among what is offered."""
        offered = self.ask(line)
        for word in words:
            self.assertIn(word, offered, line)
        return offered

    def values(self, line, *words):
        """Just these values are offered; a shell may show an option's name before each."""
        self.assertEqual(sorted(re.sub("^--[a-z-]+=", "", word) for word in self.ask(line)), sorted(words), line)

    def test_commands(self):
        names = self.leakwatch("--list-commands").stdout.split()
        self.values("leakwatch ", *names)
        self.values("leakwatch re", "report")
        self.values("leakwatch help tr", "trend")
        self.values("leakwatch --no-config se", "serve")

    def test_each_option_of_each_command(self):
        for name in self.leakwatch("--list-commands").stdout.split():
            options = re.findall(r"^ +(?:-., )?(--[a-z-]+)", self.leakwatch("help", name).stdout, re.M)
            options = [option for option in options if option not in ("--usage", "--version")]
            offered = {word.rstrip("=") for word in self.ask(f"leakwatch {name} --")}
            self.assertLessEqual(set(options), offered, name)

    def test_values_of_a_choice(self):
        for name in ("run", "gate", "report", "diff"):
            self.values(f"leakwatch {name} --color ", "auto", "always", "never")
        self.values("leakwatch report --fail-on ", "error", "warning", "note", "never")
        self.values("leakwatch report --held=", "error", "warning", "note")
        self.values("leakwatch report --format=s", "sarif", "suppressions")
        self.values("leakwatch report -f j", "json", "junit")
        self.values("leakwatch trend --format ", "text", "json", "markdown", "html")
        self.values("leakwatch sweep --format ", "text", "json")
        self.values("leakwatch top --view ", "processes", "sites", "connections", "locks")

    def test_kinds_with_commas(self):
        self.values("leakwatch report --kind lock-h", "lock-held")
        self.values("leakwatch report --kind fd-leak,lock-h", "fd-leak,lock-held")

    def test_what_a_report_is_written_to(self):
        self.offered("leakwatch gate --report js", "json=")

    def test_files_and_directories(self):
        self.offered("leakwatch report --suppressions kno", "known.supp")
        self.offered("leakwatch report kno", "known.supp")
        self.assertEqual([word.rstrip("/") for word in self.ask("leakwatch report --source-root hi")], ["history"])
        self.assertEqual(self.ask("leakwatch report --source-root kno"), [])

    def test_processes_that_run(self):
        for name in ("attach", "detach"):
            self.assertNotIn("known.supp", self.offered(f"leakwatch {name} ", str(os.getpid()), "1"))
            self.assertIn(str(os.getpid()), self.ask(f"leakwatch {name} 1 {str(os.getpid())[0]}"))
            self.assertNotIn("known.supp", self.ask(f"leakwatch {name} kno"))

    def test_verbs_of_a_store(self):
        self.values("leakwatch store ", "add", "list", "forget")

    def test_a_command_that_is_run_is_completed_as_itself(self):
        self.offered("leakwatch run --grace 3 printe", "printenv")
        self.offered("leakwatch sweep printe", "printenv")
        self.offered("leakwatch gate -- printe", "printenv")
        self.offered("leakwatch run cat kno", "known.supp")


class Bash(Completion):
    def prepare(self):
        if not os.path.exists(BASH_COMPLETION):
            self.skipTest("bash-completion is not installed")
        os.makedirs(self.path("shell", "completions"))
        shutil.copy(os.path.join(COMPLETION, "leakwatch"), self.path("shell", "completions", "leakwatch"))
        self.shell_environment["BASH_COMPLETION_USER_DIR"] = self.path("shell")
        self.script = self.write("ask", BASH)

    def ask(self, line):
        return [word.strip() for word in self.run_shell("bash", self.script, line) if word.strip()]


class Fish(Completion):
    def prepare(self):
        if shutil.which("fish") is None:
            self.skipTest("fish is not installed")
        self.write("config/fish/completions/leakwatch.fish", self.read(os.path.join(COMPLETION, "leakwatch.fish")))

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def ask(self, line):
        words = [word.split("\t")[0] for word in self.run_shell("fish", "-c", 'complete -C "$argv[1]"', line)]
        return [word for word in words if word != "--"]


# What a completion would insert is gathered as it is handed to the shell: words are shown with what stands before them.
ZSH = r"""
PS1='ready> '
fpath=(%s $fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    typeset -a found before
    builtin compadd -A found "$@"
    zparseopts -E -a ignored S:=after P:=ignored
    local word
    for word in "${(Q)found[@]}"; do print -r -- "$IPREFIX$word${after[2]-}" >> $HOME/offered; done
    builtin compadd "$@"
}
list() { _main_complete; print -r -- END >> $HOME/offered; compstate[insert]=; compstate[list]= }
zle -C list complete-word list
bindkey '^I' list
"""


class Zsh(Completion):
    def prepare(self):
        if shutil.which("zsh") is None:
            self.skipTest("zsh is not installed")
        self.write("setup", ZSH % COMPLETION)
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(self.place)
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.shell_environment)
        self.addCleanup(self.end)
        self.type(f"source {self.path('setup')}\n")
        self.wait_for(lambda shown: "\nready> " in shown)

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, condition):
        """Reads what the shell shows, which it would wait for else."""
        shown, end = "", time.monotonic() + command.TIMEOUT
        while not condition(shown):
            self.assertLess(time.monotonic(), end, shown)
            if select.select([self.terminal], [], [], 0.05)[0]:
                shown += os.read(self.terminal, 4096).decode(errors="replace").replace("\r", "\n")

    def ask(self, line):
        offered = self.path("offered")
        with open(offered, "w", encoding="utf-8"):
            pass
        self.type(f"\x15{line}\t")
        words = []

        def has_ended(_):
            with open(offered, encoding="utf-8") as file:
                words[:] = file.read().splitlines()
            return "END" in words
        self.wait_for(has_ended)
        return sorted({word for word in words if word != "END"} - {""})


if __name__ == "__main__":
    command.main()
