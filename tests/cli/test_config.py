"""The configuration files: what they set, whose word counts, where they are looked for, and what is not believed."""
import os
import re
import shutil
import subprocess
import unittest

import command
from command import Place

USER = "config/leakwatch/config"  # below the place, which XDG_CONFIG_HOME of the tests names


class Configured(Place):
    """A project with a leaking program, whose report says `fd-leak`, and a directory in it."""

    def setUp(self):
        super().setUp()
        self.project = self.path("project")
        os.makedirs(self.path("project", "src", "deep"))
        os.mkdir(self.path("project", ".git"))
        self.program = self.compile("leaky")

    def settle(self, text, name="project/.leakwatch"):
        return self.write(name, text)

    def ask(self, *arguments, status=0, where="project/src/deep", **how):
        how.setdefault("cwd", self.path(where))
        done = subprocess.run([command.LEAKWATCH, *arguments], env=how.pop("environment", None) or self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=command.TIMEOUT, check=False, **how)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def refused(self, *words, text=None, arguments=("report", "."), status=2):
        """In one line, which says all that."""
        if text is not None:
            self.settle(text)
        self.assert_one_line(self.ask(*arguments, status=status).stderr, *words)


class WhatItSets(Configured):
    def test_options_of_a_command_and_of_all(self):
        self.settle("# of all\nfull = yes\n\n[gate]\n  fail-on=never\n; nothing\n[run]\nerror-exitcode = 7\n")
        self.assertIn("fingerprint", self.ask("run", self.program, status=7).stderr)
        self.assertIn("clean", self.ask("gate", "--", self.program).stderr)
        self.ask("--no-config", "gate", "--", self.program, status=1)
        self.assertNotIn("fingerprint", self.ask("--no-config", "run", self.program).stderr)
        self.assertNotIn("fingerprint", self.ask("run", "--no-config", self.program).stderr)

    def test_suppressions_and_baseline_are_found_beside_the_file(self):
        self.settle("suppressions = known/leaks.supp\n")
        self.write("project/known/leaks.supp", "fd-leak:forget\n")
        self.assertIn("clean", self.ask("gate", "--", self.program).stderr)
        self.settle("[gate]\nbaseline = leaks.baseline\n")
        self.ask("gate", "--update-baseline", "--", self.program)
        self.assertTrue(os.path.exists(self.path("project/leaks.baseline")))
        self.assertIn("clean", self.ask("gate", "--", self.program).stderr)
        self.ask("--no-config", "gate", "--", self.program, status=1)

    def test_a_report_is_written_beside_the_file(self):
        self.settle("[gate]\nreport = json=leaks.json\nreport = junit=leaks.xml\n")
        self.ask("gate", "--", self.program, status=1)
        self.assertEqual(sorted(os.listdir(self.project)), [".git", ".leakwatch", "leaks.json", "leaks.xml", "src"])

    def test_a_flag_that_says_no(self):
        self.settle("full = no\n")
        self.assertNotIn("fingerprint", self.ask("run", self.program).stderr)
        self.refused(".leakwatch:1: full: wants yes or no", text="full = 1\n")

    def test_pytest_takes_the_options_of_run(self):
        self.settle("[run]\ntop = 3\n")
        self.assertIn("--top=3", self.ask("config", "pytest").stdout)

    def test_config_shows_what_applies(self):
        user = self.settle("color = never\n", USER)
        path = self.settle("top = 3\n[gate]\nsuppressions = a.supp\n[run]\nfull = yes\n")
        self.assertEqual(self.ask("config").stdout, f"{user}:1: color = never\n{path}:1: top = 3\n{path}:3: [gate] suppressions = a.supp\n"
                                                    f"{path}:5: [run] full = yes\n")
        self.assertEqual(self.ask("config", "gate").stdout,
                         f"{user}:1: --color=never\n{path}:1: --top=3\n{path}:3: --suppressions={self.project}/a.supp\n")
        self.assertEqual(self.ask("--no-config", "config").stdout, "")
        os.unlink(path)
        os.unlink(user)
        self.assertEqual(self.ask("config").stdout, f"# {user}: the user's, not read\n# no .leakwatch here or above\n")


