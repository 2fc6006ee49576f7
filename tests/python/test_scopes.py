"""leakwatch.py in plain Python: blocks, decorators, generators, exceptions, threads, single resources."""
import watched


class Blocks(watched.Scripts):
    def test_what_is_left(self):
        report, told = self.watched("""
            with leakwatch.scope("outer") as outer:
                with leakwatch.scope("inner") as inner:
                    kept = open("/dev/null")
                    closed = open("/dev/zero")
                    closed.close()
                    tell(held=[resource.detail for resource in leakwatch.held()],
                         again=[resource.detail for resource in inner.held()], outer=len(outer.held()))
            tell(inner=inner.left, outer=outer.left, after=len(inner.held()))
        """)
        self.assertEqual(told, [{"held": ["/dev/null"], "again": ["/dev/null"], "outer": 0},
                                {"inner": 1, "outer": 0, "after": 0}])
        self.assert_calm(report)
        leak = self.only(report, "scope-leak")
        self.assertEqual(leak["scope"], "outer > inner")

    def test_one_object_for_many_blocks(self):
        report, told = self.watched("""
            import threading
            work = leakwatch.scope("work")
            kept = []
            def once(count, gate):
                with work:
                    gate.wait()
                    kept.extend(os.open("/dev/null", os.O_RDONLY) for _ in range(count))
                    tell(held=len(work.held()), wanted=count)
                    gate.wait()
            with work:
                with work:
                    kept.append(open("/dev/zero"))
                tell(held=work.left, wanted=1)
            gate = threading.Barrier(3)
            threads = [threading.Thread(target=once, args=(count, gate)) for count in (2, 3, 4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
        """)
        self.assertEqual(sorted(line["wanted"] for line in told), [1, 2, 3, 4])
        for line in told:
            self.assertEqual(line["held"], line["wanted"])
        self.assert_calm(report)
        self.assertEqual({leak["scope"] for leak in self.found(report, "scope-leak")}, {"work", "work > work"})

    def test_blocks_that_end_in_another_order(self):
        report, told = self.watched("""
            def numbers():
                with leakwatch.scope("generator") as scope:
                    yield scope
            generator = numbers()
            with leakwatch.scope("block") as block:
                scope = next(generator)
                kept = open("/dev/null")
            generator.close()
            tell(block=block.left, generator=scope.left)
            first, second = leakwatch.scope("first"), leakwatch.scope("second")
            first.__enter__(); second.__enter__()
            first.__exit__(None, None, None)
            kept2 = open("/dev/zero")
            second.__exit__(None, None, None)
            tell(first=first.left, second=second.left)
        """)
        self.assertEqual(told, [{"block": 0, "generator": 1}, {"first": 0, "second": 1}])
        self.assert_calm(report)

    def test_names_of_any_kind(self):
        report, _ = self.watched("""
            kept = []
            for name in ("größe", "x" * 500, "é" * 200, "", "a\\0b", 42):
                with leakwatch.scope(name):
                    kept.append(open("/dev/null"))
        """)
        scopes = {leak["scope"] for leak in self.found(report, "scope-leak")}
        self.assertLessEqual({"größe", "x" * 96, "é" * 48, "42"}, scopes)
        self.assertEqual(len(scopes), 6, scopes)

    def test_many_entries(self):
        report, told = self.watched("""
            for turn in range(20000):
                with leakwatch.scope("turn"):
                    os.close(os.open("/dev/null", os.O_RDONLY))
            tell(open=leakwatch.open_count())
        """)
        self.assert_calm(report)
        self.assertEqual(report["findings"], [])


