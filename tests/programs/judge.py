#!/usr/bin/env python3
"""Runs one program of this directory alone, under "leakwatch run", and with libleakwatch.so preloaded by hand, and judges
both what the program does and what leakwatch says of it.

    judge.py --leakwatch build/leakwatch --source descriptors/files.c build/tests/programs/files [ARGUMENT…]

What is expected stands in the first comment of the source, "key: value", one a line:

    expect: KIND [count=N] [call=NAME] [function=NAME] [line=MARKER] [type=T] [class=C] [detail=GLOB] [level=L]
            [later=GLOB] [pids=N] [findings=N] [scope=GLOB] [label=GLOB]
            [ended=N] [failed=N] [left=N] [left_failed=N] [most=N] [only_when_failed=true|false] [reason=GLOB] [parts=N]
            [attempt=CALL] [errno=NAME] [late=N] [late_call=NAME] [delay=SHORTEST..LONGEST]
                        All findings that match belong to this expectation, the first that fits has them; together they
                        count N. KIND, call and function may give alternatives: a|b. The function, and the line that has
                        the comment "leak:MARKER", must be in the acquiring stack. What a scope left and how: as in the
                        report's scope_entries, and in released_later for late; the delay is in seconds.
            [held=true|false] [siblings=N]
                        Held to the end, the only one of its place; and how many were acquired there.
            [error=NAME] [verdict=V] [said=GLOB] [evidence=GLOB] [released=NAME] [at=MARKER] [first=NAME] [victim=NAME]
            [was_last=true|false]
                        Of releases that went wrong: the errno, and functions in the releasing stack, in that of the
                        first release, and in that which opened what was hit instead; "wrong:MARKER" marks the line of
                        the release, or of the use (used=NAME) of what had been closed.
            [members=N] [threads=N] [ways=NAME|NAME…]
                        Of deadlocks, what is told of their threads; of locks, who held them and who waits; functions that are all
                        in the stacks of these.
    allow: KIND […]     such a finding may be there or not; the attributes are those of expect
    forbid: KIND […]    besides those that are expected there must be none, not even a note
    expect-scope: path=GLOB [NAME=GLOB…]   one scope of the report has this path, and these values
    expect-total: NAME=N                   in the report's totals
    expect-text: GLOB   a line of the text report; all of it is UTF-8 without control characters, whatever the program
    expect-exit: N      the exit status (0); expect-signal: NAME, the signal that ends it
    options: …          more options for "leakwatch run"
    settings: …         more settings for the library, as in LEAKWATCH_OPTIONS
    arguments: …        of the program
    limit: NAME=N       a resource limit, as in resource.RLIMIT_…, in lower case
    inherit: N          that many descriptors are open at the start besides the standard ones
    needs: root | x86_64
    only: launched      it cannot work with the library preloaded by hand

A line that is indented further goes on with the one before.

Any other finding of level warning or above is a failure, and so is any untracked-fd that is not allowed. The program's
output, error output, end and the files that it leaves must be the same with and without leakwatch.
A program that ends with 77 by itself cannot be run here and says why.
Exit status: 0 as expected, 1 not, 77 cannot be run here.
"""
import argparse
import fnmatch
import json
import os
import platform
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile

TIMEOUT = 900  # seconds: only a hang takes as long, on a machine with a load of 20 too
LEVELS = ("note", "warning", "error")

# What tells how a scope left something, by the report's members.
STORY = {
    "ended": ("scope_entries", "entered"),
    "failed": ("scope_entries", "failed"),
    "left": ("scope_entries", "left"),
    "left_failed": ("scope_entries", "left_failed"),
    "most": ("scope_entries", "most"),
    "only_when_failed": ("scope_entries", "only_when_failed"),
    "reason": ("scope_entries", "reason"),
    "late": ("released_later", "count"),
    "late_call": ("released_later", "call"),
    "attempt": ("attempt", "call"),
    "errno": ("attempt", "errno"),
}


def pairs(attributes):
    return dict(attribute.split("=", 1) for attribute in attributes)


