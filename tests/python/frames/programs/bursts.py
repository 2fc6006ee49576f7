"""Python of all sorts is interrupted at any instruction by a handler, in C, that opens files: bursts.py LIBRARY COUNT

Which lines there are is written to lines.txt: whatever is told must be one of them."""
import ctypes
import gc
import json
import os
import sys
import time
import types


class Loop:
    def __init__(self, number):
        self.number = number
        self.itself = self

    def __del__(self):
        total[0] += self.number


total = [0]


def recursive(depth):
    return 1 + recursive(depth - 1) if depth else 0


def generator(number):
    try:
        yield from range(number)
    finally:
        total[0] += 1


def keyed(number):
    return -number


def work():
    total[0] += 1
    if total[0] % 16 == 0:
        time.sleep(0.0003)  # where a handler finds the frames whole
    recursive(40)
    for number in generator(50):
        Loop(number)
    sorted(range(30), key=keyed)
    sorted(range(30), key=lambda number: -number)
    made = {}
    exec(compile("def made():\n    return [str(number) for number in range(20)]\nmade()", "<made>", "exec"), made)
    json.loads(json.dumps({str(number): [number] * 3 for number in range(30)}))
    try:
        raise KeyError(made)
    except KeyError:
        total[0] += 1


def codes_in(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_in(constant)


def lines():
    import dis
    roots = [thing.__code__ for thing in gc.get_objects() if isinstance(thing, types.FunctionType)]
    with open(__file__, encoding="utf-8") as file:
        roots.append(compile(file.read(), __file__, "exec"))
    roots.append(compile("def made():\n    return [str(number) for number in range(20)]\nmade()", "<made>", "exec"))
    for root in roots:
        for code in codes_in(root):
            for _, line in list(dis.findlinestarts(code)) + [(0, code.co_firstlineno)]:
                yield getattr(code, "co_qualname", code.co_name), line or 0, code.co_filename


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.bursts_begin(int(sys.argv[2]))
    while library.bursts_came() < int(sys.argv[2]):
        work()
    came = library.bursts_end()
    with open("lines.json", "w", encoding="utf-8") as file:
        json.dump(sorted(set(lines())), file)
    print(came)


main()
