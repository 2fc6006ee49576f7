"""leakwatch top: on real terminals, by keys and screens; and as one frame."""
import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest

import command
from command import LEAKWATCH, LIBRARY, Place
from screens import Screen

# Holds 4 at one line and 3 connections at another, two of which hung up; three threads want one lock. "leak": it goes on,
# each 5 ms, or so many us.
SOURCE = r"""
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) int take(void)
{
    return open("/dev/null", O_RDONLY); /* place: take */
}
__attribute__((noinline)) int knock(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* place: knock */
    return connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? fd : -1;
}
static void *want(void *unused)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&lock); /* place: want */
        usleep(3000);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}
static void connect_three(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    bind(listening, (struct sockaddr *)&address, length);
    listen(listening, 5);
    getsockname(listening, (struct sockaddr *)&address, &length);
    for (int i = 0; i < 3; i++) {
        knock(&address);
        int served = accept(listening, NULL, NULL);
        if (i > 0)
            close(served);
    }
}
int main(int count, char **arguments)
{
    char byte;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, want, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    int taken[7];
    for (int i = 0; i < 7; i++)
        taken[i] = take();
    for (int i = 0; i < 3; i++)
        close(taken[i]);
    connect_three();
    puts("ready");
    fflush(stdout);
    fcntl(0, F_SETFL, O_NONBLOCK);
    while (read(0, &byte, 1) != 0) {
        usleep(count > 2 ? (useconds_t)atoi(arguments[2]) : 5000);
        if (count > 1 && strcmp(arguments[1], "leak") == 0)
            take();
    }
    return 0;
}
"""


