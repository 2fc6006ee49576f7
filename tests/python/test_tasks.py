"""leakwatch.py and asyncio: a scope follows its task, not its thread."""
import watched


class Tasks(watched.Scripts):
    def test_two_hundred_tasks_of_which_seven_leak(self):
        report, told = self.watched("""
            import asyncio, random
            LEAKING = {3, 32, 61, 90, 119, 148, 177}
            kept = []
            async def read(number, turns):
                with leakwatch.scope("read"):
                    for _ in range(turns):
                        file = open("/dev/zero")
                        await asyncio.sleep(0)
                        file.close()
            async def job(number, turns):
                with leakwatch.scope(f"job {number}") as scope:
                    descriptor = os.open("/dev/null", os.O_RDONLY)  # acquired
                    await asyncio.sleep(turns / 1000)
                    await read(number, turns)
                    if number not in LEAKING:
                        os.close(descriptor)
                return scope.left
            async def main():
                with leakwatch.scope("batch"):
                    turns = random.Random(7)
                    left = await asyncio.gather(*(job(number, turns.randrange(5)) for number in range(200)))
                tell(leaking=[number for number, count in enumerate(left) if count], left=sum(left))
            asyncio.run(main())
        """)
        leaking = [3, 32, 61, 90, 119, 148, 177]
        self.assertEqual(told, [{"leaking": leaking, "left": 7}])
        self.assert_calm(report)
        leaks = self.found(report, "scope-leak")
        self.assertEqual({leak["scope"] for leak in leaks}, {f"batch > job {number}" for number in leaking})
        self.assertEqual([leak["count"] for leak in leaks], [1] * 7)
        self.assertEqual(len(report["findings"]), 7)
        for leak in leaks:
            frame = next(frame for frame in leak["stacks"]["acquired"] if frame["language"] == "python")
            self.assertEqual((frame["function"].rpartition(".")[2], frame["line"]), ("job", self.line_of("acquired")))

    HELPERS = """
        import asyncio
        kept = []
        def take(path="/dev/null"):
            kept.append(os.open(path, os.O_RDONLY))
        def names(scope):
            return sorted(resource.detail for resource in scope.held())
    """

    def run_tasks(self, text):
        report, told = self.watched(self.HELPERS + text)
        self.assert_calm(report)
        self.leaks = self.found(report, "scope-leak")
        return self.leaks_by_scope(report), told

    def test_children_of_a_task_are_inside_while_it_is_open(self):
        leaks, _ = self.run_tasks("""
        async def child(delay, path):
            await asyncio.sleep(delay)
            take(path)
        async def main():
            with leakwatch.scope("parent"):
                inside = asyncio.create_task(child(0, "/dev/null"))
                late = asyncio.create_task(child(0.05, "/dev/zero"))
                await inside
            await late
            with leakwatch.scope("other"):
                await asyncio.sleep(0)
        asyncio.run(main())
        """)
        self.assertEqual(leaks, {"parent": 1})
        self.assertIn("/dev/null", str(self.leaks))
        self.assertNotIn("/dev/zero", str(self.leaks))

    def test_a_scope_around_the_loop(self):
        leaks, told = self.run_tasks("""
        async def child():
            with leakwatch.scope("child"):
                await asyncio.sleep(0)
                take("/dev/zero")
        async def main():
            take()
            await asyncio.gather(child(), child())
        with leakwatch.scope("process it all") as scope:
            asyncio.run(main())
        tell(left=scope.left)
        """)
        self.assertEqual(leaks, {"process it all": 1, "process it all > child": 2})
        self.assertEqual(told, [{"left": 1}])

    def test_callbacks_are_inside_the_scope_that_scheduled_them(self):
        leaks, _ = self.run_tasks("""
        async def main():
            loop = asyncio.get_running_loop()
            with leakwatch.scope("scheduler"):
                loop.call_soon(take, "/dev/null")
                loop.call_later(0.01, take, "/dev/zero")
                await asyncio.sleep(0.03)
            loop.call_soon(take, "/dev/full")
            with leakwatch.scope("waiting"):
                await asyncio.sleep(0)
        asyncio.run(main())
        """)
        self.assertEqual(leaks, {"scheduler": 2})

    def test_the_first_scope_of_all_in_a_running_loop(self):
        leaks, _ = self.run_tasks("""
        async def first():
            with leakwatch.scope("first"):
                await asyncio.sleep(0.01)
        async def second():
            take()
            await asyncio.sleep(0)
            take("/dev/zero")
        async def main():
            await asyncio.gather(first(), second())
        asyncio.run(main())
        """)
        self.assertEqual(leaks, {})

    def test_cancellation(self):
        leaks, told = self.run_tasks("""
        async def job():
            with leakwatch.scope("cancelled"):
                take()
                await asyncio.sleep(60)
        async def main():
            task = asyncio.create_task(job())
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                tell(cancelled=True)
            try:
                await asyncio.wait_for(job(), 0.01)
            except asyncio.TimeoutError:
                tell(timeout=True)
        asyncio.run(main())
        """)
        self.assertEqual(told, [{"cancelled": True}, {"timeout": True}])
        self.assertEqual(leaks, {"cancelled": 2})
        self.assertIn("CancelledError", str(self.leaks))

    def test_a_group_that_fails(self):
        leaks, told = self.run_tasks("""
        async def good():
            with leakwatch.scope("good"):
                await asyncio.sleep(0.001)
                take()
                await asyncio.sleep(60)
        async def bad():
            with leakwatch.scope("bad"):
                await asyncio.sleep(0.01)
                raise ValueError("broken")
        async def main():
            with leakwatch.scope("group") as group:
                try:
                    if hasattr(asyncio, "TaskGroup"):
                        async with asyncio.TaskGroup() as tasks:
                            tasks.create_task(good()); tasks.create_task(bad())
                    else:
                        tasks = [asyncio.ensure_future(good()), asyncio.ensure_future(bad())]
                        await asyncio.gather(*tasks)
                except Exception as error:
                    tell(caught="broken" in str(getattr(error, "exceptions", error)))
        asyncio.run(main())
        """)
        self.assertEqual(told, [{"caught": True}])
        self.assertEqual(leaks, {"group > good": 1})

    def test_decorated_coroutines_and_generators(self):
        leaks, told = self.run_tasks("""
        import inspect
        @leakwatch.scoped
        async def load(path):
            await asyncio.sleep(0)
            take(path)
            return path
        @leakwatch.scoped("rows")
        async def rows():
            take("/dev/full")
            try:
                for number in range(3):
                    await asyncio.sleep(0)
                    yield number
            finally:
                await asyncio.sleep(0)
                take("/dev/random")
        async def consume(count):
            with leakwatch.scope("consumer") as consumer:
                generator = rows()
                seen = []
                async for number in generator:
                    await asyncio.sleep(0)
                    take("/dev/zero")
                    seen.append(number)
                    if len(seen) == count:
                        break
                await generator.aclose()
                tell(seen=seen, held=names(consumer))
        async def main():
            tell(result=await load("/dev/null"), coroutine=inspect.iscoroutinefunction(load),
                 generator=inspect.isasyncgenfunction(rows))
            await asyncio.gather(consume(2), consume(9))
        asyncio.run(main())
        """)
        self.assertEqual(told[0], {"result": "/dev/null", "coroutine": True, "generator": True})
        self.assertEqual(sorted(told[1:], key=lambda line: line["seen"]), [{"seen": [0, 1], "held": ["/dev/zero"] * 2},
                                                     {"seen": [0, 1, 2], "held": ["/dev/zero"] * 3}])
        self.assertEqual(leaks, {"load": 1, "consumer": 5, "consumer > rows": 4})

    def test_a_loop_inside_a_thread(self):
        leaks, told = self.run_tasks("""
        import threading
        async def job(number):
            with leakwatch.scope(f"thread {number}"):
                for _ in range(50):
                    descriptor = os.open("/dev/null", os.O_RDONLY)
                    await asyncio.sleep(0)
                    os.close(descriptor)
                take()
        async def many(number):
            await asyncio.gather(*(job(number) for _ in range(10)))
        threads = [threading.Thread(target=lambda number=number: asyncio.run(many(number))) for number in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """)
        self.assertEqual(leaks, {f"thread {number}": 10 for number in range(4)})


