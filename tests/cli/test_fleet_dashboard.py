"""scripts/fleet/dashboard.json: what its panels ask for is PromQL, and every metric and every label in it is one that leakwatch
serve has, or that a recording rule makes."""
import json
import os
import re
import subprocess

import command
import debian_modules
import expositions
import fleets
from command import TIMEOUT
from fleets import Fleet

debian_modules.need("yaml")
import yaml  # noqa: E402

fleets.need("promtool")

SCRAPED = {"instance", "job"}  # what Prometheus adds
ALERT = {"alertname", "alertstate", "severity"}
LIMIT = 5000  # descriptors of the program that leaks: enough for longer than the test takes

METRIC = re.compile(r"\b(?:leakwatch[\w:]*|ALERTS)\b")
MATCHERS = re.compile(r"\b(leakwatch[\w:]*|ALERTS)\s*\{([^}]*)\}")
GROUPING = re.compile(r"\b(by|on)\s*\(([^)]*)\)")


def words(text):
    return set(re.findall(r"[a-zA-Z_]\w*", text))


def settled(text):
    """As Grafana would ask, with all chosen."""
    for variable, value in (("$__rate_interval", "5m"), ("$program", ".*"), ("$instance", ".*")):
        text = text.replace(variable, value)
    return text


def dashboard():
    return json.loads(fleets.shipped("dashboard.json"))


def rules():
    groups = yaml.safe_load(fleets.shipped(fleets.RULES))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions(board):
    """Of panels, annotations and variables; each with the legend that names its labels."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield settled(target["expr"]), target["legendFormat"]
    for annotation in board["annotations"]["list"]:
        yield settled(annotation["expr"]), annotation["titleFormat"] + annotation["textFormat"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", settled(variable["query"]["query"])).groups()
            yield metric, f"{{{{{label}}}}}"


def labels_of_result(expression, known):
    grouped = [words(labels) for kind, labels in GROUPING.findall(expression) if kind == "by"]
    return grouped[0] if grouped else known[METRIC.search(expression).group()]


def faults_of(expression, legend, known):
    metrics = set(METRIC.findall(expression))
    yield from (f"{metric} in {expression}" for metric in metrics - set(known))
    metrics &= set(known)
    for metric, matchers in MATCHERS.findall(expression):
        for label in words(re.sub(r'"[^"]*"', "", matchers)) - known.get(metric, set()):
            yield f"{metric} has no {label}: {expression}"
    for _, grouping in GROUPING.findall(expression):
        for metric in metrics:
            yield from (f"{metric} has no {label}: {expression}" for label in words(grouping) - known[metric])
    shown = {label for label in re.findall(r"\{\{(\w+)\}\}", legend)}
    if shown and metrics:
        yield from (f"no {label} in what comes out of {expression}" for label in shown - labels_of_result(expression, known))


def faults_of_tables(board, known):
    """A column is named by its label, or by its query; what sorts and is formatted, by the name it was given."""
    for panel in board["panels"]:
        columns = {"Time", "__name__", *(f"Value #{target['refId']}" for target in panel["targets"])}
        for target in panel["targets"]:
            columns |= labels_of_result(settled(target["expr"]), known) if METRIC.search(target["expr"])[0] in known else set()
        named = set()
        for step in panel.get("transformations", ()):
            if step["id"] == "organize":
                options = step["options"]
                named = set(options["renameByName"].values())
                asked = {name for key in ("excludeByName", "renameByName", "indexByName") for name in options[key]}
                yield from (f"no column {name} in {panel['title']}" for name in asked - columns)
            if step["id"] == "sortBy":
                sorting = {by["field"] for by in step["options"]["sort"]}
                yield from (f"no column {name} in {panel['title']}" for name in sorting - named)
        yield from (f"no column {override['matcher']['options']} in {panel['title']}"
                    for override in panel["fieldConfig"]["overrides"] if override["matcher"]["options"] not in named)


class Dashboard(Fleet):
    def known(self):
        """Labels by metric: what serve has of a program that leaks, and what the rules make of it."""
        program, file = self.leaking(LIMIT), self.path("leakwatch.prom")

        def served():
            self.assertIsNone(program.poll())
            self.leakwatch("serve", "--textfile", file, self.ledgers)
            with open(file, encoding="utf-8") as text:
                families = expositions.read(text.read(), False)
            return families if families["leakwatch_limit_reached_in_seconds"].samples else None

        families = self.eventually(served, "a limit is foretold")
        known = {name: {label for labels, _ in family.samples for label in labels} | SCRAPED for name, family in families.items()}
        for rule in rules():
            grouping = re.search(r"\bby \(([^)]*)\)", rule["expr"])
            metric = METRIC.search(rule["expr"]).group()
            if "record" in rule:
                known[rule["record"]] = words(grouping.group(1)) if grouping else known[metric]
            else:
                known["ALERTS"] = known.get("ALERTS", ALERT) | known[metric]
        return known

    def test_every_metric_and_label_is_there(self):
        known, text = self.known(), json.dumps(dashboard())
        board = json.loads(text)
        asked = list(expressions(board))
        self.assertGreater(len(asked), 20)
        self.assertEqual([fault for each in asked for fault in faults_of(*each, known)], [])
        self.assertEqual(list(faults_of_tables(board, known)), [])
        for right, wrong in (("leakwatch_watched_processes", "leakwatch_watched_process"), ("site_leaking:count", "site_leaking:sum"),
                             ("by (bound)", "by (bounds)"), ("program=~", "programme=~"), ("{{bound}}", "{{pid}}"),
                             ("on (program, site, kind, function", "on (program, site, pid, function"), ("{{location}}", "{{line}}"),
                             ("descriptors, program)", "descriptors, site)")):
            self.assertIn(right, text)
            spoilt = expressions(json.loads(text.replace(right, wrong)))
            self.assertNotEqual([fault for each in spoilt for fault in faults_of(*each, known)], [], right)
        for right, wrong in (("Value #held", "Value #hold"), ('"field": "left"', '"field": "remaining"')):
            self.assertIn(right, text)
            self.assertNotEqual(list(faults_of_tables(json.loads(text.replace(right, wrong, 1)), known)), [], right)

    def test_every_expression_is_promql(self):
        def check(asked):
            self.write("asked.yml", json.dumps({"groups": [{"name": "asked", "rules": [
                {"record": f"asked:{number}", "expr": expression} for number, (expression, _) in enumerate(asked)]}]}))
            return subprocess.run(["promtool", "check", "rules", self.path("asked.yml")], capture_output=True, text=True, check=False,
                                  timeout=TIMEOUT)

        asked = list(expressions(dashboard()))
        done = check(asked)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(asked)} rules found", done.stdout)
        self.assertNotEqual(check([*asked, ("sum by (program (leakwatch_up)", "")]).returncode, 0)

    def test_panels_lie_beside_each_other(self):
        board, taken = dashboard(), set()
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))
        for panel in board["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            taken |= cells
            self.assertEqual(panel["datasource"]["uid"], "${datasource}")


if __name__ == "__main__":
    command.main()
