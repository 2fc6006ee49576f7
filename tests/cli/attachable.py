"""Programs that run, and say whether what they do is still right: what the tests of attach and detach attach to."""
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from command import TIMEOUT

SOAK = r"""
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static atomic_long turns, wrong;
static volatile sig_atomic_t over;
static char wanted[64];
static ssize_t length;
static void end(int signal)
{
    (void)signal;
    over = 1;
}
static void check(int good)
{
    wrong += !good;
}
static void read_file(void)
{
    char text[64];
    int fd = open("text", O_RDONLY);
    check(fd > 2);
    check(read(fd, text, sizeof text) == length && memcmp(text, wanted, (size_t)length) == 0);
    check(close(fd) == 0);
    errno = 0;
    check(close(-1) == -1 && errno == EBADF);
}
static void load_plugin(int how)
{
    void *plugin = dlopen("./plugin.so", how);
    int (*answer)(void) = plugin ? (int (*)(void))dlsym(plugin, "answer") : NULL;
    check(answer && answer() == 42);
    if (plugin)
        dlclose(plugin);
}
static void *work(void *argument)
{
    long id = (long)argument;
    unsigned seed = (unsigned)id;
    while (!over) {
        char *pieces[30];
        for (int i = 0; i < 30; i++) {
            size_t size = 16 + (size_t)rand_r(&seed) % 3000;
            pieces[i] = malloc(size);
            memset(pieces[i], (int)id, size);
        }
        read_file();
        if (id % 8 == 0)
            load_plugin(id % 16 ? RTLD_LAZY : RTLD_NOW);
        for (int i = 0; i < 30; i++) {
            check(*pieces[i] == (char)id);
            free(pieces[i]);
        }
        turns++;
        usleep(3000 + (useconds_t)rand_r(&seed) % 30000);
    }
    return NULL;
}
int main(void)
{
    pthread_t threads[64];
    int fd = open("text", O_RDONLY);
    length = read(fd, wanted, sizeof wanted);
    close(fd);
    signal(SIGTERM, end);
    for (long i = 0; i < 64; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    printf("ready\n");
    fflush(stdout);
    for (int i = 0; i < 64; i++)
        pthread_join(threads[i], NULL);
    printf("turns %ld wrong %ld\n", turns, wrong);
    return wrong != 0 || turns == 0;
}
"""

PYTHON = """
import hashlib, signal, sys, time
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
print("ready", flush=True)
turns = wrong = 0
while not over:
    with open("text", "rb") as file:
        wrong += hashlib.md5(file.read()).hexdigest() != sys.argv[1]
    wrong += sorted(str(i) for i in range(200))[-1] != "99"
    turns += 1
    time.sleep(0.002)
print("turns", turns, "wrong", wrong)
sys.exit(wrong != 0 or turns == 0)
"""

NODE = """
const fs = require("fs"), crypto = require("crypto");
let turns = 0, wrong = 0;
process.on("SIGTERM", () => { console.log("turns", turns, "wrong", wrong); process.exit(wrong || !turns ? 1 : 0); });
setInterval(() => {
    const sum = crypto.createHash("md5").update(fs.readFileSync("text")).digest("hex");
    wrong += sum !== process.argv[2];
    fs.readFile("text", (error, data) => { wrong += error !== null || data.length === 0; });
    turns++;
}, 3);
console.log("ready");
"""

JAVA = """
import java.nio.file.*;
import java.util.*;
public class Busy {
    public static void main(String[] arguments) throws Exception {
        byte[] wanted = Files.readAllBytes(Path.of("text"));
        System.out.println("ready");
        long turns = 0, wrong = 0;
        while (!Files.exists(Path.of("java.over"))) {
            wrong += Arrays.equals(Files.readAllBytes(Path.of("text")), wanted) ? 0 : 1;
            List<String> made = new ArrayList<>();
            for (int i = 0; i < 2000; i++)
                made.add("text " + i);
            wrong += made.get(1999).equals("text 1999") ? 0 : 1;
            turns++;
            Thread.sleep(3);
        }
        System.out.println("turns " + turns + " wrong " + wrong);
        System.exit(wrong != 0 || turns == 0 ? 1 : 0);
    }
}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def sum_of(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest()


class Program:
    """One that checks what it does by itself, and says so when it is asked to end."""

    def __init__(self, place):
        self.place = place
        place.write("text", "what everybody reads\n")
        self.process = None
        self.start()

    def run(self, *command, **how):
        self.process = subprocess.Popen(command, cwd=self.place.place, env=self.place.environment(), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **how)
        self.place.addCleanup(self.kill)

    def wait_until_ready(self):
        self.place.assertEqual(self.process.stdout.readline(), "ready\n")

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def ask_to_end(self):
        self.process.terminate()

    def end(self):
        """Nothing may have been wrong."""
        self.place.assertIsNone(self.process.poll(), "it has ended")
        self.ask_to_end()
        said, _ = self.process.communicate(timeout=TIMEOUT)
        self.place.assertEqual(self.process.returncode, 0, said)
        return said


class Soak(Program):
    def start(self):
        self.place.compile("plugin.so", "int answer(void) { return 42; }", ("-shared", "-fPIC"), source="plugin.c")
        program = self.place.compile("soak", SOAK, ("-O1", "-g", "-pthread"))
        self.run(program)
        self.wait_until_ready()


class Python(Program):
    def start(self):
        sum_of_text = sum_of(self.place.path("text"))
        self.run("/usr/bin/python3", "-c", PYTHON, sum_of_text)
        self.wait_until_ready()


class Node(Program):
    needs = "node"

    def start(self):
        sum_of_text = sum_of(self.place.path("text"))
        self.run("node", self.place.write("busy.js", NODE), sum_of_text)
        self.wait_until_ready()


class Java(Program):
    needs = "javac"

    def start(self):
        subprocess.run(["javac", self.place.write("Busy.java", JAVA)], check=True, timeout=TIMEOUT)
        self.run("java", "-Xmx64m", "-cp", self.place.place, "Busy")
        self.wait_until_ready()

    def ask_to_end(self):
        self.place.write("java.over", "")


class Served(Program):
    """A server, with clients that check its answers."""
    clients = 4

    def start(self):
        self.over = threading.Event()
        self.turns, self.wrong = [0] * self.clients, []
        self.serve()
        self.threads = [threading.Thread(target=self.ask_on, args=(i,), daemon=True) for i in range(self.clients)]
        for thread in self.threads:
            thread.start()

    def ask_on(self, which):
        while not self.over.is_set():
            try:
                self.ask(which)
                self.turns[which] += 1
            except Exception as error:  # whatever it is, the program is not as it was
                self.wrong.append(repr(error))
                return
            time.sleep(0.002)

    def wait_for(self, port):
        for _ in range(TIMEOUT * 20):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("it does not listen")

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join(TIMEOUT)
        self.place.assertEqual(self.wrong, [])
        self.place.assertGreater(min(self.turns), 0)
        self.place.assertIsNone(self.process.poll(), "it has ended")
        self.ask_to_end()
        self.process.communicate(timeout=TIMEOUT)
        return f"turns {sum(self.turns)} wrong 0\n"


class Nginx(Served):
    needs = "nginx"

    def serve(self):
        self.port = free_port()
        self.place.write("nginx.conf", f"""
