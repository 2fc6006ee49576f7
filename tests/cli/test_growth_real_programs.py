#!/usr/bin/env python3
"""Real servers under a load that goes up and down are not accused of leaking, however often one looks; and one that keeps
some of its connections is."""
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time

import command
from command import LIBRARY, TIMEOUT, Place

ROUNDS = (4, 24, 64, 12, 48, 2, 32)  # clients at a time
WITHOUT = (24, 2)  # rounds in which a connection serves one request

# http.server, but for one request in ten, whose connection is kept.
HOARDER = r"""
import http.server
import sys
kept = []
class Server(http.server.ThreadingHTTPServer):
    requests = 0
    def shutdown_request(self, request):
        Server.requests += 1
        if Server.requests % 10 == 0:
            kept.append(request)
        else:
            super().shutdown_request(request)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *arguments):
        pass
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class RealPrograms(Place):
    def setUp(self):
        super().setUp()
        os.chmod(self.place, 0o755)
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)
        os.chmod(self.ledgers, 0o1777)
        self.watched = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:keep=all:quiet=1",
                                        TMPDIR="/tmp")

    def need(self, *programs):
        missing = [program for program in programs if shutil.which(program) is None]
        if missing:
            self.skipTest(f"there is no {', '.join(missing)}")

    def end(self, process):
        process.terminate()
        try:
            process.wait(TIMEOUT)
        finally:
            process.kill()

    def serve(self, *arguments, **how):
        process = subprocess.Popen(arguments, cwd=self.place, env=self.watched, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **how)
        self.addCleanup(self.end, process)
        return process

    def free_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            return taken.getsockname()[1]

    def until_answered(self, *question):
        for _ in range(TIMEOUT):
            if subprocess.run(question, cwd=self.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0:
                return
            time.sleep(0.2)
        self.fail(f"{question} never worked")

    def look(self):
        """Sites of processes that run, which leak."""
        trend = json.loads(self.leakwatch("trend", "--json", self.ledgers, status=None).stdout)
        self.assertTrue(any(process["running"] for process in trend["processes"]), trend["processes"])
        return trend, [site for site in trend["sites"] if site["verdict"] == "leaking"]

    def load(self, *commands):
        """Looks all the time while these are run, one after the other: what was leaking at the last look, and all looks."""
        leaking, looks = [], 0
        for arguments in commands:
            running = subprocess.Popen(arguments, cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            try:
                while running.poll() is None:
                    leaking.append(self.look()[1])
                    looks += 1
                    time.sleep(0.3)
            finally:
                running.kill()
                running.wait()
        self.assertGreaterEqual(looks, len(commands))
        return leaking

    def assert_not_accused(self, *commands):
        for leaking in self.load(*commands):
            self.assertEqual(leaking, [])

    def test_nginx(self):
        self.need("nginx", "wrk")
        port = self.free_port()
        for name in ("root", "logs", "temp"):
            os.mkdir(self.path(name))
        for number in range(150):
            self.write(f"root/{number}.html", "x" * number)
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = " ".join(f"{name}_temp_path temp;" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.write("nginx.conf", f"""{user} pid {self.place}/nginx.pid; worker_processes 2; error_log {self.place}/logs/error.log;
            events {{ worker_connections 512; }}
            http {{ access_log off; open_file_cache max=100; {temporary}
                server {{ listen 127.0.0.1:{port}; root {self.place}/root; }} }}
            """)
        self.write("some.lua", "request = function() local n = math.random(0, 149); "
                               "return wrk.format('GET', '/' .. n .. '.html') end\n"
                               "delay = function() return math.random(5, 40) end")
        self.serve("nginx", "-p", self.place, "-c", self.path("nginx.conf"), "-e", self.path("logs/start.log"), "-g", "daemon off;")
        self.until_answered("wrk", "-t1", "-c1", "-d1s", f"http://127.0.0.1:{port}/1.html")
        self.assert_not_accused(*(["wrk", "-t2", f"-c{clients}", "-d2s", "-s", "some.lua", f"http://127.0.0.1:{port}/"]
                                  for clients in ROUNDS))

    def test_redis(self):
        self.need("redis-server", "redis-benchmark", "redis-cli")
        self.serve("redis-server", "--unixsocket", self.path("socket"), "--port", "0", "--save", "", "--appendonly", "yes",
                   "--dir", self.place, stdout=subprocess.DEVNULL)
        self.until_answered("redis-cli", "-s", self.path("socket"), "ping")
        staying = []
        for _ in range(12):  # clients that stay
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.connect(self.path("socket"))
            staying.append(client)
        self.assert_not_accused(*(["redis-benchmark", "-s", self.path("socket"), "-q", "-n", str(400 * clients), "-c", str(clients),
                                   *(["-k", "0"] if clients in WITHOUT else []), "-t", "set,get"] for clients in ROUNDS))

    def test_postgres(self):
        self.need("pg_config" if not shutil.which("postgres") else "postgres", "psql")
        programs = os.path.dirname(os.path.realpath(shutil.which("postgres") or shutil.which("pg_config")))
        postgres, initdb, pgbench = (os.path.join(programs, name) for name in ("postgres", "initdb", "pgbench"))
        self.need(postgres, initdb, pgbench)
        user, data = [], self.path("data")
        os.mkdir(data)
        if os.geteuid() == 0:
            self.need("setpriv")
            try:
                pwd.getpwnam("postgres")
            except KeyError:
                self.skipTest("there is no user postgres")
            user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]
            shutil.chown(data, "postgres")
        subprocess.run([*user, initdb, "-D", data, "-A", "trust", "-N"], cwd=self.place, check=True, stdout=subprocess.DEVNULL)
        self.serve(*user, postgres, "-D", data, "-k", data, "-c", "listen_addresses=", "-F", stdout=subprocess.DEVNULL)
        self.until_answered(*user, "psql", "-h", data, "postgres", "-c", "select 1")
        subprocess.run([*user, pgbench, "-h", data, "-i", "-q", "postgres"], cwd=self.place, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assert_not_accused(*([*user, pgbench, "-h", data, "-c", str(clients), "-T", "2", "-R", "300", *(["-C"] if clients in WITHOUT else []),
                                   "-n", "postgres"] for clients in ROUNDS))

    def test_one_that_keeps_connections_is_accused(self):
        self.need("wrk")
        self.write("hoarder.py", HOARDER)
        server = self.serve(sys.executable, "hoarder.py", stdout=subprocess.PIPE, encoding="ascii")
        self.addCleanup(server.stdout.close)
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/"
        script = self.write("ask.py", "import sys, time, urllib.request\nfor i in range(900):\n"
                                      "    urllib.request.urlopen(sys.argv[1]).read()\n    time.sleep(0.005)\n")
        leaking = self.load([sys.executable, script, url])[-1]
        self.assertEqual([(site["call"], site["type"]) for site in leaking], [("accept4", "socket")], self.look()[0]["sites"])
        place = leaking[0]["place"]
        with open(self.path("hoarder.py"), encoding="ascii") as script:
            line = script.read().splitlines()[place["line"] - 1]
        self.assertTrue(place["file"].endswith("hoarder.py"), place)
        self.assertRegex(line, "accept|serve", "it is the program's line that is told, and not the library's")


if __name__ == "__main__":
    command.main()
