"""leakwatch.watch_exits(): exceptions that __exit__ swallows, on every CPython that is found."""
import glob
import os
import shutil
import subprocess
import unittest

import watched
from watched import LEAKWATCH, PYTHON

PRELUDE = r"""
import asyncio, contextlib, errno, logging, os, sys, unittest, warnings
import leakwatch
class Early:
    def __enter__(self): return self
    def __exit__(self, kind, error, trace): return True
assert leakwatch.watch_exits()
class Archive:
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):  # exit
        return True
    def close(self): raise OSError(errno.ENOSPC, "No space left on device")  # close
"""

# Each says what is told of it: {name of what swallowed: (level, how often, exception)}
CASES = {
    "a class that was there before": ("""
        with Early(): 1 / 0
        """, {"Early.__exit__": ("error", 1, "ZeroDivisionError: division by zero")}),
    "three times, as the incident was": ("""
        def store(count):
            for _ in range(count):
                with Archive() as archive:
                    archive.close()
        store(3)
        """, {"Archive.__exit__": ("error", 3, "OSError: [Errno 28] No space left on device")}),
    "once, though super does it": ("""
        class Child(Archive):
            def __exit__(self, *about): return super().__exit__(*about)
        with Child(): raise KeyError(1)
        """, {"Child.__exit__": ("error", 1, "KeyError: 1")}),
    "once, in an ExitStack": ("""
        with contextlib.ExitStack() as stack:
            stack.enter_context(Archive())
            raise KeyError(1)
        """, {"Archive.__exit__": ("error", 1, "KeyError: 1")}),
    "a generator": ("""
        @contextlib.contextmanager
        def quiet():
            try: yield
            except OSError: pass
        with quiet(): raise OSError(errno.EIO, "gone")
        """, {"quiet": ("error", 1, "OSError: [Errno 5] gone")}),
    "async with": ("""
        class Connection:
            async def __aenter__(self): return self
            async def __aexit__(self, *about):
                await asyncio.sleep(0)
                return True
        async def main():
            async with Connection(): raise ValueError("lost")
        asyncio.run(main())
        """, {"Connection.__aexit__": ("error", 1, "ValueError: lost")}),
    "logged in __exit__": ("""
        class Logging(Archive):
            def __exit__(self, kind, error, trace):
                logging.getLogger("archive").error("not written")
                return True
        with Logging() as archive: archive.close()
        """, {"Logging.__exit__": ("note", 1, "OSError: [Errno 28] No space left on device")}),
    "printed where it was raised": ("""
        with Archive() as archive:
            try: archive.close()
            except OSError as error:
                print(error, file=sys.stderr)
                raise
        """, {"Archive.__exit__": ("note", 1, "OSError: [Errno 28] No space left on device")}),
    "its cause was warned of": ("""
        with Archive() as archive:
            try: archive.close()
            except OSError as error:
                warnings.warn("not written")
                raise ValueError("bad") from error
        """, {"Archive.__exit__": ("note", 1, "ValueError: bad")}),
    "logged before, of something else": ("""
        logging.error("something else")
        with Archive() as archive: archive.close()
        """, {"Archive.__exit__": ("error", 1, "OSError: [Errno 28] No space left on device")}),
    "on purpose": ("""
        with contextlib.suppress(OSError): raise OSError
        class Test(unittest.TestCase):
            def test_it(self):
                with self.assertRaises(KeyError): {}[1]
            def test_failing(self):
                with self.subTest(): self.fail()
        unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Test))
        """, {}),
    "methods of other kinds": ("""
        class Static:
            def __enter__(self): return self
            @staticmethod
            def __exit__(kind, error, trace): return True
        class Of:
            def __enter__(self): return self
            @classmethod
            def __exit__(cls, kind, error, trace): return True
        class Meta(type):
            def __enter__(cls): return cls
            def __exit__(cls, *about): return 1
        class Block(metaclass=Meta): pass
        with Static(): {}[1]
        with Of(): {}[2]
        with Block: {}[3]
        """, {"Static.__exit__": ("error", 1, "KeyError: 1"), "Of.__exit__": ("error", 1, "KeyError: 2"),
              "Block.__exit__": ("error", 1, "KeyError: 3")}),
    "logged as the context of another": ("""
        class Cleaning(Archive):
            def __exit__(self, *about):
                try: raise RuntimeError("not cleaned up")
                except RuntimeError: logging.exception("not cleaned up")
                return True
        with Cleaning(): {}[1]
        """, {"Cleaning.__exit__": ("note", 1, "KeyError: 1")}),
    "logged by another thread": ("""
        import threading
        class Elsewhere(Archive):
            def __exit__(self, *about):
                thread = threading.Thread(target=logging.error, args=("of something else",))
                thread.start()
                thread.join()
                return True
        with Elsewhere(): {}[1]
        """, {"Elsewhere.__exit__": ("error", 1, "KeyError: 1")}),
    "not shown by the log": ("""
        class Quiet(Archive):
            def __exit__(self, *about):
                logging.getLogger("archive").debug("not written")
                return True
        with Quiet(): {}[1]
        """, {"Quiet.__exit__": ("error", 1, "KeyError: 1")}),
    "false in its own way": ("""
        class False_:
            asked = 0
            def __bool__(self):
                False_.asked += 1
                return False
        class Returning(Archive):
            def __init__(self, result): self.result = result
            def __exit__(self, *about): return self.result
        for false in ([], "", 0, 0.0, {}, False_()):
            try:
                with Returning(false): {}[1]
            except KeyError: pass
        assert False_.asked == 1
        """, {}),
    "not swallowed": ("""
        class Honest(Archive):
            def __exit__(self, *about): return None
        class Worse(Archive):
            def __exit__(self, *about): raise RuntimeError
        for each in (Honest, Worse):
            try:
                with each() as archive: archive.close()
            except (OSError, RuntimeError): pass
        with Archive(): pass
        """, {}),
}


