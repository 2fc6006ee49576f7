#!/usr/bin/env python3
"""Functions made at run time have names where perf's map of their process has: of code made by hand, which writes a map of
its own, and of Node and Java, real ones."""
import glob
import json
import os
import platform
import shutil
import signal
import subprocess
import tempfile
import unittest

from command import LIBRARY, Place, main

# Arguments: what to call itself in the map ("" for no map), how many functions, how many of the first and of the last
# ones keep two files each, what to do at the end. Each function is code of its own that calls back with a frame pointer.
MADE = r"""
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
static int take(void)
{
    return open("/dev/null", O_RDONLY); /* taken */
}
int main(int count, char **arguments)
{
    static const unsigned char text[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
    int functions = atoi(arguments[2]), kept = atoi(arguments[3]), last = atoi(arguments[4]);
    size_t size = (size_t)functions * 16;
    unsigned char *code = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (count < 5 || code == MAP_FAILED)
        return 77;
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    FILE *map = arguments[1][0] ? fopen(path, "w") : NULL;
    for (int i = 0; i < functions; i++) {
        int (*made)(int (*)(void));
        unsigned char *at = code + 16 * i;
        memcpy(at, text, sizeof text);
        memcpy(&made, &at, sizeof made);
        if (map)
            fprintf(map, "%lx %zx %s_%d\n", (unsigned long)(uintptr_t)at, sizeof text, arguments[1], i);
        for (int k = 0; k < 2; k++) {
            int fd = made(take);
            if (i >= kept && i < functions - last)
                close(fd);
        }
    }
    if (map)
        fclose(map);
    if (count > 5 && strcmp(arguments[5], "wait") == 0) {
        puts("waiting");
        fflush(stdout);
        pause();
    }
    return 0;
}
"""

SCRIPT = r"""
const fs = require('fs');
const kept = [];
function takeInvoice(path) {
    kept.push(fs.openSync(path, 'r'));
}
function giveBack(path) {
    fs.closeSync(fs.openSync(path, 'r'));
}
function work() {
    for (let i = 0; i < 3000; i++) {
        giveBack(__filename);
        if (i % 100 == 0)
            takeInvoice(__filename);
    }
}
work();
process.exit(0); // with V8's map and log still open
"""

# Names of Java's are of compiled methods: -Xcomp compiles each before it is called.
CLASS = r"""
import java.io.*;
import java.util.*;
public class Shop {
    static final List<FileInputStream> kept = new ArrayList<>();
    static void takeInvoice(String path) throws IOException { kept.add(new FileInputStream(path)); }
    static void giveBack(String path) throws IOException { new FileInputStream(path).close(); }
    public static void main(String[] arguments) throws IOException {
        for (int i = 0; i < 300; i++) {
            giveBack(arguments[0]);
            if (i % 10 == 0)
                takeInvoice(arguments[0]);
        }
    }
}
"""


class Generated(Place):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_maps)
        self.pids = []

    def remove_maps(self):
        for pid in self.pids:
            try:
                os.unlink(f"/tmp/perf-{pid}.map")
            except FileNotFoundError:
                pass

    def ledger_of(self, *command, **more):
        """The ledger's path of a process that has ended, whose map is removed at the end."""
        shutil.rmtree(self.path("ledgers"), ignore_errors=True)
        self.leakwatch("run", "--keep-ledgers", "ledgers", "--", *command, environment=self.environment(**more))
        report = self.report_json("ledgers")
        self.pids += [process["pid"] for process in report["processes"]]
        return self.path("ledgers"), report

    def leaks(self, report):
        return [finding for finding in report["findings"] if finding["kind"] == "fd-leak"]

    def names(self, finding):
        return [frame["function"] for frame in finding["stacks"]["acquired"] if frame["language"] == "generated"]

    def differences(self, ledgers):
        """What the self-check found, of all threads: how many remembered stacks were walked again, and differed."""
        checked = differed = 0
        for ledger in self.ledgers_in(ledgers):
            for line in self.leakwatch("dump", ledger).stdout.splitlines():
                if line.startswith("lane "):
                    fields = dict(field.split("=") for field in line.split()[2:])
                    checked += int(fields["checks"])
                    differed += int(fields["differences"])
        return checked, differed


