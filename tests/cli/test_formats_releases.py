"""Releases that went wrong, and a use of what had been released, in all formats: at the line of the release or use, with all the stacks that belong to it, and with
what the verdict on the result rests on."""
import json
import os
import re
import xml.etree.ElementTree as ElementTree

import command
import formats
from command import Place

SOURCE = r"""
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static int file;
__attribute__((noinline)) static void take(void)
{
    file = open("/dev/null", O_WRONLY);
}
__attribute__((noinline)) static void finish(void)
{
    close(file); /* first */
}
__attribute__((noinline)) static void use(int fd)
{
    if (write(fd, "x", 1) == 1) /* used */
        puts("it is open");
}
__attribute__((noinline)) static void use_late(void)
{
    take();
    finish();
    use(file);
}
__attribute__((noinline)) static void *finish_again(void *unused)
{
    close(file); /* second */
    return unused;
}
__attribute__((noinline)) static void tell_nobody(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return;
    close(ends[0]);
    FILE *stream = fdopen(ends[1], "w");
    fputs("anybody there?\n", stream);
    fclose(stream); /* swallowed */
    errno = 0;
}
int main(void)
{
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    take();
    finish();
    pthread_create(&thread, NULL, finish_again, NULL);
    pthread_join(thread, NULL);
    use_late();
    tell_nobody();
    printf("hello\n");
    return 0;
}
"""
KINDS = {"double-close", "use-after-close", "swallowed-error", "lost-write"}


def line_of(words):
    return 1 + next(i for i, line in enumerate(SOURCE.splitlines()) if words in line)


