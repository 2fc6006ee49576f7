#!/usr/bin/env python3
"""close-wait: a running process's sockets whose peer has hung up, and what looks like them and is not. One long wait serves
all cases: a peer that has just hung up is nobody's fault yet."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

import command
import formats
from command import LIBRARY, Place

LEAST = 10  # seconds; what has hung up for less is not told

# The first byte of a connection says what becomes of it: it is forgotten (without an answer: q), read to its end and forgotten,
# closed, or written to once a second for ever. Unix connections are forgotten. A line from standard input ends it all.
SERVER = r"""
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static int kept[64], kept_count;
static int take(int listener)
{
    return accept(listener, 0, 0); /* place: take */
}
static int take_local(int listener)
{
    return accept(listener, 0, 0); /* place: take local */
}
static void serve(int client)
{
    char byte = 0;
    if (read(client, &byte, 1) != 1 || byte == 'c')
        close(client);
    else if (byte != 'q' && write(client, "answer", 6) == 6 && byte == 'k')
        kept[kept_count++] = client;
    while (byte == 'e' && read(client, &byte, 1) > 0)
        continue;
}
int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    int listeners[2] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_UNIX, SOCK_STREAM, 0)};
    struct pollfd polled[3] = {{.fd = listeners[0], .events = POLLIN}, {.fd = listeners[1], .events = POLLIN},
                               {.fd = 0, .events = POLLIN}};
    signal(SIGPIPE, SIG_IGN);
    if (getenv("HIDDEN")) /* then only root may see what it holds */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    strcpy(local.sun_path, count > 1 ? arguments[1] : "socket");
    if (bind(listeners[0], (void *)&address, sizeof address) || listen(listeners[0], 200) ||
        getsockname(listeners[0], (void *)&address, &length) || bind(listeners[1], (void *)&local, sizeof local) ||
        listen(listeners[1], 200))
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (!polled[2].revents) {
        int ready = poll(polled, 3, 1000);
        for (int i = 0; ready == 0 && i < kept_count; i++)
            if (write(kept[i], "more", 4) < 0)
                return 2;
        if (polled[0].revents)
            serve(take(listeners[0]));
        if (polled[1].revents)
            take_local(listeners[1]);
    }
    return 0;
}
"""
FORGOTTEN, READ, CLOSED, RESET, ANSWERED, LOCAL, LATE = 13, 4, 7, 3, 2, 5, 6  # READ: of those forgotten


class Server:
    """One that runs watched; its port."""

    def __init__(self, test, program, *before, options=""):
        self.directory = test.path(f"ledgers{len(os.listdir(test.place))}")
        os.mkdir(self.directory)
        self.socket = os.path.join(self.directory, "s")
        environment = test.environment(LEAKWATCH_OPTIONS=f"dir={self.directory}{options}", LEAKWATCH_PRELOAD=LIBRARY)
        start = f'LD_PRELOAD="$LEAKWATCH_PRELOAD" exec {program} {self.socket}'
        self.process = subprocess.Popen([*before, "sh", "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment, cwd=test.place)
        test.addCleanup(self.end)
        line = self.process.stdout.readline()
        if not line:
            raise unittest.SkipTest("the server did not start")
        self.port = int(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def connect(self, byte):
        client = socket.create_connection(("127.0.0.1", self.port))
        client.sendall(byte)
        return client

    def hang_up(self, count, byte):
        for _ in range(count):
            with self.connect(byte) as client:
                client.recv(6)

    def ledger(self):
        name, = (name for name in os.listdir(self.directory) if name.endswith(".lwl"))
        return os.path.join(self.directory, name)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def connected(port):
    """To a server that may still be starting."""
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise unittest.SkipTest("the server did not start")


class CloseWaits(Place):
    def line(self, mark):
        return next(i for i, line in enumerate(SERVER.splitlines(), 1) if f"place: {mark} */" in line)

    def findings(self, target, kind="close-wait", *options):
        report = self.report_json("--leaks-on-signal" if kind == "leaks" else "--top=0", *options, target, status=None)
        return [finding for finding in report["findings"] if finding["kind"] == kind]

    def fact(self, finding):
        items, = (fact["items"] for fact in finding["facts"] if fact["name"] == "hung_up")
        return items

    def place_of(self, finding):
        return next(frame["line"] for frame in finding["stacks"]["acquired"] if frame["file"])

    def make_reset(self, server):
        """The peer goes with the answer unread: that resets the connection."""
        for _ in range(RESET):
            client = server.connect(b"x")
            time.sleep(0.1)
            while not client.recv(1, socket.MSG_PEEK):
                time.sleep(0.1)
            client.close()

    def make_local(self, server):
        for _ in range(LOCAL):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(server.socket)
        stays = socket.socket(socket.AF_UNIX)
        stays.connect(server.socket)
        self.addCleanup(stays.close)

    def make_answered(self, server):
        """Each has said that it sends no more, and reads on."""
        for _ in range(ANSWERED):
            client = server.connect(b"k")
            self.addCleanup(client.close)
            client.shutdown(socket.SHUT_WR)

    def test_who_hung_up_is_told_after_a_while(self):
        program = self.compile("server", SERVER)
        server = Server(self, program)
        pid = str(server.process.pid)
        server.hang_up(FORGOTTEN - READ, b"x")
        server.hang_up(READ, b"e")
        server.hang_up(CLOSED, b"c")
        self.make_reset(server)
        self.make_local(server)
        self.make_answered(server)
        begun = time.monotonic()
        early = self.findings(pid)
        if time.monotonic() - begun < LEAST / 2:
            self.assertEqual(early, [])
        time.sleep(LEAST + 2)
        self.check_late(pid, time.monotonic() - begun + 2)
        self.check_more_serious_ones(pid)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        self.assertEqual(self.findings(server.ledger()), [])

    def check_late(self, pid, longest):
        report = self.report_json("--top=0", pid)
        formats.validate(report, "report.json")
        found = [finding for finding in report["findings"] if finding["kind"] == "close-wait"]
        by_level = {(finding["level"], self.place_of(finding)): finding for finding in found}
        told = by_level["warning", self.line("take")]
        self.assertEqual((told["count"], told["call"], told["siblings"]),
                         (FORGOTTEN, "accept", FORGOTTEN + CLOSED + RESET + ANSWERED))
        item, = self.fact(told)
        self.assertEqual(item["count"], FORGOTTEN)
        since = re.fullmatch(r"in CLOSE_WAIT: 127\.0\.0\.1 has hung up, on the first (?:between [\d.]+ s and )?([\d.]+) s ago; "
                             rf"nothing is left to be read on {READ}",
                             item["text"])
        self.assertTrue(since, item["text"])
        self.assertTrue(LEAST <= float(since[1]) <= longest + 5, (item["text"], longest))
        reset = by_level["note", self.line("take")]
        self.assertEqual((reset["count"], [item["count"] for item in self.fact(reset)]), (RESET, [RESET]))
        self.assertIn("reset", self.fact(reset)[0]["text"])
        local = by_level["note", self.line("take local")]
        self.assertEqual((local["count"], [item["count"] for item in self.fact(local)]), (LOCAL, [LOCAL]))
        self.assertIn("its peer has closed its end", self.fact(local)[0]["text"])
        self.assertEqual(len(found), 3)
        leaks = {self.place_of(finding): finding["count"] for finding in report["findings"] if finding["kind"] == "fd-leak"}
        self.assertEqual((leaks[self.line("take")], leaks[self.line("take local")]), (ANSWERED, 1))

    def check_more_serious_ones(self, pid):
        """As a leak it is an error, and says what has become of them."""
        report = self.report_json("--leaks-on-signal", "--top=0", pid)
        self.assertEqual([finding for finding in report["findings"] if finding["kind"] == "close-wait"], [])
        leak, = (finding for finding in report["findings"] if finding["kind"] == "fd-leak" and
                 self.place_of(finding) == self.line("take"))
        self.assertEqual((leak["level"], leak["count"]), ("error", FORGOTTEN + RESET + ANSWERED))
        self.assertEqual(sorted(item["count"] for item in self.fact(leak)), [RESET, FORGOTTEN])
        text = self.leakwatch("report", "--leaks-on-signal", pid).stdout
        self.assertIn(f"  {FORGOTTEN} of them are in CLOSE_WAIT: 127.0.0.1 has hung up", text)
        stable = self.leakwatch("report", "--stable", pid).stdout
        self.assertIn(f"  {FORGOTTEN} of them are held though the peer has hung up\n", stable)
        self.assertNotIn("CLOSE_WAIT", stable)

    def test_what_is_suspect_is_told_with_it(self):
        """Connections come evenly, and none is ever closed: whether that is a leak, nobody can tell yet but for who hung up."""
        server = Server(self, self.compile("server", SERVER))
        for _ in range(32):
            server.hang_up(1, b"x")
            time.sleep(0.7)
        report = self.report_json("--top=0", str(server.process.pid), status=None)
        formats.validate(report, "report.json")
        by_kind = {finding["kind"]: finding for finding in report["findings"] if self.place_of(finding) == self.line("take")}
        told = by_kind["close-wait"]
        self.assertEqual((told["level"], told["growth"]["verdict"]), ("warning", "suspect"))
        self.assertGreater(told["count"], 2)
        self.assertEqual(told["count"] + by_kind["fd-growth-suspect"]["count"], 32)

    def test_who_was_late_to_accept_has_not_forgotten(self):
        """They hung up while they waited to be accepted: their server has just heard of them."""
        server = Server(self, self.compile("server", SERVER))
        server.process.send_signal(signal.SIGSTOP)
        for _ in range(LATE):
            server.connect(b"q").close()
        time.sleep(LEAST + 2)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGCONT)
        for _ in range(60):
            held = sum(row["held"] for row in self.report_json("--connections", str(server.process.pid), status=None)["connections"])
            if held == LATE:
                break
        self.assertEqual(held, LATE)
        report = self.report_json("--top=0", str(server.process.pid), status=None)
        if time.monotonic() - begun < LEAST:
            self.assertNotIn("hung_up", [fact["name"] for finding in report["findings"] for fact in finding.get("facts", [])])
        time.sleep(LEAST)
        self.assertEqual([finding["count"] for finding in self.findings(str(server.process.pid))], [LATE])

    def test_servers_that_close_are_not_accused(self):
        """Of nginx and redis-server clients have hung up, and some are there still."""
        ledgers, port = self.path("ledgers"), free_port()
        os.mkdir(ledgers)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={ledgers}")
        for program in "nginx", "redis-server":
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        web = free_port()
        configuration = self.write("nginx.conf", "daemon off; master_process off; pid nginx.pid; error_log stderr;\n"
                                   "events { worker_connections 64; }\n"
                                   f"http {{ access_log off; server {{ listen 127.0.0.1:{web}; return 200 here; }} }}\n")
        for start in (["nginx", "-p", self.place, "-c", configuration],
                      ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]):
            server = subprocess.Popen(start, cwd=self.place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(server.wait)
            self.addCleanup(server.terminate)
        for at, request in (web, b"GET / HTTP/1.0\r\n\r\n"), (port, b"PING\r\n"):
            for i in range(12):
                client = connected(at)
                client.sendall(request)
                self.assertTrue(client.recv(4))
                if i % 4 == 0:
                    self.addCleanup(client.close)
                else:
                    client.close()
        time.sleep(LEAST + 2)
        report = self.report_json("--connections", ledgers, status=None)
        self.assertEqual([finding for finding in report["findings"] if finding["kind"] == "close-wait"], [])
        self.assertEqual([row["held"] for row in report["connections"] if row["accepted"] and
                          "redis" in row["program"]], [3])

    def test_the_namespace_is_the_process_own(self):
        if not shutil.which("unshare") or not shutil.which("ip"):
            self.skipTest("unshare and ip are not installed")
        enter = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
        if subprocess.run([*enter, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no network namespace can be made here")
        program = self.compile("server", SERVER)
        server = Server(self, program, *enter, "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
        client = ("import socket\n"
                  f"for i in range({FORGOTTEN}):\n"
                  f"    s = socket.create_connection(('127.0.0.1', {server.port})); s.sendall(b'x'); s.recv(6); s.close()\n")
        join = ["nsenter", "-t", str(server.process.pid), "-n"]
        join += [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]
        done = subprocess.run([*join, sys.executable, "-c", client], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        time.sleep(LEAST + 2)
        found, = self.findings(str(server.process.pid))
        self.assertEqual(found["count"], FORGOTTEN)
        if os.geteuid() == 0:
            self.assertEqual(found["level"], "warning")

    def test_whose_sockets_may_not_be_seen_is_said_once(self):
        program = self.compile("server", SERVER)
        is_root = os.geteuid() == 0
        as_other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if is_root else []
        if is_root and not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        os.chmod(self.place, 0o755)
        ledgers = self.path("both")
        os.mkdir(ledgers)
        for _ in range(2):
            server = Server(self, program, *([] if is_root else ["env", "HIDDEN=1"]))
            server.hang_up(1, b"x")
            os.chmod(server.ledger(), 0o644)
            os.symlink(server.ledger(), os.path.join(ledgers, os.path.basename(server.ledger())))
        names = self.ledgers_in(ledgers)
        done = subprocess.run([*as_other, command.LEAKWATCH, "report", *names], capture_output=True, text=True, check=False,
                              env=self.environment(TMPDIR="/tmp"))
        if "Permission denied" in done.stderr:
            self.skipTest(f"another user cannot get at this place: {done.stderr}")
        self.assertEqual(done.stderr.count("may not be looked at"), 1, done.stderr)
        self.assertIn("sockets open now", done.stdout)
        self.assertNotIn("close-wait", done.stdout)


if __name__ == "__main__":
    command.main()
