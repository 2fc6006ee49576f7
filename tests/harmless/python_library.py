#!/usr/bin/env python3
# The parts of Python's library that open the oddest things: subprocess, multiprocessing, asyncio, threads, sqlite3.
# needs: python3
# expect: the tour is over
import asyncio
import concurrent.futures
import mmap
import multiprocessing
import os
import pty
import resource
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import zipfile


def double(number):
    return number * 2


def use_subprocesses():
    print(subprocess.run(["sort", "-r"], input=b"1\n2\n3\n", capture_output=True, check=True).stdout)
    print(subprocess.run("exit 5", shell=True, check=False).returncode)
    first = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
    second = subprocess.Popen(["wc", "-l"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdout.close()
    print(second.communicate()[0].split(), first.wait())
    for _ in range(50):
        subprocess.run(["true"], check=True, close_fds=True)
    try:
        subprocess.run(["no-such-program"], check=True)
    except FileNotFoundError as error:
        print(error)
    sleeper = subprocess.Popen(["sleep", "60"])
    sleeper.terminate()
    print(sleeper.wait())
    print(os.spawnlp(os.P_WAIT, "sh", "sh", "-c", "exit 3"), os.system("exit 4"))
    print(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)[1]))
    with os.popen("echo popen") as stream:
        print(stream.read())


def use_processes():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(double, range(8)))
        queue = context.Queue()
        child = context.Process(target=queue.put, args=("from the child",))
        child.start()
        print(queue.get(), child.join(), child.exitcode)
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        print(list(executor.map(double, range(5))))


def use_threads():
    def work(number):
        for _ in range(100):
            with tempfile.TemporaryFile() as file, socket.socket() as sock:
                file.write(b"x" * number)
                sock.fileno()
        return number
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        print(sum(executor.map(work, range(32))))


async def serve_and_ask():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async def ask(port, number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"question %d\n" % number)
        text = await reader.read()
        writer.close()
        await writer.wait_closed()
        return text

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(await asyncio.gather(*(ask(port, number) for number in range(30))))
    server.close()
    await server.wait_closed()
    child = await asyncio.create_subprocess_exec("cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await child.communicate(b"through a pipe"), child.returncode)


def use_kernel_things():
    reader, writer = socket.socketpair()
    with reader, writer, open("sent.txt", "w+") as file:
        file.write("sent over a socket")
        file.flush()
        socket.send_fds(writer, [b"x"], [file.fileno()])
        received = socket.recv_fds(reader, 1, 4)[1]
        print(os.pread(received[0], 100, 0))
        os.close(received[0])
    with selectors.DefaultSelector() as selector:
        print(selector.select(0))
    with tempfile.TemporaryFile() as file:
        file.truncate(8192)
        with mmap.mmap(file.fileno(), 8192) as view:
            view[0:5] = b"hello"
            print(view[0:5])
    memory = os.memfd_create("memory")
    print(os.write(memory, b"x"), os.fstat(memory).st_size)
    os.close(memory)
    os.close(os.eventfd(0))
    os.close(os.pidfd_open(os.getpid()))
    master, slave = pty.openpty()
    os.write(slave, b"terminal\n")
    print(os.read(master, 100))
    os.close(master)
    os.close(slave)
    print(sorted(entry.name for entry in os.scandir(".")))
    print(len(os.listdir("/proc/self/fd")))


def use_limits():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
    held = []
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        print(error, held)
    for fd in held:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    os.closerange(3, 200)
    print(os.open("/dev/null", os.O_RDONLY))


def use_database():
    with sqlite3.connect("tour.db") as database:
        database.execute("create table t(x)")
        database.executemany("insert into t values(?)", [(i,) for i in range(1000)])
        print(database.execute("select sum(x) from t").fetchall())
    database.close()
    with zipfile.ZipFile("tour.zip", "w") as archive:
        archive.write("tour.db")
    print(zipfile.ZipFile("tour.zip").testzip())


def use_signals():
    signal.signal(signal.SIGALRM, lambda *_: os.close(os.open("/dev/null", os.O_RDONLY)))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    for _ in range(2000):
        with open("sent.txt") as file:
            file.read()
    signal.setitimer(signal.ITIMER_REAL, 0)
    child = os.fork()
    if child == 0:
        with open("sent.txt") as file:
            os._exit(len(file.read()))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print(threading.active_count())


def main():
    for part in (use_subprocesses, use_processes, use_threads, use_kernel_things, use_database, use_signals):
        print(part.__name__, flush=True)
        part()
        sys.stdout.flush()
    asyncio.run(serve_and_ask())
    use_limits()
    print("the tour is over", flush=True)
    os._exit(9)


if __name__ == "__main__":
    main()
