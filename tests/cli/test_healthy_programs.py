"""Programs that nobody would call leaky, run as they usually are: nothing of them is an error, whatever they keep open to
their end."""
import json
import os
import shutil
import signal
import subprocess
import unittest

import command
from command import Place

NOBODY = 65534


class HealthyPrograms(Place):
    def need(self, *programs):
        missing = [program for program in programs if not shutil.which(program, path=self.search_path())]
        if missing:
            self.skipTest(f"it needs {', '.join(missing)}")

    def search_path(self):
        rooms = [f"/usr/lib/postgresql/{version}/bin" for version in ("17", "16", "15", "14", "13")]
        return os.pathsep.join([os.environ["PATH"], "/usr/sbin", *rooms])

    def watch(self, *line, status=0, exe=None, **how):
        """Runs it watched: no finding may be an error, and it must have been watched."""
        self.need(line[0])
        report, _ = self.run_json("--skip-exe", "sh", "--skip-exe", "bash", "--", *line, status=status,
                                  environment=self.environment(PATH=self.search_path(), HOME=self.place), **how)
        self.assertEqual([finding for finding in report["findings"] if finding["level"] == "error"], [])
        names = {os.path.basename(process["exe"]) for process in report["processes"]}
        self.assertTrue(any(name.startswith(exe or line[0]) for name in names), f"not watched: {names}")
        return report

    def shell(self, script, exe, status=0, **how):
        return self.watch("sh", "-c", script, exe=exe, status=status, **how)

    def test_one_log_and_one_lock(self):
        program = self.compile("keeper", '#include <fcntl.h>\n#include <stdio.h>\nint main(void)\n{\n'
                               '    FILE *log = fopen("app.log", "a");\n    int lock = open("app.lock", O_CREAT | O_RDWR, 0600);\n'
                               '    return log == NULL || fprintf(log, "%d", lock) < 0;\n}\n')
        report, _ = self.run_json(program)
        self.assertEqual({(finding["level"], finding["held_to_end"]) for finding in report["findings"]},
                         {("warning", True)})

    def test_node(self):
        report = self.watch("node", "-e", "0")
        self.assertGreater(report["suppressed"]["count"], 0)

    def test_java(self):
        self.watch("java", "-version")

    def test_tar(self):
        self.write("file", "text")
        self.watch("tar", "-C", self.place, "-cf", "archive.tar", "file")

    def test_wget(self):
        self.watch("wget", "-q", "-t", "1", "-O", "page", "http://127.0.0.1:1/", status=4)

    def test_dpkg(self):
        self.need("dpkg")
        self.watch("dpkg", "-l", "libc6", exe="dpkg-query")

    def test_gdb(self):
        self.watch("gdb", "-batch", "/bin/true")

    def test_redis(self):
        self.need("redis-server", "redis-cli")
        self.shell("""redis-server --unixsocket "$PWD/socket" --port 0 --save '' --dir "$PWD" >redis.log & server=$!
                      for i in $(seq 600); do redis-cli -s "$PWD/socket" ping 2>/dev/null | grep -q PONG && break; sleep 0.1; done
                      for i in 1 2 3 4 5; do redis-cli -s "$PWD/socket" set "key$i" "$i" >/dev/null; done
                      redis-cli -s "$PWD/socket" shutdown nosave; wait $server""", exe="redis")

    def write_nginx_settings(self):
        self.need("nginx")
        self.write("nginx.conf", f"pid {self.place}/pid; error_log {self.place}/error.log; worker_processes 2; events {{}}\n"
                   f"http {{ access_log {self.place}/access.log; client_body_temp_path {self.place}/b; proxy_temp_path "
                   f"{self.place}/p; fastcgi_temp_path {self.place}/f; uwsgi_temp_path {self.place}/u; scgi_temp_path "
                   f"{self.place}/s; server {{ listen unix:{self.place}/socket; root {self.place}; }} }}\n"
                   + ("user root;\n" if os.geteuid() == 0 else ""))

    def test_nginx_tries_its_settings(self):
        self.write_nginx_settings()
        self.watch("nginx", "-t", "-p", self.place, "-c", self.path("nginx.conf"), "-e", self.path("start.log"))

    def test_nginx_in_the_foreground(self):
        self.write_nginx_settings()
        self.shell("""nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/start.log" -g 'daemon off;' & server=$!
                      for i in $(seq 600); do [ -s pid ] && [ -S socket ] && break; sleep 0.1; done
                      nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/start.log" -s quit
                      wait $server""", exe="nginx")

    def test_nginx(self):
        self.write_nginx_settings()
        self.shell("""nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/start.log"
                      for i in $(seq 600); do [ -s pid ] && break; sleep 0.1; done
                      pid=$(cat pid); nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/start.log" -s quit
                      for i in $(seq 600); do [ -e pid ] || break; sleep 0.1; done
                      for i in $(seq 600); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done""", exe="nginx")

    def test_nginx_reads_its_settings_again(self):
        """Each worker receives a channel to each that is started after it, also one that still serves a connection and is
        told of the end of others."""
        self.write_nginx_settings()
        report = self.shell("""nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/start.log" -g 'daemon off;' & server=$!
                      workers() { ps -o pid= --ppid "$server" | sort | tr '\\n' ' '; }
                      for i in $(seq 600); do [ -s pid ] && [ -S socket ] && [ "$(workers | wc -w)" = 2 ] && break; sleep 0.1; done
                      for round in 1 2 3; do
                          before=$(workers); sleep 0.1; kill -HUP "$server"
                          for i in $(seq 600); do
                              now=$(workers); [ "$now" != "$before" ] && [ "$(echo $now | wc -w)" = 2 ] && break; sleep 0.1
                          done
                      done
                      kill -QUIT "$server"; wait $server""", exe="nginx")
        received = [finding for finding in report["findings"] if finding.get("call") == "recvmsg"]
        self.assertGreater(sum(finding["count"] for finding in received), 3)
        self.assertEqual({(finding["level"], finding["held_to_end"]) for finding in received}, {("warning", True)})

    def test_postgres(self):
        self.need("initdb", "pg_ctl", "pgbench", "createdb")
        user = {}
        if os.geteuid() == 0:
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            for directory in (self.place, self.temporary):
                os.chown(directory, NOBODY, NOBODY)
            if subprocess.run([command.LEAKWATCH, "--version"], **user, capture_output=True, check=False).returncode != 0:
                self.skipTest("another user cannot execute leakwatch where it is")
        self.shell("""mkdir s && initdb -D db -A trust -U me >/dev/null &&
                      pg_ctl -s -w -D db -o "-k $PWD/s -c listen_addresses=" -l log start &&
                      createdb -h "$PWD/s" -U me b && pgbench -i -q -h "$PWD/s" -U me b 2>/dev/null &&
                      pgbench -c 4 -t 20 -h "$PWD/s" -U me b >/dev/null 2>&1; pg_ctl -s -w -D db stop -m fast""",
                   exe="postgres", **user)