class Watching(Place):
    def setUp(self):
        super().setUp()
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)

    def program(self, *arguments, path=None):
        """It has done its work, and goes on until the test has ended."""
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:quiet=1")
        process = subprocess.Popen([path or self.compile("server", SOURCE), *arguments], env=environment, cwd=self.place,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    @staticmethod
    def line_of(place):
        return next(number for number, text in enumerate(SOURCE.splitlines(), 1) if f"place: {place} " in text)


@unittest.skipUnless(shutil.which("tmux"), "there is no tmux")
class Screens(Watching):
    def top(self, *arguments, **how):
        screen = Screen(self, [LEAKWATCH, "top", *arguments, self.ledgers], **how)
        screen.shows("leakwatch:")
        return screen

    def assert_fits(self, screen, columns, rows):
        """Nothing has gone on in the next line, or out of the screen: the last line is that of the keys."""
        def is_whole(text):
            lines = text.split("\n")[:rows]
            return all(len(line) <= columns for line in lines) and lines[0].startswith("leakwatch:") and \
                lines[-1].startswith("Tab: view"[:columns])
        screen.until(is_whole, f"not whole in {columns}x{rows}")

    def test_views(self):
        process = self.program()
        screen = self.top()
        text = screen.shows("[1 Processes]", "VERDICT", "server")
        opened = len(os.listdir(f"/proc/{process.pid}/fd"))
        self.assertRegex(text, rf"(?m)^ *{process.pid} server +{opened} ")
        screen.keys("Tab")
        text = screen.shows("[2 Sites]", f"take server.c:{self.line_of('take')} (open)")
        self.assertRegex(text, rf"(?m)^ +4 .* take server\.c:{self.line_of('take')} \(open\)")
        screen.keys("3")
        text = screen.shows("[3 Connections]", "2 hung up", "knock")
        self.assertRegex(text, r"(?m)^ +3 127\.0\.0\.1:\d+ +2 hung up")
        screen.keys("4")
        text = screen.shows("[4 Locks]", "want")
        self.assertRegex(text, rf"(?m)^ +15 .* want server\.c:{self.line_of('want')} ")
        screen.keys("BTab")
        screen.shows("[3 Connections]")
        screen.keys("q")
        self.assertEqual(screen.ended(), 0)

    def test_the_stack_of_a_row_with_lines_of_its_source(self):
        self.program()
        screen = self.top("--view", "sites", columns=100, rows=40)
        screen.shows("take server.c")
        screen.keys("/", "take", "Enter")
        line = self.line_of("take")
        source = SOURCE.splitlines()[line - 1].strip()
        for is_below in (True, False):  # the table, or the whole screen
            if not is_below:
                screen.keys("Enter")
            text = screen.until(lambda text, is_below=is_below: f"  >    {line}  " in text and source in text and ("HELD" in text) == is_below,
                                f"not line {line}")
            self.assertRegex(text, rf"(?m)^  take +\S*/server\.c:{line} ")
            self.assertRegex(text, r"(?m)^  main +\S*/server\.c:\d+ ")
        screen.keys("q")
        screen.shows("HELD")
        screen.keys("q")
        self.assertEqual(screen.ended(), 0)

    def test_a_source_that_has_changed_is_said_to_have(self):
        self.program()
        changed = "  the file has changed since\n"
        for view, place in (("sites", "take"), ("connections", "knock"), ("locks", "want")):
            for when, count in ((1e9, 0), (2e9, 1)):
                os.utime(self.path("server.c"), (when, when))
                screen = self.top("--view", view, columns=100, rows=40)
                screen.shows(f"{place} server.c")
                screen.keys("/", place, "Enter")
                text = screen.until(lambda text, place=place: f"  >    {self.line_of(place)}  " in text, "no line")
                self.assertEqual(text.count(changed.rstrip()), count, text)
                screen.keys("q")
                self.assertEqual(screen.ended(), 0)
                screen.gone()

    def test_programs_without_names_and_lines(self):
        """Their places are told by the file and where in it: in rows, below them, and as the whole screen."""
        stripped = self.compile("bare", SOURCE, flags=("-O1", "-s"))
        # Debian's redis-server is a link.
        pids = {"bare": self.program(path=stripped).pid, "redis-[a-z-]+": self.redis()}
        for name, pid in pids.items():
            if pid is None:
                continue
            place = re.compile(rf"\b{name}\+0x[0-9a-f]+ \(\w+\)")
            for view in ("processes", "sites"):
                self.assertRegex(self.leakwatch("top", "--once", "--view", view, str(pid)).stdout, place)
            screen = Screen(self, [LEAKWATCH, "top", "--view", "sites", str(pid)], columns=100, rows=40)
            text = screen.until(place.search, "no place is told")
            self.assertRegex(text, rf"(?m)^  \S+ +{name}\+0x[0-9a-f]+( |$)")
            screen.keys("Enter")
            screen.until(lambda text: place.search(text) and "HELD" not in text, "no place is told on the whole screen")
            screen.keys("q", "1", "Enter")
            screen.until(lambda text: place.search(text) and f"(pid {pid})" in text, "no place is told of the process")
            screen.keys("q", "q")
            self.assertEqual(screen.ended(), 0)
            screen.gone()

    def redis(self):
        """Its number, when it serves; None: it is not installed."""
        if not shutil.which("redis-server"):
            return None
        socket = self.path("redis")
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.ledgers}:quiet=1")
        process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket, "--save", ""], env=environment,
                                   cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + command.TIMEOUT
        while not os.path.exists(socket):
            self.assertIsNone(process.poll(), "redis-server has ended")
            self.assertLess(time.monotonic(), deadline, "redis-server does not serve")
            time.sleep(0.05)
        return process.pid

    def test_order_filter_and_selection(self):
        first, second = self.program(), self.program()
        screen = self.top()
        screen.shows(str(first.pid), str(second.pid))
        order = lambda text: [int(pid) for pid in re.findall(r"(?m)^ *(\d+) server ", text)]
        screen.keys("Right")  # by number, the largest first
        largest = sorted([first.pid, second.pid], reverse=True)
        screen.until(lambda text: "PID▼" in text and order(text) == largest, "not sorted by number")
        screen.keys("r")
        screen.until(lambda text: "PID▲" in text and order(text) == largest[::-1], "not sorted the other way round")
        # The selected row is in reverse, and stays selected wherever it goes.
        reverse = lambda pid: lambda text: re.search(rf"\x1b\[[0-9;]*7m(\x1b\[[0-9;]*m)* *{pid} ", text)
        screen.keys("Down")
        screen.until(reverse(largest[0]), "not selected", "-e")
        screen.keys("r")
        screen.until(lambda text: reverse(largest[0])(text) and "PID▼" in text, "not selected any more", "-e")
        screen.keys("/", str(first.pid))
        screen.until(lambda text: order(text) == [first.pid], "not filtered")
        screen.keys("BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "no such row")
        screen.shows("nothing matches", "/no such row_")
        screen.keys("Escape")
        screen.until(lambda text: sorted(order(text)) == largest[::-1], "not all again")

    def test_one_process_keeps_the_screen_and_its_last_state_stays(self):
        first = self.program("leak")
        screen = self.top("--sort", "pid")
        reverse = lambda pid: lambda text: re.search(rf"\x1b\[[0-9;]*7m(\x1b\[[0-9;]*m)* *{pid} ", text)
        screen.until(reverse(first.pid), "not selected", "-e")
        above = self.program()
        screen.until(lambda text: reverse(first.pid)(text) and f" {above.pid} " in text, "another is selected", "-e")
        screen.keys("Enter")
        screen.until(lambda text: f"server (pid {first.pid})" in text and "OPEN" not in text, "not shown")
        screen.keys("Escape")
        screen.shows("OPEN")
        screen.keys("Home", "Enter")
        screen.until(lambda text: f"server (pid {above.pid})" in text and "OPEN" not in text, "not shown")
        new = self.program()
        text = screen.shows("3 processes")
        self.assertIn(f"server (pid {above.pid})", text)
        self.assertNotIn(f"(pid {new.pid})", text)
        above.stdin.close()
        text = screen.shows("2 processes", f"pid {above.pid} ended: it exited with status 0")
        self.assertIn(f"server (pid {above.pid})", text)
        self.assertRegex(text, r"open now \d+ of")
        new.kill()
        text = screen.shows("1 process,", f"pid {above.pid} ended")  # that of another changes nothing
        self.assertIn(f"server (pid {above.pid})", text)
        screen.keys("q")
        screen.until(lambda text: "OPEN" in text and f" {first.pid} server" in text and "ended" not in text, "no list")
        screen.keys("q")
        self.assertEqual(screen.ended(), 0)

    def test_what_leaks_is_seen_while_it_does(self):
        process = self.program("leak")
        screen = self.top(columns=120, rows=30)
        text = screen.until(lambda text: re.search(rf"(?m)^ *{process.pid} server .* leaking ", text), "not seen to leak")
        self.assertRegex(text, r"1 process, 1 leaking, ")
        screen.keys("2")
        screen.until(lambda text: re.search(r"\x1b\[[0-9;]*31[0-9;]*m[^\x1b]*leaking", text), "not in red", "-e")
        screen.keys("1")
        first = int(re.search(rf"(?m)^ *{process.pid} server +(\d+)", text).group(1))
        screen.until(lambda text: int(re.search(rf"(?m)^ *{process.pid} server +([\d,]+)", text).group(1).replace(",", ""))
                     > first, "it does not look again")
        screen.keys("p")
        paused = screen.shows("paused")
        time.sleep(2)
        of_it = lambda text: re.search(rf"(?m)^ *{process.pid} server.*", text).group()
        self.assertEqual(of_it(screen.text()), of_it(paused))
        screen.keys("p", "-")
        screen.until(lambda text: re.search(r"every 2(\.0)? s", text), "not half as often")

    def test_sizes(self):
        for _ in range(3):
            self.program()
        screen = self.top()
        for columns, rows in ((80, 24), (200, 50), (40, 12), (120, 30), (20, 6), (80, 24)):
            screen.resize(columns, rows)
            for view in "1234":
                screen.keys(view)
                self.assert_fits(screen, columns, rows)
        screen.resize(20, 6)
        screen.keys("1")
        screen.until(lambda text: re.search(r"(?m)^serv\S* +\d+ steady", text), "what matters most has no room")
        screen.resize(150, 30)
        screen.shows("GIVEN BACK", "UNSEEN", "HOST")

    def test_hostile_names(self):
        name = 'a\033[31m"b`\n漢字' + "x" * 60
        path = self.path(name)
        shutil.copy(self.compile("server", SOURCE), path)
        self.program("\033]0;title\a\xff", path=path)
        screen = self.top()
        text = screen.shows(r"a\x1b[31m")
        self.assertIn(r"\x0a", text.replace("\n", ""))
        self.assert_fits(screen, 80, 24)
        screen.keys("Enter")
        screen.shows(r"\x1b]0;title\x07")
        plain = self.leakwatch("top", "--once", self.ledgers).stdout
        self.assertNotIn("\033", plain)

    def test_help_and_where_the_locale_has_no_blocks(self):
        self.program()
        screen = self.top(LC_ALL="POSIX")
        screen.keys("?")
        ends = ("locks", "further", "the other way round", "all again", "suspect, leaking", "seen so far", "not look at")
        screen.until(lambda text: all(end in " ".join(text.split()) for end in ends), "not all of the keys")
        screen.keys("Escape")
        text = screen.shows("server", "USED")
        self.assertTrue(text.isascii(), text)

    def test_a_terminal_that_cannot_is_refused(self):
        screen = Screen(self, ["env", "TERM=dumb", LEAKWATCH, "top", self.ledgers])
        self.assertEqual(screen.ended(), 2)
        self.assert_one_line(" ".join(screen.text().split()), "TERM=dumb: this terminal cannot", "--once prints one frame")

    def test_it_ends_when_told_and_the_terminal_is_as_it_was(self):
        self.program()
        for number in (signal.SIGTERM, signal.SIGINT):
            screen = self.top()
            done = subprocess.run(["pgrep", "-f", f"top {self.ledgers}$"], capture_output=True, text=True, check=True)
            for pid in done.stdout.split():
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    if file.read().startswith("leakwatch"):
                        os.kill(int(pid), number)
            self.assertEqual(screen.ended(), 0)
            self.assertNotIn("Processes", screen.text())
            screen.gone()

    def test_looks_take_a_fiftieth_of_a_processor(self):
        path = self.compile("server", SOURCE)
        for _ in range(40):
            self.program(path=path)
        screen = self.top("--interval", "0.1")
        screen.shows("40 processes")
        pid = subprocess.run(["pgrep", "-f", f"top --interval 0.1 {self.ledgers}$"], capture_output=True, text=True,
                             check=True).stdout.split()
        pid, = [each for each in pid if os.path.basename(os.readlink(f"/proc/{each}/exe")) == "leakwatch"]

        def processor():
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                return sum(int(ticks) for ticks in file.read().rsplit(")", 1)[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")
        time.sleep(3)  # the first looks read symbols
        began, before = time.monotonic(), processor()
        time.sleep(15)
        self.assertLess(processor() - before, 0.03 * (time.monotonic() - began) + 0.05)


class Frames(Watching):
    def test_once(self):
        process, other = self.program(), self.program()
        text = self.leakwatch("top", "--once", self.ledgers).stdout
        self.assertEqual({int(pid) for pid in re.findall(r"(?m)^ *(\d+) server ", text)}, {process.pid, other.pid})
        self.assertIn("2 processes, 0 leaking", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        text = self.leakwatch("top", "--once", "--view", "sites", "--sort", "-held", str(process.pid)).stdout
        held = [int(number) for number in re.findall(r"(?m)^ +(\d+) +\S+ +\S+ .* server\.c", text)]
        self.assertEqual(held, sorted(held))
        self.assertIn(4, held)
        self.assertIn(f"1 process, 0 leaking, {len(os.listdir(f'/proc/{process.pid}/fd'))} open", text)
        text = self.leakwatch("top", "--once", "--filter", f"{process.pid}").stdout  # of all processes of this machine
        self.assertRegex(text, rf"(?m)^ *{process.pid} server ")
        self.assertNotRegex(text, rf"(?m)^ *{other.pid} server ")

    def test_the_most_used_comes_first(self):
        """By how much is used, not by the text that says it; less than a tenth may be written longer."""
        little, much = self.program(), self.program()
        for process, limit in ((little, 800), (much, 14)):
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        order = lambda *arguments: [int(pid) for pid in re.findall(
            r"(?m)^ *(\d+) server ", self.leakwatch("top", "--once", *arguments, self.ledgers).stdout)]
        self.assertEqual(order("--sort", "used"), [much.pid, little.pid])
        self.assertEqual(order("--sort", "-used"), [little.pid, much.pid])
        self.assertEqual(order("--sort", "-Used"), [little.pid, much.pid])

    def test_columns_go_by_the_names_that_help_lists_and_by_their_titles(self):
        told = self.leakwatch("top", "--help").stdout.split("COLUMNS\n")[1].split("  --sort takes")[0]
        told = re.sub(r",\s+", ", ", told)
        for view in ("processes", "sites", "connections", "locks"):
            said = self.leakwatch("top", "--view", view, "--sort", "no such", status=2).stderr
            names = re.search(r"no column 'no such', but ([^\n]*)", said).group(1)
            self.assertRegex(told, rf"(?m)^  {view} +{names}$")
            frame = self.leakwatch("top", "--once", "--view", view, self.ledgers, environment=self.environment(COLUMNS="200"))
            line = re.sub("GIVEN BACK|FULL IN|HAD TO WAIT|HELD FOR", lambda found: found.group().replace(" ", "-"),
                          frame.stdout.splitlines()[2])
            for title in [*names.split(", "), *line.split()]:
                self.leakwatch("top", "--once", "--view", view, "--sort", title, self.ledgers)

    def test_where_nothing_is_foretold_the_pace_is_told(self):
        process = self.program("leak", "50000")
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # more than ten lives away, for long enough
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
        deadline = time.monotonic() + command.TIMEOUT
        row = rf"(?m)^ *{process.pid} server .*%  *~\d+ (min|h) (suspect|leaking) "
        while not re.search(row, text := self.leakwatch("top", "--once", self.ledgers).stdout):
            self.assertLess(time.monotonic(), deadline, text)

    def test_places_of_the_same_name_are_told_apart_by_their_programs(self):
        for name in ("one", "other"):
            self.program(path=self.compile(name, SOURCE, source=f"{name}/server.c"))
        text = self.leakwatch("top", "--once", "--view", "sites", self.ledgers).stdout
        for name in ("one", "other"):
            self.assertRegex(text, rf"(?m)^ +4 .* {name} +take \S*server\.c:{self.line_of('take')} \(open\)")

    def test_nothing_runs(self):
        text = self.leakwatch("top", "--once", self.ledgers).stdout
        self.assertIn("0 processes", text)
        self.assertIn("no process that you may look at runs watched", text)

    def test_ledgers_that_may_not_be_read(self):
        """None of two; then one of three, which the first line says."""
        for _ in range(2):
            self.program()
        for path in self.ledgers_in(self.ledgers):
            os.chmod(path, 0)
        nobody = self.as_nobody()
        done = subprocess.run([*nobody, LEAKWATCH, "top", "--once", self.ledgers], env=self.environment(), check=False,
                              capture_output=True, text=True, timeout=command.TIMEOUT)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assert_one_line(done.stderr, f"{self.ledgers}: 2 ledgers cannot be read (Permission denied)")
        before = set(self.ledgers_in(self.ledgers))
        self.program()
        for path in set(self.ledgers_in(self.ledgers)) - before:
            os.chmod(path, 0o644)
        done = subprocess.run([*nobody, LEAKWATCH, "top", "--once", self.ledgers], env=self.environment(COLUMNS="120"),
                              check=True, capture_output=True, text=True, timeout=command.TIMEOUT)
        self.assertIn("leakwatch: 1 process, 0 leaking, ", done.stdout)
        self.assertIn(" open, 2 ledgers cannot be read  ", done.stdout)

    def as_nobody(self):
        """What to put before a command, so that modes of files bind it."""
        if os.geteuid() != 0:
            return []
        os.chmod(self.place, 0o755)
        nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
        if subprocess.run([*nobody, LEAKWATCH, "--version"], capture_output=True, check=False).returncode != 0:
            self.skipTest("nobody may not run what was built here")
        return nobody

    def test_usage(self):
        for arguments, words in ((("--view", "nothing"), "processes, sites, connections or locks"),
                                 (("--sort", "size"), "no column 'size', but pid, program, open"),
                                 (("--view", "locks", "--sort", "pid"), "the view of locks has no column 'pid'"),
                                 (("--interval", "0"), "from 100ms on"),
                                 (("--interval", "2h"), "1h at most"),
                                 (("--interval", "nan"), "--interval"),
                                 (("--filter", "x" * 64), "at most 63 bytes"),
                                 ((self.ledgers, self.ledgers), "one process or directory")):
            self.assertIn(words, self.leakwatch("top", "--once", *arguments, status=2).stderr)
        self.assert_one_line(self.leakwatch("top", "--once", self.path("nowhere"), status=2).stderr, "nowhere",
                             "No such file or directory")
        self.assert_one_line(self.leakwatch("top", "--once", "999999999", status=2).stderr, "has ended, or never was")
        self.assert_one_line(self.leakwatch("top", "--once", str(os.getpid()), status=2).stderr, "keeps no ledger")
        self.assert_one_line(self.leakwatch("top", self.ledgers, status=2).stderr, "needs a terminal", "--once")


if __name__ == "__main__":
    command.main()
