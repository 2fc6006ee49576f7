"""Every way to a call that the language has."""
import functools
import sys

from noting import O_RDONLY, held, kept, os


def direct():
    kept.append(os.open(held("direct"), O_RDONLY))


def several_lines(
        one,
        two):
    return (one +
            os.open(
                held("several"),
                O_RDONLY,
            ) +
            two)


def file_object():
    kept.append(open(
        held("object")))


class Archive:
    kept.append(os.open(held("class body"), O_RDONLY))

    def method(self):
        return [self.inner(number) for number in range(1)]

    def inner(self, number):
        return os.open(held("method"), O_RDONLY) + number

    @classmethod
    def of_class(cls):
        kept.append(os.open(held("class method"), O_RDONLY))

    @staticmethod
    def static():
        kept.append(os.open(held("static"), O_RDONLY))

    @property
    def read(self):
        return os.open(held("property"), O_RDONLY)

    def __enter__(self):
        kept.append(os.open(held("enter"), O_RDONLY))

    def __exit__(self, *_):
        kept.append(os.open(held("exit"), O_RDONLY))
        return True

    def __getattr__(self, name):
        return os.open(held("attribute"), O_RDONLY)

    def __call__(self):
        return os.open(held("called"), O_RDONLY)

    def __add__(self, other):
        return os.open(held("operator"), O_RDONLY)

    def __init_subclass__(cls):
        kept.append(os.open(held("subclass"), O_RDONLY))

    class Inner:
        def __init__(self):
            def closure():
                return os.open(held("closure"), O_RDONLY)
            self.kept = closure()


def comprehensions():
    kept.append([os.open(held("list"), O_RDONLY) for _ in range(1)])
    kept.append({os.open(held("set"), O_RDONLY) for _ in range(1)})
    kept.append({os.open(held("dictionary"), O_RDONLY): 1 for _ in range(1)})
    kept.append(list(os.open(held("generator expression"), O_RDONLY) for _ in range(1)))
    kept.append([[os.open(held("nested"), O_RDONLY) for _ in range(1)] for _ in range(1)])


def generator(tag):
    try:
        yield os.open(held(f"{tag} generator"), O_RDONLY)
        sent = yield
        yield os.open(sent, O_RDONLY)
    finally:
        kept.append(os.open(held(f"{tag} generator closed"), O_RDONLY))


def delegating(tag):
    yield from generator(tag)


def generators():
    for _ in delegating("delegated"):
        break
    running = generator("driven")
    kept.append(running)
    next(running)
    next(running)
    running.send(held("sent"))


def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper


@decorated
@functools.lru_cache(None)
def cached(tag):
    return os.open(held(tag), O_RDONLY)


def exceptions():
    try:
        raise ValueError
    except ValueError:
        kept.append(os.open(held("except"), O_RDONLY))
    finally:
        kept.append(os.open(held("finally"), O_RDONLY))
    with Archive():
        raise KeyError
    try:
        try:
            1 / 0
        finally:
            kept.append(os.open(held("passing"), O_RDONLY))
    except ZeroDivisionError:
        pass


def f_großes_Ω_日本_𝔘():
    kept.append(os.open(held("non-ascii"), O_RDONLY))


def deep(depth, tag):
    if depth:
        return deep(depth - 1, tag)
    return os.open(held(tag), O_RDONLY)


def lines_without_code():
    x = 1; y = 2; kept.append(os.open(held("semicolons"), O_RDONLY)); x += y  # noqa: E702
    for _ in range(300):
        x += 1
    if (x
            and os.open(held("condition"), O_RDONLY)):
        assert os.open(held("assertion"), O_RDONLY) > 0, (
            "never")
    return os.open(f"{held('format')}", O_RDONLY)


def generated():
    text = "\n" * 999 + "def made():\n    return os.open(held(tag), O_RDONLY)\nkept.append(made())"
    for number, name in enumerate(("<made>", "", "/nowhere/a b.py", "\udcff\udc80.py", "日本/𝔘.py", "line\nend.py", "x" * 600)):
        exec(compile(text, name, "exec"), {**globals(), "tag": f"made {number}"})
    kept.append(eval("os.open(held('eval'), O_RDONLY)"))
    far = {}
    exec(compile("def far(tag):\n" + "\n" * 70000 + " return os.open(held(tag), O_RDONLY)", "far.py", "exec"), globals(), far)
    kept.append(far["far"]("far"))
    long_line = {}
    exec(compile("def wide(tag): return " + "0 or " * 2000 + "os.open(held(tag), O_RDONLY)", "wide.py", "exec"), globals(), long_line)
    kept.append(long_line["wide"]("wide"))


def run():
    direct()
    several_lines(1, 2)
    file_object()
    archive = Archive()
    archive.method()
    Archive.of_class()
    archive.static()
    kept.append((archive.read, archive.anything, archive(), archive + 1, archive.Inner()))
    type("Derived", (Archive,), {})
    comprehensions()
    generators()
    cached("cached")
    functools.partial(cached, "partial")()
    exceptions()
    f_großes_Ω_日本_𝔘()
    for depth in (1, 20, 30):
        deep(depth, f"deep {depth}")
    lines_without_code()
    generated()
    kept.append((lambda: os.open(held("lambda"), O_RDONLY))())


run()
sys.stdout.write("done\n")
