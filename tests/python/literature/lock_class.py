"""A class that holds a lock on a file, whose release() is skipped where the work fails.

expect: fd-leak level=error count=3 line=broken call=open64|open
expect-text: *lock*
forbid: late-release
"""
import fcntl
import os


class Lock:
    def __init__(self, name, opened):
        self.descriptor = opened(name + ".lock")
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def release(self):
        os.close(self.descriptor)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


def open_broken(path):
    return os.open(path, os.O_RDWR | os.O_CREAT)  # leak:broken


def open_mended(path):
    return os.open(path, os.O_RDWR | os.O_CREAT)


def work(number):
    if number % 4 == 1:
        raise RuntimeError(f"job {number}")


def job_broken(number):
    lock = Lock(f"broken-{number}", open_broken)
    work(number)
    lock.release()


def job_mended(number):
    with Lock(f"mended-{number}", open_mended):
        work(number)


for job in (job_broken, job_mended):
    for i in range(10):
        try:
            job(i)
        except RuntimeError as error:
            print(error)
