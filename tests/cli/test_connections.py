#!/usr/bin/env python3
"""report --connections: what is held by peer and place, of programs that run and of those that have ended."""
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import time
import unittest

import command
import formats
from command import LIBRARY, Place

# A pool of connections to PORT of ADDRESS: its first thread has MOST at once and gives all but HELD back; three more wait for one that
# never comes. Then it accepts what comes at a port and a path of its own, and says when it has got as many as it wants.
POOL = r"""
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
enum { MOST = 9, HELD = 7, WAITING = 3 };
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_is_free = PTHREAD_COND_INITIALIZER;
static int in_use;
static int open_one(const char *address, int port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int is_6 = inet_pton(AF_INET, address, &in.sin_addr) != 1;
    if (is_6)
        inet_pton(AF_INET6, address, &in6.sin6_addr);
    int fd = socket(is_6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0); /* place: opens */
    if (connect(fd, is_6 ? (void *)&in6 : (void *)&in, is_6 ? sizeof in6 : sizeof in))
        exit(3);
    return fd;
}
static int borrow(const char *address, int port)
{
    pthread_mutex_lock(&guard);
    while (in_use == HELD)
        pthread_cond_wait(&one_is_free, &guard); /* place: waits */
    in_use++;
    pthread_mutex_unlock(&guard);
    return open_one(address, port);
}
static char **words;
static void *work(void *nothing)
{
    borrow(words[1], atoi(words[2]));
    return nothing;
}
static void listen_at(int fd, void *address, socklen_t length)
{
    if (bind(fd, address, length) || listen(fd, 50))
        exit(4);
}
static void ask(struct sockaddr_in *address)
{
    connect(socket(AF_INET, SOCK_DGRAM, 0), (void *)address, sizeof *address); /* nobody need be there */
}
static void ask_again(struct sockaddr_in *address)
{
    ask(address);
}
static int take(int listener)
{
    return accept(listener, 0, 0); /* place: accepts */
}
int main(int count, char **arguments)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "pool.sock"};
    socklen_t length = sizeof own;
    pthread_t threads[WAITING];
    int first[MOST];
    words = arguments;
    for (int i = 0; i < MOST; i++)
        first[i] = open_one(words[1], atoi(words[2]));
    for (int i = HELD; i < MOST; i++)
        close(first[i]);
    in_use = HELD;
    for (int i = 0; i < WAITING; i++)
        pthread_create(&threads[i], 0, work, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0), path = socket(AF_UNIX, SOCK_STREAM, 0);
    listen_at(listener, &own, sizeof own);
    getsockname(listener, (void *)&own, &length);
    own.sin_port = htons(9999);
    ask_again(&own);
    ask_again(&own); /* another line, and the same place for a reader */
    getsockname(listener, (void *)&own, &length);
    listen_at(path, &local, sizeof local);
    printf("%d\n", ntohs(own.sin_port));
    fflush(stdout);
    for (int i = 0; i < 5; i++)
        take(listener);
    int again = dup(take(path));
    puts("ready");
    fflush(stdout);
    char byte;
    return read(0, &byte, 1) == 1 && count == 9 && again;
}
"""
MOST, HELD, WAITING, ACCEPTED = 9, 7, 3, 5


class Peer:
    """A server that takes all connections and says nothing."""

    def __init__(self, test, family=socket.AF_INET, address="127.0.0.1"):
        self.listener = socket.socket(family)
        self.listener.bind((address, 0))
        self.listener.listen(50)
        self.port = self.listener.getsockname()[1]
        test.addCleanup(self.listener.close)


