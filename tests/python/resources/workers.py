"""Pipes of multiprocessing that are kept, and a worker that is started and joined.

expect: late-release level=warning count=18 line=pipe
forbid: late-release
forbid: fd-leak
forbid: child-leak
"""
import multiprocessing

kept = []


def work(connection):
    connection.send(3)
    connection.close()


if __name__ == "__main__":
    for _ in range(9):
        kept.append(multiprocessing.Pipe())  # leak:pipe
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    worker = context.Process(target=work, args=(theirs,))
    worker.start()
    theirs.close()
    print(mine.recv())
    mine.close()
    worker.join()
    worker.close()
