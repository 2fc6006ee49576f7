"""What Python has to lock, of threads and of processes: semaphores behind the scenes, of which nothing is said. (A child's
standard input stays open.)

allow: fd-leak detail=/dev/null
"""
import multiprocessing
import queue
import threading

ROUNDS = 200


def works(lock, again, items, count):
    for number in range(ROUNDS):
        with lock, again, again:
            count.append(number)
        items.put(number)


def threads():
    lock, again, items, count = threading.Lock(), threading.RLock(), queue.Queue(), []
    condition, event, barrier = threading.Condition(), threading.Event(), threading.Barrier(2)
    workers = [threading.Thread(target=works, args=(lock, again, items, count)) for _ in range(3)]

    def waits():
        barrier.wait()
        with condition:
            condition.wait_for(lambda: len(count) == 3 * ROUNDS)
        event.set()

    waiter = threading.Thread(target=waits)
    for thread in (*workers, waiter):
        thread.start()
    barrier.wait()
    for thread in workers:
        thread.join()
    with condition:
        condition.notify_all()
    event.wait()
    waiter.join()
    print(len(count), items.qsize(), lock.acquire(timeout=1))


def adds(lock, total, semaphore):
    for _ in range(ROUNDS):
        with lock, semaphore:
            total.value += 1


def processes(way):
    context = multiprocessing.get_context(way)
    lock, semaphore, total = context.Lock(), context.BoundedSemaphore(2), context.Value("i", 0)
    children = [context.Process(target=adds, args=(lock, total, semaphore)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print(way, total.value, [child.exitcode for child in children])


if __name__ == "__main__":
    threads()
    processes("fork")
