"""A fleet: 500 processes over 50 hosts, which are ports of this test, scraped by a real Prometheus. What they serve is what
leakwatch serve said of one real process, second by second while it leaked, with the labels of others. One place is one row over all
of them, with the right count. What such a fleet costs is reckoned in the guide, of what is measured here: series, and bytes of a
sample in Prometheus and in VictoriaMetrics."""
import collections
import contextlib
import glob
import http.server
import itertools
import json
import os
import re
import subprocess
import threading
import time
import urllib.request

import command
import expositions
import fleets
from command import TIMEOUT
from fleets import RULES, Fleet, free_ports, replaced, shipped

fleets.need("prometheus", "promtool", "victoria-metrics")

HOSTS, PROCESSES = 50, 10  # on each
LIMIT = 5000
LOOKS, TOLD = 100, 30  # at the process, and how many of them are told, again and again
SCRAPES, EVERY = 10, "3s"
FEW = 5  # hosts: what a sample takes on disk is the same of all
BEGIN = (int(time.time()) // 7200 - 2) * 7200  # of that time, as blocks begin at even hours
SITE = {"program": "leaking", "kind": "fd", "function": "take_request"}
TOLERANCE = 1.5  # of bytes: how busy this machine is decides how much changes between two looks


def of_host(text, host):
    """What serve would say of a host where PROCESSES such processes run."""
    lines = []
    for line in text.splitlines():
        if 'pid="' in line:
            for process in range(PROCESSES):
                of_process = re.sub(r'pid="\d+"', f'pid="{1000 + 10 * host + process}"', line)
                lines.append(re.sub(r'host="[^"]*"', f'host="host-{host}"', of_process))
        elif re.match(r"leakwatch_(site_held|site_processes|watched_processes)\b", line):
            series, value = line.rsplit(" ", 1)
            lines.append(f"{series} {PROCESSES * int(value)}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


class Host:
    """Tells the next text at each scrape, and the last one for good when it is asked to stop."""

    def __init__(self, host, texts):
        self.texts = [of_host(text, host).encode() for text in texts]
        self.turns = itertools.cycle(self.texts[host % len(texts):] + self.texts[:host % len(texts)])
        self.is_still = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.end_headers()
                with contextlib.suppress(OSError):  # its time is over, on a machine that is busy
                    self.wfile.write(outer.texts[-1] if outer.is_still else next(outer.turns))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def number(text):
    return float(text) if "." in text else int(text.replace(",", ""))


def reckoning():
    """What the guide's section about costs says: rows (how many, series of each, series), their sum, samples a day, and of each
    engine bytes of a sample and gigabytes a day."""
    section = re.search(r"^## What 100,000 processes cost\n(.*?)^## ", shipped("README.md"), re.MULTILINE | re.DOTALL).group(1)
    table = re.findall(r"^\| ([a-z ]+?) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", section, re.MULTILINE)
    rows = {what: (number(count), number(each), number(series)) for what, count, each, series in table}
    total, = re.findall(r"^\| together \| +\| +\| ([\d,]+) \|", section, re.MULTILINE)
    samples, = re.findall(r"([\d,]+) samples a day", section)
    costs = {engine: (number(each), number(gigabytes)) for engine, each, gigabytes in
             re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) GB", section, re.MULTILINE)}
    return rows, number(total), number(samples), costs


class Size(Fleet):
    life = None  # what is told of it, for both tests

    def setUp(self):
        super().setUp()
        if Size.life is None:
            Size.life = self.one_life()
        self.life = Size.life

    def one_life(self):
        """What serve says of a process, again and again from when its end is foretold."""
        program, file, texts = self.leaking(LIMIT), self.path("leakwatch.prom"), []
        while len(texts) < LOOKS:
            self.assertIsNone(program.poll())
            self.leakwatch("serve", "--textfile", file, self.ledgers)
            with open(file, encoding="utf-8") as text:
                text = text.read()
            if expositions.read(text, False)["leakwatch_limit_reached_in_seconds"].samples:
                texts.append(text)
            time.sleep(0.2)
        program.kill()
        return texts

    def fleet(self, texts):
        hosts = [Host(host, texts) for host in range(HOSTS)]
        for host in hosts:
            self.addCleanup(host.close)
        return hosts

    def scraping(self, hosts):
        self.port, = free_ports(1)
        targets = ", ".join(f'"127.0.0.1:{host.port}"' for host in hosts)
        self.write(RULES, shipped(RULES))
        self.prometheus(replaced(shipped("prometheus.yml"), ("15s", EVERY), ('"127.0.0.1:9464"', targets),
                                 ("127.0.0.1:9093", "127.0.0.1:1")), self.port)

    def value(self, expression):
        found = self.query(self.port, expression)
        return found[0][1] if len(found) == 1 else None

    def history(self, texts):
        """Lines of a few hosts' samples, one in 15 s as if on a quiet machine, those of a series one after the other."""
        series = collections.defaultdict(list)
        for number, host in itertools.product(range(len(texts)), range(FEW)):
            for line in of_host(texts[number], host).splitlines():
                if not line.startswith("#"):
                    name, value = line.rsplit(" ", 1)
                    name, _, labels = name.partition("{")
                    series[f'{name}{{instance="host-{host}"{"," if labels else "}"}{labels}'].append((value, BEGIN + number * 15))
        return [(name, *sample) for name in sorted(series) for sample in series[name]]

    def bytes_in_prometheus(self, history):
        """Of one sample, in the chunks of a block that Prometheus's own tool makes of them."""
        file = self.write("history.om", "".join(f"{name} {value} {time}\n" for name, value, time in history) + "# EOF\n")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", file, self.path("blocks")], check=True,
                       capture_output=True, timeout=TIMEOUT)
        size, samples = 0, 0
        for block in glob.glob(self.path("blocks", "*", "")):
            size += sum(map(os.path.getsize, glob.glob(os.path.join(block, "chunks", "*"))))
            with open(os.path.join(block, "meta.json"), encoding="utf-8") as meta:
                samples += json.load(meta)["stats"]["numSamples"]
        self.assertEqual(samples, len(history))
        return size / samples

    def bytes_in_victoria(self, history):
        """The same, once VictoriaMetrics has merged all that it was given."""
        port, = free_ports(1)
        self.serve("victoria-metrics", port, "/health", "victoria-metrics", f"-storageDataPath={self.path('victoria')}",
                   f"-httpListenAddr=127.0.0.1:{port}")

        def ask(path, body=None):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data=body, timeout=TIMEOUT) as answer:
                return answer.read().decode()

        ask("/api/v1/import/prometheus", "".join(f"{name} {value} {time * 1000}\n" for name, value, time in history).encode())
        ask("/internal/force_flush")
        ask("/internal/force_merge")
        return self.eventually(lambda: self.bytes_in_parts(len(history)), "all samples are in one part of their month")

    def bytes_in_parts(self, wanted):
        """Their names begin with how many samples they hold."""
        parts = glob.glob(self.path("victoria", "data", "*", "*", "*_*_*"))
        samples = sum(int(os.path.basename(part).split("_")[0]) for part in parts)
        if samples != wanted or len(parts) != len(set(map(os.path.dirname, parts))):
            return None
        return sum(os.path.getsize(os.path.join(part, name)) for part in parts for name in os.listdir(part)) / samples

    def test_one_place_of_all_of_them_and_what_they_cost(self):
        hosts = self.fleet(self.life[-TOLD:])
        self.scraping(hosts)
        self.eventually(lambda: (self.value("min(count_over_time(leakwatch_up[10m]))") or 0) >= SCRAPES, "all are scraped")
        for host in hosts:
            host.is_still = True
        last = expositions.read(hosts[0].texts[-1].decode(), False)
        held, = [value for labels, value in last["leakwatch_site_held"].samples if SITE.items() <= labels.items()]
        site, = {labels["site"] for labels, _ in last["leakwatch_site_held"].samples if SITE.items() <= labels.items()}
        of_site = f'{{site="{site}"}}'
        self.eventually(lambda: self.value(f"leakwatch:site_held:sum{of_site}") == HOSTS * held, "what all hosts hold of the place")
        for asked, answer in ((f"leakwatch:site_leaking:count{of_site}", HOSTS),
                              (f"sum(leakwatch_site_processes{of_site})", HOSTS * PROCESSES),
                              ("sum(leakwatch_watched_processes)", HOSTS * PROCESSES),
                              ("count(leakwatch_open_descriptors)", HOSTS * PROCESSES)):
            self.eventually(lambda asked=asked, answer=answer: self.value(asked) == answer, f"{asked} is {answer}")
        self.judge_series()

    def count(self, series):
        """A scrape may have come to nothing just now."""
        return self.value(f"count(last_over_time({series}[5m]))")

    def judge_series(self):
        """Of each process, place and host as many as the guide says, and nothing that it does not say."""
        foretold = "leakwatch_limit_reached_in_seconds"
        of = {"processes": self.count(f'{{pid!="", __name__=~"leakwatch.+", __name__!="{foretold}"}}') / HOSTS / PROCESSES,
              "processes whose end is foretold": self.count(foretold) / HOSTS / PROCESSES,
              "places": self.count('{__name__=~"leakwatch_site_.+"}') / self.count("leakwatch_site_held"),
              "hosts": self.count('{instance!="", pid="", site="", __name__!~"ALERTS.*|.*:.*"}') / HOSTS,
              "places over all hosts": self.count('{__name__=~"leakwatch:site_.*"}') / self.count("leakwatch:site_held:sum"),
              "programs of hosts whose end is foretold": self.count("leakwatch:limit_reached_in_seconds:min") / HOSTS}
        self.assertEqual({what: each for what, (_, each, _) in reckoning()[0].items()}, of)

    def test_the_reckoning_of_the_guide(self):
        rows, total, samples, costs = reckoning()
        for what, (count, each, series) in rows.items():
            self.assertEqual(count * each, series, what)
        self.assertEqual(sum(series for _, _, series in rows.values()), total)
        self.assertEqual(total * 24 * 60 * 60 // 15, samples)
        history = self.history(self.life)
        of_sample = {"Prometheus": self.bytes_in_prometheus(history), "VictoriaMetrics": self.bytes_in_victoria(history)}
        if "LEAKWATCH_SHOW" in os.environ:
            print({engine: f"{size:.2f} bytes a sample" for engine, size in of_sample.items()})
        for engine, (each, gigabytes) in costs.items():
            self.assertAlmostEqual(samples * each / 1e9, gigabytes, delta=0.5)
            self.assertLess(of_sample[engine], each * TOLERANCE, engine)
            self.assertGreater(of_sample[engine], each / TOLERANCE, engine)


if __name__ == "__main__":
    command.main()
