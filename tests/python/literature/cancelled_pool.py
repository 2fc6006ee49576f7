"""An asyncio pool that loses the connection of a query that is cancelled: it stays among the busy ones.

expect: late-release level=warning count=5 line=broken call=socketpair later="closed only as the interpreter ended"
forbid: late-release
forbid: fd-leak
"""
import asyncio
import socket

peers = []


class Pool:
    def __init__(self):
        self.free, self.busy = [], set()

    def connect(self, pair):
        mine, theirs = pair
        mine.setblocking(False)
        peers.append(theirs)
        return mine

    def take(self):
        connection = self.free.pop() if self.free else self.dial()
        self.busy.add(connection)
        return connection

    def give(self, connection):
        self.busy.remove(connection)
        self.free.append(connection)

    def close(self):
        for connection in self.free:
            connection.close()


class Broken(Pool):
    def dial(self):
        return self.connect(socket.socketpair())  # leak:broken

    async def query(self, patience):
        connection = self.take()
        await asyncio.sleep(patience)
        self.give(connection)


class Mended(Pool):
    def dial(self):
        return self.connect(socket.socketpair())

    async def query(self, patience):
        connection = self.take()
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
    for peer in peers:
        peer.close()
    print(len(done), "answered,", len(late), "cancelled")


pools = [Broken(), Mended()]
for each in pools:
    asyncio.run(serve(each))
