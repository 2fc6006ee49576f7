"""Files that nobody closes: kept in a list to the end, in a cycle that the collector finds, in an object with
__del__, and some that the last reference takes with it, of which nothing is said.

expect: late-release level=warning count=9 line=many later="closed only as the interpreter ended" detail=/etc/passwd
expect: late-release level=note count=3 line=cycle later="closed by the garbage collector"
expect: late-release level=note count=5 line=method later="closed by the garbage collector"
forbid: late-release
forbid: fd-leak
"""
import gc
import os

kept = []


class Reader:
    def begin(self):
        self.itself = self
        self.file = open("/etc/group", encoding="utf-8")  # leak:cycle


class Descriptor:
    def __init__(self):
        self.itself = self
        self.number = os.open("/etc/group", os.O_RDONLY)  # leak:method

    def __del__(self):
        self.close()

    def close(self):
        os.close(self.number)


def read(path):
    return open(path, encoding="utf-8").read()


def keep(path):
    kept.append(open(path, encoding="utf-8"))  # leak:many


for _ in range(9):
    keep("/etc/passwd")
for _ in range(3):
    Reader().begin()
for _ in range(5):
    Descriptor()
gc.collect()
print(sum(len(read("/etc/group")) > 0 for _ in range(20)))
