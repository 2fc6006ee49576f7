"""scripts/fleet/README.md: each of its commands is run as it is printed, one after the other, by root in name spaces and a file
system of their own, where all addresses are free and /etc is a copy. Only systemctl is another (systemctl_stand_in.py), as no
systemd runs there."""
import os
import re
import shutil
import subprocess
import sys
import urllib.request

import command
import debian_modules
import fleets
import name_spaces
from command import BUILD, TIMEOUT
from fleets import LEAKING, LEAKING_LINE, Fleet, commands, shipped

debian_modules.need("yaml")

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(fleets.FLEET))
COPIED = ("/etc", "/usr/local", "/opt", "/var/lib", "/var/cache", "/var/tmp")
LIMIT = 20000  # descriptors of what leaks: more than it takes while the test runs
# What is for other tests: that of containers, and checks.new_operator, which has the packages, and a systemd that restricts.
ELSEWHERE = ("By packages", "Services that are restricted")

# What runs until it is ended, and where it answers once it is ready.
SERVERS = {"prometheus-node-exporter": (9100, "/metrics"), "victoria-metrics": (8428, "/health"), "vmagent": (8429, "/health"),
           "vmalert": (8880, "/health")}

fleets.need("prometheus", "promtool", "prometheus-alertmanager", "amtool", "prometheus-node-exporter", "victoria-metrics", "vmagent",
            "vmalert", "systemd-analyze", "systemd-tmpfiles", "setpriv", "unshare", "wget", "cmake", "ip")


def furnish():
    """Directories that commands write to are copies, and the network is up."""
    place = "/mnt"
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    for number, directory in enumerate(COPIED):
        upper, work = f"{place}/{number}/upper", f"{place}/{number}/work"
        os.makedirs(upper)
        os.makedirs(work)
        options = f"lowerdir={directory},upperdir={upper},workdir={work}"
        done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, directory], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            print(f"skipped: no overlay of {directory} here: {done.stderr.strip()}")
            sys.exit(77)
    name_spaces.bring_up_network()


class Guide(Fleet):
    def setUp(self):
        super().setUp()
        self.tree = self.path("tree")
        os.mkdir(self.tree)
        os.symlink(os.path.abspath(BUILD), os.path.join(self.tree, "build"))
        os.symlink(os.path.join(SOURCE, "scripts"), os.path.join(self.tree, "scripts"))
        stand_in = f'#!/bin/sh\nSTAND_IN_STATE={self.place} exec {sys.executable} {HERE}/systemctl_stand_in.py "$@"\n'
        self.write("bin/systemctl", stand_in, mode=0o755)
        os.environ["PATH"] = f"{self.path('bin')}:/usr/local/bin:{os.environ['PATH']}"

    def make_shop(self):
        """The service that is to be watched; it leaks."""
        shutil.copy(self.compile("leaking", LEAKING), "/usr/local/bin/shop")
        with open("/etc/systemd/system/shop.service", "w", encoding="utf-8") as unit:
            unit.write(f"[Service]\nExecStart=/usr/local/bin/shop\nLimitNOFILE={LIMIT}\n")

    def get(self, port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT) as answer:
            return answer.read().decode()

    def tried(self, condition):
        """What does not listen yet is no failure."""
        try:
            return condition()
        except OSError:
            return None

    def run_as_printed(self, line):
        name = line.split()[0]
        if name in SERVERS and "-dryRun" not in line:
            self.serve(name, *SERVERS[name], "bash", "-c", f"cd {self.tree} && exec {line}")
            return ""
        done = subprocess.run(["bash", "-o", "pipefail", "-ec", line], cwd=self.tree, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=TIMEOUT)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def is_told_at(self, port):
        return self.eventually(lambda: self.tried(lambda: f'location="leaking.c:{LEAKING_LINE}"' in self.get(port, "/metrics")),
                               f"the line that leaks at port {port}")

    def is_recorded_at(self, port):
        asked = 'leakwatch:site_held:sum{program="shop",function="take_request"} > 0'
        return self.eventually(lambda: self.tried(lambda: self.query(port, asked)), f"what the place holds at port {port}")

    def check(self, line, said):
        """What a reader would see after this command."""
        if "restart shop" in line:
            self.is_told_at(9464)
        elif line.startswith(("leakwatch trend", "leakwatch top")):
            self.assertIn(f"take_request leaking.c:{LEAKING_LINE}", said)
        elif line.startswith("leakwatch report"):
            self.assertIn(f"leaking.c:{LEAKING_LINE} in take_request", said)
        elif line.startswith("systemd-tmpfiles"):
            self.assertEqual(os.stat("/var/lib/leakwatch").st_mode & 0o7777, 0o1777)
        elif line.startswith("prometheus-node-exporter"):
            self.is_told_at(9100)
        elif "restart prometheus" in line:
            self.is_recorded_at(9090)
            self.eventually(lambda: self.tried(lambda: self.get(9093, "/-/ready")), "Alertmanager is ready")
        elif line.startswith("vmalert -http"):
            self.is_recorded_at(8428)
        elif line.startswith("scripts/fleet/containers/pack"):
            self.assertEqual(sorted(os.listdir("/opt/leakwatch")), ["leakwatch", "lib", "libleakwatch.so"])
            self.run_as_printed("/opt/leakwatch/leakwatch report --held error /var/lib/leakwatch | grep -q take_request")

    def test_each_command_as_it_is_printed(self):
        lines, left_out = list(commands(shipped("README.md"))), []
        self.make_shop()
        for heading, line in lines:
            if heading in ELSEWHERE or line.startswith(("apt", "docker")):
                left_out.append(line)
                continue
            self.check(line, self.run_as_printed(line))
        self.assertEqual((len(lines), len(left_out)), (42, 12))

    def test_the_job_behind_nginx(self):
        block, = re.findall(r"^```yaml\n(.*?)^```", shipped("README.md"), re.MULTILINE | re.DOTALL)
        self.run_as_printed(f"promtool check config --syntax-only {self.write('job.yml', block)}")

    def test_files_that_it_names_are_there(self):
        names = set(re.findall(r"(?<![\w./-])[a-z][\w./-]*\.(?:yml|json|conf|service|timer)\b", shipped("README.md")))
        others = re.compile(r"(shop|prometheus.*)\.service|leakwatch\.conf")
        given = {name for name in names if others.fullmatch(name)}
        self.assertGreater(len(names), 12)
        for name in names - given:
            folders = (SOURCE, *(os.path.join(fleets.FLEET, part) for part in ("", "systemd", "containers")))
            found = [os.path.join(folder, name) for folder in folders]
            self.assertTrue(any(map(os.path.exists, found)), name)


if __name__ == "__main__":
    if not name_spaces.is_inside():
        name_spaces.enter()
    furnish()
    command.main()
