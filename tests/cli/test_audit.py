"""--audit on whole programs of others: every call that released something writable gets a verdict, soon, and under 5 %
of them cannot be decided."""
import functools
import http.server
import os
import re
import shutil
import sys
import threading

import command

UNKNOWN_AT_MOST = 0.05
PYTHON = "/usr/bin/python3"  # the interpreter itself, not a script that looks for one

GIT = """
set -e
git init --quiet one
cd one
git config user.name nobody
git config user.email nobody@example.org
for number in 1 2 3 4 5 6 7; do
    echo $number >file.$number
    git add .
    git commit --quiet --message=$number
    git tag v$number
done
git mv file.1 file.8
git stash --quiet
git stash pop --quiet
git status >/dev/null
git repack --quiet -a -d
git format-patch --quiet -3 --output-directory=../patches
git archive --output=../one.tar HEAD
git bundle create --quiet ../one.bundle --all
cd ..
git clone --quiet one two
git -C two fetch --quiet ../one.bundle
"""

SCRIPT = """
import bz2, csv, dbm.dumb, gzip, lzma, mmap, os, pickle, shelve, socket, sqlite3, subprocess, tarfile, tempfile, zipfile
with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for name, opened in (("plain", open), ("z", gzip.open), ("b", bz2.open), ("x", lzma.open)):
        with opened(name, "wb") as file:
            file.write(b"text" * 1000)
    with zipfile.ZipFile("zip", "w") as archive:
        archive.write("plain")
    with tarfile.open("tar.gz", "w:gz") as archive:
        archive.add("plain")
    database = sqlite3.connect("database")
    database.execute("create table numbers (number)")
    database.executemany("insert into numbers values (?)", [(number,) for number in range(99)])
    database.commit()
    database.close()
    with dbm.dumb.open("dumb", "n") as table:
        table["key"] = "value"
    number, path = tempfile.mkstemp()
    os.write(number, b"text")
    copy = os.dup(number)
    os.close(number)
    os.close(copy)
    left, right = socket.socketpair()
    left.close()
    right.close()
    subprocess.run(["true"], input=b"text", check=True)
    with open("plain", "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[0] = 65
    os.close(os.memfd_create("memory"))
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class Audit(command.Place):
    def needs(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not here")

    def audit(self, *words, more=()):
        """Runs it once, then judges its ledgers: how often each verdict was given."""
        environment = self.environment(HOME=self.place)
        self.leakwatch("run", "--keep-ledgers", "ledgers", "--", *words, environment=environment)
        arguments = ("report", "--audit", *more, "ledgers")
        text = self.leakwatch(*arguments).stdout
        line = re.search(r"^(\d+) calls? releases? something writable: .* \((\d+\.\d) % not decidable\)$", text, re.MULTILINE)
        self.assertIsNotNone(line, text)
        sites = self.report_json(*arguments[1:])["totals"]["audited_sites"]
        print(f"{self.id()}: {sites}", file=sys.stderr)
        self.assertEqual(sum(sites.values()), int(line[1]))
        self.assertAlmostEqual(100 * sites["unknown"] / int(line[1]), float(line[2]), delta=0.051)
        self.assertLess(sites["unknown"], UNKNOWN_AT_MOST * int(line[1]))
        return sites

    def test_git(self):
        self.needs("git")
        sites = self.audit("sh", self.write("work.sh", GIT), more=("--skip-exe", "*sh"))
        self.assertGreater(sites["checked"], 0, "git looks at most of what it writes")

    def test_cpython(self):
        self.needs(PYTHON)
        sites = self.audit(PYTHON, self.write("work.py", SCRIPT))
        self.assertGreater(sites["checked"], 0, "the closes of Python's own go through few places, which look")

    def test_curl(self):
        self.needs("curl")
        self.write("file", "text\n" * 1000)
        handler = functools.partial(Quiet, directory=self.place)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                url = f"http://127.0.0.1:{server.server_port}/file"
                self.audit("curl", "--silent", "--noproxy", "*", "--output", "one", url, "--output", "two", url,
                           "--output", "three", "file://" + self.path("file"), "--cookie-jar", "cookies",
                           "--dump-header", "headers", "--trace", "trace")
            finally:
                server.shutdown()
                thread.join()


if __name__ == "__main__":
    if not any(map(shutil.which, ("git", "curl", PYTHON))):
        print("skipped: neither git nor curl nor CPython is here")
        sys.exit(77)
    command.main()