@unittest.skipUnless(platform.machine() == "x86_64", "the code made by hand is x86_64's")
class ByHand(Generated):
    def test_map_names_functions(self):
        program = self.compile("made", MADE)
        ledgers, report = self.ledger_of(program, "job", "20", "3", "0", LEAKWATCH_OPTIONS="perfmap=1")
        leaks = self.leaks(report)
        self.assertEqual(sum(leak["count"] for leak in leaks), 6)
        self.assertEqual(sorted(name for leak in leaks for name in self.names(leak)), ["job_0", "job_1", "job_2"])
        for leak in leaks:
            functions = [frame["function"] for frame in leak["stacks"]["acquired"]]
            self.assertEqual((functions[0], functions[-1]), ("take", "main"))
        text = self.leakwatch("report", "--full", ledgers, status=None).stdout
        self.assertRegex(text, r"job_0 +generated code")
        self.assertNotIn("for names of functions", text)

    def test_without_it_they_are_one(self):
        program = self.compile("made", MADE)
        for options, words in (("perfmap=0", ("job",)), ("", ("job",)), ("perfmap=1", ("",))):
            _, report = self.ledger_of(program, *words, "20", "3", "0", LEAKWATCH_OPTIONS=options)
            (leak,) = self.leaks(report)
            self.assertEqual((leak["count"], self.names(leak)), (6, []))
            self.assertEqual([frame["function"] for frame in leak["stacks"]["acquired"]], ["take", None, "main"])

    def test_of_dotnet(self):
        """No Debian has it: a program of its name, which begins a map where the same setting says so."""
        self.compile("dotnet", MADE)
        started = ("sh", "-c", 'exec ./dotnet "${DOTNET_PerfMapEnabled:+job}" 20 3 0')
        ledgers, _ = self.ledger_of(*started)
        self.assertIn("for names of functions made at run time: DOTNET_PerfMapEnabled=1\n",
                      self.leakwatch("report", ledgers, status=None).stdout)
        _, report = self.ledger_of(*started, DOTNET_PerfMapEnabled="1")
        self.assertEqual(sorted(name for leak in self.leaks(report) for name in self.names(leak)), ["job_0", "job_1", "job_2"])

    def test_no_more_than_so_many(self):
        program = self.compile("made", MADE)
        ledgers, report = self.ledger_of(program, "job", "9000", "3", "3", LEAKWATCH_OPTIONS="perfmap=1")
        leaks = self.leaks(report)
        self.assertEqual(sorted((leak["count"], *self.names(leak)) for leak in leaks),
                         [(2, "job_0"), (2, "job_1"), (2, "job_2"), (6,)])
        (process,) = report["processes"]
        self.assertTrue(process["troubles"] & 512)
        self.assertIn("functions made at run time were called from too many places",
                      self.leakwatch("report", ledgers, status=None).stdout)
        dump = self.leakwatch("dump", *self.ledgers_in(ledgers)).stdout
        self.assertLess(sum(line.startswith("frame ") for line in dump.splitlines()), 4096 * 4 + 100)

    def names_while_it_runs(self, directory, *before):
        """What `trend` calls the functions of such a process."""
        program = shutil.copy(self.compile("made", MADE), os.path.join(directory, "job"))
        library = shutil.copy(LIBRARY, directory)  # which may stand below /tmp, as what is built here may
        with subprocess.Popen([*before, program, "job", "20", "3", "0", "wait"], stdout=subprocess.PIPE, text=True,
                              env=self.environment(LD_PRELOAD=library,
                                                   LEAKWATCH_OPTIONS=f"perfmap=1:keep=all:dir={directory}")) as process:
            self.pids.append(process.pid)
            try:
                self.assertEqual(process.stdout.readline(), "waiting\n")
                (ledger,) = glob.glob(os.path.join(directory, "leakwatch.job.*"))
                trend = json.loads(self.leakwatch("trend", "--format", "json", ledger, status=None).stdout)
            finally:
                process.send_signal(signal.SIGKILL)
        return {frame["function"] for site in trend["sites"] for frame in site["stack"]}

    def test_map_of_a_process_that_runs(self):
        self.assertLessEqual({"job_0", "job_1", "job_2"}, self.names_while_it_runs(self.place))
        report = self.report_json(*self.ledgers_in(self.place), status=None)
        names = sorted(name for leak in report["findings"] for name in self.names(leak))
        self.assertEqual(names, ["job_0", "job_1", "job_2"])

    def test_map_in_another_place(self):
        """A process in a container has a /tmp of its own."""
        directory = tempfile.mkdtemp(prefix="leakwatch-cli.", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        inside = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs other /tmp && exec "$@"', "sh")
        if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("needs a mount namespace")
        self.assertLessEqual({"job_0", "job_1", "job_2"}, self.names_while_it_runs(directory, *inside))

    def test_maps_of_others(self):
        """Each is refused in one line, and the report stands without names."""
        program = self.compile("made", MADE)
        ledgers, report = self.ledger_of(program, "job", "20", "3", "0", LEAKWATCH_OPTIONS="perfmap=1")
        path = f"/tmp/perf-{self.pids[0]}.map"
        with open(path, encoding="ascii") as file:
            text = file.read()
        for kept in glob.glob(os.path.join(ledgers, "*.symbols")): # the names that were found at once
            os.unlink(kept)

        def older():
            os.utime(path, (0, 0))

        def later():
            os.utime(path, (report["processes"][0]["end"] + 100,) * 2)

        def foreign():
            os.chown(path, 65534, 65534)

        def link():
            shutil.move(path, self.path("map"))
            os.symlink(self.path("map"), path)

        for spoil, words in ((older, "is older than its process"), (later, "was written after its process had ended"),
                             (foreign, "belongs to another user"), (link, "is a link")):
            if spoil is foreign and os.getuid() != 0:
                continue
            with self.subTest(words):
                os.unlink(path)
                with open(path, "w", encoding="ascii") as file:
                    file.write(text)
                os.utime(path, (report["processes"][0]["end"],) * 2)
                spoil()
                done = self.leakwatch("report", "--format", "json", ledgers, status=None)
                self.assert_one_line(done.stderr.strip(), path, words)
                (leak,) = self.leaks(json.loads(done.stdout))
                self.assertEqual((leak["count"], self.names(leak)), (6, []))

    def test_names_go_into_an_artefact(self):
        program = self.compile("made", MADE)
        ledgers, _ = self.ledger_of(program, "job", "20", "3", "0", LEAKWATCH_OPTIONS="perfmap=1")
        with open(self.path("merged"), "wb") as file:
            self.leakwatch("merge", ledgers, stdout=file, status=None)
        self.remove_maps()
        report = self.report_json("merged")
        self.assertEqual(sorted(name for leak in self.leaks(report) for name in self.names(leak)),
                         ["job_0", "job_1", "job_2"])


@unittest.skipUnless(shutil.which("node"), "needs node")
class Node(Generated):
    FLAGS = ("--perf-basic-prof", "--interpreted-frames-native-stack")

    def test_functions_have_names(self):
        script = self.write("shop.js", SCRIPT)
        ledgers, report = self.ledger_of("node", *self.FLAGS, script, LEAKWATCH_OPTIONS="check=1")
        self.assertNotIn("stream-leak", [finding["kind"] for finding in report["findings"]])
        leaks = self.leaks(report)
        self.assertEqual(sum(leak["count"] for leak in leaks if "work" in self.names(leak)), 30)
        leaks = [leak for leak in leaks if "takeInvoice" in self.names(leak)] # it may be inlined later on
        frame = next(frame for frame in leaks[0]["stacks"]["acquired"] if frame["function"] == "takeInvoice")
        self.assertEqual((frame["file"], frame["line"], frame["module"]), (script, 4, None))
        checked, differed = self.differences(ledgers)
        self.assertGreater(checked, 3000)
        self.assertEqual(differed, 0)
        text = self.leakwatch("report", ledgers, status=None).stdout
        self.assertIn("opened by open at shop.js:4 in takeInvoice [fd-leak]", text)
        self.assertNotIn("for names of functions", text)

    def test_how_to_see_names(self):
        script = self.write("shop.js", SCRIPT)
        ledgers, report = self.ledger_of("node", script)
        self.assertEqual(sum(leak["count"] for leak in self.leaks(report)), 30)
        self.assertFalse(any(self.names(leak) for leak in self.leaks(report)))
        self.assertIn("for names of functions made at run time: node --perf-basic-prof --interpreted-frames-native-stack",
                      self.leakwatch("report", ledgers, status=None).stdout)


@unittest.skipUnless(shutil.which("java") and shutil.which("javac"), "needs java and javac")
class Java(Generated):
    FLAGS = ("-XX:+PreserveFramePointer", "-XX:+UnlockDiagnosticVMOptions", "-XX:+DumpPerfMapAtExit", "-Xcomp",
             "-XX:CompileCommand=quiet", "-XX:CompileCommand=dontinline,Shop::*")

    def compiled(self):
        self.write("Shop.java", CLASS)
        subprocess.run(["javac", "Shop.java"], cwd=self.place, check=True)

    def test_methods_have_names(self):
        self.compiled()
        ledgers, report = self.ledger_of("java", *self.FLAGS, "-cp", ".", "Shop", "Shop.java",
                                         LEAKWATCH_OPTIONS="check=1")
        taken = "void Shop.takeInvoice(java.lang.String)"
        leaks = [leak for leak in self.leaks(report) if taken in self.names(leak)]
        self.assertEqual(sum(leak["count"] for leak in leaks), 30, json.dumps(self.leaks(report), indent=1))
        self.assertIn("void Shop.main(java.lang.String[])", self.names(leaks[0]))
        checked, differed = self.differences(ledgers)
        self.assertGreater(checked, 300)
        self.assertEqual(differed, 0)
        self.assertRegex(self.leakwatch("report", ledgers, status=None).stdout,
                         r"opened by open .*in void Shop\.takeInvoice\(java\.lang\.String\) \[fd-leak\]")

    def test_how_to_see_names(self):
        self.compiled()
        ledgers, report = self.ledger_of("java", "-cp", ".", "Shop", "Shop.java")
        self.assertEqual(sum(leak["count"] for leak in self.leaks(report)), 30)
        self.assertIn("for names of functions made at run time: java -XX:+PreserveFramePointer",
                      self.leakwatch("report", ledgers, status=None).stdout)


if __name__ == "__main__":
    main()
