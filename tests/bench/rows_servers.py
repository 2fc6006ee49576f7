"""Rows about servers: nginx under wrk, redis-server under redis-benchmark, on the loopback interface."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import stack_rate
from contest import NATIVE, STRACE, VALGRIND, WATCHED, Unmeasurable
from rows_processes import THROUGHPUT_LEAST, hit_rate_row
from table import Row, times

NGINX = """daemon off;
{user}
worker_processes 1;
pid {room}/nginx.pid;
error_log {room}/error.log crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {room}/body;
    proxy_temp_path {room}/proxy;
    fastcgi_temp_path {room}/fastcgi;
    uwsgi_temp_path {room}/uwsgi;
    scgi_temp_path {room}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ root {room}; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Unmeasurable(f"{tool} is not installed")


@contextlib.contextmanager
def serving(contest, way, command, port, ledgers=None):
    """A server in its own process group on the first processor, from the moment it answers until the block ends."""
    server = subprocess.Popen(contest.command(way, command), env=contest.environment(way, ledgers),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              start_new_session=True, preexec_fn=contest.pin(0))
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} ({way}) does not serve") from None
                time.sleep(0.02)
        yield
    finally:
        stop(server)


def stop(server):
    """Ends a server as an administrator would, and its whole group where that does not help."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answered(port, seconds, contest, *headers):
    """Requests a second of wrk's, by 16 connections."""
    done = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", *headers, f"http://127.0.0.1:{port}/page.html"],
                          stdout=subprocess.PIPE, text=True, timeout=60, check=True, preexec_fn=contest.pin(1))
    if re.search(r"Non-2xx|Socket errors: .*(connect|timeout) [1-9]", done.stdout):
        raise RuntimeError(f"answered with errors: {done.stdout}")
    return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout).group(1))


CLOSING = ("-H", "Connection: close")


@contextlib.contextmanager
def nginx_serving(contest, way, ledgers=None):
    """Gives its port."""
    room, port = contest.directory("nginx"), free_port()
    with open(os.path.join(room, "page.html"), "w", encoding="ascii") as page:
        page.write("x" * 4096)
    with open(os.path.join(room, "nginx.conf"), "w", encoding="ascii") as conf:
        conf.write(NGINX.format(room=room, port=port, user="user root;" if os.geteuid() == 0 else ""))
    command = [shutil.which("nginx"), "-p", room, "-e", f"{room}/error.log", "-c", f"{room}/nginx.conf"]
    with serving(contest, way, command, port, ledgers):
        yield port


def nginx(contest):
    need("nginx", "wrk")
    seconds = 1 if contest.quick else 3
    for what, headers in (("a file for each request", ()), ("a connection for each request", CLOSING)):
        def measure(way, ledgers=None, headers=headers):
            with nginx_serving(contest, way, ledgers) as port:
                return answered(port, seconds, contest, *headers)

        yield from throughput_rows(contest, f"nginx+wrk, {what}", measure, 9)
        ledgers = contest.directory(f"nginx_ledgers_{len(headers)}")
        measure(WATCHED, ledgers)
        yield hit_rate_row(f"nginx, {what}", *stack_rate.rate(contest.leakwatch, stack_rate.ledgers_in(ledgers)))


HAPROXY = """global
    maxconn 256
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend front
    bind 127.0.0.1:{port}
    default_backend back
backend back
    option http-server-close
    server nginx 127.0.0.1:{behind}
"""


def haproxy(contest):
    """In front of an nginx that nobody watches, with a connection for each request on both sides."""
    need("haproxy", "nginx", "wrk")
    seconds = 1 if contest.quick else 3
    with nginx_serving(contest, NATIVE) as behind:
        def measure(way):
            port, conf = free_port(), os.path.join(contest.directory("haproxy"), "haproxy.cfg")
            with open(conf, "w", encoding="ascii") as file:
                file.write(HAPROXY.format(port=port, behind=behind))
            with serving(contest, way, [shutil.which("haproxy"), "-db", "-f", conf], port):
                return answered(port, seconds, contest, *CLOSING)

        yield from throughput_rows(contest, "haproxy+wrk, connections for each request", measure, 9)


