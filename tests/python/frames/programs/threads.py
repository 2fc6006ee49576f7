"""Threads, forked children, and what runs in them."""
import multiprocessing
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from noting import O_RDONLY, held, kept, os, take


def worker(tag):
    kept.append(os.open(held(tag), O_RDONLY))


def recursive(tag, depth):
    return recursive(tag, depth - 1) if depth else take(tag)


def in_threads():
    threads = [threading.Thread(target=worker, args=(f"thread {number}",)) for number in range(8)]
    threads += [threading.Thread(target=recursive, args=(f"deep thread {number}", 12 + number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(take, [f"pool {number}" for number in range(9)]))
    timer = threading.Timer(0, take, ["timer"])
    timer.start()
    timer.join()


class Failing(threading.Thread):
    def run(self):
        take("before the failure")
        raise ValueError


def forked(tag, ending=lambda: os._exit(0)):
    child = os.fork()
    if child == 0:
        take(tag)
        ending()
    assert os.waitpid(child, 0)[1] in (0, signal.SIGKILL)


def forked_by_a_thread():
    take("thread before the fork")
    forked("child of a thread")


def in_children():
    forked("child")
    forked("killed child", lambda: os.kill(os.getpid(), signal.SIGKILL))
    thread = threading.Thread(target=forked_by_a_thread)
    thread.start()
    thread.join()
    child = multiprocessing.get_context("fork").Process(target=take, args=("process",))
    child.start()
    child.join()
    subprocess.run(["true"], preexec_fn=lambda: take("preexec"), check=True)


def run():
    threading.excepthook = lambda failure: take("hook")
    in_threads()
    failing = Failing()
    failing.start()
    failing.join()
    in_children()


run()
take("module")