def matches(value, pattern):
    """The value as JSON has it, but text without quotes and null as no text."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return fnmatch.fnmatchcase(text, pattern)


class Case:
    """What the source's first comment says."""

    def __init__(self, path):
        self.path = path
        self.expected, self.allowed, self.forbidden = [], [], []
        self.scopes, self.totals, self.texts = [], [], []
        self.settings = {"expect-exit": "0"}
        with open(path, encoding="utf-8") as source:
            self.lines = source.read().splitlines()
        for line in self.statements():
            self.take(line)

    def header(self):
        ends = '"""' if self.lines[0].startswith('"""') else "*/"
        for number, line in enumerate(self.lines):
            yield re.sub(r"^ ?\*?/? ?", "", line)
            if ends in (line if number else line[3:]):
                return

    def statements(self):
        """Lines of the header; those that are indented belong to the one before."""
        statement = ""
        for line in self.header():
            if line.startswith("  "):
                statement += " " + line.strip()
            else:
                yield statement
                statement = line
        yield statement

    def take(self, line):
        found = re.match(r"(expect|allow|forbid|expect-(?:scope|total|text|exit|signal)|options|settings|arguments|limit|inherit|"
                         r"needs|only): (.*)", line)
        if not found:
            return
        key, value = found.groups()
        if key in ("expect", "allow", "forbid"):
            kind, *attributes = shlex.split(value)
            lists = {"expect": self.expected, "allow": self.allowed, "forbid": self.forbidden}
            lists[key].append({**pairs(attributes), "kind": kind})
        elif key in ("expect-scope", "expect-total"):
            (self.scopes if key == "expect-scope" else self.totals).append(pairs(shlex.split(value)))
        elif key == "expect-text":
            self.texts.append(value)
        else:
            self.settings[key] = value

    def line_of(self, marker, what="leak"):
        numbers = [i for i, line in enumerate(self.lines, 1) if re.search(rf"{what}:{re.escape(marker)}\b", line)]
        if len(numbers) != 1:
            sys.exit(f"{self.path}: the marker {what}:{marker} must be there once, not {len(numbers)} times")
        return numbers[0]

    def unmet_need(self):
        need = self.settings.get("needs")
        if need == "root" and os.geteuid() != 0:
            return "it needs root"
        if need == "x86_64" and platform.machine() != "x86_64":
            return "it is written for x86_64"
        return None


class Run:
    """One run in a directory of its own: how it ended, what it printed, what it left behind."""

    def __init__(self, command, case, place, environment):
        os.mkdir(place)
        inherited = [os.open("/dev/null", os.O_RDONLY) for _ in range(int(case.settings.get("inherit", "0")))]
        with open(place + ".out", "wb") as out, open(place + ".err", "wb") as err:
            child = subprocess.Popen(
                command, cwd=place, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment,
                pass_fds=inherited, start_new_session=True, preexec_fn=lambda: limit(case))
            try:
                child.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                sys.exit(f"hangs: {shlex.join(command)}")
        for fd in inherited:
            os.close(fd)
        self.status = child.returncode if child.returncode >= 0 else 128 - child.returncode
        self.out, self.err = read(place + ".out"), read(place + ".err")
        self.files = sorted(os.listdir(place))


def limit(case):
    """In the child, before exec."""
    if "limit" in case.settings:
        name, value = case.settings["limit"].split("=")
        resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (int(value), int(value)))


def read(path):
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        return file.read()


def is_function(name, frame):
    """The frame's function is `name`, whatever return type, outer scopes and arguments stand around it."""
    function = frame.get("function") or ""
    return re.search(rf"(^|[\s:]){re.escape(name)}(\(|$)", function) is not None


# What tells how a release went wrong: members of the finding, and functions of its stacks.
WRONG = {
    "error": ("errno",),
    "verdict": ("verdict",),
    "said": ("said",),
    "evidence": ("evidence", "text"),
    "was_last": ("was_last",),
}
WRONG_STACKS = {"released": ("stacks", "released"), "used": ("stacks", "used"), "first": ("stacks", "first_release"),
                "victim": ("victim", "stack")}


def member(finding, path):
    for name in path:
        finding = (finding or {}).get(name)
    return finding


def wrong_fits(case, finding, key, value):
    """None: the attribute is none of these."""
    if key in WRONG:
        found = member(finding, WRONG[key])
        return fnmatch.fnmatchcase(json.dumps(found) if isinstance(found, bool) else found or "", value)
    if key in WRONG_STACKS:
        return any(is_function(name, frame) for name in value.split("|")
                   for frame in member(finding, WRONG_STACKS[key]) or [])
    if key == "at":
        return any(frame.get("line") == case.line_of(value, "wrong") for frame in finding["stacks"]["released"] or finding["stacks"]["used"] or [])
    return None


