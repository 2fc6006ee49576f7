"""Exceptions that context managers swallow: what leakwatch.watch_exits() does. It lies beside leakwatch.py.

DESIGN. A `with` statement looks up __exit__ in the class of the manager, so the classes are where it can be seen: those
that are there are walked through once, and each class statement of later passes builtins.__build_class__. What is put
in place of __exit__ calls it and looks at its result only if there was an exception; without one it costs a call more.
Nothing is called for each function, as a profiler is, and nothing happens where no class of Python defines __exit__:
files, locks and sockets are C, whose methods cannot be replaced. None of CPython's own swallows but those of contextlib
and unittest, so the other classes of its standard library stay as they are.

An exception that was written about is no secret. Whoever logs, warns or writes to standard error while he handles it
(that is what sys.exc_info says then) has told it, what it came from, and whatever is raised from it. Exceptions are
known by their number and the place where they were raised: keeping one would keep its frames and all these hold."""

import builtins
import functools
import os
import sys
import threading
import types

_REMEMBERED = 64  # exceptions of a thread that were written about
_CHAIN = 16  # causes of an exception that are looked at
_LINES = 12

# Their purpose is to swallow, and whoever writes them says so. (module, class)
_ON_PURPOSE = {
    ("contextlib", "suppress"),
    ("unittest.case", "_AssertRaisesContext"),
    ("unittest.case", "_Outcome"),
    ("_pytest.python_api", "RaisesContext"),
    ("_pytest.raises", "RaisesExc"),
    ("_pytest.raises", "RaisesGroup"),
}
# Generators of contextlib.contextmanager, likewise. (file, function)
_ON_PURPOSE_CODE = {("case.py", "testPartExecutor"), ("case.py", "subTest")}

# Of the standard library, only these have something to do with swallowing.
_STANDARD = os.path.dirname(threading.__file__) + os.sep
_WATCHED_STANDARD = ("contextlib", "unittest")

_binding = None  # the module leakwatch
_asked = {}  # by the number of an exception whose __exit__ runs: how many of these run, and whether it was noted
_NEVER = object()


class _Thread(threading.local):
    def __init__(self):
        self.told = {}  # number of an exception: where it was raised


_here = _Thread()


# ---- What was written about ----

def _raised_at(error):
    """Where: the innermost line, as far as it has come."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace and (id(trace.tb_frame.f_code), trace.tb_lasti)


def _chain(error):
    """It, and what it came from."""
    for _ in range(_CHAIN):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _tell():
    """Something is being written: about what is being handled, if anything is."""
    error = sys.exc_info()[1]
    if error is None:
        return
    told = _here.told
    if len(told) >= _REMEMBERED:
        told.clear()
    for each in _chain(error):
        told[id(each)] = _raised_at(each)


def _was_told(error):
    told = _here.told
    return bool(told) and any(told.get(id(each), _NEVER) == _raised_at(each) for each in _chain(error))


def _telling(function):
    @functools.wraps(function)
    def write(*arguments, **keywords):
        _tell()
        return function(*arguments, **keywords)
    write.leakwatch_original = function
    return write


def _hear(owner, name):
    function = getattr(owner, name, None)
    if function is None or hasattr(function, "leakwatch_original"):
        return
    try:
        setattr(owner, name, _telling(function))
    except (AttributeError, TypeError):  # a standard error of C that has no room for it
        pass


def _listen():
    """Loggers, warnings that are shown, and standard error as it is now: test runners put others in its place."""
    logging = sys.modules.get("logging")
    if logging is not None and hasattr(logging, "Logger"):
        _hear(logging.Logger, "callHandlers")
    if "warnings" in sys.modules:
        _hear(sys.modules["warnings"], "_showwarnmsg")
    if sys.stderr is not None:
        _hear(sys.stderr, "write")


# ---- What swallows ----

def _manager(function, of, manager):
    """(name of what swallowed, its code): of contextlib's the generator function."""
    generator = getattr(manager, "gen", None) if type(manager).__module__ == "contextlib" else None
    code = getattr(generator, "gi_code", None) or getattr(generator, "ag_code", None)
    if code is not None:
        return getattr(generator, "__qualname__", code.co_name), code
    return f"{of.__qualname__.rpartition('<locals>.')[2]}.{function.__name__}", function.__code__


def _is_on_purpose(function, of, code):
    for each in of.__mro__:
        if function.__name__ in vars(each):
            if (each.__module__, each.__qualname__) in _ON_PURPOSE:
                return True
            break
    return (code.co_filename.rpartition("/")[2], code.co_name) in _ON_PURPOSE_CODE


def _text(error):
    try:
        text = str(error)
    except Exception:  # it is the program's own method
        text = ""
    kind = type(error).__name__
    return f"{kind}: {text}" if text else kind


