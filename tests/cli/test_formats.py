"""The report's formats, each read back by its own parser: they say the same, at the right lines, and nothing that differs
from run to run when told so."""
import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree

import command
import formats
from command import LEAKY, Place

# A library takes what its user in the tree forgets.
LIBRARY = r"""
#include <fcntl.h>
__attribute__((noinline)) int library_open(const char *path)
{
    return open(path, O_RDONLY); /* in the library */
}
"""
USER = r"""
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>
#include "../elsewhere/library.c"
__attribute__((noinline)) static int borrow(void)
{
    int fd = library_open("/dev/null"); /* user */
    return fd + 1;
}
int main(void)
{
    for (int i = 0; i < 3; i++) {
        borrow();
        opendir("/"); /* directory */
        fopen("/dev/null", "r"); /* stream */
    }
    return 0;
}
"""
KEEPER = r"""
#include <fcntl.h>
int main(void)
{
    return open("app.lock", O_RDWR | O_CREAT, 0600) < 0;
}
"""
MANY = ("#include <fcntl.h>\n" + "".join(f"__attribute__((noinline)) int take_{i}(void) {{ return open(\"/dev/null\", 0); }}\n"
                                        for i in range(14)) +
        "int main(void) { int sum = 0; " + "".join(f"sum += take_{i}(); " for i in range(14)) + "return sum == 0; }\n")


def line_of(text, words):
    return 1 + next(i for i, line in enumerate(text.splitlines()) if words in line)


class Formats(Place):
    def report(self, name, *arguments, status=0):
        return self.leakwatch("report", "--format", name, *arguments, status=status).stdout

    def read(self, name, *arguments):
        return formats.READERS[name](self.report(name, *arguments))


