"""The whole way, as an operator goes it who has not seen leakwatch before: a bare Debian 12, the packages, a service that leaks
under systemd, leakwatch serve, Prometheus and Alertmanager, the alert, top, the line, the gate, the fix, and the alert is over.

Commands are those of scripts/fleet/README.md as the package has it, typed one after the other on a machine of its own, where
systemd itself runs. Of what is shipped only times are replaced that would make the test long."""
import glob
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, os.pardir, "cli"), os.path.join(HERE, "debian")]

import command  # noqa: E402
import fleets  # noqa: E402
import machine  # noqa: E402
import name_spaces  # noqa: E402
from command import BUILD, COMPILER, TIMEOUT  # noqa: E402
from fleets import RULES, Fleet, Receiver, commands, replaced, shipped  # noqa: E402
from screens import Screen  # noqa: E402

ROOT = "/mnt"
PACKAGES = os.path.join(os.path.abspath(BUILD), "new-operator")
GUIDE = "/usr/share/doc/leakwatch/scripts/fleet/README.md"
SHOP = "/usr/local/src/shop"  # where the service is developed
FILTERS = "filters=3"  # of DynamicUser=, of each kind of program that runs on x86_64
INIT = "systemd-sysv"  # what any Debian has that boots
RATE, SOLD_OUT = 40, 4  # requests a second, and how many to one that leaks: 1,024 descriptors, as systemd gives, last for 100 s
QUICKER = {"prometheus.yml": [("15s", "1s")], RULES: [("for: 30s", "for: 2s")],
           "alertmanager.yml": [("group_wait: 5s", "group_wait: 1s"), ("group_interval: 5m", "group_interval: 1s")]}

with open(os.path.join(HERE, "shop", "shop.c"), encoding="utf-8") as source:
    LINE = next(number for number, line in enumerate(source, 1) if "place: price" in line)


# Each function has a frame of its own: that all are told is to be seen.
FLAGS = ("-O2", "-g", "-fno-inline", "-fno-optimize-sibling-calls", f"-ffile-prefix-map={ROOT}=")
STACK = r"(?:  .*\n)*    open_price .*\n    tell_price .*\n    serve .*\n    main "


def there(path):
    """A path of the machine, seen from here."""
    return f"{ROOT}{path}"


def read(path):
    with open(there(path), encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(there(path)), exist_ok=True)
    with open(there(path), "w", encoding="utf-8") as file:
        file.write(text)


