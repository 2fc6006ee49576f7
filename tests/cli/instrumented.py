"""Programs built with -finstrument-functions, and the ledgers that they leave, as `leakwatch dump` prints them."""
import os
import re
import shutil
import subprocess

import command
from command import LIBRARY, Place

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
PLUS = {"gcc": "g++", "clang": "clang++"}
INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include")
LEVELS = ("-O0", "-O2", "-O3")

# 23 of 230 requests forget what they opened; the helper is inlined where the compiler likes to.
SERVER = r"""
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
static inline int open_log(void) { return open("/dev/null", O_RDONLY); }
static int handle_request(int number)
{
    int log = open_log();
    if (number % 10 == 3)
        return -1;
    close(log);
    return 0;
}
int process_job(int number) { return handle_request(number) ? 1 : 0; }
int main(void)
{
    int failed = 0;
    errno = 77;
    for (int i = 0; i < 230; i++)
        failed += process_job(i);
    return failed == 23 && errno == 77 ? 0 : 1;
}
"""

CLASSES = r"""
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>
namespace net {
struct Guard {
    int fd = open("/dev/null", O_RDONLY);
    ~Guard() { close(fd); }
};
template <typename T> struct Server {
    void handle_request(T number)
    {
        Guard guard;
        if (number % 10 == 3)
            throw std::runtime_error("three");
        depth(number);
    }
    static void depth(int) {}
    int caught = 0;
};
namespace { void serve(Server<int> &server, int number)
{
    try {
        server.handle_request(number);
    } catch (const std::runtime_error &) {
        server.caught++;
    }
} }
}
int main()
{
    net::Server<int> server;
    for (int i = 0; i < 230; i++)
        net::serve(server, i);
    return server.caught == 23 ? 0 : 1;
}
"""


class Instrumented(Place):
    def build(self, text, name="program", compiler="gcc", flags=("-O2",)):
        plus = text in (CLASSES,)
        source = self.write(f"{name}.{'cpp' if plus else 'c'}", text)
        program = self.path(name)
        done = subprocess.run([PLUS[compiler] if plus else compiler, "-g", "-finstrument-functions", *flags,
                               "-o", program, source, "-lpthread", "-ldl"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot be compiled: {done.stderr.strip().splitlines()[-1]}")
        return program

    def run_watched(self, *arguments, scopes, options="keep=all", status=0, preload=LIBRARY, **how):
        """What it said on stderr; its ledgers are in self.ledgers afterwards."""
        directory = self.path("ledgers")
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory)
        given = self.environment(LD_PRELOAD=preload, LEAKWATCH_OPTIONS=f"dir={directory}:scopes={scopes}:{options}")
        done = subprocess.run(arguments, cwd=self.place, env=given, capture_output=True, text=True, check=False,
                              timeout=command.TIMEOUT, **how)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.ledgers = [Ledger(self.leakwatch("dump", path).stdout) for path in self.ledgers_in(directory)]
        return done.stderr

    def ledger(self):
        self.assertEqual(len(self.ledgers), 1)
        return self.ledgers[0]


class Ledger:
    def __init__(self, dump):
        self.lines = dump.splitlines()
        self.scopes = {}
        names = {"0": ""}
        for line in self.lines:
            if line.startswith("scope "):
                fields = self.fields(line)
                number = line.split()[1]
                outer = names[fields["parent"]]
                names[number] = f"{outer} > {fields['name']}" if outer else fields["name"]
                self.scopes[names[number]] = {key: int(fields[key]) for key in ("kind", "entered", "ended", "left")}
        self.names = names

    @staticmethod
    def fields(line):
        return {key: value.strip('"') for key, value in FIELD.findall(line)}

    def of(self, record):
        return [self.fields(line) for line in self.lines if line.split(" ", 1)[0] == record]

    def functions(self):
        """path: (entered, ended, left)"""
        return {path: (scope["entered"], scope["ended"], scope["left"])
                for path, scope in self.scopes.items() if scope["kind"] == 4}