class Findings(Formats):
    def test_all_formats_say_the_same(self):
        self.write("elsewhere/library.c", LIBRARY)
        ledgers = self.make_ledgers(self.compile("user", USER, source="src/user.c"))
        wanted = {("fd-leak", "error", "user.c", line_of(USER, "/* user */")),
                  ("dir-leak", "error", "user.c", line_of(USER, "/* directory */")),
                  ("stream-leak", "error", "user.c", line_of(USER, "/* stream */"))}
        for name in ("sarif", "junit", "codequality", "github", "html"):
            found = self.read(name, "--source-root", self.path("src"), ledgers)
            plain = {(one["kind"], one["level"], os.fsdecode(one["path"]), one["line"]) for one in found}
            self.assertEqual(plain, wanted, name)
            for one in found:
                self.assertIn("never closed, opened by", one["text"], name)
        for name in ("text", "json", "markdown"):
            found = self.read(name, ledgers)
            self.assertEqual({(one["kind"], one["level"]) for one in found}, {two[:2] for two in wanted}, name)

    def test_all_formats_say_what_was_held_to_the_end(self):
        ledgers = self.make_ledgers(self.compile("keeper", KEEPER))
        for name, read in formats.READERS.items():
            for level in ("error", "warning", "note"):
                found, = read(self.report(name, "--held", level, ledgers))
                told = "error" if name == "junit" and level == "warning" else level  # a failure, or none
                self.assertEqual((found["kind"], found["level"]), ("fd-leak", told), name)
                self.assertIn('"held_to_end": true' if name == "json" else "app.lock", found["text"], name)
            usual, = read(self.report(name, ledgers))
            self.assertEqual(usual["level"], "error" if name == "junit" else "warning", name)
        self.assertIn("held to the end: 1, each the only one of its place (", self.report("text", ledgers))
        self.assertIn("1 file held to the end, opened by open", self.report("text", "--full", ledgers))

    def test_the_place_is_the_innermost_below_the_source_root(self):
        self.write("elsewhere/library.c", LIBRARY)
        ledgers = self.make_ledgers(self.compile("user", USER, source="src/user.c"), directory="ledgers")
        library = ("elsewhere/library.c", line_of(LIBRARY, "/* in the library */"))
        for name in ("sarif", "junit", "codequality", "github", "html"):
            found = [one for one in self.read(name, "--kind", "fd-leak", ledgers)]
            self.assertEqual([(os.fsdecode(one["path"]), one["line"]) for one in found], [library], name)

    def test_a_relative_source_root_is_below_the_working_directory(self):
        ledgers = self.make_ledgers(self.compile("leaky", source="src/leaky.c"))
        for root in ("src", "./src/", "elsewhere/../src"):
            finding, = self.read("codequality", "--source-root", root, ledgers)
            self.assertEqual(finding["path"], "leaky.c", root)

    def test_sources_that_are_not_known_have_their_module(self):
        program = self.compile("leaky", flags=("-O1", "-s"))
        ledgers = self.make_ledgers(program)
        finding, = self.read("codequality", "--source-root", self.path("nowhere"), ledgers)
        self.assertEqual((finding["path"], finding["line"]), (program, 1))
        finding, = self.read("sarif", ledgers)
        self.assertEqual(os.fsdecode(finding["path"]), f"file://{program}")
        for name in ("junit", "github"):
            finding, = self.read(name, ledgers)
            self.assertEqual((finding["path"], finding["line"]), (None, None), name)

    def test_no_findings(self):
        ledgers = self.make_ledgers("true")
        for name, read in formats.READERS.items():
            self.assertEqual(read(self.report(name, ledgers)), [], name)

    def test_top_leaves_the_others_out_and_says_so(self):
        ledgers = self.make_ledgers(self.compile("many", MANY))
        for name in formats.READERS:
            self.assertEqual(len(self.read(name, "--top", "3", ledgers)), 3, name)
            self.assertEqual(len(self.read(name, "--top", "0", ledgers)), 14, name)
        for name, count in (("github", 10), ("markdown", 10), ("sarif", 14), ("html", 14), ("junit", 14)):
            self.assertEqual(len(self.read(name, ledgers)), count, name)
        self.assertRegex(self.report("github", ledgers).splitlines()[-1], "^::notice title=leakwatch::4 more findings; .*14")
        for name in ("markdown", "html"):
            self.assertIn("and 11 more findings", self.report(name, "--top", "3", ledgers))

    def test_several_reports_of_one_run(self):
        program = self.compile("leaky")
        arguments = [f"--report={name}=out.{name}" for name in formats.READERS]
        self.leakwatch("run", *arguments, "--", program)
        for name, read in formats.READERS.items():
            with open(self.path(f"out.{name}"), encoding="utf-8") as file:
                self.assertEqual([one["kind"] for one in read(file.read())], ["fd-leak"], name)

    def test_formats_are_listed(self):
        done = self.leakwatch("report", "--format", "pdf", ".", status=2)
        for name in formats.READERS:
            self.assertIn(name, done.stderr)
            self.assertIn(name, self.leakwatch("report", "--help").stdout)


class Stable(Formats):
    def test_two_runs_are_reported_alike(self):
        program = self.compile("leaky")
        ledgers = [self.make_ledgers(program, directory=name) for name in ("one", "two")]
        for name in formats.READERS:
            first, again, other = (self.report(name, "--stable", "--full", place)
                                   for place in (ledgers[0], ledgers[0], ledgers[1]))
            self.assertEqual(first, again, name)
            self.assertEqual(first, other, name)
            self.assertEqual([one["kind"] for one in formats.READERS[name](first)], ["fd-leak"])

    def test_without_it_pids_and_times_are_there(self):
        ledgers = self.make_ledgers(self.compile("leaky"))
        report = self.report_json(ledgers)
        pid = str(report["processes"][0]["pid"])
        self.assertGreaterEqual(report["processes"][0]["end"], report["processes"][0]["start"])
        for name in ("text", "junit", "html", "markdown"):
            self.assertIn(pid, self.report(name, ledgers), name)
            self.assertNotRegex(self.report(name, "--stable", ledgers), rf"\b{pid}\b", name)
        stable = self.report_json("--stable", ledgers)
        self.assertEqual({"pid", "ppid", "start", "end", "ledger"} & set(stable["processes"][0]), set())
        self.assertEqual({"pids", "age_seconds"} & set(stable["findings"][0]), set())

    def test_pids_of_children_are_pids(self):
        source = ("#include <stdio.h>\n#include <unistd.h>\nint main(void)\n{\n    if (fork() == 0)\n        _exit(0);\n"
                  "    sleep(1);\n    return 0;\n}\n")
        program = self.compile("child", source)
        ledgers = [self.make_ledgers(program, directory=name) for name in ("one", "two")]
        self.only(self.report_json(ledgers[0]), "child-leak")
        for name in formats.READERS:
            self.assertEqual(self.report(name, "--stable", ledgers[0]), self.report(name, "--stable", ledgers[1]), name)


