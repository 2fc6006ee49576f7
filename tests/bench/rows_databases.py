"""Rows about PostgreSQL under pgbench: connections that stay, and one for each transaction."""

import contextlib
import os
import re
import shutil
import subprocess

import stack_rate
from contest import STRACE, VALGRIND, WATCHED, Unmeasurable
from rows_processes import hit_rate_row
from rows_servers import need, throughput_rows

ROOTS = "/usr/lib/postgresql"


def programs():
    found = shutil.which("postgres")
    for version in sorted(os.listdir(ROOTS) if os.path.isdir(ROOTS) else [], reverse=True):
        found = found or shutil.which("postgres", path=os.path.join(ROOTS, version, "bin"))
    if not found:
        raise Unmeasurable("postgres is not installed")
    need("pgbench", "setpriv")
    return os.path.dirname(os.path.realpath(found))


class Cluster:
    """Made once, in a room of its user's: it does not run as root."""

    def __init__(self, contest):
        self.contest, self.programs = contest, programs()
        self.user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
        self.data = os.path.join(contest.directory("postgres"), "data")
        os.makedirs(self.data)
        os.chmod(contest.room, 0o755)
        if self.user:
            shutil.chown(self.data, "postgres")
        self.run("initdb", "-D", self.data, "-A", "trust", "-N")

    def run(self, program, *arguments, **how):
        done = subprocess.run([*self.user, os.path.join(self.programs, program), *arguments], cwd="/", check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300, **how)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: status {done.returncode}: {done.stdout[-500:]}")
        return done.stdout

    @contextlib.contextmanager
    def serving(self, way, ledgers=None):
        """Its ledgers are where its user may write. The server alone is watched."""
        control = ["-D", self.data, "-w", "-l", f"{self.data}/log"]
        environment = self.contest.environment(way)
        if "LEAKWATCH_OPTIONS" in environment:
            environment["LEAKWATCH_OPTIONS"] = f"dir={ledgers or self.data}:quiet=1:keep={'all' if ledgers else 'findings'}"
        self.run("pg_ctl", *control, "-o", f"-k {self.data} -c listen_addresses= -F", "start", env=environment)
        try:
            yield
        finally:
            self.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def rate(self, way, *arguments, ledgers=None):
        if way == VALGRIND:
            raise Unmeasurable("postgres is not measured under valgrind")
        seconds = "1" if self.contest.quick else "3"
        with self.serving(way, ledgers):
            told = self.run("pgbench", "-h", self.data, "-n", "-c", "4", "-j", "1", "-T", seconds, *arguments, "postgres")
        return float(re.search(r"tps = ([\d.]+)", told).group(1))


def postgres(contest):
    cluster = Cluster(contest)
    with cluster.serving("native"):
        cluster.run("pgbench", "-h", cluster.data, "-i", "-q", "postgres")
    for what, arguments in (("pgbench", ()), ("pgbench -C, a connection for each transaction", ("-C", "-S"))):
        def measure(way, arguments=arguments):
            if way == STRACE:
                raise Unmeasurable("postgres is not measured under strace")
            return cluster.rate(way, *arguments)

        yield from throughput_rows(contest, f"postgres+{what}", measure, 9)
    ledgers = os.path.join(os.path.dirname(cluster.data), "ledgers")
    os.makedirs(ledgers)
    if cluster.user:
        shutil.chown(ledgers, "postgres")
    cluster.rate(WATCHED, ledgers=ledgers)
    yield hit_rate_row("postgres+pgbench", *stack_rate.rate(contest.leakwatch, stack_rate.ledgers_in(ledgers)))
