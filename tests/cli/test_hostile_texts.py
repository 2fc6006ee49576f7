"""Everything that comes from the watched program is untrusted: names of files, programs, sources and functions that try to
break out of each format. Each text goes into all of these places of one small program; each report is read back by its
format's parser and must hold one finding, with the text as text."""
import json
import os
import re
import shutil
import subprocess

import command
import formats
from command import Place

# What the program chose, and how a reader is shown it.
TEXTS = (
    (b"quotes \" ' `", "quotes \" ' `"),
    (b"newline\n\r\tand tab", "newline\\x0a\\x0d\\x09and tab"),
    (b"\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
    (b"\xc2\x9b31m C1", "\\u009b31m C1"),
    (b"invalid \xff\xfe\x80\xc0\xaf\xed\xa0\x80", "invalid \\xff\\xfe\\x80\\xc0\\xaf\\xed\\xa0\\x80"),
    (b"no character \xef\xbf\xbe\xef\xbf\xbf", "no character \\ufffe\\uffff"),
    (b"bidi \xe2\x80\xaegnp.exe", "bidi \\u202egnp.exe"),
    (b"]]><![CDATA[ x ]]>", "]]><![CDATA[ x ]]>"),
    (b"</script><script>alert(1)</script>", "</script><script>alert(1)</script>"),
    (b"</failure></testcase><testcase name='x'>", "</failure></testcase><testcase name='x'>"),
    (b"--><!-- <?xml &lt; &#10; &amp", "--><!-- <?xml &lt; &#10; &amp"),
    (b"\" onload=\"alert(1)\" x='", "\" onload=\"alert(1)\" x='"),
    (b"%0A::error file=x,line=1::y%25%0D", "%0A::error file=x,line=1::y%25%0D"),
    (b"\n::error title=leakwatch fd-leak::injected", "\\x0a::error title=leakwatch fd-leak::injected"),
    (b"a::b,c:d,line=7", "a::b,c:d,line=7"),
    (b"``` `` ` ~~~ | [a](javascript:x) **b** _c_ @everyone #1 <b>", "``` `` ` ~~~ | [a](javascript:x) **b** _c_ "
                                                                     "@everyone #1 <b>"),
    (b"\n\n```\n\n# heading\n</details>", "\\x0a\\x0a```\\x0a\\x0a# heading\\x0a</details>"),
    (b"{0} {{1}} [x](1) \\[y](2)", "{0} {{1}} [x](1) \\[y](2)"),
    (b"\\x0a \\n \\", "\\x0a \\n \\"),
    (b"www.example.org?a=b&c=d#e", "www.example.org?a=b&c=d#e"),
    ("accents é, 漢字, \U0001f600".encode(), "accents é, 漢字, \U0001f600"),
    (b" ends with spaces ", " ends with spaces "),
    (b"x" * 100, "x" * 100),
)

SOURCE = b"""#include <fcntl.h>
__attribute__((noinline)) int forget(const char *path)
{
#line 77 "%s"
    return open(path, O_RDONLY | O_CREAT, 0600);
}
int main(int count, char **arguments)
{
    return count < 2 || forget(arguments[1]) < 0;
}
"""


SCOPED = b"""#include <fcntl.h>
#include <leakwatch/leakwatch.h>
int main(int count, char **arguments)
{
    leakwatch_scope_t scope = leakwatch_scope_begin(arguments[1]);
    int failed = count < 2 || open("/dev/null", O_RDONLY) < 0;
    leakwatch_scope_end(scope);
    return failed;
}
"""
SCOPE_NAME = 90 # of the bytes that the name of a scope may have
SOURCES = os.environ.get("SOURCE_DIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def in_c(text):
    return b"".join(b"\\%03o" % byte for byte in text)


SHOWING = [name for name in formats.READERS if name != "json"]


def decoded(text):
    """The bytes that a text of the JSON report stands for."""
    return os.fsencode(re.sub(r"\\(\\|x[0-9a-f]{2})", lambda match: "\\" if match[1] == "\\" else
                              chr(0xdc00 + int(match[1][1:], 16)), text))


class HostileTexts(Place):
    def build(self, text):
        """A program under this name, with this source's name; in a directory of its own."""
        self.write("program.c", "")
        with open(self.path("program.c"), "wb") as file:
            file.write(SOURCE % in_c(text))
        program = os.path.join(os.fsencode(self.place), b"programs", text)
        os.makedirs(os.path.dirname(program), exist_ok=True)
        subprocess.run([command.COMPILER, "-g", "-o", "program", "program.c"], cwd=self.place, check=True)
        shutil.copy(self.path("program"), program)
        return program

    def make_hostile_ledger(self, text):
        program = self.build(text)
        parent = os.path.dirname(os.path.join(os.fsencode(self.place), text))
        os.makedirs(parent, exist_ok=True)
        shutil.rmtree(self.path("ledgers"), ignore_errors=True)
        return self.make_ledgers(program, text)

    def report(self, name, *arguments):
        """What is held to the end is told in full, as the leak that it is here."""
        done = subprocess.run([command.LEAKWATCH, "report", "--format", name, "--full", "--held", "error", *arguments],
                              cwd=self.place, env=self.environment(), stdout=subprocess.PIPE, check=True,
                              timeout=command.TIMEOUT)
        return done.stdout

    def assert_plain(self, output, name):
        """Valid UTF-8 without anything that a terminal obeys or XML has no way to hold."""
        text = output.decode("utf-8")
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff]", text), (name, text))
        return text

    def read(self, name, ledgers):
        finding, = formats.READERS[name](self.assert_plain(self.report(name, ledgers), name))
        return finding

    def check(self, name, ledgers, raw, shown):
        finding = self.read(name, ledgers)
        self.assertEqual((finding["kind"], finding["level"], finding["line"]), ("fd-leak", "error", 77), name)
        self.assertIn(shown, finding["text"], name)
        self.assertTrue(finding["path"].endswith(raw if name == "sarif" else shown), (name, finding["path"]))

    def check_json(self, ledgers, raw):
        """Which gives every byte back."""
        report = json.loads(self.report("json", ledgers))
        finding, = report["findings"]
        for text in (finding["resource"]["detail"], finding["stacks"]["acquired"][0]["file"], report["processes"][0]["exe"]):
            self.assertTrue(decoded(text).endswith(raw), text)

    def test_they_are_shown_as_texts_in_all_formats(self):
        for raw, shown in TEXTS:
            with self.subTest(text=raw):
                ledgers = self.make_hostile_ledger(raw)
                for name in SHOWING:
                    self.check(name, ledgers, raw, shown)
                self.check_json(ledgers, raw)

    def test_names_of_functions(self):
        for raw, shown in TEXTS:
            if b"@" in raw: # which means a version to the tool that renames
                continue
            with self.subTest(text=raw):
                self.build(b"plain")
                program = self.path("programs", "plain")
                subprocess.run([b"objcopy", b"--strip-debug", b"--redefine-sym", b"forget=" + raw, program], check=True)
                shutil.rmtree(self.path("ledgers"), ignore_errors=True)
                ledgers = self.make_ledgers(program, "/dev/null")
                for name in SHOWING:
                    self.assertIn(shown, self.read(name, ledgers)["text"], name)
                finding, = json.loads(self.report("json", ledgers))["findings"]
                self.assertEqual(decoded(finding["stacks"]["acquired"][0]["function"]), raw)


    def test_names_of_scopes(self):
        with open(self.path("scoped.c"), "wb") as file:
            file.write(SCOPED)
        subprocess.run([command.COMPILER, "-g", "-I", os.path.join(SOURCES, "include"), "-o", "scoped", "scoped.c"],
                       cwd=self.place, check=True)
        for raw, shown in TEXTS:
            with self.subTest(text=raw):
                shutil.rmtree(self.path("ledgers"), ignore_errors=True)
                ledgers = self.make_ledgers(self.path("scoped"), raw[:SCOPE_NAME])
                for name in SHOWING:
                    findings = formats.READERS[name](self.assert_plain(self.report(name, ledgers), name))
                    self.assertTrue([one for one in findings if shown[:SCOPE_NAME] in one["text"]], (name, findings))


if __name__ == "__main__":
    command.main()