class Releases(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("wrong", SOURCE, flags=("-O1", "-g", "-pthread"), source="src/wrong.c")
        self.ledgers = self.run_program("ledgers")

    def run_program(self, directory):
        with open("/dev/full", "wb") as full:
            self.leakwatch("run", "--keep-ledgers", directory, "--", self.program, stdout=full)
        return self.path(directory)

    def report(self, name, *arguments):
        return self.leakwatch("report", "--format", name, "--source-root", self.path("src"), *arguments).stdout

    def of_kind(self, name, kind):
        found = [one for one in formats.READERS[name](self.report(name, self.ledgers)) if one["kind"] == kind]
        self.assertEqual(len(found), 1, f"{name}: {kind}")
        return found[0]

    def test_all_formats_tell_of_them(self):
        for name, read in formats.READERS.items():
            found = {(one["kind"], one["level"]) for one in read(self.report(name, self.ledgers))}
            self.assertEqual(found, {(kind, "error") for kind in KINDS}, name)

    def test_they_are_where_the_release_is(self):
        for kind, words in (("double-close", "/* second */"), ("use-after-close", "/* used */"),
                            ("swallowed-error", "/* swallowed */")):
            for name in ("sarif", "junit", "codequality", "github", "html", "markdown"):
                found = self.of_kind(name, kind)
                self.assertEqual((os.fsdecode(found["path"]), found["line"]), ("wrong.c", line_of(words)), f"{name}: {kind}")

    def test_both_releases_and_the_acquisition_are_shown(self):
        for name in ("sarif", "junit", "codequality", "github", "html", "markdown", "text"):
            text = self.of_kind(name, "double-close")["text"]
            for function in ("finish_again", "finish", "take"):
                self.assertRegex(text, rf"\b{function}\b", f"{name}: {function}")
        for name in ("junit", "codequality", "github", "html", "markdown"):
            text = self.report(name, self.ledgers)
            for title in ("the second release", "the first release", "the acquisition"):
                self.assertIn(f"call stack of {title}", text, name)

    def test_the_use_the_close_and_the_acquisition_are_shown(self):
        for name in ("sarif", "junit", "codequality", "github", "html", "markdown", "text"):
            text = self.of_kind(name, "use-after-close")["text"]
            self.assertIn("1 file used after being closed", text, name)
            for function in ("use", "finish", "take"):
                self.assertRegex(text, rf"\b{function}\b", f"{name}: {function}")
        for name in ("junit", "codequality", "github", "html", "markdown"):
            text = self.report(name, self.ledgers)
            for title in ("the use", "the close", "the acquisition"):
                self.assertIn(f"call stack of {title}", text, name)
        stacks = self.only(json.loads(self.report("json", self.ledgers)), "use-after-close")["stacks"]
        innermost = {what: (stacks[what] or [{}])[0].get("function") for what in stacks if what != "also"}
        self.assertEqual(innermost, {"acquired": "take", "released": None, "used": "use", "first_release": "finish"})

    def test_a_use_can_be_suppressed(self):
        rules = self.write("rules", "use-after-close:use_late\n")
        found = json.loads(self.report("json", "--suppressions", rules, self.ledgers))
        self.assertEqual({one["kind"] for one in found["findings"]}, KINDS - {"use-after-close"})

    def test_the_verdict_and_what_it_rests_on(self):
        finding = self.only(json.loads(self.report("json", self.ledgers)), "swallowed-error")
        self.assertEqual(finding["verdict"], "ignored")
        self.assertEqual(finding["evidence"]["function"], "tell_nobody")
        results = json.loads(self.report("sarif", self.ledgers))["runs"][0]["results"]
        self.assertEqual([one["properties"].get("verdict") for one in results if one["ruleId"] == "swallowed-error"],
                         ["ignored"])
        told = re.escape(finding["evidence"]["told"])
        self.assertRegex(told, r"is\\ (overwritten|lost|not\\ read)")
        for name in ("text", "sarif", "junit", "codequality", "github", "html", "markdown"):
            text = self.of_kind(name, "swallowed-error")["text"]
            self.assertRegex(text, "fclose`? failed once with EPIPE, and nobody looked", name)
            self.assertRegex(text.replace("`", ""), f"the result {told}", name)

    def test_facts_say_what_the_older_members_say(self):
        report = json.loads(self.report("json", self.ledgers))
        formats.validate(report, "report.json")
        twice, swallowed = self.only(report, "double-close"), self.only(report, "swallowed-error")
        facts = {fact["name"]: fact for fact in twice["facts"]}
        self.assertEqual(facts["said"], {"name": "said", "text": twice["said"]})
        self.assertEqual(facts["error"]["errno"], "EBADF")
        self.assertEqual(facts["first_release"]["stack"][0], twice["stacks"]["first_release"][0])
        facts = {fact["name"]: fact for fact in swallowed["facts"]}
        self.assertEqual(facts["verdict"]["text"], swallowed["verdict"])
        self.assertEqual(facts["verdict"]["place"]["line"], swallowed["evidence"]["line"])
        self.assertEqual(facts["result"]["text"], swallowed["evidence"]["told"])

    def test_what_was_lost_at_the_end_is_of_the_program(self):
        sarif = self.of_kind("sarif", "lost-write")
        self.assertEqual((os.fsdecode(sarif["path"]), sarif["line"]), (f"file://{self.program}", None))
        self.assertEqual(os.fsdecode(self.of_kind("codequality", "lost-write")["path"]), self.program)
        for name in ("sarif", "junit", "codequality", "github", "html", "markdown"):
            self.assertIn("could not be written at exit with ENOSPC", self.of_kind(name, "lost-write")["text"], name)

    def test_related_places_in_sarif(self):
        document = json.loads(self.report("sarif", "--kind", "double-close", self.ledgers))
        formats.validate(document, "sarif.json")
        result, = document["runs"][0]["results"]
        related = {(one["message"]["text"], one["physicalLocation"]["region"]["startLine"])
                   for one in result["relatedLocations"] if "region" in one.get("physicalLocation", {})}
        self.assertIn(("released first here", line_of("/* first */")), related)
        self.assertIn(("acquired here", line_of("open(")), related)
        flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
        self.assertEqual(flow[-1]["location"]["message"]["text"], "finish_again calls close")

    def test_nothing_is_held_that_was_released_twice(self):
        self.assertNotIn('<svg class="flames"', self.report("html", "--kind", "double-close", self.ledgers))

    def test_names_of_tests_do_not_change(self):
        names = [{case.get("name") for case in ElementTree.fromstring(self.report("junit", place)).iter("testcase")}
                 for place in (self.ledgers, self.run_program("again"))]
        self.assertEqual(names[0], names[1])

    def test_two_runs_are_reported_alike(self):
        again = self.run_program("again")
        for name in formats.READERS:
            first, other = (self.report(name, "--stable", "--full", place) for place in (self.ledgers, again))
            self.assertEqual(first, other, name)
            self.assertNotIn("by thread", first, name)
        self.assertIn("first by thread", self.report("text", self.ledgers))

    def test_results_of_releases_are_summed_up(self):
        for name in ("text", "markdown", "html"):
            self.assertIn("failed: 1 ignored", self.report(name, self.ledgers), name)
        totals = json.loads(self.report("json", self.ledgers))["totals"]
        self.assertEqual(totals["failed_releases"]["ignored"], 1)

    def test_an_audit_fits_the_schema(self):
        document = json.loads(self.report("json", "--audit", self.ledgers))
        formats.validate(document, "report.json")
        self.assertIn("audited_sites", document["totals"])


if __name__ == "__main__":
    command.main()
