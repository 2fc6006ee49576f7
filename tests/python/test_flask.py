"""Flask's development server, with two leaks planted in its views: what a new user would try first."""
import json
import re
import subprocess
import urllib.error
import urllib.request

import watched
from watched import LEAKWATCH, PYTHON

PROGRAM = """\
import os
import signal
from flask import Flask

app = Flask(__name__)
sources = {}

@app.route("/invoice/<int:number>")
def invoice(number):
    descriptor = os.open("/etc/hostname", os.O_RDONLY)  # planted
    if number % 3 == 0:
        return "no such invoice", 404
    os.close(descriptor)
    return "paid"

@app.route("/report/<int:number>")
def report(number):
    sources[number] = open("/etc/passwd", encoding="utf-8")  # kept
    return sources[number].readline()

@app.route("/page/<int:number>")
def page(number):
    with open("/etc/passwd", encoding="utf-8") as source:
        return source.readline()

@app.route("/stop")
def stop():
    answer = app.response_class("stopping")
    answer.call_on_close(lambda: os.kill(os.getpid(), signal.SIGINT))  # as from a terminal, once it has been sent
    return answer

app.run(port=0)
"""


class Flask(watched.Scripts):
    def ask(self, url):
        try:
            with urllib.request.urlopen(url, timeout=watched.TIMEOUT) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def serve(self):
        """The report on a server that answered, and was stopped as from a terminal."""
        program, output = self.write("server.py", PROGRAM), self.path("report.json")
        server = subprocess.Popen([LEAKWATCH, "run", "--format", "json", "--output", output, "--", PYTHON, program],
                                  cwd=self.place, env=self.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        port = next(found[1] for found in (re.search(r"127\.0\.0\.1:(\d+)", line) for line in server.stderr) if found)
        for number in range(21):
            for path, status in (("invoice", 404 if number % 3 == 0 else 200), ("report", 200), ("page", 200)):
                self.assertEqual(self.ask(f"http://127.0.0.1:{port}/{path}/{number}"), status)
        self.assertEqual(self.ask(f"http://127.0.0.1:{port}/stop"), 200)
        server.stderr.read()
        server.wait(watched.TIMEOUT)
        with open(output, encoding="utf-8") as file:
            return json.load(file)

    def places(self, report):
        """{(function, line): [count, levels]} of the server's views."""
        told = {}
        for finding in report["findings"]:
            for frame in finding["stacks"]["acquired"]:
                if (frame["file"] or "").endswith("/server.py") and frame["function"] != "<module>":
                    place = told.setdefault((frame["function"], frame["line"]), [0, set()])
                    place[0] += finding["count"]
                    place[1].add(finding["level"])
                    break
        return told

    def test_leaks_per_request(self):
        if not watched.has_module("flask"):
            self.skipTest("it needs flask")
        report = self.serve()
        lines = {mark: self.line_of(mark, name="server.py") for mark in ("planted", "kept")}
        places = self.places(report)
        self.assertEqual({place: count for place, (count, _) in places.items()},
                         {("invoice", lines["planted"]): 7, ("report", lines["kept"]): 21})
        for _, levels in places.values():  # what is kept is closed as the interpreter ends, unless a thread still runs then
            self.assertNotIn("note", levels)


if __name__ == "__main__":
    watched.main()