class Pools(watched.Scripts):
    def run_pool(self, text):
        report, told = self.watched("""
            import asyncio, concurrent.futures, time
            kept = []
            def take(path="/dev/null", delay=0):
                time.sleep(delay)
                kept.append(os.open(path, os.O_RDONLY))
                return path
            def in_thread(function, *arguments):
                return asyncio.get_running_loop().run_in_executor(None, function, *arguments)
        """ + text)
        self.assert_calm(report)
        self.leaks = self.found(report, "scope-leak")
        return self.leaks_by_scope(report), told

    def test_a_thread_works_for_the_scope(self):
        leaks, told = self.run_pool("""
            def nested():
                with leakwatch.scope("nested"):
                    take("/dev/zero")
            async def main():
                with leakwatch.scope("task") as task:
                    tell(result=await in_thread(take), held=len(task.held()))
                    await in_thread(nested)
                    if hasattr(asyncio, "to_thread"):
                        await asyncio.to_thread(take)
                    else:
                        take()
                tell(left=task.left)
            asyncio.run(main())
        """)
        self.assertEqual(told, [{"result": "/dev/null", "held": 1}, {"left": 2}])
        self.assertEqual(leaks, {"task": 2, "task > executor > nested": 1})

    def test_several_at_once(self):
        leaks, told = self.run_pool("""
            async def main():
                with leakwatch.scope("task") as task:
                    await asyncio.gather(*(in_thread(take, "/dev/zero", 0.05) for _ in range(3)))
                    take()
                tell(left=task.left)
            asyncio.run(main())
            with leakwatch.scope("around the loop") as around:
                async def one():
                    await in_thread(take)
                asyncio.run(one())
            tell(left=around.left)
        """)
        self.assertEqual(told, [{"left": 4}, {"left": 1}])
        self.assertEqual(leaks, {"task": 4, "around the loop": 1})

    def test_a_task_that_does_not_wait_for_its_thread(self):
        leaks, told = self.run_pool("""
            async def main():
                try:
                    with leakwatch.scope("hurry"):
                        await asyncio.wait_for(in_thread(take, "/dev/null", 0.2), 0.02)
                except asyncio.TimeoutError:
                    tell(timeout=True)
                with leakwatch.scope("next") as following:
                    take("/dev/zero")
                tell(left=following.left)
                await asyncio.sleep(0.3)
            asyncio.run(main())
        """)
        self.assertEqual(told, [{"timeout": True}, {"left": 1}])
        self.assertEqual(leaks, {"hurry > executor": 1, "next": 1})

    def test_an_errand_that_is_called_off(self):
        leaks, told = self.run_pool("""
            async def main():
                pool = concurrent.futures.ThreadPoolExecutor(1)
                loop = asyncio.get_running_loop()
                with leakwatch.scope("task") as task:
                    busy = loop.run_in_executor(pool, time.sleep, 0.1)
                    waiting = loop.run_in_executor(pool, take)
                    waiting.cancel()
                    await busy
                pool.shutdown()
                tell(left=task.left, taken=len(kept))
            asyncio.run(main())
        """)
        self.assertEqual(told, [{"left": 0, "taken": 0}])
        self.assertEqual(leaks, {})

    def test_other_processes_and_wrong_calls_stay_what_they_were(self):
        _, told = self.run_pool("""
            async def main():
                with leakwatch.scope("task"):
                    with concurrent.futures.ProcessPoolExecutor(1) as pool:
                        loop = asyncio.get_running_loop()
                        tell(result=await loop.run_in_executor(pool, abs, -3))
                    try:
                        await in_thread(int, "x")
                    except ValueError as error:
                        tell(error="invalid literal" in str(error))
                    loop.set_debug(True)
                    try:
                        await in_thread(main)
                    except TypeError:
                        tell(refused=True)
            asyncio.run(main())
        """)
        self.assertEqual(told, [{"result": 3}, {"error": True}, {"refused": True}])


if __name__ == "__main__":
    watched.main()