class Exceptions(watched.Scripts):
    LEAK = """
        kept = []
        def leave(error, name):
            try:
                with leakwatch.scope(name):
                    kept.append(open("/dev/null"))
                    raise error
            except type(error) as caught:
                tell(same=caught is error)
    """

    def scope_leaks(self, text):
        report, told = self.watched(self.LEAK + text)
        self.assertTrue(told and all(line["same"] for line in told), told)
        return {leak["scope"]: leak for leak in self.found(report, "scope-leak")}

    def test_they_mark_the_scope_and_go_on(self):
        leaks = self.scope_leaks("""
        class Unprintable(Exception):
            def __str__(self):
                raise RuntimeError("no")
        leave(ValueError("too long: " + "x" * 100), "value")
        leave(KeyboardInterrupt(), "interrupt")
        leave(SystemExit(3), "exit")
        leave(Unprintable(), "unprintable")
        """)
        self.assertEqual(set(leaks), {"value", "interrupt", "exit", "unprintable"})
        for leak in leaks.values():
            self.assertIn("fail", str(leak).lower())
        self.assertIn("ValueError: too long: xxx", str(leaks["value"]))

    def test_ways_to_succeed(self):
        leaks = self.scope_leaks("""
        leave(GeneratorExit(), "closed")
        leave(SystemExit(0), "exit")
        leave(SystemExit(), "silent")
        """)
        self.assertEqual(set(leaks), {"closed", "exit", "silent"})
        for leak in leaks.values():
            self.assertNotIn("SystemExit", str(leak))
            self.assertNotIn("GeneratorExit", str(leak))

    def test_failed_by_word(self):
        report, _ = self.watched("""
            with leakwatch.scope("spoken") as scope:
                kept = open("/dev/null")
                scope.fail("status 500")
            with leakwatch.scope("innermost"):
                kept2 = open("/dev/null")
                leakwatch.fail(OSError("gone"))
        """)
        leaks = {leak["scope"]: str(leak) for leak in self.found(report, "scope-leak")}
        self.assertIn("status 500", leaks["spoken"])
        self.assertIn("gone", leaks["innermost"])


class Decorators(watched.Scripts):
    def test_functions(self):
        report, told = self.watched("""
            import inspect
            kept = []
            @leakwatch.scoped
            def plain(path, *, mode="r"):
                '''Says so.'''
                kept.append(open(path, mode))
                return path
            @leakwatch.scoped("given")
            def named(): kept.append(open("/dev/null"))
            @leakwatch.scoped(name="keyword")
            def keyword(): kept.append(open("/dev/null"))
            class Thing:
                @leakwatch.scoped
                def method(self): kept.append(open("/dev/null")); return self
            tell(result=plain("/dev/zero", mode="rb"), name=plain.__name__, doc=plain.__doc__)
            named(); keyword()
            thing = Thing()
            tell(same=thing.method() is thing)
        """)
        self.assertEqual(told, [{"result": "/dev/zero", "name": "plain", "doc": "Says so."}, {"same": True}])
        self.assertEqual({leak["scope"] for leak in self.found(report, "scope-leak")},
                         {"plain", "given", "keyword", "Thing.method"})

    GENERATORS = """
        kept = []
        @leakwatch.scoped("generator")
        def numbers(end):
            kept.append(open("/dev/null"))
            for number in range(end):
                try:
                    got = yield number
                    if got: yield got
                except KeyError:
                    yield "caught"
            with leakwatch.scope("last"):
                kept.append(open("/dev/full"))
            return "done"
        def consume():
            tell(returned=(yield from numbers(2)))
    """

    def test_a_generator_is_inside_while_it_runs(self):
        report, told = self.watched(self.GENERATORS + """
        with leakwatch.scope("consumer") as consumer:
            for number in consume():
                kept.append(open("/dev/zero"))
                tell(number=number, held=len(consumer.held()))
        tell(left=consumer.left)
        """)
        self.assertEqual(told, [{"number": 0, "held": 1}, {"number": 1, "held": 2}, {"returned": "done"}, {"left": 2}])
        self.assertEqual({leak["scope"] for leak in self.found(report, "scope-leak")},
                         {"consumer", "consumer > generator", "consumer > generator > last"})
        self.assert_calm(report)

    def test_a_generator_is_sent_thrown_and_closed(self):
        report, told = self.watched(self.GENERATORS + """
        import inspect
        generator = numbers(9)
        tell(all=[next(generator), generator.send("sent"), next(generator), generator.throw(KeyError("x"))],
             is_generator=inspect.isgeneratorfunction(numbers))
        generator.close()
        broken = numbers(1)
        next(broken)
        try:
            broken.throw(ValueError("thrown"))
        except ValueError as error:
            tell(error=str(error))
        """)
        self.assertEqual(told, [{"all": [0, "sent", 1, "caught"], "is_generator": True}, {"error": "thrown"}])
        self.assert_calm(report)
        self.assertIn("ValueError: thrown", str(self.found(report, "scope-leak")))