class Sarif(Formats):
    def setUp(self):
        super().setUp()
        self.ledgers = self.make_ledgers(self.compile("leaky"))

    def result(self, *arguments):
        document = json.loads(self.report("sarif", *arguments, self.ledgers))
        formats.validate(document, "sarif.json")
        result, = document["runs"][0]["results"]
        return result

    def test_every_rule_has_help(self):
        rules = json.loads(self.report("sarif", self.ledgers))["runs"][0]["tool"]["driver"]["rules"]
        kinds = re.search(r"findings of these kinds: ([a-z, -]+)", " ".join(self.leakwatch("report", "--help").stdout.split()))
        for rule in rules:
            self.assertGreater(len(rule["help"]["text"]), len(rule["fullDescription"]["text"]))
            self.assertIn(rule["id"], kinds[1])
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))

    def test_the_flow_ends_where_the_call_is(self):
        result = self.result()
        flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
        functions = [step["location"]["logicalLocations"][0]["fullyQualifiedName"] for step in flow]
        self.assertEqual(functions, ["main", "work", "forget"])
        self.assertEqual(flow[-1]["location"]["message"]["text"], "forget calls open")
        self.assertEqual([step["importance"] for step in flow], ["important", "important", "essential"])
        self.assertEqual(flow[-1]["location"]["physicalLocation"], result["locations"][0]["physicalLocation"])
        stack = [frame["location"]["logicalLocations"][0]["fullyQualifiedName"] for frame in result["stacks"][0]["frames"]]
        self.assertEqual(stack, functions[::-1])

    def test_where_others_were_closed_is_related(self):
        related, = self.result()["relatedLocations"]
        self.assertEqual(related["message"]["text"], "4 closed here")
        self.assertEqual(related["physicalLocation"]["region"]["startLine"], line_of(LEAKY, "close("))

    def test_fingerprints_are_the_findings_own(self):
        finding = self.only(self.report_json(self.ledgers))
        result = self.result()
        self.assertEqual(result["partialFingerprints"]["primaryLocationLineHash"], finding["fingerprint"] + ":1")
        self.assertEqual(result["occurrenceCount"], 5)

    def test_the_root_is_named(self):
        document = json.loads(self.report("sarif", "--source-root", "/some where", self.ledgers))
        self.assertEqual(document["runs"][0]["originalUriBaseIds"], {"SRCROOT": {"uri": "file:///some%20where/"}})
        location = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        self.assertEqual(location, {"uri": "file://" + self.path("leaky.c")})

    def test_suppressed_findings_say_so(self):
        rules = self.write("known.supp", "fd-leak:forget\n")
        result = self.result("--suppressions", rules, "--show-suppressed")
        self.assertEqual(result["suppressions"], [{"kind": "external", "justification": "fd-leak:forget"}])
        document = json.loads(self.report("sarif", "--suppressions", rules, self.ledgers))
        self.assertEqual(document["runs"][0]["results"], [])


