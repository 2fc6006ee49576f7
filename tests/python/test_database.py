"""Connections to a real PostgreSQL that are lost where a query fails: psycopg2's, sockets of a library in C."""
import os
import pwd
import shutil
import signal
import subprocess
import time

import watched
from watched import PYTHON

PROGRAM = """\
import sys
import psycopg2

kept = []

def ask_broken(text):
    connection = psycopg2.connect(sys.argv[1])  # broken
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        answer = cursor.fetchone()
    except psycopg2.Error as error:
        kept.append(error)  # with its traceback, and so with the connection
        return None
    connection.close()
    return answer

def ask_mended(text):
    connection = psycopg2.connect(sys.argv[1])
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchone()
    except psycopg2.Error as error:
        kept.append(error)
        return None
    finally:
        connection.close()

for ask in (ask_broken, ask_mended):
    print([ask("select 1/0" if i % 2 else "select 1") for i in range(10)])
"""


class Server:
    """PostgreSQL, as the user who may run it, with a socket in a directory of its own."""

    def __init__(self, test):
        self.data = test.path("data")
        rooms = [f"/usr/lib/postgresql/{version}/bin" for version in range(20, 12, -1)]
        self.search = os.pathsep.join([*rooms, os.environ["PATH"]])  # what is in the PATH may be a wrapper
        if not all(shutil.which(name, path=self.search) for name in ("initdb", "postgres", "psql")):
            test.skipTest("it needs postgres, initdb, psql")
        self.user = []
        os.mkdir(self.data)
        if os.geteuid() == 0:
            self.become_postgres(test)
        self.run("initdb", "-D", self.data, "-A", "trust", "-N", "-U", "postgres")
        self.process = subprocess.Popen(
            [*self.user, self.which("postgres"), "-D", self.data, "-k", self.data, "-c", "listen_addresses=", "-F"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        test.addCleanup(self.stop)
        self.wait()

    def become_postgres(self, test):
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            test.skipTest("there is no user postgres")
        os.chmod(test.place, 0o755)
        shutil.chown(self.data, "postgres")
        self.user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]

    def which(self, name):
        return shutil.which(name, path=self.search)

    def run(self, name, *arguments, check=True):
        return subprocess.run([*self.user, self.which(name), *arguments], cwd="/", check=check,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def wait(self):
        for _ in range(600):
            if self.run("psql", "-h", self.data, "-U", "postgres", "-c", "select 1", check=False) == 0:
                return
            time.sleep(0.1)
        raise TimeoutError("postgres does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # whoever is still connected
        self.process.wait(watched.TIMEOUT)


class Database(watched.Scripts):
    def test_a_connection_lost_on_error(self):
        if not watched.has_module("psycopg2"):
            self.skipTest("it needs psycopg2")
        server = Server(self)
        program = self.write("script.py", PROGRAM)
        report, _ = self.run_json(PYTHON, program, f"host={server.data} user=postgres dbname=postgres")
        late = [finding for finding in self.found(report, "late-release") if self.line_told(finding, "ask_broken")]
        self.assertEqual([(finding["count"], finding["level"], finding["call"]) for finding in late],
                         [(5, "warning", "socket")], [finding["resource"] for finding in late])
        self.assertEqual(self.line_told(late[0], "ask_broken"), self.line_of("broken"))
        others = [finding for finding in report["findings"] if finding not in late and finding["level"] != "note"]
        self.assertEqual(others, [])
        self.assertNotIn("ask_mended", str([finding["stacks"] for finding in report["findings"]]))

    def line_told(self, finding, function):
        """The line of this function in the acquiring stack."""
        return next((frame["line"] for frame in finding["stacks"]["acquired"]
                     if frame["function"] == function and frame["language"] == "python"), None)


if __name__ == "__main__":
    watched.main()
