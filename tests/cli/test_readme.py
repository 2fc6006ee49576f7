"""README.md: each of its commands is run. Those of a section are in a page of readme/ that begins with the section's name; a page
is followed as those of docs/ are. What README has in backticks and no page runs must be known as something else, so that no command
slips in; and what it shows or quotes of an output is what a page was told.

A page has commands as README prints them. Only what stands for something else there is a variable of its shell: PID is $PID."""
import glob
import os
import re
import sys

import command
import debian_modules
from transcripts import Transcript, blocks, commands_of, files_of, pattern, text_of

debian_modules.need("yaml")
import yaml  # noqa: E402

SOURCE = os.environ.get("SOURCE_DIR") or os.path.abspath(".")
PAGES = {os.path.basename(path)[:-3]: path for path in sorted(glob.glob(os.path.join(SOURCE, "tests", "cli", "readme", "*.md")))}

sys.path.insert(0, os.path.join(SOURCE, "tests", "checks"))
import rooms  # noqa: E402

# What builds whole trees, or is no command: who else runs it, or has it, in these words.
ELSEWHERE = {
    "scripts/test": ("scripts/test", "exec nice ctest "),  # it is what runs this test
    "scripts/bench": ("tests/bench/test_bench.py", '"tests", "bench", "bench.py"'),
    "scripts/bootstrap --build && cmake -B build && cmake --build build":
        ("scripts/demo", 'cmake -S "$root" -B "$build" && cmake --build "$build"'),
    "cmake --install build --prefix /usr/local": ("scripts/fleet/README.md", "\ncmake --install build --prefix /usr/local\n"),
    "(cd build && cpack)": ("tests/checks/debian/packages", '(cd "$1" && cpack '),
    "DOTNET_PerfMapEnabled=1": ("tests/cli/test_generated.py", 'DOTNET_PerfMapEnabled="1"'),
    "perfmap=1": ("tests/cli/test_generated.py", 'LEAKWATCH_OPTIONS="perfmap=1"'),
    "share/leakwatch/valgrind.supp": ("tests/checks/install.sh", "./share/leakwatch/valgrind.supp"),
    "checks.rooms": ("tests/checks/rooms.py", "PRELOAD = "),
    "add_executable": ("tests/ctest_project/CMakeLists.txt", "add_executable("),
}

# The files of which it shows a part, by language; those that a page has stand there.
SHOWN = {"c": "tests/programs/servers/error_path.c", "cmake": "tests/ctest_project/CMakeLists.txt"}

PLACES = re.compile(r"(?<![\w$])(COMMAND|DIRECTORY|DIR|FILE|F|LEDGER|PID)\b")
FILE = re.compile(r"[\w./]+(\.h|\.hpp|\.py|/)")
BLOCK = re.compile(r"^```.*?^```$", re.M | re.S)


def of_source(name):
    return text_of(os.path.join(SOURCE, name))


def sections(text):
    """(name, text) of each."""
    parts = re.split(r"(?m)^#+ (.*)\n", text)
    return list(zip(parts[1::2], parts[2::2]))


def printed(text):
    """What a section has in backticks, in the first column of what is set in, and behind a prompt."""
    prose = BLOCK.sub("", text)
    columns = [re.split(" {2,}", line)[0] for line in re.findall(r"(?m)^    (.*)$", prose)]
    inline = re.findall(r"`([^`]+)`", re.sub(r"(?m)^    .*$", "", prose))
    prompted = [line for _, block in blocks(text) for line in re.findall(r"(?m)^ *\$ (.*)$", block)]
    return [" ".join(each.split()) for each in columns + inline + prompted]


def ways(synopsis):
    """All that it stands for: "top [PID|DIR]" for three."""
    option = re.search(r"\[([^]]*)\]", synopsis)
    if option:
        chosen = [synopsis[:option.start()] + word + synopsis[option.end():] for word in ("", *option[1].split("|"))]
        return [way for each in chosen for way in ways(" ".join(each.split()))]
    choice = re.search(r"\S+\|\S+", synopsis)
    return [synopsis.replace(choice[0], word) for word in choice[0].split("|")] if choice else [synopsis]


def is_in(line, text):
    """As whole words."""
    before, after = (r"(?<![\w-])" if re.match(r"[\w-]", line) else ""), (r"(?![\w-])" if re.search(r"\w$", line) else "")
    return re.search(before + re.escape(line) + after, text) is not None


def plain(text):
    """Without how far it is set in, and without what a test looks for."""
    return [re.sub(r" /\* leak:\w+ \*/$", "", line).strip() for line in text.splitlines()]


