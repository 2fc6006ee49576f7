"""leakwatch.watch_locks: locks of Python that are held at the end of a scope, under every CPython that is found."""
import functools
import json
import os
import subprocess
import sys
import unittest

import watched
from watched import LEAKWATCH, PYTHON, TIMEOUT

sys.path.insert(0, os.path.join(watched.HERE, "frames"))
import interpreters  # noqa: E402 (found by the line above)


def every_python(method):
    @functools.wraps(method)
    def test(self):
        for python in interpreters.pythons():
            with self.subTest(python=str(python)):
                method(self, python.path)
    return test


TAKING = """
    import threading
    early = threading.Lock()
    tell(watched=leakwatch.watch_locks())
    lock, recursive = threading.Lock(), threading.RLock()
    def take(what):
        what.acquire()  # take
    def trace(resources):
        return [(r.kind, str(r).split(" (")[0], [s.line for s in r.sources]) for r in resources]
    with leakwatch.scope("plain") as plain:
        take(lock)  # plain
        tell(held=trace(plain.held()), process=[r.kind for r in leakwatch.held(leakwatch.PROCESS) if r.kind == "lock"])
    with leakwatch.scope("recursive") as scope:
        take(recursive)  # recursive
        recursive.acquire()
        recursive.release()
    tell(recursive=scope.left)
    with leakwatch.scope("early") as scope:
        with leakwatch.scope("inner") as inner:
            take(early)  # early
            tell(inner=len(inner.held()), outer=len(scope.held()))
    tell(inner=inner.left, outer=scope.left)
    with leakwatch.scope("waited") as scope:
        threading.Timer(0.05, lock.release).start()
        with lock:  # it is held by the scope before
            pass
        lock.acquire()  # waited
    tell(waited=scope.left)
"""

# Whatever is given back, by whomever and however, is told by nobody.
GIVING = """
    import concurrent.futures, logging, os, pickle, queue, threading, time
    types = type(threading.Lock()), type(threading.RLock()), threading.Lock, threading.RLock
    tell(watched=leakwatch.watch_locks())
    lock, recursive = threading.Lock(), threading.RLock()
    tell(same=types == (type(lock), type(recursive), threading.Lock, threading.RLock))
    def refusal(what):
        try:
            pickle.dumps(what)
        except TypeError as error:
            return str(error)
    tell(refusals=[refusal(lock) or "", refusal(recursive) or ""])
    def in_thread(*functions):
        threads = [threading.Thread(target=function) for function in functions]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    def clean(function):
        with leakwatch.scope(function.__name__) as scope:
            function()
            left = [str(resource) for resource in scope.held()]
        if scope.left or left:
            tell(left=function.__name__, what=left)
    @clean
    def by_with():
        with lock, recursive, recursive: pass
    @clean
    def by_another_thread():
        lock.acquire()
        in_thread(lock.release)
    @clean
    def timed():
        tell(timed=[lock.acquire(timeout=1), lock.acquire(timeout=0.01), lock.acquire(False), lock.locked()])
        lock.release()
    @clean
    def dropped():
        threading.Lock().acquire()
    @clean
    def not_got():
        taken = threading.Event(), threading.Event()
        def hold():
            with lock:
                taken[0].set()
                taken[1].wait()
        thread = threading.Thread(target=hold)
        thread.start()
        taken[0].wait()
        tell(got=lock.acquire(False))
        taken[1].set()
        thread.join()
    @clean
    def conditions():
        condition = threading.Condition()
        with condition:
            condition.wait(0.01)
            thread = threading.Thread(target=lambda: [condition.acquire(), condition.notify_all(), condition.release()])
            thread.start()
            condition.wait(60)
        thread.join()
    @clean
    def others():
        barrier, semaphore, channel = threading.Barrier(2), threading.Semaphore(3), queue.Queue()
        in_thread(barrier.wait, barrier.wait, lambda: channel.put(semaphore.acquire()), channel.get)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(time.sleep, [0.001] * 9))
        logging.getLogger().error("%s", "x")
    @clean
    def forked():
        with lock:
            child = os.fork()
            if child == 0:
                os._exit(0 if threading.Lock().acquire() else 9)
        tell(child=os.waitpid(child, 0)[1])
    @clean
    def crowds():
        def work():
            for number in range(300):
                with leakwatch.scope("work"):
                    with lock, recursive: pass
                    baton.acquire()
                    baton.release()
        baton = threading.Lock()
        in_thread(*[work] * 6)
    lock.acquire()  # outside of all scopes
    tell(done=True)
"""


