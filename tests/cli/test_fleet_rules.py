"""scripts/fleet: the scrape configuration and the rules, as Prometheus's own promtool sees them, and that the metrics which the
rules are about are those that leakwatch serve has."""
import os
import re
import shutil
import subprocess
import sys

import command
from command import TIMEOUT
from test_serve import Serving

HERE = os.path.dirname(os.path.abspath(__file__))
FLEET = os.path.join(os.path.dirname(os.path.dirname(HERE)), "scripts", "fleet")
RULES = "leakwatch.rules.yml"

if not shutil.which("promtool"):
    print("skipped: there is no promtool (package prometheus)")
    sys.exit(77)


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


class Fleet(Serving):
    def promtool(self, *arguments, status=0):
        done = subprocess.run(["promtool", *arguments], cwd=self.place, capture_output=True, text=True, check=False, timeout=TIMEOUT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)

    def test_the_configuration_is_one(self):
        self.promtool("check", "config", os.path.join(FLEET, "prometheus.yml"))

    def test_what_the_rules_make_of_histories(self):
        shutil.copy(os.path.join(HERE, "fleet_rules.yml"), self.place)
        rules = read(FLEET, RULES)
        self.write(RULES, rules)
        self.promtool("test", "rules", "fleet_rules.yml")
        for right, wrong in (("leakwatch_site_verdict == 4", "leakwatch_site_verdict == 2"), ("< 3600", "< 1800"),
                             ("topk by (instance, program) (1,", "topk by (instance, program) (2,"), ("leakwatch_up == 0", "leakwatch_up == 1"), ("leakwatch_unrecorded_total[15m]) > 0", "leakwatch_unrecorded_total[15m]) > 600"),
                             ("sum by (program, site", "max by (program, site"), ("at {{ $labels.location }}", "")):
            self.assertIn(right, rules)
            self.write(RULES, rules.replace(right, wrong))
            self.promtool("test", "rules", "fleet_rules.yml", status=1)

    def test_the_rules_are_about_what_is_served(self):
        asked = set(re.findall(r"\bleakwatch_\w+", re.sub(r"#.*", "", read(FLEET, RULES))))
        self.assertGreater(len(asked), 6)
        with self.program(), self.server():
            self.assertLessEqual(asked, set(self.metrics()))


if __name__ == "__main__":
    command.main()