class Threads(watched.Scripts):
    def test_each_has_its_own(self):
        report, told = self.watched("""
            import threading
            kept = []
            def work(number, gate):
                gate.wait()
                with leakwatch.scope(f"worker {number}") as scope:
                    kept.append(open("/dev/null"))
                    gate.wait()
                tell(left=scope.left)
            gate = threading.Barrier(8)
            with leakwatch.scope("main") as main:
                threads = [threading.Thread(target=work, args=(number, gate)) for number in range(8)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
            tell(main=main.left)
        """)
        self.assertEqual(told, [{"left": 1}] * 8 + [{"main": 0}])
        self.assert_calm(report)
        self.assertEqual({leak["scope"] for leak in self.found(report, "scope-leak")},
                         {f"worker {number}" for number in range(8)})

    def test_the_child_of_a_fork_is_outside(self):
        report, told = self.watched("""
            with leakwatch.scope("parent") as scope:
                child = os.fork()
                if child == 0:
                    with leakwatch.scope("child") as inner:
                        kept = open("/dev/null")
                    sys.stdout.flush()
                else:
                    status = os.waitpid(child, 0)[1]
            tell(left=scope.left, child=child == 0)
        """)
        self.assertEqual(sorted(told, key=str), [{"left": 0, "child": False}, {"left": 0, "child": True}])
        self.assert_calm(report)
        self.assertEqual(self.only(report, "scope-leak")["scope"], "child")


