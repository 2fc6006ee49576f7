"""leakwatch serve: what Prometheus, an operator's browser and a program that wants JSON get of the processes of a directory,
while these run."""
import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import command
import expositions
from command import LEAKWATCH, LIBRARY, TIMEOUT, Place

VERDICTS = ("steady", "load", "for-life", "suspect", "leaking")
HOSTILE = 'a "b"\\c\nd\xff{}'.encode("latin-1")

# Opens 7 at one line, of which 3 are closed; one close fails unseen, one is looked at; then it waits for its input to end.
SOURCE = r"""
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) int take(void)
{
    return open("/dev/null", O_RDONLY); /* place: take */
}
__attribute__((noinline)) int spoil(void)
{
    FILE *full = fopen("/dev/full", "w");
    fputs("lost", full);
    return fileno(full) < 0 ? 1 : 0 * fflush(full) + fclose(full);
}
int main(void)
{
    char byte;
    int taken[7];
    for (int i = 0; i < 7; i++)
        taken[i] = take();
    for (int i = 0; i < 3; i++)
        close(taken[i]);
    FILE *full = fopen("/dev/full", "w");
    fputs("lost", full);
    fclose(full); /* place: swallow */
    full = fopen("/dev/full", "w");
    fputs("seen", full);
    if (fclose(full) != 0)
        fputs("it is full\n", stderr);
    puts("ready");
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}
"""

MANY = 3000
TAKES_MANY = rf"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{{
    char byte;
    for (int i = 0; i < {MANY} + {MANY} / 2; i++) {{
        int fd = open("/dev/null", O_RDONLY);
        if (i % 3 == 0)
            close(fd);
    }}
    puts("ready");
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}}
"""


class Serving(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)

    @contextlib.contextmanager
    def program(self, path=None, **how):
        """It has done its work, and goes on."""
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:quiet=1")
        with subprocess.Popen([path or self.compile("holder", SOURCE)], env=environment, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.place, **how) as process:
            try:
                self.assertEqual(process.stdout.readline(), b"ready\n")
                yield process
            finally:
                process.stdin.close()

    @contextlib.contextmanager
    def server(self, *arguments, listen="127.0.0.1:0"):
        with subprocess.Popen([LEAKWATCH, "serve", "--listen", listen, *arguments, self.ledgers],
                              env=self.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                said = process.stderr.readline()
                self.assertRegex(said, r"leakwatch: serves http://\S+:\d+/metrics\n", said)
                self.port = int(re.search(r":(\d+)/metrics", said).group(1))
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(TIMEOUT), 0, process.stderr.read())

    def ask(self, path, method="GET", host="127.0.0.1", body=None, **headers):
        connection = http.client.HTTPConnection(host, self.port, timeout=TIMEOUT)
        self.addCleanup(connection.close)
        connection.request(method, path, body=body, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer

    def metrics(self, is_open=False):
        accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" if is_open else "text/plain"
        answer = self.ask("/metrics", Accept=accept)
        self.assertEqual(answer.status, 200)
        self.assertIn("openmetrics" if is_open else "version=0.0.4", answer.getheader("Content-Type"))
        return expositions.read(answer.text, is_open)

    def eventually(self, name, value):
        """A look is good for some time, so what has happened is seen a little later."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            families = self.metrics()
            if self.value(families[name]) == value:
                return families
            self.assertLess(time.monotonic(), deadline, f"{name} is {self.value(families[name])} and not {value}")
            time.sleep(0.05)

    @staticmethod
    def value(family, **wanted):
        found = [value for labels, value in family.samples if wanted.items() <= labels.items()]
        assert len(found) == 1, (family.name, wanted, family.samples)
        return found[0]