class EndedBySignal(Place):
    """A server that SIGTERM ends while clients are connected leaks none of them."""
    SERVER = r"""
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
static struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
static int client(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&name, sizeof name) == 0 ? fd : -1;
}
static void serve(int listener)
{
    struct pollfd all[100] = {{listener, POLLIN, 0}};
    int count = 1;
    for (;;) {
        poll(all, (nfds_t)count, -1);
        for (int i = count - 1; i > 0; i--)
            if (all[i].revents) {
                close(all[i].fd);
                all[i] = all[--count];
            }
        if (all[0].revents)
            all[count++] = (struct pollfd){accept(listener, 0, 0), POLLIN, 0};
    }
}
int main(int count, char **arguments)
{
    int pause = atoi(arguments[count - 1]), listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0 || listen(listener, 50) != 0)
        return 98;
    pid_t server = getpid();
    if (fork() == 0) {
        int long_lived[5];
        for (int i = 0; i < 2; i++)
            long_lived[i] = client();
        for (int i = 0; i < 40; i++) {
            int fd = client();
            usleep((useconds_t)pause);
            close(fd);
        }
        for (int i = 2; i < 5; i++)
            long_lived[i] = client();
        usleep(50000);
        kill(server, SIGTERM);
        usleep(100000);
        _exit(long_lived[0] < 0);
    }
    serve(listener);
}
"""

    def test_live_connections_are_no_leaks(self):
        program = self.compile("server", self.SERVER)
        for pause in ("100", "20000"):  # a life too short for times to tell, and one that is long enough
            report, _ = self.run_json(program, pause, status=128 + signal.SIGTERM)
            accepted = [finding for finding in report["findings"] if finding["call"] == "accept"]
            self.assertEqual([finding["level"] for finding in accepted], ["note"], json.dumps(accepted)[:2000])
            os.unlink(self.path("socket"))


if __name__ == "__main__":
    unittest.main()