class Resources(watched.Scripts):
    def test_what_is_told_of_them(self):
        told = self.told("""
            with leakwatch.scope("work"):
                file = open("/dev/null")  # file
                directory = os.scandir("/")
                left, right = os.pipe()
                for resource in leakwatch.held():
                    tell(kind=resource.kind, type=resource.type, call=resource.call, detail=resource.detail,
                         handle=resource.handle, sources=resource.sources, frames=len(resource.frames),
                         stack=resource.stack(), age=resource.age, text=str(resource), numbers=[file.fileno(), left])
        """)
        numbers = told[0]["numbers"]
        script = self.path("script.py")
        self.assertEqual([line["kind"] for line in told], ["fd", "dir", "fd", "fd"])
        self.assertEqual([line["type"] for line in told], ["file", "dir", "pipe", "pipe"])
        self.assertEqual((told[0]["handle"], told[2]["handle"]), (numbers[0], numbers[1]))
        self.assertEqual(told[0]["sources"], [["<module>", script, self.line_of("file")]])
        self.assertEqual(told[0]["stack"], [f"<module> ({script}:{self.line_of('file')})"])
        self.assertIn("/dev/null", told[0]["text"])
        self.assertEqual(told[2]["sources"], [["<module>", script, self.line_of("file") + 2]], "told by the interpreter")
        for line in told:
            self.assertGreater(line["frames"], 3)
            self.assertTrue(0 <= line["age"] < 60, line["age"])

    def test_hand_over(self):
        report, told = self.watched("""
            kept = []
            with leakwatch.scope("outer") as outer:
                with leakwatch.scope("inner") as inner:
                    kept += [open("/dev/null"), open("/dev/zero"), open("/dev/full"), open("/dev/random")]
                    tell(over=[leakwatch.hand_over(kept[0]), leakwatch.hand_over(kept[1].fileno(), leakwatch.PROCESS),
                               leakwatch.hand_over(inner.held()[0], outer),
                               leakwatch.hand_over(kept[3], leakwatch.scope("never begun")), leakwatch.hand_over(9999),
                               leakwatch.hand_over(-1), leakwatch.hand_over("text"), leakwatch.hand_over(None)])
            tell(inner=inner.left, outer=outer.left, gone=leakwatch.hand_over(kept[3], outer))
            kept[0].close()
            tell(closed=leakwatch.hand_over(kept[0]))
        """)
        self.assertEqual(told, [{"over": [True, True, True] + [False] * 5}, {"inner": 1, "outer": 2, "gone": False},
                                {"closed": False}])
        self.assert_calm(report)

    def test_children(self):
        report, told = self.watched("""
            class Child:
                def __init__(self):
                    self.pid = os.fork()
            with leakwatch.scope("work") as work:
                child = Child()
                if child.pid == 0:
                    os._exit(0)
                tell(held=[resource.kind for resource in leakwatch.held()],
                     number=leakwatch.held()[0].handle == child.pid, over=leakwatch.hand_over(child, leakwatch.PROCESS))
            os.waitpid(child.pid, 0)
            tell(left=work.left)
        """)
        self.assertEqual(told, [{"held": ["child"], "number": True, "over": True}, {"left": 0}])
        self.assertEqual(report["findings"], [])

    def test_expected_and_labelled(self):
        report, told = self.watched("""
            with leakwatch.scope("start") as start:
                lock, log = os.open("/dev/null", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY)
                tell(done=[leakwatch.expect_held(lock, "for life"), leakwatch.label(log, "tenant 7"),
                           leakwatch.expect_held(9999), leakwatch.label(9999, "x")],
                     labels=[resource.label for resource in leakwatch.held()])
            tell(left=start.left)
        """)
        self.assertEqual(told, [{"done": [True, True, False, False], "labels": ["tenant 7"]}, {"left": 1}])
        leak = self.only(report, "scope-leak")
        self.assertIn("/dev/zero", str(leak))
        self.assertIn("tenant 7", str(leak))

    def test_the_process(self):
        told = self.told("""
            before = leakwatch.open_count()
            file = open("/dev/null")
            tell(active=leakwatch.active(), more=leakwatch.open_count() - before, ledger=leakwatch.ledger(),
                 held=[resource.detail for resource in leakwatch.held(leakwatch.PROCESS)])
            file.close()
        """)
        self.assertEqual((told[0]["active"], told[0]["more"]), (True, 1))
        self.assertRegex(told[0]["ledger"], r"/leakwatch\.python3.*\.lwl$")
        self.assertIn("/dev/null", told[0]["held"])


class Unwatched(watched.Scripts):
    def test_everything_is_a_no_op(self):
        told = self.unwatched("""
            import asyncio
            before = (asyncio.events.Handle._run, asyncio.base_events.BaseEventLoop.run_in_executor)
            def plain(): return 1
            with leakwatch.scope("work") as work:
                file = open("/dev/null")
                work.fail("x"); leakwatch.fail("x")
                async def task():
                    with leakwatch.scope("task"): await asyncio.sleep(0)
                asyncio.run(task())
                tell(active=leakwatch.active(), held=leakwatch.held(), mine=work.held(), open=leakwatch.open_count(),
                     ledger=leakwatch.ledger(), same=leakwatch.scoped(plain) is plain,
                     named=leakwatch.scoped("name")(plain) is plain,
                     done=[leakwatch.hand_over(file), leakwatch.expect_held(file, "x"), leakwatch.label(file, "x")],
                     asyncio=before == (asyncio.events.Handle._run, asyncio.base_events.BaseEventLoop.run_in_executor))
            try:
                with work: raise ValueError
            except ValueError:
                tell(left=work.left)
        """)
        self.assertEqual(told, [{"active": False, "held": [], "mine": [], "open": 0, "ledger": "", "same": True,
                                 "named": True, "done": [True] * 3, "asyncio": True}, {"left": 0}])

    def test_every_public_name_has_an_example(self):
        told = self.unwatched("""
            for name in leakwatch.__all__:
                thing = getattr(leakwatch, name)
                if not isinstance(thing, int):
                    tell(name=name, example="\\n\\n" in (thing.__doc__ or "").strip())
        """)
        self.assertGreater(len(told), 10)
        self.assertEqual([line["name"] for line in told if not line["example"]], [])


if __name__ == "__main__":
    watched.main()
