"""C code between the frames: what calls back."""
import bisect
import collections
import contextlib
import ctypes
import functools
import gc
import importlib.util
import json
import pickle
import re
import signal
import sqlite3
import sys
import weakref
import xml.parsers.expat

from noting import O_RDONLY, held, kept, os, take

COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
calls = collections.Counter()


def once(tag):
    calls[tag] += 1
    if calls[tag] == 1:
        kept.append(os.open(held(tag), O_RDONLY))
    return 0


def compare(_one, _two):
    return once("qsort")


def sort():
    numbers = (ctypes.c_int * 3)(3, 2, 1)
    ctypes.CDLL(None).qsort(numbers, 3, 4, COMPARE(compare))
    ctypes.PyDLL(None).qsort(numbers, 3, 4, COMPARE(lambda one, two: once("qsort with the lock")))
    sorted([1], key=lambda _: once("key"))
    sorted([2, 1], key=functools.cmp_to_key(lambda one, two: once("cmp_to_key")))
    list(map(lambda number: once("map"), [1]))
    list(filter(lambda number: once("filter"), [1]))
    functools.reduce(lambda one, two: once("reduce"), [1, 2])
    max([1, 2], key=lambda _: once("max"))
    re.sub("a", lambda _: str(once("re")), "a")
    collections.defaultdict(lambda: once("default"))[1]


def outer_callback(_one, _two):
    calls["nested"] += 1
    if calls["nested"] == 1:
        numbers = (ctypes.c_int * 2)(2, 1)
        ctypes.CDLL(None).qsort(numbers, 2, 4, COMPARE(lambda one, two: once("twice through C")))
    return 0


class Ordered:
    def __init__(self, tag):
        self.tag = tag

    def __lt__(self, other):
        return once(self.tag)

    def __eq__(self, other):
        return not once(self.tag + " equal")

    def __hash__(self):
        return once(self.tag + " hash")

    def __repr__(self):
        return str(once(self.tag + " repr"))

    def __reduce__(self):
        return str, (once(self.tag + " reduce"),)

    def __iter__(self):
        return iter([once(self.tag + " iter")])

    def __index__(self):
        return once(self.tag + " index")

    def __bool__(self):
        return not once(self.tag + " bool")


def objects():
    bisect.bisect([Ordered("bisect")], Ordered("bisect"))
    assert {Ordered("key of dict"): 1} and [Ordered("one")] == [Ordered("two")]
    str([Ordered("text")])
    pickle.dumps(Ordered("pickle"))
    list(Ordered("list"))
    [1][Ordered("at")]
    if Ordered("truth"):
        json.dumps({"a": Ordered}, default=lambda _: once("json"))


def database():
    connection = sqlite3.connect(":memory:")
    connection.create_function("opened", 0, lambda: once("sqlite"))
    connection.execute("select opened()").fetchall()
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: once("expat")
    parser.Parse("<a/>", True)


class Finalised:
    def __init__(self, tag):
        self.tag = tag

    def __del__(self):
        take(self.tag)


def finalised():
    one = Finalised("del at return")
    del one
    two = Finalised("del of a local")
    loop = Finalised("del by the collector")
    loop.itself = loop
    del loop
    gc.collect()
    third = Finalised("weakly known")
    weak = weakref.ref(third, lambda _: once("weakref"))
    del third
    return weak is None, two


def handler(_number, _frame):
    take("signal")


def signals():
    signal.signal(signal.SIGUSR1, handler)
    os.kill(os.getpid(), signal.SIGUSR1)
    for number in range(10):
        calls["turns"] += number


def traced(_frame, event, _argument):
    if event == "call":
        once("traced")
    return traced


def profiled(_frame, event, _argument):
    once("profiled " + event)


def tracing():
    def follow():
        return 1
    sys.settrace(traced)
    follow()
    sys.settrace(None)
    sys.setprofile(profiled)
    follow()
    len("")
    sys.setprofile(None)


@contextlib.contextmanager
def managed():
    take("before")
    yield
    take("after")


def imported():
    with open("imported_module.py", "w", encoding="utf-8") as file:
        file.write("from noting import take\n\n\ntake('import')\n")
    sys.path.insert(0, os.getcwd())
    importlib.invalidate_caches()
    import imported_module  # noqa: F401


def run():
    sort()
    ctypes.CDLL(None).qsort((ctypes.c_int * 2)(2, 1), 2, 4, COMPARE(outer_callback))
    objects()
    database()
    finalised()
    signals()
    tracing()
    with managed():
        pass
    imported()


run()
