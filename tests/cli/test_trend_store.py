"""leakwatch trend --store: since which build a place leaks, how long runs lived, and what earlier runs say of this one."""
import json
import os
import re
import signal
import subprocess

import formats
from command import BUILD, LIBRARY, TIMEOUT, main
from stores import Store

# It takes 60, one after the other, and forgets one of 10 where it was built with LEAK.
SERVER = r"""
#include <fcntl.h>
#include <unistd.h>
#include <stdlib.h>
__attribute__((noinline)) int take_connection(void)
{
    return open("/dev/null", O_RDONLY); /* taken */
}
int main(void)
{
    for (int i = 0; i < 60; i++) {
        int fd = take_connection();
        if (!LEAK || i % 10 != 7)
            close(fd);
    }
    return 0;
}
"""

# One that it forgets for each line that it reads, and one that it does not.
GROWING = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) static int grow(void)
{
    return open("/dev/null", O_RDONLY);
}
int main(void)
{
    char line[16];
    for (puts("ready"), fflush(stdout); fgets(line, sizeof line, stdin); puts("grown"), fflush(stdout))
        grow();
    return 0;
}
"""


class History(Store):
    def trend(self, *arguments, **how):
        return self.leakwatch("trend", "--store", self.store, *arguments, **how)

    def trend_json(self, *arguments, **how):
        document = json.loads(self.trend("--json", *arguments, **how).stdout)
        formats.validate(document, "trend.json")
        return document

    def made(self, setting, *count):
        directory = self.path(f"made_{setting}{''.join(count)}")
        os.mkdir(directory)
        subprocess.run([os.path.join(BUILD, "tests/cli/trend_ledgers"), setting, directory, *count], check=True, timeout=TIMEOUT)
        return directory

    def put_builds(self):
        """Three runs of a build that is well, two of one that leaks, under one name: their build-ids."""
        for number, leaks in enumerate((0, 0, 0, 1, 1)):
            program = self.compile("server", SERVER, flags=("-O1", "-g", "-Wl,--build-id", f"-DLEAK={leaks}"))
            self.add(self.make_ledgers(program, directory=f"run{number}"))
        return [name for name, in self.ask("SELECT builds.name FROM runs JOIN builds ON builds.id = build ORDER BY start")]

    def test_since_which_build_it_leaks(self):
        builds = self.put_builds()
        self.assertEqual(len(set(builds)), 2)
        text = self.trend().stdout
        self.assertRegex(text, r"\Aserver: 5 runs of 2 builds in ")
        self.assertRegex(" ".join(text.split()), r"take_connection at server\.c:7 \(open\) leaks since build "
                         + builds[4][:7] + r" \(first seen [^)]* ago\): in 2 of 2 runs(, [^;]* an hour)?; before, in 0 of 3")
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)

    def test_how_long_each_run_lived(self):
        self.put_builds()
        self.change("UPDATE runs SET start = start - 7200000000000, seen = seen - 3600000000000 WHERE id = 5")
        text = self.trend().stdout
        self.assertEqual(len(re.findall(r"^  \d{4}-\d\d-\d\d \d\d:\d\d  .* exit$", text, re.M)), 5, text)
        self.assertRegex(text, r"(?m)^  \S+ \S+  1 h 0 min ")

    def test_as_json(self):
        builds = self.put_builds()
        history, = self.trend_json()["history"]
        self.assertEqual(history["program"], "server")
        self.assertEqual([build["build"] for build in history["builds"]], [builds[0], builds[4]])
        self.assertEqual([run["leaking"] for run in history["runs"]], [0, 0, 0, 1, 1])
        site, = history["sites"]
        self.assertTrue(site["leaks"])
        self.assertEqual((site["since"], site["runs"], site["leaking"], site["before"], site["before_leaking"]), (1, 2, 2, 3, 0))
        self.assertEqual([(part["leaking"], part["held_most"]) for part in site["builds"]], [(0, 0), (2, 6)])
        self.assertIn("leaks since build", site["sentence"])

    def test_a_rate_is_the_same_as_the_trend_of_the_ledger_says(self):
        directory = self.made("leak")
        self.add(directory)
        document = self.trend_json(directory)
        now = {site["fingerprint"]: site for site in document["sites"]}
        known, = [site for site in document["history"][0]["sites"] if site["leaks"]]
        self.assertAlmostEqual(now[known["fingerprint"]]["rate"], known["rate"])
        self.assertGreater(known["rate"], 40)
        self.assertEqual(known["builds"][0]["verdict"], "leaking")
        self.assertEqual(self.one("SELECT reason FROM site_looks WHERE verdict = 'leaking'"),
                         now[known["fingerprint"]]["sentence"])

    def test_a_pool_that_earlier_runs_filled_is_known(self):
        """None was ever given back, which one look cannot tell from a leak; three runs of 1 to 4 hours stayed at 40."""
        site, = self.trend_json_alone(self.made("fill", "3"))["sites"]
        self.assertEqual(site["verdict"], "suspect")
        for hours in "1", "2", "4", "8":
            self.add(self.made("fill", hours))
        site, = self.trend_json(self.path("made_fill3"))["sites"]
        self.assertEqual(site["verdict"], "steady")
        self.assertIn("in 3 earlier runs this place stayed below 41", site["sentence"])
        self.assertIn("stayed below 41 in 3 runs", self.trend().stdout)

    def trend_json_alone(self, *arguments):
        return json.loads(self.leakwatch("trend", "--json", *arguments).stdout)

    def test_only_programs_that_are_asked_for(self):
        self.put_builds()
        self.add(self.make_ledgers(self.compile("other"), directory="others"))
        self.assertEqual(sorted(history["program"] for history in self.trend_json()["history"]), ["other", "server"])
        self.assertEqual([history["program"] for history in self.trend_json("--program", "oth*")["history"]], ["other"])
        text = self.trend("others").stdout
        self.assertIn("other: 1 run", text)
        self.assertNotIn("server:", text)

    def test_markdown_has_it_too(self):
        self.put_builds()
        text = self.trend("--format", "markdown").stdout
        self.assertIn("### History", text)
        self.assertIn("leaks since build", " ".join(text.split()))

    def test_what_cannot_be_read_is_said(self):
        self.assert_one_line(self.trend(status=2).stderr, "there is no store here")
        self.write("runs.db", "no store, but a text that is long enough to be none\n" * 100)
        self.assert_one_line(self.trend(status=2).stderr, "no store")
        done = self.leakwatch("trend", status=2)
        self.assertIn("no ledger named, and no --store", done.stderr)

    def test_a_process_that_runs_is_told_of_with_its_past(self):
        program = subprocess.Popen([self.compile("growing", GROWING)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, cwd=self.place,
                                   env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS="quiet=1:keep=all"))
        self.addCleanup(program.communicate)
        self.addCleanup(program.send_signal, signal.SIGKILL)
        self.assertEqual(program.stdout.readline(), "ready\n")
        program.stdin.write("\n")
        program.stdin.flush()
        self.assertEqual(program.stdout.readline(), "grown\n")
        self.add(str(program.pid))
        document = self.trend_json(str(program.pid))
        self.assertEqual(len(document["processes"]), 1)
        self.assertEqual([run["how"] for run in document["history"][0]["runs"]], ["running"])


if __name__ == "__main__":
    main()