class Connections(Place):
    def line(self, mark):
        return next(i for i, line in enumerate(POOL.splitlines(), 1) if f"place: {mark} */" in line)

    def start(self, address, port, *before):
        os.makedirs(self.path("ledgers"), exist_ok=True)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        process = subprocess.Popen([*before, self.compile("pool", POOL, ("-O1", "-g", "-pthread", "-w")), address, str(port)],
                                   cwd=self.place, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        own = int(process.stdout.readline())
        clients = [socket.create_connection(("127.0.0.1", own)) for _ in range(ACCEPTED)]
        local = socket.socket(socket.AF_UNIX)
        local.connect(self.path("pool.sock"))
        for client in [*clients, local]:
            self.addCleanup(client.close)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process, own

    def end(self, process):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        if os.path.exists(self.path("pool.sock")):
            os.unlink(self.path("pool.sock"))

    def rows(self, *arguments):
        report = self.report_json("--connections", *arguments, status=None)
        formats.validate(report, "report.json")
        return {(row["peer"], row["accepted"]): row for row in report["connections"]}

    def check_ledger(self, rows, port, own):
        """What the ledger alone says."""
        pool = rows[f"127.0.0.1:{port}", False]
        self.assertEqual((pool["held"], pool["peak"], pool["peak_is_bound"]), (HELD, MOST, False))
        self.assertEqual((pool["place"]["line"], pool["call"], pool["service"]), (self.line("opens"), "socket", None))
        accepted = rows["127.0.0.1", True]
        self.assertEqual((accepted["held"], accepted["ports"], accepted["peak"]), (ACCEPTED, ACCEPTED, ACCEPTED))
        self.assertEqual((accepted["listener"], accepted["place"]["line"]), (f"127.0.0.1:{own}", self.line("accepts")))
        self.assertFalse(accepted["peak_is_bound"])
        local = rows["unix (unnamed)", True]
        self.assertEqual((local["held"], local["listener"]), (1, "pool.sock"))  # and not its duplicate
        datagrams = rows["127.0.0.1:9999", False]
        self.assertEqual([datagrams[name] for name in ("held", "peak", "peak_is_bound", "processes")], [2, 2, True, 1])

    def test_a_pool_that_runs_and_that_was_killed(self):
        peer = Peer(self)
        process, own = self.start("127.0.0.1", peer.port)
        pid = str(process.pid)
        time.sleep(2.5)
        rows = self.rows("--idle", "1s", pid)
        self.check_ledger(rows, peer.port, own)
        pool = rows[f"127.0.0.1:{peer.port}", False]
        self.assertEqual(pool["states"], {"open": HELD, "connecting": 0, "close_wait": 0, "closing": 0, "over": 0})
        self.assertEqual((pool["idle"]["seen"], pool["idle"]["longer"], pool["idle"]["than_seconds"]), (HELD, HELD, 1))
        self.assertGreaterEqual(pool["idle"]["longest_seconds"], 2.5)
        self.assertGreaterEqual(pool["longest_seconds"], 2.5)
        self.assertEqual((pool["waiting"]["threads"], pool["waiting"]["place"]["line"]), (WAITING, self.line("waits")))
        text = self.leakwatch("report", "--connections", "--idle", "1s", pid).stdout
        self.assertRegex(text, rf"(?m)^  127\.0\.0\.1:{peer.port}: {HELD} held, peak {MOST}, longest [\d.]+ s, opened at "
                               rf"pool\.c:{self.line('opens')} in open_one \(socket\)$")
        self.assertRegex(text, rf"(?m)^    {HELD} idle for more than 1\.0 s, at most [\d.]+ s, while {WAITING} threads wait for a "
                               rf"condition variable at pool\.c:{self.line('waits')} in borrow$")
        self.assertIn(f"  from 127.0.0.1, {ACCEPTED} ports, to 127.0.0.1:{own}: {ACCEPTED} held, peak {ACCEPTED}, ", text)
        self.assertEqual(self.rows(pid)[f"127.0.0.1:{peer.port}", False]["idle"]["longer"], 0)
        self.assertNotIn("connections held", self.leakwatch("report", pid).stdout)
        self.check_page(pid, peer.port)
        process.kill()
        process.wait()
        rows = self.rows(self.path("ledgers"))
        self.check_ledger(rows, peer.port, own)
        pool = rows[f"127.0.0.1:{peer.port}", False]
        self.assertEqual((sum(pool["states"].values()), pool["idle"]["seen"], "waiting" in pool), (0, 0, False))

    def check_page(self, pid, port):
        self.leakwatch("report", "--connections", "--idle", "1s", "--format", "html", "--output", "page.html", pid)
        with open(self.path("page.html"), encoding="utf-8") as file:
            page = file.read()
        section = page[page.index('<section id="connections">'):]
        section = section[:section.index("</section>")]
        heads = re.findall(r"<th[^>]*>([^<]*)</th>", section)
        row = next(line for line in section.splitlines() if f"127.0.0.1:{port}" in line)
        cells = dict(zip(heads, re.findall(r"<td[^>]*>(.*?)</td>", row)))
        self.assertEqual((cells["held"], cells["peak"], cells["idle for more than 1.0 s"]), (str(HELD), str(MOST), str(HELD)))
        self.assertIn(f"{WAITING} for a condition variable", cells["threads waiting meanwhile"])
        self.assertIn('<a href="#connections">', page)

    def test_processes_are_added_up_and_a_merged_file_says_the_same(self):
        peer = Peer(self)
        for _ in range(2):
            process, _ = self.start("127.0.0.1", peer.port)
            self.end(process)
        rows = self.rows(self.path("ledgers"))
        pool = rows[f"127.0.0.1:{peer.port}", False]
        self.assertEqual((pool["held"], pool["peak"], pool["peak_is_bound"], pool["processes"]),
                         (2 * HELD, 2 * MOST, True, 2))
        self.leakwatch("merge", "-o", "merged.lwl", self.path("ledgers"))
        merged = self.rows("merged.lwl")
        self.assertEqual({key: row["held"] for key, row in merged.items()}, {key: row["held"] for key, row in rows.items()})

    def test_ipv6_and_stable_reports(self):
        try:
            peer = Peer(self, socket.AF_INET6, "::1")
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        process, own = self.start("::1", peer.port)
        rows = self.rows(str(process.pid))
        self.assertEqual(rows[f"[::1]:{peer.port}", False]["states"]["open"], HELD)
        stable = self.leakwatch("report", "--connections", "--stable", str(process.pid)).stdout
        self.assertNotRegex(stable[stable.index("connections held"):], rf"longest|idle|:{peer.port}|:{own}")
        self.assertIn(f"  [::1], a free port: {HELD} held, peak {MOST}, opened at pool.c", stable)

    def test_nothing_to_list_and_wrong_usage(self):
        self.assertIn("no connection was seen to be held", self.leakwatch("run", "--connections", "true").stderr)
        self.assertIn("--idle wants a time", self.leakwatch("report", "--idle", "soon", self.place, status=2).stderr)


class Redis(Place):
    """A real server, whose client is told of: redis-benchmark holds one connection for each of its clients."""

    def test_a_client_and_its_server(self):
        for program in "redis-server", "redis-benchmark":
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        clients = 11
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        os.mkdir(self.path("ledgers"))
        watched = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        server = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--unixsocket",
                                   self.path("redis.sock")], cwd=self.place, env=watched, stdout=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for _ in range(600):
            if os.path.exists(self.path("redis.sock")):
                break
            time.sleep(0.1)
        benchmark = subprocess.Popen(["redis-benchmark", "-s", self.path("redis.sock"), "-c", str(clients), "-n", "1000000000",
                                      "-t", "get", "-q"], cwd=self.place, env=watched, stdout=subprocess.DEVNULL)
        self.addCleanup(benchmark.wait)
        self.addCleanup(benchmark.kill)
        for _ in range(600):
            rows = Connections.rows(self, self.path("ledgers"))
            told = rows.get((self.path("redis.sock"), False), {"held": 0}), rows.get(("unix (unnamed)", True), {"held": 0})
            if told[0]["held"] == told[1]["held"] == clients:
                break
            time.sleep(0.1)
        self.assertEqual([row["held"] for row in told], [clients, clients])
        self.assertEqual((told[0]["service"], told[0]["states"]["open"]), ("redis", clients))
        self.assertEqual((told[1]["listener"], told[1]["states"]["open"]), (self.path("redis.sock"), clients))


