"""scripts/fleet/cluster.yml: a VictoriaMetrics cluster with the rules and the scrape configuration that one Prometheus has. Debian
packages vmagent and vmalert, which look at what they are to run with; the cluster's own parts are not packaged: their options are
those of the single server where it has them, and who asks whom is followed through the file."""
import os
import re
import subprocess

import command
import debian_modules
import fleets
from command import TIMEOUT, Place
from fleets import FLEET, RULES, shipped

debian_modules.need("yaml")
import yaml  # noqa: E402

fleets.need("promtool", "amtool", "victoria-metrics", "vmagent", "vmalert")

# What they listen at where nothing else is said, by their own documentation.
PORTS = {"vminsert": {8480}, "vmselect": {8481}, "vmstorage-1": {8400, 8401, 8482}, "vmstorage-2": {8400, 8401, 8482},
         "alertmanager": {9093}}
OWN_OPTIONS = {"-storageNode", "-replicationFactor"}  # of the cluster alone


def services():
    return yaml.safe_load(shipped("cluster.yml"))["services"]


def options_of(service):
    return [tuple(option.split("=", 1)) for option in service["command"]]


class Cluster(Place):
    def run_here(self, *words, status=0):
        done = subprocess.run(words, cwd=FLEET, capture_output=True, text=True, check=False, timeout=TIMEOUT)
        self.assertEqual(done.returncode == 0, status == 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def with_local_files(self, service):
        """Its options, with the files that it mounts as they lie here."""
        mounted = {inside: os.path.join(FLEET, outside) for outside, inside in
                   (volume.split(":")[:2] for volume in service["volumes"]) if outside.startswith("./")}
        return ["=".join((name, mounted.get(value, value))) for name, value in options_of(service)]

    def test_vmagent_and_vmalert_take_what_they_get(self):
        of = services()
        self.run_here("vmagent", "-dryRun", *self.with_local_files(of["vmagent"]))
        self.assertIn(RULES, self.run_here("vmalert", "-dryRun", *self.with_local_files(of["vmalert"])))
        self.run_here("amtool", "check-config", "alertmanager.yml")
        self.run_here("promtool", "check", "config", "vmagent.yml")
        for spoilt, words in (("scrape_config:\n", ("vmagent", "-dryRun", "-remoteWrite.url=http://x/", "-promscrape.config=")),
                              ("groups: [{name: x, rules: [{record: a, expr: 'sum by (('}]}]\n", ("vmalert", "-dryRun", "-rule="))):
            self.run_here(*words[:-1], words[-1] + self.write("spoilt.yml", spoilt), status=1)

    def test_every_option_is_one(self):
        for name, server in (("vmagent", "vmagent"), ("vmalert", "vmalert"), ("vmstorage-1", "victoria-metrics"),
                             ("vmselect", "victoria-metrics"), ("vminsert", "victoria-metrics")):
            known = set(re.findall(r"^  (-[\w.]+)", self.run_here(server, "-help"), re.MULTILINE))
            asked = {option for option, _ in options_of(services()[name])}
            self.assertLessEqual(asked - known, OWN_OPTIONS if server == "victoria-metrics" else set(), name)

    def test_they_find_each_other(self):
        of, seen = services(), 0
        for name, service in of.items():
            for option, value in options_of(service):
                for host, port in re.findall(r"(?:://|^)([a-z][a-z0-9-]*):(\d+)", value):
                    self.assertIn(int(port), PORTS[host], f"{name} {option}")
                    self.assertIn(host, of)
                    seen += 1
        self.assertEqual(seen, 9)
        stores = {f"vmstorage-{number}" for number in (1, 2)}
        for name, port in (("vminsert", "8400"), ("vmselect", "8401")):
            asked = {value for option, value in options_of(of[name]) if option == "-storageNode"}
            self.assertEqual(asked, {f"{store}:{port}" for store in stores})
        alert = dict(options_of(of["vmalert"]))
        self.assertEqual(dict(options_of(of["vmagent"]))["-remoteWrite.url"], alert["-remoteWrite.url"] + "/api/v1/write")
        self.assertEqual(alert["-datasource.url"], alert["-remoteRead.url"])

    def test_the_same_is_scraped_and_evaluated(self):
        prometheus, agent = yaml.safe_load(shipped("prometheus.yml")), yaml.safe_load(shipped("vmagent.yml"))
        self.assertEqual(agent["scrape_configs"], prometheus["scrape_configs"])
        self.assertEqual(agent["global"]["scrape_interval"], prometheus["global"]["scrape_interval"])
        alert = dict(options_of(services()["vmalert"]))
        self.assertEqual(alert["-evaluationInterval"], prometheus["global"]["evaluation_interval"])
        self.assertEqual([os.path.basename(alert["-rule"])], prometheus["rule_files"])
        for store in ("vmstorage-1", "vmselect"):
            self.assertEqual(dict(options_of(services()[store]))["-dedup.minScrapeInterval"], agent["global"]["scrape_interval"])


if __name__ == "__main__":
    command.main()