@contextlib.contextmanager
def redis_serving(contest, way, ledgers=None):
    """Gives its port."""
    port = free_port()
    command = [shutil.which("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
               "--appendonly", "no", "--dir", contest.directory("redis")]
    with serving(contest, way, command, port, ledgers):
        yield port


def asked(port, requests, contest):
    """Requests a second of redis-benchmark's."""
    done = subprocess.run(["redis-benchmark", "-p", str(port), "-n", str(requests), "-c", "50", "-t", "get,set", "--csv"],
                          stdout=subprocess.PIPE, text=True, timeout=600, check=True, preexec_fn=contest.pin(1))
    rates = [float(line.split(",")[1].strip('"')) for line in done.stdout.splitlines() if line.startswith(('"GET', '"SET'))]
    return len(rates) / sum(1 / rate for rate in rates)


def redis(contest):
    need("redis-server", "redis-benchmark")

    def measure(way):
        requests = 5000 if way in (VALGRIND, STRACE) else 20000 if contest.quick else 100000
        with redis_serving(contest, way) as port:
            return asked(port, requests, contest)

    yield from throughput_rows(contest, "redis-server+redis-benchmark, get and set", measure, 9)


SCRAPED = 3  # rounds, of 20 s each


@contextlib.contextmanager
def scraped(contest, ledgers):
    """leakwatch serve reads them, and is asked for its metrics each second."""
    command = [contest.leakwatch, "serve", "--listen", "127.0.0.1:0", ledgers]
    over = threading.Event()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=contest.environment(NATIVE)) as server:
        address = re.search(r"http://\S+", server.stderr.readline()).group()
        looks = []

        def scrape():
            while not over.wait(1):
                with urllib.request.urlopen(address, timeout=30) as answer:
                    looks.append(answer.read().count(b"\nleakwatch_open_descriptors{"))
        asker = threading.Thread(target=scrape)
        asker.start()
        try:
            yield
        finally:
            over.set()
            asker.join()
            server.terminate()
    if not looks or 0 in looks:
        raise RuntimeError(f"processes that were told of, a look each: {looks}")


def scraped_servers(contest):
    """Watched, and asked after each second, against neither."""
    need("nginx", "wrk", "redis-server", "redis-benchmark")
    seconds = 3 if contest.quick else 20
    servers = {"nginx+wrk, a file for each request": (nginx_serving, lambda port: answered(port, seconds, contest)),
               "redis-server+redis-benchmark": (redis_serving, lambda port: asked(port, 30000 * seconds, contest))}
    for what, (serve, ask) in servers.items():
        def measure(way, serve=serve, ask=ask):
            ledgers = contest.directory("scraped") if way == WATCHED else None
            with serve(contest, way, ledgers) as port:
                with scraped(contest, ledgers) if ledgers else contextlib.nullcontext():
                    return ask(port)
        duel = contest.duel(measure, 1 if contest.quick else SCRAPED)
        yield Row(f"{what}, while leakwatch serve is scraped each second: throughput", f"{duel.native:,.0f}/s", f"{duel.watched:,.0f}/s",
                  f"{duel.ratio:.3f} ({duel.low:.3f}-{duel.high:.3f})", f"at least {THROUGHPUT_LEAST}", duel.ratio >= THROUGHPUT_LEAST)


def throughput_rows(contest, what, measure, rounds):
    duel = contest.duel(measure, rounds)
    slower = [contest.rival(way, measure, duel.native) for way in (VALGRIND, STRACE)]
    yield Row(f"{what}: throughput", f"{duel.native:,.0f}/s", f"{duel.watched:,.0f}/s",
              f"{duel.ratio:.3f} ({duel.low:.3f}-{duel.high:.3f})", f"at least {THROUGHPUT_LEAST}",
              duel.ratio >= THROUGHPUT_LEAST, *("-" if ratio is None else f"{ratio:.3f}" for ratio in slower))