class Locks(watched.Scripts):
    def run_by(self, python, text, status=0, name="script.py", **variables):
        """(report, what the script told)"""
        output = self.path("report.json")
        done = self.leakwatch("run", "--format", "json", "--output", output, "--", python, self.script(text, name=name),
                              status=status, environment=self.environment(**variables))
        with open(output, encoding="utf-8") as file:
            return json.load(file), self.lines_told(done.stdout)

    def held_by_scope(self, report):
        """{scope: (count, level, lines of the script, innermost first)}"""
        told = {}
        for finding in self.found(report, "lock-held"):
            lines = [frame["line"] for frame in finding["stacks"]["acquired"] if str(frame.get("file")).endswith("script.py")]
            told[finding["scope"]] = finding["count"], finding["level"], lines
        return told

    @every_python
    def test_what_is_held_is_told_with_its_lines(self, python):
        report, told = self.run_by(python, TAKING)
        take, plain = self.line_of("take"), self.line_of("plain")
        self.assertEqual(told, [
            {"watched": True}, {"held": [["lock", "lock still held, take", [take, plain]]], "process": []},
            {"recursive": 1}, {"inner": 1, "outer": 0}, {"inner": 1, "outer": 0}, {"waited": 1}])
        self.assertEqual(self.held_by_scope(report), {
            "plain": (1, "warning", [take, plain]),  # a timer gives it back
            "recursive": (1, "error", [take, self.line_of("recursive")]),
            "early > inner": (1, "error", [take, self.line_of("early")]),
            "waited": (1, "error", [self.line_of("waited")])})
        self.assertEqual(self.found(report, "lock-misuse"), [])

    @every_python
    def test_what_is_given_back_is_not_told(self, python):
        report, told = self.run_by(python, GIVING)
        refusals = [f"cannot pickle '_thread.{name}' object" for name in ("lock", "RLock")]
        self.assertEqual(told, [
            {"watched": True}, {"same": True}, {"refusals": refusals}, {"timed": [True, False, False, True]},
            {"got": False}, {"child": 0}, {"done": True}])
        for kind in ("lock-held", "lock-misuse", "scope-leak", "unbalanced-scope"):
            self.assertEqual(self.found(report, kind), [])

    def test_in_the_words_of_a_python_program(self):
        script = self.script("""
            import threading
            leakwatch.watch_locks()
            locks = [threading.Lock(), threading.RLock()]
            def take(lock):
                lock.acquire()  # take
            with leakwatch.scope("job"):
                for lock in locks:
                    take(lock)
        """)
        done = self.leakwatch("run", "--", PYTHON, script)
        self.assertRegex(done.stderr + done.stdout, "error: in job: 2 threading locks never released, taken by acquire at "
                         rf"\S*script.py:{self.line_of('take')} in take \[lock-held\]")
        report, _ = self.run_json("--", PYTHON, script)
        held = self.only(report, "lock-held")
        self.assertEqual((held["call"], held["resource"]["type"]), ("acquire", "threading lock"))

    def test_only_who_asks(self):
        report, told = self.run_by(PYTHON, TAKING.replace("leakwatch.watch_locks()", "False"))
        self.assertEqual(told[-2:], [{"inner": 0, "outer": 0}, {"waited": 0}])
        self.assertEqual(self.found(report, "lock-held"), [])

    def test_where_it_cannot_be_done(self):
        text = "tell(watched=leakwatch.watch_locks())"
        self.assertEqual(self.unwatched(text), [{"watched": False}])
        _, told = self.run_by(PYTHON, text, LEAKWATCH_OPTIONS="locks=0")
        self.assertEqual(told, [{"watched": False}])

    def test_in_a_child_of_fork(self):
        report, told = self.run_by(PYTHON, """
            import threading
            leakwatch.watch_locks()
            lock, other = threading.Lock(), threading.Lock()
            with leakwatch.scope("parent"):
                lock.acquire()  # parent
                if os.fork() == 0:
                    with leakwatch.scope("child") as scope:
                        other.acquire()  # child
                        lock.release()
                    tell(left=scope.left)
                    os._exit(0)
                os.wait()
                lock.release()
        """)
        self.assertEqual(told, [{"left": 1}])
        self.assertEqual(self.held_by_scope(report), {"child": (1, "error", [self.line_of("child")])})

    def test_held_on_purpose_and_handed_over(self):
        report, told = self.run_by(PYTHON, """
            import threading
            leakwatch.watch_locks()
            locks = [threading.Lock() for _ in range(3)]
            with leakwatch.scope("outer") as outer:
                with leakwatch.scope("inner") as inner:
                    for lock in locks:
                        lock.acquire()
                    first, second, third = inner.held()
                    tell(done=[leakwatch.expect_held(first, "for life"), leakwatch.hand_over(second)])
                    tell(inner=len(inner.held()), outer=len(outer.held()))
            tell(inner=inner.left, outer=outer.left)
        """)
        self.assertEqual(told, [{"done": [True, True]}, {"inner": 1, "outer": 1}, {"inner": 1, "outer": 1}])
        self.assertEqual({scope: count for scope, (count, _, _) in self.held_by_scope(report).items()},
                         {"outer > inner": 1, "outer": 1})

    @unittest.skipUnless(watched.has_module("pytest"), f"{PYTHON} has no pytest (python3-pytest)")
    def test_a_test_that_keeps_a_lock_fails(self):
        self.write("conftest.py", "import leakwatch\nleakwatch.watch_locks()\n")
        self.script("""\
            import threading
            lock = threading.Lock()
            def test_keeps():
                lock.acquire()  # keeps
            def test_waits():
                assert not lock.acquire(False)
            def test_gives():
                lock.release()
                with lock: pass
        """, name="test_it.py", prelude="")
        done = subprocess.run([LEAKWATCH, "run", "--", PYTHON, "-m", "pytest", "-p", "leakwatch", "-p", "no:cacheprovider"],
                              cwd=self.place, env=self.environment(COLUMNS="150"), capture_output=True, text=True,
                              check=False, timeout=TIMEOUT)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("1 failed, 2 passed", done.stdout)
        where = rf"test_keeps \(.*test_it.py:{self.line_of('keeps', 'test_it.py')}\)"
        self.assertRegex(done.stdout, rf"left 1 resource open: lock still held, {where}")


if __name__ == "__main__":
    watched.main()