# Both ends of COUNT connections in one process.
MANY = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), wanted = atoi(arguments[1]);
    bind(listener, (void *)&address, sizeof address);
    listen(listener, 100);
    getsockname(listener, (void *)&address, &length);
    for (int i = 0; i < wanted; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, (void *)&address, sizeof address) || accept(listener, 0, 0) < 0)
            return 1;
    }
    puts("ready");
    fflush(stdout);
    char byte;
    return read(0, &byte, 1) == 1;
}
"""


class Many(Place):
    def test_the_tables_are_read_once(self):
        """10,000 sockets: a link each, and of the tables no more than they are long."""
        pairs = 5000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 2 * pairs + 20 and hard < 2 * pairs + 20:
            self.skipTest(f"a process may have only {hard} descriptors here")
        program = self.compile("many", MANY, ("-O1", "-g", "-w"))
        process = self.start(program, pairs,
                             lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * pairs + 20), hard)))
        report, calls = self.traced(str(process.pid))
        self.assertEqual(sorted((row["accepted"], row["held"], row["states"]["open"]) for row in report["connections"]),
                         [(False, pairs, pairs), (True, pairs, pairs)])
        self.assertLessEqual(calls.get("readlink", 0) + calls.get("readlinkat", 0), 2 * pairs + 1000)
        others = sum(count for name, count in calls.items() if name not in ("readlink", "readlinkat"))
        self.assertLess(others, 2 * pairs)

    def test_processes_share_what_their_namespace_has(self):
        """The tables are asked for once, and not by each."""
        program = self.compile("many", MANY, ("-O1", "-g", "-w"))
        processes = 12
        for _ in range(processes):
            self.start(program, 7, None)
        report, calls = self.traced(self.path("ledgers"))
        self.assertEqual(sorted((row["accepted"], row["held"], row["states"]["open"]) for row in report["connections"]
                                if not row["accepted"]), [(False, 7, 7)] * processes)
        self.assertLess(calls["sendto"], 2 * processes)  # three tables, read again each second

    def start(self, program, pairs, before):
        os.makedirs(self.path("ledgers"), exist_ok=True)
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        process = subprocess.Popen([program, str(pairs)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   preexec_fn=before)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def traced(self, target):
        """The report, and how often it made each system call."""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        done = subprocess.run(["strace", "-f", "-c", "-o", self.path("calls"), command.LEAKWATCH, "report", "--connections", "--format",
                               "json", target], cwd=self.place, env=self.environment(), capture_output=True, text=True, check=False)
        if "ptrace" in done.stderr:
            self.skipTest(f"no process can be traced here: {done.stderr.strip()}")
        with open(self.path("calls"), encoding="utf-8") as file:
            fields = [line.split() for line in file]
        calls = {row[-1]: int(row[3]) for row in fields if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"}
        return json.loads(done.stdout), calls


if __name__ == "__main__":
    command.main()