class WhoseWordCounts(Configured):
    def test_command_line_then_project_then_user(self):
        self.settle("[run]\nerror-exitcode = 3\n", USER)
        self.ask("run", self.program, status=3)
        self.settle("[run]\nerror-exitcode = 4\n")
        self.ask("run", self.program, status=4)
        self.ask("run", "--error-exitcode=5", self.program, status=5)

    def test_a_later_no_takes_back_an_earlier_yes(self):
        self.settle("full = yes\ntop = 3\n[run]\nfull = yes\n", USER)
        self.assertIn("fingerprint", self.ask("run", self.program).stderr)
        path = self.settle("full = no\n")
        self.assertNotIn("fingerprint", self.ask("run", self.program).stderr)
        self.assertNotIn("--full", self.ask("config", "run").stdout)
        self.assertIn("--top=3", self.ask("config", "run").stdout)
        self.assertIn("fingerprint", self.ask("run", "--full", self.program).stderr)
        self.settle("full = yes\nfull = no\n[run]\nfull = no\nfull = yes\n")
        self.assertIn(f"{path}:5: --full\n", self.ask("config", "run").stdout)
        self.assertNotIn("--full", self.ask("config", "report").stdout)

    def test_an_empty_pattern_takes_back_what_files_skip(self):
        self.settle("skip-exe = lea*\n")
        self.assertNotIn("fd-leak", self.ask("run", self.program).stderr)
        self.assertIn("fd-leak", self.ask("run", "--skip-exe", "", self.program).stderr)
        self.assertIn("fd-leak", self.ask("run", "--skip-exe", "", "--skip-exe", "other", self.program).stderr)
        ledgers = self.path("ledgers")
        self.ask("run", "--keep-ledgers", ledgers, self.program)
        self.assertNotIn("leaky", self.ask("trend", ledgers).stdout)
        self.assertIn("leaky", self.ask("trend", "--skip-exe", "", ledgers).stdout)

    def test_what_has_one_value_is_the_command_lines(self):
        ledgers, other = self.path("ledgers"), self.path("other")
        self.ask("run", "--keep-ledgers", ledgers, self.program)
        for name, more in (("all", ()), ("none", ("--suppressions", self.write("all.supp", "fd-leak:*\n")))):
            self.ask("gate", *more, "--baseline", self.path(f"project/{name}.baseline"), "--update-baseline", ledgers)
        for name, said, given in (
                ("report", "format = json", ("--format", "text")), ("report", "color = always", ("--color", "never")), ("report", "top = 1", ("--top", "0")),
                ("report", "kind = lock-held", ("--kind", "fd-leak")), ("report", "scope = x*", ("--scope", "y*")),
                ("report", "held = error", ("--held", "note")), ("report", "fail-on = note", ("--fail-on", "never")), ("report", "idle = 1s", ("--idle", "2s")),
                ("report", "source-root = src", ("--source-root", self.place)), ("report", "tolerance = 9", ("--tolerance", "0", "--baseline", "x")),
                ("report", "baseline = all.baseline", ("--baseline", self.path("project/none.baseline"))), ("report", "output = out", ("--output", other)),
                ("gate", "error-exitcode = 7", ("--error-exitcode", "8")), ("gate", "baseline = all.baseline", ("--baseline", self.path("project/none.baseline"))),
                ("trend", "format = json", ("--format", "text")), ("trend", "top = 1", ("--top", "0")), ("trend", "program = x", ("--program", "leaky")),
                ("trend", "color = always", ("--color", "never")), ("trend", "fail-within = 1s", ("--fail-within", "1d")), ("trend", "output = out", ("--output", other)),
                ("top", "view = locks", ("--once", "--view", "sites")), ("top", "sort = pid", ("--once", "--sort=-open")), ("top", "color = always", ("--once", "--color", "never")),
                ("top", "filter = a_longer_one", ("--once", "--filter", "leaky")), ("top", "program = x", ("--once", "--program", "leaky")),
                ("serve", "textfile = out", ("--textfile", other)), ("serve", "program = x", ("--textfile", other, "--program", "leaky")),
                ("serve", "sites = 0", ("--textfile", other, "--sites", "9")), ("serve", "processes = 0", ("--textfile", other, "--processes", "9"))):
            with self.subTest(said=said, name=name):
                self.settle(f"[{name}]\n{said}\n")
                self.assertEqual(self.outcome(name, *given, ledgers), self.outcome("--no-config", name, *given, ledgers))
                self.assertFalse(os.path.exists(self.path("project/out")))

    def outcome(self, *arguments):
        """What it says, without what passes between two calls: times and ages, and how wide they are."""
        done = subprocess.run([command.LEAKWATCH, *arguments], cwd=self.path("project"), env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=command.TIMEOUT, check=False)
        return done.returncode, *(re.sub(r" *(?:[0-9.]+ ?(?:ms|s|min|h)|[0-9:]{8}|[ \u2500-]+)(?![0-9A-Za-z])", " ", text)
                                  for text in (done.stdout, done.stderr))

    def test_one_place_for_ledgers_is_the_command_lines(self):
        self.settle("[run]\nkeep-each = each\n")
        self.ask("run", "--keep-ledgers", self.path("kept"), self.program)
        self.assertFalse(os.path.exists(self.path("project/each")))
        self.settle("[run]\nkeep-ledgers = all\n")
        self.ask("run", "--keep-each", self.path("apart"), self.program)
        self.assertFalse(os.path.exists(self.path("project/all")))
        self.assertTrue(os.listdir(self.path("kept")) and os.listdir(self.path("apart")))

    def test_a_command_then_all_in_one_file(self):
        self.settle("error-exitcode = 3\n[run]\nerror-exitcode = 4\n[gate]\nerror-exitcode = 5\n")
        self.ask("run", self.program, status=4)
        self.ask("gate", "--", self.program, status=5)

    def test_what_may_be_repeated_adds_up(self):
        self.settle("suppressions = a.supp\n", USER)
        self.write("config/leakwatch/a.supp", "fd-leak:nobody\n")
        self.settle("suppressions = b.supp\n")
        self.write("project/b.supp", "fd-leak:nothing\n")
        self.write("c.supp", "fd-leak:forget\n")
        self.assertIn("clean", self.ask("gate", "--suppressions", self.path("c.supp"), "--", self.program).stderr)
        shown = self.ask("config", "gate").stdout
        self.assertLess(shown.index("a.supp"), shown.index("b.supp"))