def ask(article):
    """The status of the shop's answer; None: there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=TIMEOUT)
    try:
        connection.request("GET", f"/{article}")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Load:
    """What customers ask for, at one pace, until they are told to stop."""

    def __init__(self):
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.go_on, daemon=True)
        self.thread.start()

    def go_on(self):
        number = 0
        while not self.is_over.wait(1 / RATE):
            number += 1
            ask("bread" if number % SOLD_OUT else "cake")

    def stop(self):
        self.is_over.set()
        self.thread.join(TIMEOUT)


class Operator(Fleet):
    def setUp(self):
        super().setUp()
        self.began = time.monotonic()
        self.receiver = Receiver(9095)
        self.addCleanup(self.receiver.close)
        self.make_shop()
        self.machine = machine.Machine(self, ROOT, GROUP)
        self.note("systemd runs")

    def note(self, what):
        if "LEAKWATCH_SHOW" in os.environ:
            print(f"{time.monotonic() - self.began:6.1f} s: {what}", flush=True)

    # ---- The service, which knows nothing of leakwatch ----

    def make_shop(self):
        shutil.copytree(os.path.join(HERE, "shop"), there(SHOP))
        shutil.copy(there(f"{SHOP}/shop.service"), there("/etc/systemd/system"))
        write("/usr/local/share/shop/bread", "3.20")
        write("/usr/local/share/shop/cake", "")
        self.build_shop()
        self.deploy_shop()

    def build_shop(self, *flags):
        """As it would be there, where no compiler is."""
        subprocess.run([COMPILER, *FLAGS, *flags, "-o", "shop", "shop.c"], cwd=there(SHOP), check=True)

    def deploy_shop(self):
        shutil.copy(there(f"{SHOP}/shop"), there("/usr/local/bin/shop.new"))
        os.rename(there("/usr/local/bin/shop.new"), there("/usr/local/bin/shop"))

    def shop_process(self):
        """Its number there, which is another one after each start."""
        self.machine.type("systemctl is-active shop.service")
        return self.machine.type("systemctl show -P MainPID shop.service").strip()

    # ---- What is typed ----

    def follow(self, heading, guide=None):
        """All that stands below this heading of the guide, and what it says."""
        said = {line: self.type(line) for below, line in commands(guide or read(GUIDE)) if below == heading}
        self.assertTrue(said, heading)
        self.note(heading)
        return said

    def type(self, line):
        if line.startswith("journalctl"):  # a person is not as quick
            self.eventually(lambda: self.machine.run(line).returncode == 0, line)
        said = self.machine.type(line)
        if line.startswith("cp") and line.endswith("/etc/prometheus/"):
            for name, pairs in QUICKER.items():
                write(f"/etc/prometheus/{name}", replaced(read(f"/etc/prometheus/{name}"), *pairs))
        return said

    def install(self):
        for package in glob.glob(f"{PACKAGES}/*.deb"):
            shutil.copy(package, there("/root"))
        shutil.rmtree(PACKAGES)
        self.follow("By packages", shipped("README.md"))

    def watch(self):
        self.machine.type("systemctl enable --now shop.service")
        unwatched = self.shop_process()
        said = self.follow("One host")
        self.assertNotEqual(self.shop_process(), unwatched)
        self.assertIn(f"shop (pid {self.shop_process()})", said["leakwatch trend /var/lib/leakwatch"])
        self.assertNotIn("Uid:\t0", self.machine.type("cat /proc/$(systemctl show -P MainPID leakwatch-serve.service)/status"))
        said = self.follow("Services that are restricted")
        self.assertIn(f"{FILTERS}\n", said.values())

    # ---- What is seen ----

    def prometheus_says(self, expression):
        return self.query(9090, expression)

    def the_alert(self, **how):
        return self.eventually(lambda: self.receiver.of("/pages", "DescriptorsRunOut", program="shop", **how), "the alert")[0][1]

    def assert_told_in_time(self):
        process = self.shop_process()
        alert = self.the_alert()
        self.note("the alert")
        (_, left), = self.prometheus_says('leakwatch_descriptor_headroom{program="shop"}')
        self.assertGreater(left, 0)
        self.assertEqual((self.shop_process(), ask("bread")), (process, 200))
        labels, texts = alert["labels"], alert["annotations"]
        self.assertEqual((labels["function"], labels["location"]), ("open_price", f"shop.c:{LINE}"))
        self.assertEqual(texts["summary"], "shop on 127.0.0.1:9464 runs out of descriptors within the hour")
        self.assertRegex(texts["description"], rf"^open_price at shop\.c:{LINE} holds \d+ that it does not give back \(site ")
        return labels["site"]

    def assert_line_is_shown(self):
        place = rf"open_price shop\.c:{LINE}"
        said = self.follow("When it rings")
        self.assertRegex(said["leakwatch top --once --view sites /var/lib/leakwatch"], rf"leaking .*{place}")
        self.assertRegex(said["leakwatch report /var/lib/leakwatch"], rf"shop\.c:{LINE} in open_price.*\[fd-growth\]\n{STACK}")
        screen = Screen(self, self.machine.command("leakwatch", "top", "/var/lib/leakwatch"))
        screen.shows("leakwatch:", "shop")
        screen.keys("2")
        screen.shows("leaking", f"open_price shop.c:{LINE}")
        screen.keys("q")
        self.assertEqual(screen.ended(), 0)

    def gate(self, status):
        """Its last line, and what it finds."""
        self.machine.type(f"cd {SHOP}")
        said = self.machine.type("leakwatch gate --report json=leaks.json -- python3 test_shop.py", status)
        return said.splitlines()[-1], json.loads(read(f"{SHOP}/leaks.json"))["findings"]

    def assert_gate_is_red(self, site):
        verdict, (finding,) = self.gate(status=1)
        self.assertEqual(verdict, "leakwatch gate: findings (exit status 1)")
        self.assertEqual((finding["kind"], finding["fingerprint"]), ("fd-leak", site))
        frame = finding["stacks"]["acquired"][0]
        self.assertEqual((frame["function"], frame["file"], frame["line"]), ("open_price", f"{SHOP}/shop.c", LINE))

    def assert_gate_is_green(self):
        self.assertEqual(self.gate(status=0), ("leakwatch gate: clean (exit status 0)", []))

    def assert_line_stays_known(self):
        """Of the process that goes on with what was replaced, and of the ledgers that were kept in time."""
        for ledgers in ("/var/lib/leakwatch", "/var/tmp/leaks.lwl"):
            self.assertRegex(self.machine.type(f"leakwatch report {ledgers}"), rf"shop\.c:{LINE} in open_price.*\[fd-growth\]")

    def assert_alert_is_over(self):
        """Nor does it come back when more has gone through the mended line than had through the other."""
        self.machine.type("systemctl restart shop.service")
        process = self.shop_process()
        self.the_alert(status="resolved")
        self.note("the alert is over")
        for _ in range(500):
            self.assertEqual(ask("cake"), 410)
        taken = f'leakwatch_acquisitions_total{{program="shop",pid="{process}"}}'
        self.eventually(lambda: self.prometheus_says(f"{taken} > 1000"), "what the mended one has taken")
        self.assertEqual(self.prometheus_says('leakwatch_site_verdict{program="shop"} == 4'), [])
        self.eventually(lambda: not self.prometheus_says('ALERTS{program="shop"}'), "nothing more is said of it")

    def test_from_a_bare_debian_to_a_service_that_leaks_no_more(self):
        self.install()
        self.watch()
        self.follow("A team: Prometheus")
        self.addCleanup(Load().stop)
        site = self.assert_told_in_time()
        self.assert_line_is_shown()
        self.assert_gate_is_red(site)
        self.build_shop("-DMENDED")
        self.assert_gate_is_green()
        self.deploy_shop()
        self.assert_line_stays_known()
        self.assert_alert_is_over()


def made(name, *arguments):
    """What one of the scripts in debian/ makes; where it cannot, it has said why."""
    status = subprocess.run([os.path.join(HERE, "debian", name), *arguments], check=False).returncode
    if status != 0:
        sys.exit(status)


def prepare():
    """All that needs the network."""
    shutil.rmtree(PACKAGES, ignore_errors=True)
    os.makedirs(PACKAGES)
    made("packages", os.path.abspath(BUILD), PACKAGES)
    wanted = [line.removeprefix("apt install ") for _, line in commands(shipped("README.md")) if line.startswith("apt install ")]
    made("fetch", os.path.abspath(BUILD), PACKAGES, f"--no-install-recommends {INIT}", *wanted)


def furnish():
    """The root of a machine that starts with systemd, as Debian's installer leaves it; nothing else is there."""
    made("root", os.path.abspath(BUILD), ROOT)
    done = subprocess.run(["chroot", ROOT, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y",
                           "--no-install-recommends", "install", INIT], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}")
    name_spaces.bring_up_network()


if __name__ == "__main__":
    if not name_spaces.is_inside():
        fleets.need("unshare", "nsenter", "ip", "tmux")
        prepare()
        name_spaces.enter()
    furnish()
    GROUP = machine.make_control_group()
    command.main()
