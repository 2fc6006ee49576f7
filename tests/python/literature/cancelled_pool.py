"""An asyncio pool that loses the connection of a query that is cancelled.

expect: late-release count=5 line=broken call=socketpair later="closed *"
forbid: late-release
forbid: fd-leak
"""
import asyncio
import socket

peers = []


class Pool:
    def __init__(self):
        self.free = []

    async def connect(self, pair):
        mine, theirs = pair
        peers.append(theirs)
        return await asyncio.open_connection(sock=mine)

    async def take(self):
        return self.free.pop() if self.free else await self.dial()

    def give(self, connection):
        self.free.append(connection)

    def close(self):
        for _, writer in self.free:
            writer.close()


class Broken(Pool):
    async def dial(self):
        return await self.connect(socket.socketpair())  # leak:broken

    async def query(self, patience):
        connection = await self.take()
        await asyncio.sleep(patience)
        self.give(connection)


class Mended(Pool):
    async def dial(self):
        return await self.connect(socket.socketpair())

    async def query(self, patience):
        connection = await self.take()
        try:
            await asyncio.sleep(patience)
        finally:
            self.give(connection)


async def serve(pool):
    queries = [asyncio.ensure_future(pool.query(3600 if i % 2 else 0)) for i in range(10)]
    done, late = await asyncio.wait(queries, timeout=0.5)
    for query in late:
        query.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    pool.close()
    await asyncio.sleep(0)
    for peer in peers:
        peer.close()
    print(len(done), "answered,", len(late), "cancelled")


for kind in (Broken, Mended):
    asyncio.run(serve(kind()))
