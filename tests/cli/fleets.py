"""What the tests of scripts/fleet share: its files, servers on free ports that end with their test, a receiver of alerts, and a
program that leaks until nothing is left."""
import http.client
import http.server
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

from command import LEAKWATCH, LIBRARY, TIMEOUT, Place

FLEET = os.path.join(os.environ.get("SOURCE_DIR") or os.path.abspath("."), "scripts", "fleet")
RULES = "leakwatch.rules.yml"

# Every fourth that it takes stays, one in 0.1 s; each second an error is swallowed. Without any left it says so, with the moment,
# and waits for its input to end.
LEAKING = r"""
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
__attribute__((noinline)) int take_request(void)
{
    return open("/dev/null", O_RDONLY); /* place: take */
}
__attribute__((noinline)) void spoil(void)
{
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        return;
    fputs("lost", full);
    fclose(full); /* place: swallow */
}
int main(void)
{
    struct timespec now;
    const struct timespec pause = {.tv_nsec = 25000000};
    char byte;
    for (int i = 0, fd; (fd = take_request()) >= 0; i++) {
        if (i % 4 != 0)
            close(fd);
        if (i % 40 == 1)
            spoil();
        nanosleep(&pause, NULL);
    }
    if (errno != EMFILE)
        return 1;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%.3f\n", (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}
"""
LEAKING_LINE = next(number for number, line in enumerate(LEAKING.splitlines(), 1) if "place: take" in line)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: there is no {program}; scripts/bootstrap --test installs what is missing")
            sys.exit(77)


def shipped(name):
    with open(os.path.join(FLEET, name), encoding="utf-8") as file:
        return file.read()


def commands(guide):
    """(heading, command) of all that it prints."""
    for section in re.split(r"^##+ ", guide, flags=re.MULTILINE):
        heading = section.split("\n", 1)[0]
        for block in re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
            yield from ((heading, line) for line in block.splitlines())


def replaced(text, *pairs):
    """Each must be there: the test would be about something else otherwise."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in {text}"
        text = text.replace(old, str(new))
    return text


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Receiver:
    """Takes what Alertmanager's webhooks send: (when it came, path, alert)."""

    def __init__(self, port=0):
        self.alerts = []
        taken = self.alerts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                taken.extend((time.time(), self.path, alert) for alert in message["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, path, name, status="firing", **labels):
        return [(moment, alert) for moment, to, alert in list(self.alerts)
                if to == path and alert["status"] == status and alert["labels"]["alertname"] == name
                and labels.items() <= alert["labels"].items()]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Fleet(Place):
    """Servers, each with its log in the test's place."""

    def setUp(self):
        super().setUp()
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)

    def end(self, process):
        process.terminate()
        process.wait(TIMEOUT)

    def start(self, name, *command, **how):
        with open(self.path(f"{name}.log"), "wb") as log:
            process = subprocess.Popen(command, cwd=self.place, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=self.environment(), **how)
        self.addCleanup(self.end, process)
        return process

    def log(self, name):
        with open(self.path(f"{name}.log"), encoding="utf-8", errors="backslashreplace") as log:
            return log.read()[-3000:]

    def serve(self, name, port, path, *command):
        """Started, and it answers there."""
        process = self.start(name, *command)
        self.eventually(lambda: self.is_answered(name, process, port, path), f"{name} answers")
        return process

    def is_answered(self, name, process, port, path):
        self.assertIsNone(process.poll(), f"{name} has ended: {self.log(name)}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT) as answer:
                return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False

    def eventually(self, condition, what):
        deadline = time.monotonic() + TIMEOUT
        while True:
            found = condition()
            if found:
                return found
            self.assertLess(time.monotonic(), deadline, f"not so in time: {what}")
            time.sleep(0.1)

    def leakwatch_serve(self, port):
        return self.serve("serve", port, "/readyz", LEAKWATCH, "serve", "--listen", f"127.0.0.1:{port}", self.ledgers)

    def leaking(self, limit):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        program = subprocess.Popen([self.compile("leaking", LEAKING)], cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:quiet=1"),
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard)))
        self.addCleanup(program.communicate, timeout=TIMEOUT)
        self.addCleanup(program.kill)
        return program

    @staticmethod
    def query(port, expression, path="/api/v1/query"):
        """What a server that speaks Prometheus's API answers: (labels, value)."""
        parameters = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{parameters}", timeout=TIMEOUT) as answer:
            result = json.load(answer)["data"]["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def prometheus(self, configuration, port, *more):
        self.write("prometheus.yml", configuration)
        return self.serve("prometheus", port, "/-/ready", "prometheus", f"--config.file={self.path('prometheus.yml')}",
                          f"--storage.tsdb.path={self.path('prometheus')}", f"--web.listen-address=127.0.0.1:{port}", *more)
