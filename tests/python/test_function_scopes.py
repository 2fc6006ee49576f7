"""Functions of Python programs as scopes, by LEAKWATCH_OPTIONS=scopes=…: of programs that know nothing of leakwatch, on
every CPython that is found."""
import json
import os
import sys

from watched import Scripts, main

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "frames"))
from interpreters import pythons  # noqa: E402 (found by the line above)

INTERPRETERS = pythons()


class FunctionScopes(Scripts):
    def each(self, text, check, options="scopes=handle_*", arguments=()):
        """Runs the script on each interpreter; check(report, printed, has qualified names)."""
        script = self.script(text, prelude="")
        for interpreter in INTERPRETERS:
            with self.subTest(python=interpreter.path):
                output = self.path("report.json")
                done = self.leakwatch("run", "--format", "json", "--scope", "*", "--output", output, "--", interpreter.path, *arguments,
                                      script, environment=dict(os.environ, LEAKWATCH_OPTIONS=options))
                with open(output, encoding="utf-8") as file:
                    check(json.load(file), done, interpreter.minor >= 11)

    def scope_of(self, report, name):
        scopes = [scope for scope in report["scopes"] if scope["path"] == name]
        self.assertEqual(len(scopes), 1, [scope["path"] for scope in report["scopes"]])
        return scopes[0]

    def test_each_call_is_one(self):
        def check(report, _, qualified):
            scope = self.scope_of(report, "Server.handle_get" if qualified else "handle_get")
            self.assertEqual((scope["entered"], scope["ended"], scope["left"]), (7, 7, 7))
            leaks = [finding for finding in self.found(report, "scope-leak") if finding["scope"] == scope["path"]]
            self.assertEqual([leak["count"] for leak in leaks], [7])
            lines = [frame["line"] for frame in leaks[0]["stacks"]["acquired"] if frame["language"] == "python"]
            self.assertIn(self.line_of("leaks"), lines)
            self.assertEqual(len([scope for scope in report["scopes"] if "handle" in scope["path"]]), 2)
            clean = self.scope_of(report, "handle_nothing")
            self.assertEqual((clean["entered"], clean["ended"], clean["left"]), (11, 11, 0))
        self.each("""
            import os
            class Server:
                def handle_get(self):
                    os.open("/dev/null", os.O_RDONLY)  # leaks
            def handle_nothing(depth):
                def inner(): return sum(one for one in range(3))
                os.close(os.open("/dev/null", os.O_RDONLY))
                if depth:
                    other(inner(), (lambda: 1)())
            def other(*_):
                pass
            for _ in range(7): Server().handle_get()
            for depth in range(11): handle_nothing(depth)
        """, check)

    def test_exceptions_and_recursion(self):
        def check(report, _, _qualified):
            outer = self.scope_of(report, "handle_deep")
            self.assertEqual((outer["entered"], outer["ended"]), (3, 3))
            self.assertEqual(sum(scope["entered"] for scope in report["scopes"]
                                 if scope["path"].endswith("handle_deep")), 3 * 4)
            self.assertEqual(self.found(report, "unbalanced-scope"), [])
        self.each("""
            def handle_deep(depth):
                if depth == 0:
                    raise ValueError("at the bottom")
                handle_deep(depth - 1)
            for _ in range(3):
                try:
                    handle_deep(3)
                except ValueError:
                    pass
        """, check)

    def test_coroutines_and_generators_are_away_meanwhile(self):
        def check(report, _, _qualified):
            self.assertEqual(self.found(report, "unbalanced-scope"), [])
            for name, entered, left in (("handle_task", 5, 3), ("handle_steps", 2, 0), ("handle_closed", 1, 0),
                                        ("handle_stream", 1, 0)):
                scope = self.scope_of(report, name)
                self.assertEqual((name, scope["entered"], scope["ended"], scope["left"]), (name, entered, entered, left))
            leaks = self.found(report, "scope-leak")
            self.assertEqual([(leak["scope"], leak["count"]) for leak in leaks], [("handle_task", 3)])
        self.each("""
            import asyncio, os
            kept = []
            async def handle_task(number):
                one = os.open("/dev/null", os.O_RDONLY)
                await asyncio.sleep(0.001)
                other = os.open("/dev/zero", os.O_RDONLY)
                await inner(number)
                os.close(other)
                if number % 2:
                    os.close(one)
            async def inner(number):
                await asyncio.sleep(0.001 * number)
            async def handle_stream():
                held = os.open("/dev/null", os.O_RDONLY)
                yield 1
                await asyncio.sleep(0)
                yield 2
                os.close(held)
            async def all_of_them():
                await asyncio.gather(*(handle_task(number) for number in range(5)))
                async for _ in handle_stream():
                    pass
            asyncio.run(all_of_them())
            def handle_steps():
                held = os.open("/dev/null", os.O_RDONLY)
                yield 1
                yield from (2, 3)
                os.close(held)
            for _ in range(2):
                for _ in handle_steps(): kept.append(os.open("/dev/null", os.O_RDONLY))
            def handle_closed():
                held = os.open("/dev/null", os.O_RDONLY)
                try:
                    yield 1
                finally:
                    os.close(held)
            closed = handle_closed()
            next(closed)
            closed.close()
            for number in kept: os.close(number)
        """, check)

    def test_threads(self):
        def check(report, _, _qualified):
            scopes = [scope for scope in report["scopes"] if scope["path"].endswith("handle_job")]
            self.assertEqual(sum(scope["entered"] for scope in scopes), 3 * 5)
            self.assertEqual(sum(scope["left"] for scope in scopes), 3)
            self.assertEqual(self.found(report, "unbalanced-scope"), [])
        self.each("""
            import os, threading
            def handle_job(number):
                held = os.open("/dev/null", os.O_RDONLY)
                if number: os.close(held)
            def work():
                for number in range(5): handle_job(number)
            for _ in range(3):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
        """, check)

    def test_a_profiler_of_the_programs_own_goes_before(self):
        text = """
            import os, sys
            def handle_one():
                os.close(os.open("/dev/null", os.O_RDONLY))
            def work():
                for _ in range(5): handle_one()
            import cProfile, pstats
            profiler = cProfile.Profile()
            profiler.runcall(work)
            calls = [entry.callcount for entry in profiler.getstats() if "handle_one" in str(entry.code)]
            print("calls", calls, sys.getprofile())
        """
        def check(_report, done, _qualified):
            self.assertIn("calls [5] None", done.stdout)
        self.each(text, check)

    def test_the_program_sees_no_profiler(self):
        def check(_report, done, _qualified):
            self.assertIn("sees None None", done.stdout)
        self.each("""
            import sys, threading
            def handle_one():
                return sys.getprofile()
            print("sees", handle_one(), sys.gettrace())
        """, check)

    def test_what_selects_nothing_is_said(self):
        text = """
            def handle_one(): pass
            handle_one()
            open("/dev/null").close()
        """
        for options, bit in (("scopes=no_such_*,handle_*", 32), ("scopes=handle_*", 0)):
            with self.subTest(options=options):
                self.each(text, lambda report, _done, _qualified, bit=bit:
                          self.assertEqual([process["troubles"] & 32 for process in report["processes"]], [bit]), options)

    def test_without_it_nothing_is_set(self):
        def check(report, _, _qualified):
            self.assertEqual([scope["path"] for scope in report["scopes"] if "handle" in scope["path"]], [])
        self.each("""
            def handle_one(): return open("/dev/null")
            kept = handle_one()
        """, check, options="")


if __name__ == "__main__":
    main()