def items_of(finding, *names):
    return [item for fact in finding.get("facts") or [] if fact["name"] in names for item in fact["items"]]


def lock_fits(finding, key, value):
    """None: the attribute is none of these."""
    if key in ("members", "threads"):
        return len(items_of(finding, key)) == int(value)
    if key == "ways":
        frames = [frame for item in items_of(finding, "members", "threads") for frame in item["stack"]]
        return all(any(is_function(name, frame) for frame in frames) for name in value.split("|"))
    return None


def attribute_fits(case, finding, key, value):
    resource_of = finding.get("resource") or {}
    acquired = (finding.get("stacks") or {}).get("acquired") or []
    if key in ("count", "findings"):
        return True
    if key == "kind":
        return finding["kind"] in value.split("|")
    if key == "call":
        return finding.get("call") in value.split("|")
    if key == "function":
        return any(is_function(name, frame) for name in value.split("|") for frame in acquired)
    if key == "line":
        return any(frame.get("line") == case.line_of(value) and
                   os.path.basename(frame.get("file") or "") == os.path.basename(case.path) for frame in acquired)
    if key in ("type", "class"):
        return resource_of.get(key) in value.split("|")
    if key == "detail":
        return fnmatch.fnmatchcase(resource_of.get("detail") or "", value)
    if key == "level":
        return finding["level"] == value
    if key == "siblings":
        return finding["siblings"] == int(value)
    if key == "held":
        return finding["held_to_end"] == (value == "true")
    if key == "later":
        return fnmatch.fnmatchcase(str(finding.get("later") or ""), value)
    if key == "scope":
        return fnmatch.fnmatchcase(finding.get("scope") or "", value)
    if key == "label":
        return any(matches(example.get("label"), value) for example in resource_of.get("examples") or [])
    if key == "parts":
        return len(finding.get("parts") or []) == int(value)
    if key == "delay":
        shortest, longest = map(float, value.split(".."))
        later = finding.get("released_later") or {"median_seconds": -1, "longest_seconds": -1}
        return shortest <= later["median_seconds"] <= later["longest_seconds"] <= longest
    if key in STORY:
        group, member = STORY[key]
        return matches((finding.get(group) or {}).get(member), value)
    if key == "pids":
        return len(set(finding.get("pids") or [])) == int(value)
    fits = lock_fits(finding, key, value)
    if fits is None:
        fits = wrong_fits(case, finding, key, value)
    if fits is not None:
        return fits
    sys.exit(f"{case.path}: unknown attribute {key}")


def misfits(case, finding, wanted):
    return [key for key, value in wanted.items() if not attribute_fits(case, finding, key, value)]


def describe(finding):
    frames = (finding.get("stacks") or {}).get("acquired") or []
    names = " < ".join(f"{frame.get('function') or hex(frame.get('offset') or 0)}"
                       f"({os.path.basename(frame.get('file') or frame.get('module') or '?')}:{frame.get('line')})"
                       for frame in frames[:6])
    what = finding.get("resource") or {}
    return (f"{finding['level']} {finding['kind']} count={finding['count']} call={finding.get('call')} "
            f"type={what.get('type')} detail={what.get('detail')!r} later={finding.get('later')!r} "
            f"scope={finding.get('scope')!r} pids={len(set(finding.get('pids') or []))} by {names or 'nobody known'}"
            f"{describe_story(finding)}{describe_wrong(finding)}")


def describe_wrong(finding):
    told = [f"{key}={member(finding, path)}" for key, path in WRONG.items() if member(finding, path)]
    frames = finding["stacks"].get("released") or finding["stacks"].get("used") or []
    told += [f"{frame.get('function')}:{frame.get('line')}" for frame in frames[:3]]
    return "; " + " ".join(told) if told else ""


def describe_story(finding):
    if "scope_entries" not in finding:
        return ""
    later = finding["released_later"]
    return (f"; {finding['scope_entries']}, {later['count']} later after {later['median_seconds']:.3f} s to "
            f"{later['longest_seconds']:.3f} s, {len(finding['parts'])} parts, attempt {finding['attempt']}")