def _lines(function, code, frame, traceback):
    """Who swallowed it, then where: from the line that raised it to the block, and who called that."""
    places = []
    while traceback is not None:
        places.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    places.reverse()
    outer = places[-1][0].f_back if places else frame
    while outer is not None and len(places) < _LINES:
        places.append((outer, outer.f_lineno or 0))
        outer = outer.f_back
    name = function.__qualname__ if code is function.__code__ else code.co_name
    lines = [(getattr(code, "co_qualname", name), code.co_filename, code.co_firstlineno)]
    for each, line in places[:_LINES]:
        of = each.f_code
        if of.co_filename not in (__file__, _binding.__file__):
            lines.append((getattr(of, "co_qualname", of.co_name), of.co_filename, line))
    return lines


def _note(function, of, arguments, frame):
    error, traceback = arguments[-2:]
    name, code = _manager(function, of, arguments[0])
    if _is_on_purpose(function, of, code):
        return
    telling = 0
    if _was_told(error):
        telling = 1
        _here.told.pop(id(error), None)
    elif not _binding._rank(code.co_filename):
        if not isinstance(error, Exception):  # a library that cancels what it had started itself
            return
        telling = 2
    number = getattr(error, "errno", None)
    _binding._swallowed(name, _text(error), number if isinstance(number, int) else 0, telling,
                        _lines(function, code, frame, traceback))


# An exception of which one __exit__ asks another (super, an ExitStack) is told once, by the innermost.

def _ask(error):
    _asked.setdefault(id(error), [0, False])[0] += 1
    _listen()


def _is_true(result):
    """As the interpreter will ask. A method of the program's own is not called twice."""
    if result is None or isinstance(result, bool):
        return bool(result)
    test = getattr(type(result), "__bool__", None) or getattr(type(result), "__len__", None)
    return test is None or (isinstance(test, types.WrapperDescriptorType) and bool(result))


def _answer(result, function, owner, arguments):
    try:
        state = _asked[id(arguments[-2])]
        state[0] -= 1
        if state[0] <= 0:
            del _asked[id(arguments[-2])]
        if not state[1] and _is_true(result):
            state[1] = True
            first = arguments[0]
            of = owner if len(arguments) == 3 else first if isinstance(first, type) else type(first)
            _note(function, of, arguments, sys._getframe(2))  # who called it
    except Exception:  # what is wrong here must not become the program's
        pass


def _wrap(function, owner, count):
    """count: of arguments, as a with statement gives them."""
    @functools.wraps(function)
    def __exit__(*arguments, **keywords):
        if keywords or len(arguments) != count or arguments[-2] is None:
            return function(*arguments, **keywords)
        result = None
        try:
            _ask(arguments[-2])
        except RecursionError:  # what is to be given back comes first
            pass
        try:
            result = function(*arguments)
            return result
        finally:
            try:
                _answer(result, function, owner, arguments)
            except RecursionError:
                pass
    __exit__.leakwatch_original = function
    return __exit__


def _wrap_async(function, owner, count):
    @functools.wraps(function)
    async def __aexit__(*arguments, **keywords):
        if keywords or len(arguments) != count or arguments[-2] is None:
            return await function(*arguments, **keywords)
        result = None
        try:
            _ask(arguments[-2])
        except RecursionError:
            pass
        try:
            result = await function(*arguments)
            return result
        finally:
            try:
                _answer(result, function, owner, arguments)
            except RecursionError:
                pass
    __aexit__.leakwatch_original = function
    return __aexit__


_WRAPPERS = {"__exit__": _wrap, "__aexit__": _wrap_async}


def _is_standard(of, code):
    file = code.co_filename
    is_package = "site-packages" in file or "dist-packages" in file
    return (file.startswith("<frozen ") or file.startswith(_STANDARD) and not is_package) and \
        of.__module__.partition(".")[0] not in _WATCHED_STANDARD


def _watch_class(of):
    for name, wrap in _WRAPPERS.items():
        method = vars(of).get(name)
        is_bare = isinstance(method, (staticmethod, classmethod))
        function = method.__func__ if is_bare else method
        if not isinstance(function, types.FunctionType) or hasattr(function, "leakwatch_original") or \
                _is_standard(of, function.__code__):
            continue
        watched = wrap(function, of, 3 if isinstance(method, staticmethod) else 4)
        try:
            setattr(of, name, type(method)(watched) if is_bare else watched)
        except Exception:  # a metaclass that does not let itself be changed, in its own words
            pass


def _watch_all():
    seen, waiting = {id(object)}, [object]
    while waiting:
        try:
            below = type.__subclasses__(waiting.pop())
        except TypeError:
            continue
        for of in below:
            if id(of) not in seen:
                seen.add(id(of))
                waiting.append(of)
                if of.__module__ not in ("leakwatch", __name__):
                    _watch_class(of)


def _watch_later_classes():
    build = builtins.__build_class__

    @functools.wraps(build)
    def __build_class__(*arguments, **keywords):
        of = build(*arguments, **keywords)
        if isinstance(of, type):
            _watch_class(of)
        return of
    builtins.__build_class__ = __build_class__


def start(binding):
    """From now on; once. binding: the module leakwatch."""
    global _binding
    if _binding is not None:
        return
    _binding = binding
    _watch_all()
    _watch_later_classes()
    _listen()