class Junit(Formats):
    def suites(self, *arguments):
        text = self.report("junit", *arguments)
        formats.read_junit(text)
        return ElementTree.fromstring(text).findall("testsuite")

    def test_a_suite_for_each_process(self):
        leaky = self.compile("leaky")
        other = self.compile("other", LEAKY.replace("forget", "misplace"))
        clean = self.compile("clean", "int main(void) { return 0; }\n")
        ledgers = self.make_ledgers("sh", "-c", f"{leaky}; {leaky}; {other}; {clean}")
        names = [suite.get("name") for suite in self.suites(ledgers)]
        self.assertEqual(sorted(names), ["clean", "leaky", "leaky (2)", "other"])
        failures = {suite.get("name").split()[0]: suite.get("failures") for suite in self.suites(ledgers)}
        self.assertEqual(failures, {"leaky": "1", "other": "1", "clean": "0"})
        tests = [case.get("name") for suite in self.suites(ledgers) for case in suite.findall("testcase")]
        self.assertEqual(sum(name.startswith("fd-leak by open in forget") for name in tests), 2)

    def test_notes_do_not_fail(self):
        source = "#include <fcntl.h>\nint main(void)\n{\n    open(\"/dev/null\", 0);\n    __builtin_trap();\n}\n"
        ledgers = self.make_ledgers(self.compile("killed", source), status=None)
        suite, = self.suites(ledgers)
        self.assertEqual(suite.get("failures"), "0")
        self.assertIn("still open when the process was killed", suite.find("testcase/system-out").text)
        self.assertEqual([one["level"] for one in self.read("junit", ledgers)], ["note"])

    def test_what_the_ledgers_could_not_hold_is_said(self):
        self.leakwatch("run", "--keep-ledgers", "ledgers", "--", self.compile("leaky"),
                       environment=self.environment(LEAKWATCH_OPTIONS="strict=1"))
        told = [suite for suite in self.suites(self.path("ledgers")) if suite.get("name") == "leakwatch"]
        self.assertEqual(len(told), 1)
        self.assertIn("stacks are short", told[0].find("system-err").text)
        document = json.loads(self.report("sarif", self.path("ledgers")))
        notes = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        self.assertIn("stacks are short", notes[0]["message"]["text"])