def judge_findings(case, report):
    findings = [finding for finding in report["findings"] if not finding.get("suppressed")]
    for wanted in case.expected:
        mine = [finding for finding in findings if not misfits(case, finding, wanted)]
        findings = [finding for finding in findings if finding not in mine]
        text = " ".join(f"{key}={value}" for key, value in wanted.items())
        if not mine:
            yield f"not found: {text}" + nearest(case, findings, wanted)
            continue
        count = sum(finding["count"] for finding in mine)
        if "count" in wanted and count != int(wanted["count"]):
            yield f"counted {count}: {text}"
        if "findings" in wanted and len(mine) != int(wanted["findings"]):
            yield f"{len(mine)} findings: {text}"
    for finding in findings:
        serious = finding["level"] != "note" or finding["kind"] == "untracked-fd"
        serious = serious or any(not misfits(case, finding, forbidden) for forbidden in case.forbidden)
        if serious and all(misfits(case, finding, allowed) for allowed in case.allowed):
            yield f"not expected: {describe(finding)}"


def nearest(case, findings, wanted):
    """What comes closest to an expectation that nothing met."""
    if not findings:
        return ""
    best = min(findings, key=lambda finding: len(misfits(case, finding, wanted)))
    return f"\n    nearest (differs in {', '.join(misfits(case, best, wanted))}): {describe(best)}"


def judge_scopes(case, report):
    """Of the scopes with the path that is expected, one has the values too."""
    for wanted in case.scopes:
        found = [scope for scope in report["scopes"] if fnmatch.fnmatchcase(scope["path"], wanted["path"])]
        if not any(all(matches(scope.get(key), value) for key, value in wanted.items()) for scope in found):
            text = " ".join(f"{key}={value}" for key, value in wanted.items())
            yield f"no such scope: {text}, only {found[:3] or [scope['path'] for scope in report['scopes'][:9]]}"
    for wanted in case.totals:
        for key, value in wanted.items():
            if not matches(report["totals"].get(key), value):
                yield f"the total of {key} is {report['totals'].get(key)}, not {value}"


def judge_text(case, text):
    """The report as people see it."""
    for line in text.split("\n"):
        if re.search(r"[\x00-\x1f\x7f-\x9f\udc80-\udcff]", line):
            yield f"bytes that a terminal may obey, or no UTF-8: {line!r}"
    for wanted in case.texts:
        if not any(fnmatch.fnmatchcase(line, wanted) for line in text.splitlines()):
            yield f"no line of the text says {wanted}"


def judge_form(report):
    """What every report promises, whatever the program."""
    if report.get("schema") != "leakwatch.report/1":
        yield f"schema is {report.get('schema')!r}"
    if not report.get("processes"):
        yield "the report has no process"
    for finding in report["findings"]:
        if finding["level"] not in LEVELS or not finding.get("fingerprint") or finding["count"] < 1:
            yield f"malformed finding: {describe(finding)}"


def judge_end(case, report):
    """One of the processes ended as the program is expected to."""
    ends = [(process["exit"]["how"], process["exit"]["status"]) for process in report.get("processes") or []]
    if "expect-signal" not in case.settings:
        expected = [("exit", int(case.settings["expect-exit"]))]
    else:
        expected = [("signal", getattr(signal, "SIG" + case.settings["expect-signal"])), ("killed", None)]
    if not any(how == end and (status is None or status == got) for how, status in expected for end, got in ends):
        yield f"no process ended with {expected[0]}, only {ends}"


def judge_behaviour(case, native, watched):
    status = int(case.settings["expect-exit"])
    if "expect-signal" in case.settings:
        status = 128 + getattr(signal, "SIG" + case.settings["expect-signal"])
    if native.status != status:
        yield f"the program itself ended with {native.status}, not {status}: {native.out}{native.err}"
    for what in ("status", "out", "err", "files"):
        alone, beside = getattr(native, what), getattr(watched, what)
        if alone != beside:
            yield f"{what} changes from {alone!r} to {beside!r}"


def clean_environment(**more):
    dropped = ("LEAKWATCH_OPTIONS", "LD_PRELOAD", "MAKEFLAGS")
    return {**{name: value for name, value in os.environ.items() if name not in dropped}, "LC_ALL": "C", **more}


