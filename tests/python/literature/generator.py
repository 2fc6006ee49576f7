"""A context manager made of a generator, whose end is not reached where the block raises; and a generator that reads a file,
of which one line is wanted.

expect: fd-leak level=error count=3 line=broken call=open64|open
expect: late-release level=note count=1 line=kept later="closed only as the interpreter ended"
forbid: late-release
"""
import contextlib
import os


@contextlib.contextmanager
def opened_broken(path):
    descriptor = os.open(path, os.O_RDONLY)  # leak:broken
    yield descriptor
    os.close(descriptor)


@contextlib.contextmanager
def opened_mended(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def lines_broken(path):
    with open(path, encoding="utf-8") as source:  # leak:kept
        yield from source


def lines_mended(path):
    with open(path, encoding="utf-8") as source:
        yield from source


for opened in (opened_broken, opened_mended):
    for i in range(8):
        try:
            with opened("/etc/passwd") as file:
                print(len(os.read(file, 1 if i % 3 else 0)))
                if i % 3 == 1:
                    raise RuntimeError(i)
        except RuntimeError as error:
            print("failed at", error)

first = lines_broken("/etc/passwd")
print(len(next(first)) > 0)
with contextlib.closing(lines_mended("/etc/passwd")) as second:
    print(len(next(second)) > 0)