class WhereItIs(Configured):
    def test_not_above_the_top_of_the_project(self):
        self.settle("[run]\nerror-exitcode = 3\n", ".leakwatch")
        self.ask("run", self.program)
        os.rmdir(self.path("project", ".git"))
        self.ask("run", self.program, status=3)
        self.ask("run", self.program, environment=self.environment(HOME=self.project))

    def test_the_nearest_one(self):
        self.settle("[run]\nerror-exitcode = 3\n")
        self.settle("[run]\nerror-exitcode = 4\n", "project/src/.leakwatch")
        self.ask("run", self.program, status=4)
        self.ask("run", self.program, where="project", status=3)

    def test_the_users_own(self):
        self.settle("[run]\nerror-exitcode = 3\n", "home/.config/leakwatch/config")
        environment = self.environment(HOME=self.path("home"))
        del environment["XDG_CONFIG_HOME"]
        self.ask("run", self.program, environment=environment, status=3)
        self.ask("run", self.program, environment={**environment, "XDG_CONFIG_HOME": "relative"}, status=3)
        self.ask("run", self.program, environment={**environment, "XDG_CONFIG_HOME": self.path("elsewhere")})
        self.settle("[run]\nsuppressions = ~/known.supp\n", "home/.config/leakwatch/config")
        self.assertIn(self.path("home/known.supp"), self.ask("config", "run", environment=environment).stdout)

    def test_a_directory_that_is_gone(self):
        os.mkdir(self.path("gone"))
        script = 'cd gone && rmdir ../gone && exec "$0" run "$1"'
        self.ask("run", self.program)
        done = subprocess.run(["sh", "-c", script, command.LEAKWATCH, self.program], cwd=self.place, env=self.environment(),
                              capture_output=True, text=True, timeout=command.TIMEOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class WhatIsWrong(Configured):
    def test_keys_commands_and_lines(self):
        path = self.settle("")
        self.refused(f"{path}:2: unknown key 'fulll'", text="top = 3\nfulll = yes\n")
        self.refused(f"{path}:3: unknown key 'store'", "report", text="\n[report]\nstore = x\n")
        for text in ("\n[reprot]\nfull = yes\n", "\n[reprot]\n# nothing\nfulll = yes\n", "\n[reprot]", "[run]\n[reprot]\n[gate]\nfull = yes"):
            self.refused(f"{path}:2: [reprot]: there is no such command", text=text)
        self.refused(f"{path}:1: []: there is no such command", text="[ ]\nfull = yes\n")
        self.refused(f"{path}:1: neither 'key = value' nor '[command]': 'full'", text="full\n")
        self.refused(f"{path}:1: neither 'key = value' nor '[command]': '[gate'", text="[gate\n")
        self.refused(f"{path}:1: update-baseline: is for the command line", text="update-baseline = yes\n")
        self.refused(f"{path}:1: baseline: wants a path", text="baseline =\n")

    def test_values_are_told_with_their_place(self):
        path = self.settle("")
        for line, words in (("held = high", "--held wants error"), ("fail-on = x", "--fail-on wants error"), ("top = x", "--top wants"),
                            ("kind = fd-leek", "unknown kind of finding 'fd-leek'"), ("format = xml", "unknown format 'xml'"),
                            ("report = x", "--report wants FORMAT=FILE"), ("color = red", "--color wants auto"), ("scope =", "--scope wants"),
                            ("idle = x", "--idle wants a time")):
            self.refused(f"{path}:2: {words}", text=f"# one\n{line}\n")
        for name, line, words in (("run", "grace = x", "--grace wants"), ("gate", "error-exitcode = 0", "--error-exitcode wants"),
                                  ("trend", "fail-within = 3", "--fail-within wants"), ("serve", "listen = x", "--listen wants"), ("top", "view = x", "--view is"),
                                  ("store", "keep = x", "--keep wants"), ("sweep", "jobs = 0", "--jobs wants")):
            self.settle(f"[{name}]\n{line}\n")
            self.assertIn(f"{path}:2: {words}", self.ask(name, "add", status=125 if name == "run" else 2).stderr)

    def test_what_is_wrong_with_another_option_is_told_with_its_place(self):
        self.write("known.supp", "fd-leak:forget\n")
        for name, lines, words, given in (
                ("top", "sort = bogus", "--sort: the view of processes has no column 'bogus'", ()),
                ("top", "sort = fd", "--sort: the view of locks has no column 'fd'", ("--view", "locks")),
                ("report", "report = json=x", "--output and --report both write to", ("--output", "../../x", ".")),
                ("report", "report = json=x\nreport = sarif=x", "two --report write to", (".",)),
                ("trend", "report = json=x", "--output and --report both write to", ("--output", "../../x", ".")),
                ("trend", "report = json=x\nreport = markdown=x", "two --report write to", (".",)),
                ("gate", "kind = fd-leak", "--update-baseline wants all findings", ("--baseline", "x", "--update-baseline", ".")),
                ("gate", "scope = x", "--update-baseline wants all findings", ("--baseline", "x", "--update-baseline", ".")),
                ("gate", "kill-hung = yes", "--kill-hung wants --hang-after", (".",)),
                ("run", "kill-hung = yes", "--kill-hung wants --hang-after", ("true",)),
                ("gate", "store-add = yes", "--store-add wants --store", (".",))):
            path = self.settle(f"[{name}]\n{lines}\n")
            told = self.ask(name, *given, status=125 if name == "run" else 2).stderr
            self.assertIn(f"{path}:{1 + len(lines.splitlines())}: {words}", told)
            self.assertNotIn("Try", told)

    def test_what_the_command_line_got_wrong_is_its_own(self):
        path = self.settle("[top]\nsort = pid\n")
        told = self.ask("top", "--sort", "bogus", status=2).stderr
        self.assertIn("no column 'bogus'", told)
        self.assertIn("Try", told)
        self.assertNotIn(path, told)

    def test_config_reads_values_as_the_command_does(self):
        path = self.settle("[top]\nsort = bogus\n")
        self.refused(f"{path}:2: --sort: the view of processes", arguments=("config",))
        self.refused(f"{path}:2: --sort: the view of processes", arguments=("config", "top"))
        self.ask("config", "serve")
        for line, words in (("top = x", "--top wants"), ("[gate]\nkill-hung = yes", "--kill-hung wants"), ("[run]\ngrace = x", "--grace wants"),
                            ("[serve]\nlisten = x", "--listen wants"), ("[store]\nkeep = x", "--keep wants"), ("[sweep]\njobs = 0", "--jobs wants")):
            self.refused(f"{path}:{len(line.splitlines())}: {words}", arguments=("config",), text=f"{line}\n")
        self.settle("[run]\ngrace = x\n")
        self.refused("--grace wants", arguments=("config", "pytest"))
        self.settle("source-root = nowhere\n[gate]\nstore = runs.db\nstore-add = yes\n")
        self.assertEqual(self.ask("config").stderr, "")
        self.assertEqual(os.listdir(self.path("project/src/deep")), [])

    def test_the_verdict_says_usage(self):
        self.settle("fulll = yes\n")
        self.assertEqual(self.ask("gate", "--", self.program, status=2).stderr.splitlines()[-1], "leakwatch gate: usage (exit status 2)")
        self.refused("fulll", arguments=("run", self.program), status=125)
        self.refused("fulll", arguments=("config",))
        self.ask("--no-config", "run", self.program)

    def test_help_is_shown_all_the_same(self):
        self.settle("fulll = yes\n")
        self.assertIn("EXAMPLES", self.ask("run", "--help").stdout)
        self.assertIn("EXAMPLES", self.ask("help", "config").stdout)


@unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
class WhatMayNotBeRead(Configured):
    """By who is neither root nor the owner, as behind setpriv, docker -u or in a cron job: with HOME of another."""

    def setUp(self):
        super().setUp()
        for directory in (self.place, self.temporary, self.project, self.path("project/src"), self.path("project/src/deep")):
            os.chmod(directory, 0o777)
        try:
            self.run_as_nobody("--version")
        except PermissionError:
            self.skipTest("the build is where nobody may not go")

    def run_as_nobody(self, *arguments, status=0):
        return self.ask(*arguments, status=status, where="project", user=65534, group=65534, extra_groups=[]).stderr

    def test_a_home_of_another_user_stops_nobody(self):
        self.settle("[run]\nerror-exitcode = 3\n", USER)
        for closed in (self.path("config/leakwatch"), self.path("config")):
            os.chmod(closed, 0)
            told = self.run_as_nobody("run", "true")
            self.assertIn("no findings", told)
            self.assertNotIn(closed, told)
            os.chmod(closed, 0o755)

    def test_a_file_of_another_user_is_passed_over(self):
        for path in (self.settle("[run]\nerror-exitcode = 3\n", USER), self.settle("[run]\nerror-exitcode = 4\n")):
            os.chmod(path, 0o600)
            self.assertIn(f"{path} is passed over: it is another user's, and you may not read it", self.run_as_nobody("run", "true"))
            os.chmod(path, 0o644)

    def test_ones_own_file_is_told_of(self):
        path = self.settle("[run]\nerror-exitcode = 4\n")
        os.chown(path, 65534, 65534)
        os.chmod(path, 0)
        self.assert_one_line(self.run_as_nobody("run", "true", status=125), f"{path}: Permission denied")

    @unittest.skipIf(shutil.which("setpriv") is None, "setpriv is not installed")
    def test_a_directory_above_that_may_not_be_entered(self):
        self.settle("[run]\nerror-exitcode = 4\n")
        os.chmod(self.project, 0)
        script = 'cd project/src/deep && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0" run true'
        done = subprocess.run(["sh", "-c", script, command.LEAKWATCH], cwd=self.place, env=self.environment(HOME=self.project),
                              capture_output=True, text=True, timeout=command.TIMEOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(self.project, done.stderr)


class WhatIsNotBelieved(Configured):
    def test_what_is_no_text(self):
        path = self.settle("")
        self.refused(f"{path}: is no text", text="full = yes\n\0[gate]\n")
        self.refused(f"{path}: is longer than 64 KiB", text="# " + "x" * 100000)
        with open(path, "wb") as file:
            file.write(b"\x1b[31m\xff\xfe = \x07\n")
        shown = self.ask("report", ".", status=2)
        self.assert_one_line(shown.stderr, "\\x1b[31m", "unknown key")

    def test_what_is_no_plain_file(self):
        path = self.path("project/.leakwatch")
        os.mkfifo(path)
        self.refused(f"{path}: is no plain file")
        os.unlink(path)
        os.mkdir(path)
        self.refused(f"{path}: is no plain file")
        os.rmdir(path)
        os.symlink("/dev/zero", path)
        self.refused(f"{path}: is no plain file")
        os.unlink(path)
        os.symlink("nowhere", path)
        self.ask("run", self.program, status=125)
        self.refused(f"{path}: ", arguments=("config",))

    @unittest.skipUnless(os.geteuid() == 0, "only root has files of others")
    def test_what_belongs_to_somebody_else(self):
        path = self.settle("[run]\nerror-exitcode = 3\n")
        os.chown(path, 65534, 65534)
        self.assertIn(f"{path} is passed over: it belongs to user 65534", self.ask("run", self.program).stderr)
        self.ask("run", self.program, environment=self.environment(SUDO_UID="65534"), status=3)
        self.ask("run", self.program, environment=self.environment(SUDO_UID="65533"))
        os.chown(path, 0, 0)
        os.rename(path, self.path("own"))
        os.symlink(self.path("own"), path)
        self.ask("run", self.program, status=3)
        os.chown(path, 65534, 65534, follow_symlinks=False)
        self.assertIn("is passed over", self.ask("run", self.program).stderr)

    def test_what_all_may_write_to(self):
        for name, status in ((USER, 3), ("project/.leakwatch", 4)):
            path = self.settle(f"[run]\nerror-exitcode = {status}\n", name)
            os.chmod(path, 0o664)
            self.assertNotIn("passed over", self.ask("run", self.program, status=status).stderr)
            os.chmod(path, 0o646)
            self.assertIn(f"{path} is passed over: all may write to it", self.ask("run", self.program).stderr)
            os.unlink(path)

    def test_a_project_has_nothing_listen_beyond_loopback(self):
        for address in ("0.0.0.0:9464", "[::]:0", "192.0.2.1:80"):
            path = self.settle(f"[serve]\nlisten = {address}\n")
            for arguments in (("serve", "."), ("config",)):
                self.refused(f"{path}:2: listen: a project's file has nothing listen but at loopback", arguments=arguments)
        for address in ("127.0.0.1:0", "127.8.8.8:9464", "[::1]:9464"):
            self.settle(f"[serve]\nlisten = {address}\n")
            self.assertIn(f"--listen={address}", self.ask("config", "serve").stdout)
        os.unlink(path)
        self.settle("[serve]\nlisten = 0.0.0.0:9464\n", USER)
        self.assertIn("--listen=0.0.0.0:9464", self.ask("config", "serve").stdout)

    def test_a_project_has_nothing_written_elsewhere(self):
        os.mkdir(self.path("elsewhere"))
        os.symlink(self.path("elsewhere"), self.path("project/link"))
        for line in ("report = json=../x.json", "output = /tmp/x", "report = json=link/x.json", "[gate]\nstore = ../runs.db",
                     "[run]\nkeep-each = ..", "[run]\nkeep-ledgers = /var/tmp/lw", "[serve]\ntextfile = link/x.prom", "output = ~/x"):
            self.refused(": a project's file has nothing written outside its directory", text=f"{line}\n")
        self.settle("[run]\nkeep-ledgers = ledgers\n")
        self.ask("run", self.program)
        self.assertTrue(os.path.isdir(self.path("project/ledgers")))
        os.unlink(self.path("project/.leakwatch"))
        self.settle(f"report = json={self.path('user.json')}\n", USER)
        self.ask("run", self.program)
        self.assertTrue(os.path.exists(self.path("user.json")))


if __name__ == "__main__":
    command.main()