daemon off; worker_processes 1; pid {self.place.path("nginx.pid")}; error_log {self.place.path("nginx.log")};
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {self.place.path("body")}; proxy_temp_path {self.place.path("proxy")};
 fastcgi_temp_path {self.place.path("fastcgi")}; uwsgi_temp_path {self.place.path("uwsgi")};
 scgi_temp_path {self.place.path("scgi")};
 server {{ listen 127.0.0.1:{self.port}; root {self.place.place}; }} }}
""")
        os.chmod(self.place.place, 0o755)
        self.run("nginx", "-e", self.place.path("nginx.log"), "-c", self.place.path("nginx.conf"))
        self.wait_for(self.port)

    @property
    def pid(self):
        """The worker's: that does the work."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        for _ in range(TIMEOUT * 20):
            with open(children, encoding="utf-8") as file:
                pids = file.read().split()
            if pids:
                return int(pids[0])
            time.sleep(0.05)
        raise AssertionError("nginx has no worker")

    def ask(self, _):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/text", timeout=TIMEOUT) as answer:
            text = answer.read()
        if text != b"what everybody reads\n":
            raise AssertionError(text)


class Redis(Served):
    needs = "redis-server"

    def serve(self):
        self.port = free_port()
        self.run("redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--logfile",
                 self.place.path("redis.log"))
        self.wait_for(self.port)

    def ask(self, which):
        """A connection for each question."""
        value = str(self.turns[which])
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as connection:
            stream = connection.makefile("rwb")
            for command in (f"SET key{which} {value}", f"GET key{which}"):
                stream.write(command.encode() + b"\r\n")
            stream.flush()
            said = [stream.readline() for _ in range(3)]
        if said != [b"+OK\r\n", f"${len(value)}\r\n".encode(), value.encode() + b"\r\n"]:
            raise AssertionError(said)


def postgres_programs():
    for directory in ("/usr/lib/postgresql/15/bin", os.path.dirname(shutil.which("postgres") or "")):
        if directory and all(os.access(os.path.join(directory, name), os.X_OK) for name in ("initdb", "postgres", "psql")):
            return directory
    return None


class Postgres(Served):
    """One backend, which answers one client."""
    clients = 1

    def serve(self):
        programs, self.port = postgres_programs(), free_port()
        data, user = self.place.path("data"), []
        os.chmod(self.place.place, 0o755)
        os.mkdir(data)
        if os.getuid() == 0:
            user = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
            shutil.chown(data, "nobody", "nogroup")
        subprocess.run([*user, f"{programs}/initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"], check=True,
                       cwd=data, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
        self.run(*user, f"{programs}/postgres", "-D", data, "-p", str(self.port), "-h", "127.0.0.1", "-k", data, "-F",
                 stderr=subprocess.DEVNULL)
        self.wait_for(self.port)
        self.psql, self.first = None, None
        for _ in range(TIMEOUT):
            client = [f"{programs}/psql", "-qAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester", "postgres"]
            self.psql = subprocess.Popen(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         text=True, bufsize=1)
            self.place.addCleanup(self.let_client_go, self.psql)
            try:
                self.backend = int(self.say("select pg_backend_pid();"))
                return
            except (ValueError, OSError):
                time.sleep(1)
        raise AssertionError("postgres does not answer")

    def let_client_go(self, psql):
        psql.kill()
        psql.communicate()

    @property
    def pid(self):
        return self.backend

    def say(self, question):
        self.psql.stdin.write(question + "\n")
        return self.psql.stdout.readline().strip()

    def ask(self, _):
        said = self.say("select sum(i) || ' ' || md5(string_agg(i::text, ',' order by i)) from generate_series(1, 500) i;")
        self.first = self.first or said
        if not said.startswith("125250 ") or said != self.first:
            raise AssertionError(said)

    def ask_to_end(self):
        self.process.send_signal(signal.SIGINT)  # by SIGTERM it would wait for its client
