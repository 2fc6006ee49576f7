"""Rows about locks: what one costs that nobody else wants, what many threads that want it get done, and programs that are
full of them. Beside it Helgrind and DRD, which watch locks as well, for other faults."""

import os
import re
import shutil
import subprocess

from contest import PREFIX, Unmeasurable
from rows_processes import THROUGHPUT_LEAST, remembered, timed
from rows_servers import NGINX, free_port, need, serving
from table import Row, nanoseconds, times

PAIR_MOST, OFF_MOST = 10.0, 2.0
HELGRIND, DRD = "helgrind", "drd"
for tool in (HELGRIND, DRD):
    PREFIX[tool] = ["valgrind", "--quiet", f"--tool={tool}", "--log-file=/dev/null"]

PAIRS = (
    # operation, other threads, what
    ("lock", "0", "mutex"),
    ("lock", "1", "mutex, a second thread alive"),
    ("read-lock", "0", "rwlock, to read"),
    ("write-lock", "0", "rwlock, to write"),
    ("spin-lock", "0", "spin lock"),
    ("condition", "0", "mutex, and a condition signalled inside"),
)
SLOW = {HELGRIND: ["2000", "3"], DRD: ["2000", "3"]}


def rivals(contest, measure, native):
    """Both in one cell: neither is what the columns are about."""
    told = ((tool, contest.rival(tool, measure, native)) for tool in (HELGRIND, DRD))
    return ", ".join(f"{tool} {times(ratio)}" for tool, ratio in told)


def pairs(contest):
    """A pair is so short that a batch of thousands is needed."""
    for operation, others, what in PAIRS:
        def measure(way, operation=operation, others=others, options=""):
            command = [contest.driver("calls"), operation, *SLOW.get(way, ["200000", "15"]), others]
            return float(contest.run(way, command, cpu=1, options=options))

        duel = contest.duel(measure, 15)
        added = duel.watched - duel.native
        yield Row(f"{what}: lock+unlock", nanoseconds(duel.native), nanoseconds(duel.watched), f"{added:+.1f} ns",
                  f"+{PAIR_MOST:.0f} ns", added <= PAIR_MOST, rivals(contest, measure, duel.native))
    yield from off(contest)


def off(contest):
    def measure(way):
        return float(contest.run(way, [contest.driver("calls"), "lock", "200000", "15"], cpu=1, options="locks=0"))

    duel = contest.duel(measure, 15)
    added = duel.watched - duel.native
    yield Row("mutex with locks=0: lock+unlock", nanoseconds(duel.native), nanoseconds(duel.watched), f"{added:+.1f} ns",
              f"+{OFF_MOST:.0f} ns", added <= OFF_MOST)


# ---- Wanted by many --------------------------------------------------------------------------------------------------

def share_row(contest, what, measure, has_rivals=False):
    """measure: how much is done in a second."""
    duel = contest.duel(measure, 9)
    return Row(what, f"{duel.native:,.0f}/s", f"{duel.watched:,.0f}/s",
               f"{duel.ratio:.3f} ({duel.low:.3f}-{duel.high:.3f})", f"at least {THROUGHPUT_LEAST}",
               duel.ratio >= THROUGHPUT_LEAST, rivals(contest, measure, duel.native) if has_rivals else "")


def contended(contest):
    for threads in ("2", "4"):
        def measure(way, threads=threads):
            count = "3000" if way in SLOW else "200000"
            return float(contest.run(way, [contest.driver("contended"), threads, count]))

        yield share_row(contest, f"{threads} threads that want one mutex: locks", measure, has_rivals=True)


# ---- Programs --------------------------------------------------------------------------------------------------------

def duration_row(contest, what, command, rounds=7, **how):
    duel = contest.duel(timed(contest, command, **how), rounds)
    throughput = 1 / duel.ratio
    return Row(f"{what}: throughput", f"{duel.native:.2f} s", f"{duel.watched:.2f} s",
               f"{throughput:.3f} ({1 / duel.high:.3f}-{1 / duel.low:.3f})", f"at least {THROUGHPUT_LEAST}",
               throughput >= THROUGHPUT_LEAST)