def interpreters():
    found = {os.path.realpath(path): path for path in
             [PYTHON, shutil.which("python3") or PYTHON, *glob.glob("/usr/local/bin/python3"),
              *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python3"))]}
    for path in found.values():
        done = subprocess.run([path, "-c", "import sys, ctypes; print(sys.version_info >= (3, 8))"], capture_output=True,
                              text=True, check=False)
        if done.stdout.strip() == "True":
            yield path


class Exits(watched.Scripts):
    def judged(self, python, text, prelude=PRELUDE):
        """{call: (level, count, detail)}, and the findings."""
        script = self.script(text, prelude=prelude)
        report, _ = self.run_json("--", python, script)
        found = self.found(report, "swallowed-exception")
        return {finding["call"]: (finding["level"], finding["count"], finding["resource"]["detail"])
                for finding in found}, found

    def test_cases(self):
        """Each as a file of its own, one after the other in one process."""
        for number, (text, _) in enumerate(CASES.values()):
            self.script(text, name=f"case_{number}.py", prelude=PRELUDE)
        for python in interpreters():
            _, found = self.judged(python, f"""
                import runpy
                for number in range({len(CASES)}):
                    runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"case_{{number}}.py"))
            """, prelude="import os\n")
            for number, (name, (_, expected)) in enumerate(CASES.items()):
                of_case = [one for one in found if self.is_in(one, f"case_{number}.py")]
                told = {one["call"]: (one["level"], one["count"], one["resource"]["detail"]) for one in of_case}
                with self.subTest(python=python, case=name):
                    self.assertEqual((told, len(of_case)), (expected, len(expected)))

    def is_in(self, finding, name):
        return any(os.path.basename(frame["file"] or "") == name for frame in finding["stacks"]["acquired"])

    def test_where(self):
        for python in interpreters():
            with self.subTest(python=python):
                _, found = self.judged(python, """
                    def store():
                        with Archive() as archive:
                            archive.close()  # raised
                    store()  # called
                """)
                stack = found[0]["stacks"]["acquired"]
                self.assertEqual([frame["line"] for frame in stack],
                                 [self.line_of(mark) for mark in ("exit", "close", "raised", "called")])
                self.assertTrue(all(frame["language"] == "python" for frame in stack), stack)
                self.assertIn("store", stack[2]["function"])

    def test_exceptions_of_one_line_are_told_apart(self):
        _, found = self.judged(PYTHON, """
            def raised(number): raise [KeyError, ValueError, KeyError(7)][number]
            for number in range(3):
                with Archive(): raised(number)
        """)
        self.assertEqual(sorted((one["facts"][0]["text"], one["count"], one["errno"]) for one in found),
                         [("KeyError", 2, None), ("ValueError", 1, None)])

    def test_a_type_whose_name_finds_no_room_is_no_errno(self):
        _, found = self.judged(PYTHON, """
            def lose(kind):
                with Archive(): raise kind("lost")
            lose(ValueError)
            for number in range(70000):  # more names than a ledger has room for
                with leakwatch.scope(str(number)): pass
            class Nameless(Exception): pass
            lose(Nameless)
        """)
        self.assertEqual({one["resource"]["detail"]: (one["errno"], one["level"], one["facts"][0]["text"]) for one in found},
                         {f"{kind}: lost": (None, "error", kind) for kind in ("ValueError", "Nameless")})

    def test_libraries(self):
        """It may be what they are for: a note. What they cancel themselves is not told, and CPython's are left alone."""
        os.mkdir(self.path("site-packages"))
        self.write("site-packages/pool.py", """
class Pool:
    def __enter__(self): return self
    def __exit__(self, *about): return True
""")
        for python in interpreters():
            with self.subTest(python=python):
                told, _ = self.judged(python, """
                    import threading
                    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "site-packages"))
                    import pool
                    with pool.Pool(): raise ValueError("in vain")
                    with pool.Pool(): raise asyncio.CancelledError
                    assert hasattr(pool.Pool.__exit__, "__wrapped__")
                    assert not hasattr(threading.Condition.__exit__, "__wrapped__")
                """)
                self.assertEqual(told, {"Pool.__exit__": ("note", 1, "ValueError: in vain")})

    def test_formats_suppressions_and_gate(self):
        script = self.script("with Archive() as archive:\n    archive.close()\n", prelude=PRELUDE)
        done = self.leakwatch("gate", "--report", "sarif=a.sarif", "--report", "junit=a.xml", "--report", "html=a.html",
                              "--report", "github=a.github", "--report", "markdown=a.md",
                              "--report", "codequality=a.code", "--", PYTHON, script, status=1)
        self.assertIn(f"error: OSError swallowed by Archive.__exit__ at script.py:{self.line_of('exit')} in "
                      "Archive.__exit__ [swallowed-exception]", done.stderr)
        for name in ("a.sarif", "a.xml", "a.html", "a.github", "a.md", "a.code"):
            with open(self.path(name), encoding="utf-8") as file:
                self.assertIn("swallowed-exception", file.read(), name)
        self.write("known.supp", "swallowed-exception:Archive.__exit__\n")
        self.leakwatch("gate", "--suppressions", "known.supp", "--", PYTHON, script)
        self.leakwatch("gate", "--baseline", "known.baseline", "--update-baseline", "--", PYTHON, script)
        self.leakwatch("gate", "--baseline", "known.baseline", "--", PYTHON, script)

    def test_nothing_without_being_asked_or_watched(self):
        script = self.script("with Archive() as archive:\n    archive.close()\nprint('went on')\n",
                             prelude=PRELUDE.replace("assert leakwatch.watch_exits()", ""))
        report, done = self.run_json("--", PYTHON, script)
        self.assertEqual((self.found(report, "swallowed-exception"), done.stdout), ([], "went on\n"))
        script = self.script("print(Archive.__exit__.__qualname__, hasattr(Archive.__exit__, '__wrapped__'))",
                             prelude=PRELUDE.replace("assert leakwatch.", "assert not leakwatch."))
        done = subprocess.run([PYTHON, script], env=self.environment(), capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "Archive.__exit__ False\n", done.stderr)

    def test_the_program_cannot_tell(self):
        """The same values, exceptions and tracebacks' last lines."""
        text = """
            class Odd:
                def __enter__(self): return self
                def __exit__(self, kind=None, error=None, trace=None): return [] if error is None else "yes"
            print(Odd().__exit__(), Odd().__exit__(None, None, None), Odd().__exit__(KeyError, KeyError(), None),
                  Odd.__exit__.__name__, Odd().__exit__(kind=None), sys.exc_info())
            class Worse(Archive):
                def __exit__(self, *about): raise RuntimeError("worse")
            try:
                with Worse() as archive: archive.close()
            except RuntimeError as error:
                print(repr(error), repr(error.__context__))
        """
        plain = self.script(text, prelude=PRELUDE.replace("assert leakwatch.watch_exits()", ""))
        expected = subprocess.run([PYTHON, plain], env=self.environment(), capture_output=True, text=True, check=False)
        done = self.leakwatch("run", "--", PYTHON, self.script(text, prelude=PRELUDE))
        self.assertIn("RuntimeError('worse') OSError(28", done.stdout)
        self.assertEqual(done.stdout, expected.stdout)

    def test_a_copy_of_the_one_file(self):
        """leakwatch.py without its neighbour works, and says what is missing."""
        os.mkdir(self.path("copied"))
        shutil.copy(os.path.join(watched.MODULE, "leakwatch.py"), self.path("copied"))
        script = self.script("import leakwatch\nwith leakwatch.scope('x'): print(leakwatch.watch_exits())\n", prelude="")
        done = self.leakwatch("run", "--", PYTHON, script,
                              environment={**self.environment(), "PYTHONPATH": self.path("copied")})
        self.assertEqual(done.stdout, "False\n")
        self.assertIn("leakwatch_exits.py is not beside", done.stderr)

    @unittest.skipUnless(watched.has_module("pytest"), f"{PYTHON} has no pytest (python3-pytest)")
    def test_pytest(self):
        self.script("""
            import pytest
            class Archive:
                def __enter__(self): return self
                def __exit__(self, *about): return True
            def test_it():
                with pytest.raises(KeyError): {}[1]
                with Archive(): 1 / 0
        """, name="test_it.py", prelude="")
        done = subprocess.run([LEAKWATCH, "pytest", "--leakwatch-exits", "-p", "no:cacheprovider"], cwd=self.place,
                              env=self.environment(), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("ZeroDivisionError swallowed by Archive.__exit__ at test_it.py:5", done.stderr)
        self.assertNotIn("KeyError", done.stderr)


if __name__ == "__main__":
    watched.main()