class Metrics(Serving):
    def test_of_a_process_and_its_places(self):
        line = next(number for number, text in enumerate(SOURCE.splitlines(), 1) if "place: take" in text)
        with self.program() as process, self.server():
            for is_open in (False, True):
                families = self.metrics(is_open)
                of_it = {"program": "holder", "pid": str(process.pid)}
                total = "" if is_open else "_total"
                opened = len(os.listdir(f"/proc/{process.pid}/fd"))
                limit = self.value(families["leakwatch_descriptor_limit"], **of_it)
                self.assertEqual(self.value(families["leakwatch_open_descriptors"], **of_it), opened)
                self.assertEqual(self.value(families["leakwatch_descriptor_headroom"], **of_it), limit - opened)
                self.assertEqual(self.value(families["leakwatch_acquisitions" + total], **of_it), 9)
                self.assertEqual(self.value(families["leakwatch_releases" + total], **of_it), 5)
                self.assertEqual(self.value(families["leakwatch_release_errors" + total], **of_it), 2)
                self.assertEqual(self.value(families["leakwatch_swallowed_errors" + total], **of_it), 1)
                place = {"program": "holder", "kind": "fd", "function": "take", "location": f"holder.c:{line}"}
                self.assertEqual(self.value(families["leakwatch_site_held"], **place), 4)
                self.assertEqual(self.value(families["leakwatch_site_processes"], **place), 1)
                verdict = self.value(families["leakwatch_site_verdict"], **place)
                trend = json.loads(self.ask("/api/trend").text)
                site, = [site for site in trend["sites"] if site["held"] == 4]
                self.assertEqual(VERDICTS[int(verdict)], site["verdict"])
                self.assertEqual([labels["site"] for labels, _ in families["leakwatch_site_held"].samples],
                                 [site["fingerprint"]])
                self.assertEqual(self.value(families["leakwatch_watched_processes"]), 1)
                self.assertEqual(self.value(families["leakwatch_up"]), 1)

    def test_when_a_process_began(self):
        before = time.time()
        with self.program(), self.server():
            told = self.value(self.metrics()["leakwatch_start_time_seconds"])
            self.assertTrue(before - 0.1 <= told <= time.time() + 0.1, (before, told))
            self.assertAlmostEqual(told, json.loads(self.ask("/api/trend").text)["processes"][0]["start"], delta=0.1)

    def test_processes_come_and_go(self):
        with self.server():
            self.eventually("leakwatch_watched_processes", 0)
            with self.program():
                self.eventually("leakwatch_watched_processes", 1)
                with self.program(), self.program():
                    families = self.eventually("leakwatch_watched_processes", 3)
                    self.assertEqual(len(families["leakwatch_open_descriptors"].samples), 3)
                self.eventually("leakwatch_watched_processes", 1)
            families = self.eventually("leakwatch_watched_processes", 0)
            self.assertEqual(self.value(families["leakwatch_ended_processes"]), 3)
            self.assertEqual(families["leakwatch_open_descriptors"].samples, [])
            self.write("ledgers/leakwatch.other.1.1.0.lwl", "This is no ledger.\n" * 1000)
            self.eventually("leakwatch_unread_ledgers", 1)

    def test_only_the_worst_where_there_are_many(self):
        with contextlib.ExitStack() as programs:
            path = self.compile("holder", SOURCE)
            for _ in range(5):
                programs.enter_context(self.program(path))
            with self.server("--processes", "3", "--sites", "0"):
                families = self.metrics()
                self.assertEqual(len(families["leakwatch_open_descriptors"].samples), 3)
                self.assertEqual(self.value(families["leakwatch_processes_omitted"]), 2)
                self.assertEqual(len(families["leakwatch_site_held"].samples), 0)
                self.assertEqual(self.value(families["leakwatch_sites_omitted"]), 1)
            with self.server("--program", "nobody"):
                self.assertEqual(self.value(self.metrics()["leakwatch_watched_processes"]), 0)

    def test_who_would_rather_have_plain_text_gets_it(self):
        with self.server():
            answer = self.ask("/metrics", Accept="application/openmetrics-text;q=0.5, text/plain;q=0.9")
            self.assertIn("version=0.0.4", answer.getheader("Content-Type"))

    def test_hostile_names(self):
        path = os.path.join(os.fsencode(self.place), HOSTILE)
        shutil.copy(self.compile("holder", SOURCE), path)
        with self.program(path), self.server():
            for is_open in (False, True):
                (labels, _), = self.metrics(is_open)["leakwatch_open_descriptors"].samples
                self.assertEqual(labels["program"], r'a "b"\c\x0ad\xff{}')
            self.assertNotIn("\n\n", self.ask("/").text.split("<tbody>")[1])

    def test_the_linter_of_prometheus_is_content(self):
        if not shutil.which("promtool"):
            self.skipTest("there is no promtool (package prometheus)")
        with self.program(), self.server():
            for is_open in (False, True):
                text = self.ask("/metrics", Accept="application/openmetrics-text" if is_open else "").text
                if is_open:
                    continue # this linter reads the other format alone
                done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True,
                                      check=False, timeout=TIMEOUT)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def full(self):
        """A directory that soon has no room for a ledger, or it is skipped."""
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "leakwatch-test", self.ledgers],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot mount here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.ledgers], check=False)

    def test_what_found_no_room_is_said_wherever_one_looks(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < MANY + 100:
            self.skipTest(f"{hard} descriptors are too few")
        self.full()
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with self.program(self.compile("many", TAKES_MANY)) as process, self.server():
            families = self.metrics()
            opened = len(os.listdir(f"/proc/{process.pid}/fd"))
            lost = int(self.value(families["leakwatch_unrecorded_total"]))
            self.assertGreater(lost, 100)
            self.assertEqual(self.value(families["leakwatch_open_descriptors"]), opened)
            self.assertEqual(self.value(families["leakwatch_descriptor_headroom"]), hard - opened)
            trend = json.loads(self.ask("/api/trend").text)["processes"][0]
            self.assertEqual((trend["open"], trend["open_at_least"], trend["lost"]), (opened, False, lost))
            sentence = f"{lost:,} resources found no room in the ledger and are not counted: is the disk full?"
            texts = [self.ask(path).text for path in ("/", "/trend", f"/processes/{process.pid}/trend")]
            texts += [self.leakwatch("trend", "--format", form, self.ledgers).stdout.replace("\n  ", " ") for form in ("text", "markdown")]
            texts.append(self.leakwatch("top", "--once", self.ledgers).stdout)
            for text in texts[:-1]:
                self.assertIn(sentence, text)
            for text in texts:
                self.assertNotIn("may have stopped", text)
                self.assertNotIn("none came of late", text)
                self.assertNotIn("nothing is sure to leak", text)
            ledger, = command.glob.glob(self.path("ledgers", "*.lwl"))
            process.kill()
            process.wait()
            ended = self.leakwatch("trend", ledger).stdout
            self.assertIn("at least", ended)  # the kernel does not know any more

    def test_as_a_file(self):
        file = self.path("leakwatch.prom")
        with self.program() as process:
            done = self.leakwatch("serve", "--textfile", file, self.ledgers)
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        with open(file, encoding="utf-8") as text:
            families = expositions.read(text.read(), False)
        self.assertGreater(self.value(families["leakwatch_open_descriptors"], pid=str(process.pid)), 4)
        done = self.leakwatch("serve", "--textfile", self.path("nowhere", "file"), self.ledgers, status=2)
        self.assert_one_line(done.stderr, "nowhere")
        with open(file, encoding="utf-8") as text:
            self.assertEqual(expositions.read(text.read(), False).keys(), families.keys())


class Pages(Serving):
    def test_of_all_and_of_one(self):
        with self.program() as process, self.program() as other, self.server():
            overview = self.ask("/")
            self.assertEqual((overview.status, overview.getheader("Refresh")), (200, "5"))
            self.assertIn("2 processes run watched", overview.text)
            links = re.findall(r'href="(/[^"]+)"', overview.text)
            self.assertLessEqual({"/trend", "/report", "/metrics", f"/processes/{process.pid}/trend",
                                  f"/processes/{other.pid}/report"}, set(links))
            for link in links:
                answer = self.ask(link)
                self.assertEqual(answer.status, 200, link)
                if link not in ("/metrics", "/api/processes"):
                    self.assertIn("holder", answer.text, link)
                    self.assertTrue(answer.text.rstrip().endswith("</html>"), link)

    def test_as_json(self):
        with self.program() as process, self.program() as other, self.server():
            for path, pids in (("", {process.pid, other.pid}), (f"/processes/{other.pid}", {other.pid})):
                report = json.loads(self.ask(f"/api{path}/report").text)
                trend = json.loads(self.ask(f"/api{path}/trend").text)
                self.assertEqual((report["schema"], trend["schema"]), ("leakwatch.report/1", "leakwatch.trend/1"))
                self.assertEqual({of["pid"] for of in report["processes"]}, pids)
                self.assertEqual({of["pid"] for of in trend["processes"]}, pids)

    def test_the_list_as_json(self):
        with self.program() as process, self.server():
            paths = json.loads(self.ask("/api").text)["paths"]
            self.assertEqual(paths, json.loads(self.ask("/api/").text)["paths"])
            self.assertIn("/api/processes/PID/trend", paths)
            for path in paths:
                self.assertEqual(self.ask(path.replace("PID", str(process.pid))).status, 200, path)
            listed = json.loads(self.ask("/api/processes").text)
            self.assertEqual((listed["schema"], listed["running"], listed["unread"]), ("leakwatch.processes/1", 1, 0))
            of_it, = listed["processes"]
            self.assertEqual(of_it["links"], json.loads(self.ask(of_it["links"]["self"]).text)["processes"][0]["links"])
            self.assertEqual((of_it["pid"], of_it["program"], of_it["open"]),
                             (process.pid, "holder", len(os.listdir(f"/proc/{process.pid}/fd"))))
            self.assertEqual((of_it["acquired"], of_it["released"], of_it["swallowed"], of_it["lost"]), (9, 5, 1, 0))
            trend, = json.loads(self.ask(of_it["links"]["trend"]).text)["processes"]
            self.assertEqual(trend["pid"], process.pid)
            self.assertIn("leakwatch trend", self.ask(f"/processes/{process.pid}").text)

    def test_what_cannot_be_seen_is_said_on_the_page_too(self):
        with self.server():
            self.write("ledgers/leakwatch.other.1.1.0.lwl", "This is no ledger.\n" * 1000)
            self.eventually("leakwatch_unread_ledgers", 1)
            state = "0 processes run watched, but 1 ledger cannot be read"
            ready = self.ask("/readyz")
            self.assertEqual((ready.status, ready.text), (200, state + "\n"))
            self.assertIn(state, self.ask("/").text)
            shutil.rmtree(self.ledgers)
            self.eventually("leakwatch_up", 0)
            ready = self.ask("/readyz")
            self.assertEqual(ready.status, 503)
            page = self.ask("/").text
            self.assertIn(ready.text.strip(), page)
            self.assertNotIn("run watched", page)

    def test_one_process_runs(self):
        with self.program(), self.server():
            self.assertEqual(self.ask("/readyz").text, "1 process runs watched\n")

    def test_what_there_is_not(self):
        with self.server():
            for path in ("/metrics/", "/nothing", "/processes/1/trend", "/processes/x/trend", "/api/metrics", "/..%2f..%2fetc/passwd", "/%00", "/trend%00",
                         "/api/processes/4242", "/processes/PID/trend", "/api/processes/PID",
                         "/processes/99999999999999999999/trend", "/processes/4242"):
                answer = self.ask(path)
                self.assertEqual(answer.status, 404, path)
                self.assert_one_line(answer.text)

    def test_health_and_readiness(self):
        with self.server():
            self.assertEqual((self.ask("/healthz").status, self.ask("/readyz").status), (200, 200))
            os.rename(self.ledgers, self.path("elsewhere"))
            self.eventually("leakwatch_up", 0)
            self.assertEqual((self.ask("/healthz").status, self.ask("/readyz").status), (200, 503))
            self.assert_one_line(self.ask("/readyz").text, "No such file or directory")
            os.rename(self.path("elsewhere"), self.ledgers)
            self.eventually("leakwatch_up", 1)
            self.assertEqual(self.ask("/readyz").status, 200)


class Harm(Serving):
    def test_only_reading_is_allowed(self):
        with self.server():
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
                answer = self.ask("/metrics", method=method, body="x" * 100000)
                self.assertEqual((answer.status, answer.getheader("Allow")), (405, "GET, HEAD"), method)
            head = self.ask("/metrics", method="HEAD")
            self.assertEqual((head.status, head.text), (200, ""))
            self.assertGreater(int(head.getheader("Content-Length")), 1000)

    def test_requests_that_are_too_large(self):
        with self.server():
            self.assertIn(self.ask("/" + "x" * 100000).status, (414, 431))
            self.assertIn(self.ask("/metrics", X_Long="y" * 100000).status, (413, 414, 431))
            self.assertEqual(self.ask("/metrics").status, 200)

    def test_noise_and_silence(self):
        """Who says nothing, or nothing sensible, keeps nobody else from being answered."""
        with self.server():
            silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(20)]
            for number, connection in enumerate(silent):
                self.addCleanup(connection.close)
                connection.sendall((b"", b"GET /metr", b"\x00\xff\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n")[number % 4])
            for _ in range(5):
                self.assertEqual(self.ask("/metrics").status, 200)
            silent[0].settimeout(TIMEOUT)
            self.assertEqual(silent[0].recv(1), b"", "its time is over")

    @contextlib.contextmanager
    def crowd(self, size):
        """So many begin a request, and go on with it a byte at a time."""
        over = threading.Event()
        guests = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(size)]
        for guest in guests:
            guest.sendall(b"GET /metrics HTTP/1.1\r\nHost:")

        def trickle():
            while not over.wait(0.5):
                for guest in guests:
                    with contextlib.suppress(OSError):
                        guest.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            yield guests
        finally:
            over.set()
            thread.join()
            for guest in guests:
                guest.close()

    def test_a_crowd_that_never_finishes_asking_keeps_nobody_out(self):
        with self.server(), self.crowd(200):
            begin = time.monotonic()
            for _ in range(20):
                self.assertEqual(self.ask("/healthz", Connection="close").status, 200)
            self.assertLess(time.monotonic() - begin, 120)

    def test_a_request_has_a_deadline_however_it_trickles(self):
        with self.server(), self.crowd(1) as (guest,):
            guest.settimeout(TIMEOUT)
            begin = time.monotonic()
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(guest.recv(1), b"")
            self.assertGreater(time.monotonic() - begin, 5, "it had little time")

    def test_who_does_not_take_the_answer_keeps_nobody_out(self):
        with self.server():
            for _ in range(100):
                guest = socket.socket()
                self.addCleanup(guest.close)
                guest.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                guest.connect(("127.0.0.1", self.port))
                guest.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
            self.assertEqual(self.ask("/healthz", Connection="close").status, 200)

    def test_who_stays_connected_leaves_room(self):
        with self.server():
            for _ in range(150):  # each of them is kept open
                self.assertEqual(self.ask("/healthz").status, 200)

    def test_one_after_the_other_and_many_at_once(self):
        with self.program(), self.server() as server:
            before = len(os.listdir(f"/proc/{server.pid}/fd"))
            for _ in range(200):
                self.assertEqual(self.ask("/metrics", Connection="close").status, 200)
            askers = [subprocess.Popen(["python3", "-c", "import sys, urllib.request\n"
                                        "for _ in range(20): urllib.request.urlopen(sys.argv[1]).read()",
                                        f"http://127.0.0.1:{self.port}/metrics"], stderr=subprocess.PIPE) for _ in range(8)]
            for asker in askers:
                _, said = asker.communicate(timeout=TIMEOUT)
                self.assertEqual(asker.returncode, 0, said)
            deadline = time.monotonic() + TIMEOUT
            while len(os.listdir(f"/proc/{server.pid}/fd")) > before + 1 and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertLessEqual(len(os.listdir(f"/proc/{server.pid}/fd")), before + 1)