def judge_report(options, case, path, said):
    try:
        with open(path, "rb") as file:
            report = json.loads(file.read())  # UTF-8, or it is none
    except (OSError, ValueError) as error:
        yield f"no report: {error}; leakwatch said: {said}"
        return
    if options.verbose:
        print(json.dumps(report, indent=1))
    yield from judge_form(report)
    yield from judge_end(case, report)
    yield from judge_findings(case, report)
    yield from judge_scopes(case, report)


def judge_launched(options, case, place, program, native):
    """Under "leakwatch run"."""
    output = os.path.join(place, "run.json")
    launcher = [options.leakwatch, "run", "--format", "json", "--output", output, *options.more, "--"]
    given = {"LEAKWATCH_OPTIONS": case.settings["settings"]} if "settings" in case.settings else {}
    watched = Run(launcher + program, case, os.path.join(place, "watched"), clean_environment(**given))
    yield from judge_behaviour(case, native, watched)
    yield from judge_report(options, case, output, watched.err)


def judge_preloaded(options, case, place, program, native):
    """With the library preloaded by hand; every remembered stack is unwound again and compared."""
    ledgers, output = os.path.join(place, "ledgers"), os.path.join(place, "report.json")
    os.mkdir(ledgers)
    settings = f"dir={ledgers}:keep=all:quiet=1:check=1:{case.settings.get('settings', '')}"
    environment = clean_environment(LEAKWATCH_OPTIONS=settings, **({} if options.emulator else {"LD_PRELOAD": options.library}))
    told = [*options.emulator, "-E", f"LD_PRELOAD={options.library}"] if options.emulator else []
    watched = Run(told + program[len(options.emulator):], case, os.path.join(place, "preloaded"), environment)
    yield from judge_behaviour(case, native, watched)
    said = leakwatch_says(options, "report", "--format", "json", "--output", output, *options.more, ledgers)
    yield from judge_report(options, case, output, said)
    yield from judge_text(case, leakwatch_says(options, "report", "--color", "never", *options.more, ledgers))
    for name in os.listdir(ledgers):
        for line in leakwatch_says(options, "dump", os.path.join(ledgers, name)).splitlines():
            if options.emulator and line.startswith("lane "):
                print(line)
            if re.match(r"lane .* differences=[1-9]|damaged [1-9]", line):
                yield f"{name}: {line}"


def leakwatch_says(options, *arguments):
    done = subprocess.run([options.leakwatch, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, timeout=TIMEOUT)
    return done.stdout.decode("utf-8", "surrogateescape")


def judge(options, case, place):
    program = [*options.emulator, *options.program, *shlex.split(case.settings.get("arguments", ""))]
    options.more = shlex.split(case.settings.get("options", ""))
    native = Run(program, case, os.path.join(place, "native"), clean_environment())
    if native.status == 77:
        print(f"skipped: {native.err.strip()}")
        sys.exit(77)
    ways = (judge_launched,) if case.settings.get("only") == "launched" else (judge_launched, judge_preloaded)
    for way in ways[len(options.emulator[:1]):]:
        for failure in way(options, case, place, program, native):
            yield f"{way.__name__[6:]}: {failure}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--leakwatch", required=True, type=os.path.abspath)
    parser.add_argument("--source", required=True, type=os.path.abspath)
    parser.add_argument("--emulator", default=[], type=shlex.split, help="runs it, preloaded alone: qemu-aarch64 -L ROOT")
    parser.add_argument("--library", type=os.path.abspath, help="the one that is preloaded, if not the one beside leakwatch")
    parser.add_argument("--verbose", action="store_true", help="print the whole report")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    os.closerange(3, 1024)  # whatever the test's caller left open: the programs print their numbers
    sys.stdout.reconfigure(errors="backslashreplace")
    options.program[0] = sys.executable if options.program[0] == "python3" else os.path.abspath(options.program[0])
    case = Case(options.source)
    options.library = options.library or os.path.join(os.path.dirname(options.leakwatch), "libleakwatch.so")
    if case.unmet_need():
        print(f"skipped: {case.unmet_need()}")
        return 77
    with tempfile.TemporaryDirectory(prefix="leakwatch-judge.") as place:
        failures = list(judge(options, case, place))
    for failure in failures:
        print(failure)
    print(f"{os.path.basename(case.path)}: {len(failures)} failures" if failures else "as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