class Readme(Transcript):
    def setUp(self):
        super().setUp()
        self.readme = of_source("README.md")
        self.names = self.leakwatch("--list-commands").stdout.split()
        self.kinds = re.findall(r'^KIND\([A-Z_]*, "([a-z-]*)"', of_source("analyzer/model/kinds.def"), re.M)

    def pages(self, section):
        return [text for text in map(text_of, PAGES.values()) if text.startswith(f"# {section}\n")]

    # ---- Each command is run ----

    def follow_page(self, name):
        self.follow(PAGES[name], SOURCE_DIR=SOURCE, BUILD_DIR=os.path.abspath(command.BUILD))

    def lines(self, span):
        """The commands that it is, as a page has them."""
        for way in ways(span.replace("trend 30909", "trend PID").replace("…/lib", "$BUILD_DIR/lib").replace("…", "")):
            for line in way.split(", ") if way.startswith("leakwatch ") else [way]:
                line = PLACES.sub(r"$\1", line.strip())
                yield f"leakwatch {line}" if line.split()[0] in self.names else line

    def is_file(self, span):
        houses = [os.walk(os.path.join(SOURCE, house)) for house in ("include", "preload", "analyzer", "tests")]
        return any(path.endswith(span) for house in houses for folder, _, names in house
                   for path in (f"{folder}/", *(f"{folder}/{name}" for name in names)))

    def is_run(self, line, section):
        for page in self.pages(section):
            run = [each for each, _ in commands_of(page)] + [part for file in files_of(page) for part in file]
            if any(is_in(line, each) for each in run) or (line.isalpha() and is_in(line, page)):
                return True
        return False

    def is_known(self, span, section):
        if span in ELSEWHERE:
            name, words = ELSEWHERE[span]
            return words in of_source(name)
        if span in self.names or span in self.kinds or (FILE.fullmatch(span) and self.is_file(span)):
            return True
        return all(self.is_run(line, section) for line in self.lines(span))

    def unknown(self, readme):
        return [(section, span) for section, text in sections(readme) for span in printed(text) if not self.is_known(span, section)]

    def test_each_command_is_run(self):
        self.assertGreater(sum(len(printed(text)) for _, text in sections(self.readme)), 120)
        self.assertEqual(self.unknown(self.readme), [])

    def test_no_command_slips_in(self):
        """Wherever it is written, and however."""
        for line in ("`leakwatch gate --never`", "`gate --never`", "`--never`", "`never=1`", "`./never`", "`scripts/never`", "`never`",
                     "`leakwatch gate --format [json|never]`", "    leakwatch never          does nothing", "```\n$ leakwatch never\n```"):
            with self.subTest(line=line):
                self.assertEqual(len(self.unknown(self.readme.replace("## In CI\n", f"## In CI\n\n{line}\n"))), 1)

    def test_there_is_nothing_that_it_does_not_ask_for(self):
        self.assertEqual(set(ELSEWHERE) - {span for _, text in sections(self.readme) for span in printed(text)}, set())
        names = [name for name, _ in sections(self.readme)]
        for name, path in PAGES.items():
            self.assertIn(text_of(path).partition("\n")[0].removeprefix("# "), names, name)

    # ---- It shows what is so ----

    def told(self, section, line):
        """What pages are told by commands with this in them."""
        return [told for page in self.pages(section) for run, told in commands_of(page) if line in run]

    def test_outputs(self):
        """A page names the lines that it shows, and no others."""
        shown = [(section, block.splitlines()) for section, text in sections(self.readme) for info, block in blocks(text) if not info]
        self.assertEqual(len(shown), 2)
        for section, lines in shown:
            line, = self.lines(lines.pop(0)[2:]) if lines[0].startswith("$ ") else [""]
            text = "".join(f"{each}\n" for each in lines)
            self.assertTrue([told for told in self.told(section, line) if re.fullmatch(pattern(told), text) and
                             len([each for each in told if each != "…"]) == len(lines)], text)

    def test_sentences(self):
        quoted = [(section, part.rstrip(".")) for section, text in sections(self.readme)
                  for quote in re.findall(r'"([^"]+)"', BLOCK.sub("", text)) if " opened by " in quote for part in quote.split("; ")]
        self.assertEqual(len(quoted), 3)
        for section, part in quoted:
            self.assertTrue([line for told in self.told(section, "") for line in told if part in line], part)

    def test_programs(self):
        shown = [(section, info, block) for section, text in sections(self.readme) for info, block in blocks(text) if info]
        self.assertEqual({info for _, info, _ in shown}, {"c", "cmake", "yaml"})
        for section, info, block in shown:
            whole = [of_source(SHOWN[info])] if info in SHOWN else [text for page in self.pages(section) for _, text in files_of(page)]
            wanted = "\n".join(plain(block))
            self.assertTrue([text for text in whole if wanted in "\n".join(plain(text))], block)

    def test_what_ci_is_given_has_been_written(self):
        gate, _, upload = yaml.safe_load(next(block for info, block in blocks(self.readme) if info == "yaml"))
        self.assertIn(f"--report sarif={upload['with']['sarif_file']} ", gate["run"])
        reports, artifacts = [next(span for span in printed(self.readme) if span.startswith(words))
                              for words in ("--report codequality=", "artifacts: ")]
        self.assertEqual(yaml.safe_load(artifacts)["artifacts"]["reports"], dict(re.findall(r"--report (\w+)=(\S+)", reports)))

    def test_kinds_of_findings(self):
        self.assertEqual(set(self.kinds) - set(printed(dict(sections(self.readme))["Ways in"])), set())

    def test_rooms(self):
        for house, plan in (("preload", rooms.PRELOAD), ("analyzer", rooms.ANALYZER)):
            line, = re.findall(rf"(?m)^    {house}/ +(.*)$", self.readme)
            self.assertEqual(re.sub("[{}]", "", line).split(" > "), [level for level in plan if level != "main"])


for page in set(PAGES) - {"demo"}:  # which test_demo.py follows
    setattr(Readme, f"test_commands_of_{page}", lambda self, name=page: self.follow_page(name))


if __name__ == "__main__":
    command.main()