class Usage(Serving):
    def test_where_to_listen(self):
        for listen in ("9464", "localhost:9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:9464", "[::1:9464", ":9464",
                       "127.0.0.1:94x"):
            done = self.leakwatch("serve", "--listen", listen, self.ledgers, status=2)
            self.assertIn("--listen wants ADDRESS:PORT", done.stderr, listen)
        with self.server():
            done = self.leakwatch("serve", "--listen", f"127.0.0.1:{self.port}", self.ledgers, status=2)
            self.assert_one_line(done.stderr, f"127.0.0.1:{self.port}", "Address already in use")
        with self.server(listen="[::1]:0"):
            self.assertEqual(self.ask("/healthz", host="::1").status, 200)

    def test_who_else_may_ask_is_said(self):
        with self.server(listen="0.0.0.0:0") as server:
            self.assertEqual(self.ask("/healthz").status, 200)
            self.assertIn("whoever reaches 0.0.0.0 may ask", server.stderr.readline())

    def test_a_directory_that_is_none(self):
        for how in ((), ("--textfile", self.path("file"))):
            done = self.leakwatch("serve", *how, self.path("nowhere"), status=2)
            self.assert_one_line(done.stderr, "nowhere", "No such file or directory", "dir=")
        self.assertIn("no directory named", self.leakwatch("serve", status=2).stderr)
        self.assertIn("one directory", self.leakwatch("serve", self.ledgers, self.ledgers, status=2).stderr)


if __name__ == "__main__":
    command.main()