class Html(Formats):
    def setUp(self):
        super().setUp()
        self.program = self.compile("leaky", source="src/leaky.c")
        self.ledgers = self.make_ledgers(self.program)

    def page(self, *arguments):
        text = self.report("html", *arguments, self.ledgers)
        formats.read_html(text)
        return text

    def test_sources_are_quoted(self):
        text = self.page("--source-root", self.path("src"))
        number = line_of(LEAKY, "/* first */")
        self.assertIn(f"<mark>{number:6}      return open(path, O_RDONLY); /* first */</mark>", text)
        self.assertNotIn("has changed since", text)

    def test_a_source_that_has_changed_is_marked(self):
        os.utime(self.path("src/leaky.c"), (2e9, 2e9))
        self.assertIn("the file has changed since", self.page("--source-root", self.path("src")))

    def test_sources_elsewhere_are_not_quoted(self):
        self.assertNotIn("<pre", self.page("--source-root", self.path("other")))

    def test_links_out_of_the_tree_are_not_followed(self):
        os.rename(self.path("src/leaky.c"), self.path("secret"))
        os.symlink(self.path("secret"), self.path("src/leaky.c"))
        self.assertNotIn("<pre", self.page("--source-root", self.path("src")))
        self.assertIn("<pre", self.page("--source-root", self.place))

    def test_what_is_no_file_is_not_read(self):
        os.unlink(self.path("src/leaky.c"))
        os.mkfifo(self.path("src/leaky.c"))
        self.assertNotIn("<pre", self.page("--source-root", self.path("src")))

    def test_a_file_that_ends_before_the_line_is_another_one(self):
        self.write("src/leaky.c", "int main(void) { return 0; }\n")
        self.assertNotIn("<pre", self.page("--source-root", self.path("src")))

    def test_flames_are_as_wide_as_what_they_hold(self):
        text = self.page()
        boxes = re.findall(r'<svg x="([\d.]+)" y="(\d+)" width="([\d.]+)" height="\d+"><title>([^<]*)</title>', text)
        self.assertEqual([(box[0], box[2]) for box in boxes], [("0.00", "1200.00")] * 5)
        self.assertEqual([box[3] for box in boxes], ["leaky: 5 held", "main: 5 held", "work: 5 held", "forget: 5 held",
                                                    "5 files, fd-leak"])

    def test_numbers_of_descriptors_are_not_stable(self):
        moved = LEAKY.replace("int failed = work", "dup(0), dup(0);\n    int failed = work")
        self.assertNotEqual(moved, LEAKY)
        self.ledgers = self.make_ledgers(self.compile("moved", moved), directory="moved ledgers")
        for form in ("text", "html", "markdown", "sarif", "github", "junit"):
            self.assertNotRegex(self.report(form, "--stable", self.ledgers), r"\bfd \d", form)
        examples = [example for finding in self.report_json("--stable", self.ledgers)["findings"]
                    for example in finding["resource"]["examples"]]
        self.assertEqual({example["id"] for example in examples}, {None})

    def test_the_timeline_shows_the_peak(self):
        source = LEAKY.replace("int fd = forget", "usleep(40000);\n        int fd = forget")
        self.ledgers = self.make_ledgers(self.compile("slow", source), directory="slow ledgers")
        text = self.page()
        self.assertIn('<path class="area"', text)
        self.assertRegex(text, r"<figcaption>slow \(pid \d+\): at most \d+ open, \d+ at the end, the limit is [\d,]+<")
        self.assertNotIn('class="area"', self.page("--stable"))

    def test_the_timeline_ends_with_the_process(self):
        source = LEAKY.replace("int fd = forget", "usleep(40000);\n        int fd = forget").replace(
            "int failed = work", "int held[60];\n    for (int i = 0; i < 60; i++)\n        held[i] = dup(0);\n"
            "    usleep(100000);\n    for (int i = 0; i < 60; i++)\n        close(held[i]);\n    int failed = work")
        source = source.replace("return failed ?", "for (int i = 100; i < 160; i++)\n        held[i - 100] = dup2(0, i);\n"
                                "    for (int i = 100; i < 160; i++)\n        close(i);\n    return failed ?")
        self.ledgers = self.make_ledgers(self.compile("slow", source), directory="slow ledgers")
        process = self.report_json(self.ledgers)["processes"][0]
        path = re.search(r'<path class="area" d="[^"]*L([\d.]+) ([\d.]+)V100.0Z"', self.page())
        self.assertEqual(path[1], "900.0")
        self.assertGreaterEqual(process["peak_open"], 63)
        self.assertAlmostEqual(float(path[2]), 100 - 88 * process["open_at_end"] / process["peak_open"], delta=0.1)

    def test_several_commands_are_counted(self):
        self.assertIn("<dt>Command</dt>", self.page())
        program = self.compile("again")
        self.make_ledgers(program, directory="both")
        self.make_ledgers(program, directory="others")
        for ledger in self.ledgers_in(self.path("others")):
            shutil.copy(ledger, self.path("both"))
        self.ledgers = self.path("both")
        text = self.page()
        self.assertIn("<dt>First command</dt>", text)
        self.assertIn("</code>, and 1 more command that nothing here has started</dd>", text)

    def test_what_a_command_executed_is_no_second_one(self):
        """Nor where its number is lost: a raw system call hands nothing on."""
        second = self.compile("second")
        first = self.compile("first", f"""
            #include <fcntl.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(int count, char **arguments, char **environment)
            {{
                (void)count;
                open("/dev/null", O_RDONLY);
                return (int)syscall(SYS_execve, "{second}", arguments, environment);
            }}""")
        self.ledgers = self.make_ledgers(first, directory="images")
        report = self.report_json(self.ledgers)
        self.assertEqual([process["image"] for process in report["processes"]], [0, 0])
        self.assertNotIn("more command", self.page())


if __name__ == "__main__":
    command.main()