def some_text(contest, megabytes):
    """Lines in no order, the same each time."""
    path = os.path.join(contest.directory("text"), f"text{megabytes}")
    if not os.path.exists(path):
        number = 1
        with open(path, "w", encoding="ascii") as out:
            for _ in range(megabytes * 1024 * 1024 // 24):
                number = number * 1103515245 + 12345 & 0x7fffffffffff
                out.write(f"{number:015d} {number % 977:06d}\n")
    return path


def tools(contest):
    need("xz", "sort")
    xz = f"exec xz -T4 --block-size=1MiB -1 -c {some_text(contest, 8)} > /dev/null"
    yield duration_row(contest, "xz -T4", ["/bin/sh", "-c", xz])
    yield duration_row(contest, "sort --parallel=4", ["sort", "--parallel=4", "-S", "256M", "-o", "/dev/null",
                                                      some_text(contest, 48)])


def sysbench(contest):
    need("sysbench")

    def measure(way):
        count = {HELGRIND: 2000, DRD: 2000}.get(way, 100000)
        done = contest.run(way, ["sysbench", "mutex", "--threads=4", f"--mutex-locks={count}", "run"])
        return 4 * count / float(re.search(r"total time:\s*([\d.]+)s", done).group(1))

    yield share_row(contest, "sysbench mutex, 4 threads: locks", measure, has_rivals=True)


ALLOCATORS = (("jemalloc", "libjemalloc.so.2"), ("tcmalloc", "libtcmalloc_minimal.so.4"))


def allocators(contest):
    for name, library in ALLOCATORS:
        path = os.path.join("/usr/lib/x86_64-linux-gnu", library)
        if not os.path.exists(path):
            raise Unmeasurable(f"{library} is not installed")

        def measure(way, path=path):
            count = "2000000" if contest.quick else "10000000"
            line = f'LD_PRELOAD="$BENCH_PRELOAD {path}" exec {contest.driver("allocating")} 4 {count}'
            return float(contest.run(way, ["/bin/sh", "-c", line], variable="BENCH_PRELOAD"))

        yield share_row(contest, f"{name}, 4 threads that allocate: throughput", measure)


def memcached(contest):
    need("memcached", "memcslap")

    def measure(way):
        port = free_port()
        user = ["-u", "root"] if os.geteuid() == 0 else []
        count = 2000 if contest.quick else 10000
        command = [shutil.which("memcached"), "-l", "127.0.0.1", "-p", str(port), "-t", "4", *user]
        with serving(contest, way, command, port):
            done = subprocess.run(["memcslap", f"--servers=127.0.0.1:{port}", "--test=get", "--concurrency=8",
                                   f"--execute-number={count}"], stdout=subprocess.PIPE, text=True, timeout=120, check=True,
                                  preexec_fn=contest.pin(1))
        return 8 * count / float(re.search(r"Time to get .*:\s*([\d.]+) seconds", done.stdout).group(1))

    yield share_row(contest, "memcached with 4 threads+memcslap: throughput", measure)


def nginx(contest):
    """With a pool of threads that reads the files."""
    need("nginx", "wrk")
    room = contest.directory("nginx_threads")
    with open(os.path.join(room, "page.html"), "w", encoding="ascii") as page:
        page.write("x" * 65536)

    def measure(way):
        port = free_port()
        with open(os.path.join(room, "nginx.conf"), "w", encoding="ascii") as conf:
            text = NGINX.format(room=room, port=port, user="user root;" if os.geteuid() == 0 else "")
            conf.write(text.replace("access_log off;", "access_log off; aio threads; sendfile off;"))
        command = [shutil.which("nginx"), "-p", room, "-e", f"{room}/error.log", "-c", f"{room}/nginx.conf"]
        with serving(contest, way, command, port):
            done = subprocess.run(["wrk", "-t1", "-c16", f"-d{1 if contest.quick else 3}s",
                                   f"http://127.0.0.1:{port}/page.html"], stdout=subprocess.PIPE, text=True, timeout=60,
                                  check=True, preexec_fn=contest.pin(1))
        return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout).group(1))

    yield share_row(contest, "nginx with a pool of threads+wrk: throughput", measure)


NODE = """const crypto = require('crypto'), fs = require('fs');
let left = 2000;
for (let i = 0; i < 2000; i++) {
    crypto.pbkdf2('secret', 'salt' + i, 2000, 64, 'sha512', () => {
        fs.readFile('/etc/passwd', () => { if (--left === 0) process.exit(0); });
    });
}
"""


def runtimes(contest):
    need("node", "java", "javac")
    room = contest.directory("runtimes")
    program = os.path.join(room, "work.js")
    with open(program, "w", encoding="ascii") as out:
        out.write(NODE)
    yield duration_row(contest, "node, its pool of 4 threads", ["node", program])
    yield remembered(contest, "node", ["node", program])
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Locking.java")
    subprocess.run(["javac", "-d", room, source], check=True, timeout=120)
    yield duration_row(contest, "java, 4 threads and a queue", ["java", "-cp", room, "Locking"])
