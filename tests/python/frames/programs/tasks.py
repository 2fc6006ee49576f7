"""asyncio: frames that are suspended and go on elsewhere."""
import asyncio
import contextlib

from noting import O_RDONLY, held, kept, os, take


async def leaf(tag):
    await asyncio.sleep(0)
    kept.append(os.open(held(tag), O_RDONLY))


async def middle(tag):
    await leaf(tag)


async def numbers():
    take("async generator")
    yield 1
    await asyncio.sleep(0)
    take("async generator, later")
    yield 2


@contextlib.asynccontextmanager
async def managed():
    take("async enter")
    yield
    take("async exit")


class Waited:
    def __await__(self):
        take("await")
        yield from asyncio.sleep(0).__await__()
        take("await, later")


async def cancelled():
    try:
        await asyncio.sleep(60)
    finally:
        take("cancelled")


async def run():
    await asyncio.gather(leaf("task"), middle("coroutine"))
    async for _ in numbers():
        pass
    kept.append([number async for number in comprehended()])
    async with managed():
        await Waited()
    task = asyncio.ensure_future(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_soon(lambda: done.set_result(take("call soon")))
    await done
    await loop.run_in_executor(None, take, "executor")


async def comprehended():
    take("async comprehension")
    yield 1


asyncio.run(run())
