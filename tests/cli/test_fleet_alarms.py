"""A server that leaks, real engines that scrape leakwatch serve, and the alert: it reaches whoever is to be told before the server
has no descriptor left, and its text names the line. Prometheus with Alertmanager, and the same rules by vmagent, VictoriaMetrics
and vmalert with another Alertmanager, both at the same time.

Of what is shipped only addresses are replaced, and times that would make the test long: the intervals between scrapes and
evaluations, `for:` of the alerts, and how long Alertmanager waits before it tells. Everything is as Debian packages it."""
import os

import command
import debian_modules
import fleets
from fleets import FLEET, LEAKING_LINE, RULES, Fleet, Receiver, free_ports, replaced, shipped

debian_modules.need("yaml")
from test_fleet_dashboard import dashboard, expressions  # noqa: E402

fleets.need("prometheus", "prometheus-alertmanager", "victoria-metrics", "vmagent", "vmalert")

LIMIT = 900  # descriptors: they last for a minute and a half
ENGINES = ("prometheus", "victoria")


class Alarms(Fleet):
    def alertmanager(self, name, port):
        """It tells the test, at a path of its own."""
        receiver = f"http://127.0.0.1:{self.receiver.port}/{name}/"
        configuration = replaced(shipped("alertmanager.yml"), ("http://127.0.0.1:9095/", receiver), ("group_wait: 30s", "group_wait: 1s"), ("group_wait: 5s", "group_wait: 1s"), ("5m", "1s"))
        file = self.write(f"{name}-alertmanager.yml", configuration)
        self.serve(f"{name}-alertmanager", port, "/-/ready", "prometheus-alertmanager", f"--config.file={file}",
                   f"--storage.path={self.path(name + '-alertmanager')}", f"--web.listen-address=127.0.0.1:{port}",
                   "--cluster.listen-address=")

    def rules(self):
        text = replaced(shipped(RULES), ("for: 30s", "for: 2s"), ("for: 5m", "for: 5s"))
        return self.write(RULES, text)

    def start_prometheus(self, served):
        told, self.ports["prometheus"] = free_ports(2)
        self.alertmanager("prometheus", told)
        self.prometheus(replaced(shipped("prometheus.yml"), ("15s", "1s"), ("127.0.0.1:9464", f"127.0.0.1:{served}"),
                                 ("127.0.0.1:9093", f"127.0.0.1:{told}")), self.ports["prometheus"])

    def start_victoria(self, served):
        told, store, agent, alert = free_ports(4)
        self.ports["victoria"] = store
        self.alertmanager("victoria", told)
        self.serve("victoria-metrics", store, "/health", "victoria-metrics", f"-storageDataPath={self.path('victoria')}",
                   f"-httpListenAddr=127.0.0.1:{store}", "-search.latencyOffset=1s")
        scraping = self.write("vmagent.yml", replaced(shipped("vmagent.yml"), ("15s", "1s"),
                                                      ("127.0.0.1:9464", f"127.0.0.1:{served}")))
        self.serve("vmagent", agent, "/health", "vmagent", f"-promscrape.config={scraping}", f"-httpListenAddr=127.0.0.1:{agent}",
                   f"-remoteWrite.url=http://127.0.0.1:{store}/api/v1/write", f"-remoteWrite.tmpDataPath={self.path('vmagent')}")
        self.serve("vmalert", alert, "/health", "vmalert", f"-rule={self.path(RULES)}", f"-httpListenAddr=127.0.0.1:{alert}",
                   f"-datasource.url=http://127.0.0.1:{store}", f"-remoteWrite.url=http://127.0.0.1:{store}",
                   f"-remoteRead.url=http://127.0.0.1:{store}", f"-notifier.url=http://127.0.0.1:{told}", "-evaluationInterval=1s")

    def told(self, engine, severity, name, **labels):
        """The first such alert, and when it came."""
        return self.eventually(lambda: self.receiver.of(f"/{engine}/{severity}", name, **labels), f"{name} by {engine}")[0]

    def assert_told_in_time(self, engine):
        """Before it has none left, which its text does not say: that is for the test to find out later."""
        moment, alert = self.told(engine, "pages", "DescriptorsRunOut", function="take_request")
        self.assertEqual(alert["labels"]["location"], f"leaking.c:{LEAKING_LINE}")
        self.assertEqual(alert["annotations"]["summary"],
                         f"leaking on 127.0.0.1:{self.served} runs out of descriptors within the hour")
        self.assertRegex(alert["annotations"]["description"],
                         rf"^take_request at leaking\.c:{LEAKING_LINE} holds \d+ that it does not give back "
                         rf"\(site {alert['labels']['site']}\)\. ")
        return moment

    def assert_dashboard_shows_all(self, port):
        """Each of its questions has an answer by now."""
        for expression, _ in expressions(dashboard()):
            self.eventually(lambda asked=expression: self.query(port, asked), f"an answer to {expression}")

    def test_the_alert_comes_before_the_end_and_names_the_line(self):
        self.ports, self.receiver = {}, Receiver()
        self.addCleanup(self.receiver.close)
        self.served, = free_ports(1)
        self.leakwatch_serve(self.served)
        self.rules()
        self.start_prometheus(self.served)
        self.start_victoria(self.served)
        program = self.leaking(LIMIT)
        told = {engine: self.assert_told_in_time(engine) for engine in ENGINES}
        self.assert_dashboard_shows_all(self.ports["prometheus"])
        exhausted = float(program.stdout.readline())
        for engine in ENGINES:
            self.assertLess(told[engine], exhausted, engine)
            alert = self.told(engine, "pages", "DescriptorsExhausted", pid=str(program.pid))[1]
            self.assertIn(f"leaking ({program.pid}) on", alert["annotations"]["summary"])
            self.told(engine, "tickets", "ErrorsSwallowed", pid=str(program.pid))
            (_, held), = self.query(self.ports[engine], "leakwatch:site_held:sum{function='take_request'}")
            self.assertGreater(held, LIMIT * 0.9)
        if "LEAKWATCH_SHOW" in os.environ:
            print({engine: f"{exhausted - told[engine]:.1f} s before" for engine in ENGINES})


if __name__ == "__main__":
    command.main()
