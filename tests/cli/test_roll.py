"""Below `run` and `gate` a process that takes nothing keeps no ledger, but stands on the roll of the run. Whatever is to be
found out about a process is found out as if there were none, and where there is no room on it, ledgers are kept."""
import os
import signal
import struct
import subprocess

import command
from command import LIBRARY, Place

ROLL = "leakwatch.roll"
PAGE, PAGES, ENTRY = 4096, 1024, 512
TAKEN = struct.pack("I", 1)

# Each mode does one thing that is to be told of, and nothing else that is watched.
ODD = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>
#include <leakwatch/leakwatch.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
int main(int count, char **arguments)
{
    const char *mode = count > 1 ? arguments[1] : "nothing";
    if (!strcmp(mode, "twice"))
        return close(9) + close(9) != -1;
    if (!strcmp(mode, "never"))
        return close(-7) != -1;
    if (!strcmp(mode, "lock"))
        return pthread_mutex_lock(&mutex);
    if (!strcmp(mode, "unlock"))
        return pthread_mutex_unlock(&checked) == 0;
    if (!strcmp(mode, "destroy"))
        return pthread_mutex_lock(&mutex) + pthread_mutex_destroy(&mutex) == 0;
    if (!strcmp(mode, "lost"))
        return puts("to nobody") < 0;
    if (!strcmp(mode, "limit"))
        return setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0}) || open("/dev/null", O_RDONLY) < 0;
    if (!strcmp(mode, "root"))
        return chroot("/dev") || open("/null", O_RDONLY) < 0;
    if (!strcmp(mode, "mounts"))
        return unshare(CLONE_NEWNS) || mount("none", "/", "", MS_REC | MS_PRIVATE, "") || mount("none", arguments[2], "tmpfs", 0, "")
               || open("/dev/null", O_RDONLY) < 0;
    if (!strcmp(mode, "scope"))
        leakwatch_scope_begin("work");
    if (!strcmp(mode, "fork") && fork() == 0)
        _exit(0);
    if (!strcmp(mode, "daemon"))
        return daemon(1, 1);
    if (!strcmp(mode, "exec"))
        execl("/bin/true", "true", (char *)0);
    if (!strcmp(mode, "kill"))
        kill(getpid(), SIGKILL);
    if (!strcmp(mode, "sleep"))
        usleep(20000000);
    return 0;
}
"""
INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include")
FLAGS = ("-O1", "-g", "-I", INCLUDE, "-pthread")
MODES = ("nothing", "twice", "never", "lock", "unlock", "destroy", "lost", "limit", "root", "mounts", "scope", "fork",
         "exec", "daemon")
# Without these findings the comparison would compare nothing.
EXPECTED = {"twice": "double-close", "never": "invalid-release", "unlock": "lock-misuse", "destroy": "lock-misuse", "lost": "lost-write",
            "limit": "fd-leak", "root": "fd-leak", "mounts": "fd-leak", "scope": "scope", "fork": "child-leak"}
PRIVILEGED = ("root", "mounts")


class OnIt(Place):
    def processes(self, *arguments, **how):
        report, done = self.run_json("--skip-exe", "", *arguments, **how)
        return report["processes"], done

    def test_who_takes_nothing_is_told_of(self):
        processes, done = self.processes("sh", "-c", "/bin/true; /bin/false; /bin/true one 'two three'")
        self.assertEqual(done.stderr, "")
        by_roll = [process for process in processes if os.path.basename(process["ledger"]) == ROLL]
        self.assertEqual([(process["name"], process["argv"], process["exit"]["status"]) for process in by_roll],
                         [("true", ["/bin/true"], 0), ("false", ["/bin/false"], 1),
                          ("true", ["/bin/true", "one", "two three"], 0)])
        shell = next(process for process in processes if process["name"] == "sh")
        for process in by_roll:
            self.assertEqual(process["exe"], os.path.realpath(f"/bin/{process['name']}"))
            self.assertEqual(process["ppid"], shell["pid"])
            self.assertEqual(process["exit"]["how"], "exit")
            self.assertLessEqual(process["start"], process["end"])
            self.assertTrue(process["judged"])
            self.assertEqual([process["peak_open"], process["open_at_end"], *process["limits"].values()], [None] * 4)
        self.assertEqual(os.listdir(self.temporary), [])

    def test_a_line_says_so(self):
        done = self.leakwatch("run", "sh", "-c", "/bin/true; /bin/true; exec /bin/false", status=1)
        self.assertIn("2 × true exited with status 0; took nothing\n", done.stderr)
        self.assertRegex(done.stderr, r"\nfalse \(pid \d+\) exited with status 1.*; took nothing\n")
        self.assertIn("no findings", done.stderr)
        done = self.leakwatch("gate", "--", "true")
        self.assertIn("leakwatch gate: clean", done.stderr)

    def test_an_image_behind_an_exec_was_watched(self):
        processes, done = self.processes("env", "NOTHING=1", "true")
        self.assertEqual(done.stderr, "")
        self.assertEqual([(process["name"], process["image"], process["exit"]["how"]) for process in processes],
                         [("env", 0, "exec"), ("true", 1, "exit")])
        self.assertEqual(len({process["pid"] for process in processes}), 1)

    def test_the_program_is_named_and_not_the_script(self):
        program = self.compile("odd", ODD, FLAGS)
        script = self.write("script", f"#!{program}\n", 0o755)
        link = self.path("link")
        os.symlink(program, link)
        for executed in (script, link, "./odd"):
            processes, _ = self.processes(executed)
            self.assertEqual([process["exe"] for process in processes], [program], executed)
            self.assertEqual(os.path.basename(processes[0]["ledger"]), ROLL)

    def test_ends_that_nobody_tells_of(self):
        program = self.compile("odd", ODD, FLAGS)
        processes, _ = self.processes(program, "kill", status=128 + signal.SIGKILL)
        self.assertEqual([(process["exit"], os.path.basename(process["ledger"])) for process in processes],
                         [({"how": "signal", "status": 9}, ROLL)])
        processes, _ = self.processes("sh", "-c", f"{program} kill; :")
        self.assertEqual([process["exit"]["how"] for process in processes if process["name"] == "odd"], ["killed"])

    def test_who_goes_on_is_waited_for(self):
        program = self.compile("odd", ODD, FLAGS)
        done = self.leakwatch("gate", "--grace", "0.1", "--", "sh", "-c", f"{program} sleep > sleeps 2>&1 & echo $! > pid", status=2)
        self.addCleanup(self.end_by_pid, "pid")
        self.assertRegex(done.stderr, r"still run and are reported as they are now: odd \(pid \d+\)")
        self.assertIn("leakwatch gate: unfinished", done.stderr)


class NotOnIt(Place):
    def findings(self, program, mode, *more):
        """What is said of it, once with the roll and once with ledgers that are kept."""
        with open("/dev/full" if mode == "lost" else os.devnull, "w", encoding="utf-8") as out:
            report, _ = self.run_json("--skip-exe", "", *more, program, mode, self.temporary, status=None, stdout=out,
                                      preexec_fn=lambda: os.dup2(0, 9), close_fds=False)
        kept = {process["name"]: os.path.basename(process["ledger"]) for process in report["processes"]}
        ends = sorted((process["name"], process["exit"]["how"], process["exit"]["status"]) for process in report["processes"])
        return [(finding["kind"], finding["count"], finding["fingerprint"]) for finding in report["findings"]] + ends, kept

    def test_what_is_to_be_told_of_is_told_of(self):
        program = self.compile("odd", ODD, FLAGS)
        for mode in MODES if os.geteuid() == 0 else set(MODES) - set(PRIVILEGED):
            with_roll, kept = self.findings(program, mode)
            without, _ = self.findings(program, mode, "--keep-ledgers", self.path("kept", mode))
            self.assertEqual(with_roll, without, mode)
            if mode in EXPECTED:
                self.assertTrue(any(EXPECTED[mode] in kind for kind, *_ in with_roll), (mode, with_roll))
            self.assertEqual(kept["odd"] == ROLL, mode == "nothing", (mode, kept))


class NoRoom(Place):
    """By hand, as run would start it: what the roll looks like is ours to say."""

    def watched(self, *arguments, roll=None, directory=None):
        directory = directory or self.path("ledgers")
        os.makedirs(directory, exist_ok=True)
        if roll is not None:
            with open(os.path.join(directory, ROLL), "wb") as file:
                file.write(roll)
        options = f"dir={directory}:keep=all:quiet=1:passing=1:roll=1"
        done = subprocess.run(arguments or ("/bin/true",), stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              env=self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=options), timeout=command.TIMEOUT)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        ledgers = self.ledgers_in(directory)
        for ledger in ledgers:
            os.unlink(ledger)
        return len(ledgers)

    def test_it_is_entered_where_there_is_room(self):
        self.assertEqual(self.watched(roll=bytes(PAGE * PAGES)), 0)
        with open(self.path("ledgers", ROLL), "rb") as file:
            roll = file.read()
        entries = [at for at in range(0, len(roll), ENTRY) if roll[at:at + 4] == b"ROL1"]
        self.assertEqual(len(entries), 1)
        pid, = struct.unpack_from("I", roll, entries[0] + 4)
        self.assertEqual(entries[0] // PAGE, pid // (PAGE // ENTRY) % PAGES)

    def test_a_ledger_is_kept_where_there_is_none(self):
        full = (TAKEN + bytes(ENTRY - len(TAKEN))) * (PAGE // ENTRY) * PAGES
        self.assertEqual(self.watched(), 1, "no roll")
        self.assertEqual(self.watched(roll=full), 1, "all taken")
        self.assertEqual(self.watched("/bin/true", "x" * 600, roll=bytes(PAGE * PAGES)), 1, "a long argument")
        os.unlink(self.path("ledgers", ROLL))
        os.symlink("/dev/zero", self.path("ledgers", ROLL))
        self.assertEqual(self.watched(), 1, "a link")

    def test_on_a_disk_without_room_all_goes_on(self):
        disk = self.path("disk")
        os.mkdir(disk)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "leakwatch-test", disk], capture_output=True,
                              check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot mount here: {done.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        report, done = self.run_json("/bin/true", environment=self.environment(TMPDIR=disk))
        self.assertEqual((done.stderr, len(report["processes"])), ("", 1))
        self.assertTrue(report["processes"][0]["ledger"].endswith(".lwl"))
        self.assertEqual(os.listdir(disk), [])


if __name__ == "__main__":
    command.main()
