"""Exceptions that context managers swallow: what leakwatch.watch_exits() does. It lies beside leakwatch.py.

DESIGN. A `with` statement looks up __exit__ in the class of the manager, so the classes are where it can be seen: those
that are there are walked through once, and each class statement of later passes builtins.__build_class__. What is put in
place of __exit__ calls it and looks at its result only if there was an exception; without one it costs a call more.
Nothing is called for each function, as a profiler is, and nothing happens where no class of Python defines __exit__:
files, locks and sockets are C, whose methods cannot be replaced. None of CPython's own swallows.

An exception that was written about is no secret. Whoever logs, warns or writes to standard error while he handles it
(that is what sys.exc_info says then) has told it, and whatever is raised from it. Exceptions are known by their number and
the place where they were raised: keeping one would keep its frames and all that these hold."""

import builtins
import functools
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


def _tell():
    """Something is being written: about what is being handled, if anything is."""
    error = sys.exc_info()[1]
    if error is None:
        return
    told = _here.told
    if len(told) >= _REMEMBERED:
        told.clear()
    told[id(error)] = _raised_at(error)


def _was_told(error):
    for _ in range(_CHAIN):
        if error is None:
            return False
        if _here.told.get(id(error), _NEVER) == _raised_at(error):
            return True
        error = error.__cause__ or error.__context__
    return False


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

def _manager(function, manager):
    """(name of what swallowed, its code): of contextlib's the generator function."""
    generator = getattr(manager, "gen", None)
    code = getattr(generator, "gi_code", None) or getattr(generator, "ag_code", None)
    if code is not None and type(manager).__module__ == "contextlib":
        return getattr(generator, "__qualname__", code.co_name), code
    code = getattr(function, "__code__", None)
    return f"{type(manager).__qualname__.rpartition('<locals>.')[2]}.{function.__name__}", code


def _is_on_purpose(function, manager, code):
    for each in type(manager).__mro__:
        if function.__name__ in vars(each):
            if (each.__module__, each.__qualname__) in _ON_PURPOSE:
                return True
            break
    return code is not None and (code.co_filename.rpartition("/")[2], code.co_name) in _ON_PURPOSE_CODE


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
        places.insert(0, (traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    outer = places[-1][0].f_back if places else frame
    while outer is not None and len(places) < _LINES:
        places.append((outer, outer.f_lineno or 0))
        outer = outer.f_back
    lines = []
    if code is not None:
        name = function.__qualname__ if code is function.__code__ else code.co_name
        lines.append((getattr(code, "co_qualname", name), code.co_filename, code.co_firstlineno))
    for each, line in places[:_LINES]:
        of = each.f_code
        if of.co_filename not in (__file__, _binding.__file__):
            lines.append((getattr(of, "co_qualname", of.co_name), of.co_filename, line))
    return lines


def _note(function, manager, error, traceback, frame):
    name, code = _manager(function, manager)
    if _is_on_purpose(function, manager, code):
        return
    telling = 0
    if _was_told(error):
        telling = 1
        _here.told.pop(id(error), None)
    elif code is not None and not _binding._rank(code.co_filename):
        telling = 2
    number = getattr(error, "errno", None)
    _binding._swallowed(name, _text(error), number if isinstance(number, int) else 0, telling,
                        _lines(function, code, frame, traceback))


class _Asked:
    """An exception of which one __exit__ asks another (super, an ExitStack) is told once, by the innermost."""

    __slots__ = ("error", "state")

    def __init__(self, error):
        self.error = error
        self.state = _asked.setdefault(id(error), [0, False])
        self.state[0] += 1
        _listen()

    def leave(self, swallowed, *about):
        if swallowed and not self.state[1]:
            self.state[1] = True
            try:
                _note(about[0], about[1], self.error, *about[2:])
            except Exception:  # what is wrong here must not become the program's
                pass
        self.state[0] -= 1
        if self.state[0] <= 0:
            _asked.pop(id(self.error), None)
        self.error = None


def _wrap(function):
    @functools.wraps(function)
    def __exit__(*arguments, **keywords):
        if keywords or len(arguments) != 4 or arguments[2] is None:
            return function(*arguments, **keywords)
        asked, result = _Asked(arguments[2]), None
        try:
            result = function(*arguments)
            return result
        finally:
            asked.leave(_is_true(result), function, arguments[0], arguments[3], sys._getframe(1))
    __exit__.leakwatch_original = function
    return __exit__


def _wrap_async(function):
    @functools.wraps(function)
    async def __aexit__(*arguments, **keywords):
        if keywords or len(arguments) != 4 or arguments[2] is None:
            return await function(*arguments, **keywords)
        asked, result = _Asked(arguments[2]), None
        try:
            result = await function(*arguments)
            return result
        finally:
            asked.leave(_is_true(result), function, arguments[0], arguments[3], sys._getframe(1))
    __aexit__.leakwatch_original = function
    return __aexit__


def _is_true(result):
    """Asking twice may do something twice: only what costs nothing is asked."""
    return result is not None and result is not False and (not isinstance(result, (bool, int)) or bool(result))


_WRAPPERS = {"__exit__": _wrap, "__aexit__": _wrap_async}


def _watch_class(of):
    for name, wrap in _WRAPPERS.items():
        function = vars(of).get(name)
        if isinstance(function, types.FunctionType) and not hasattr(function, "leakwatch_original"):
            try:
                setattr(of, name, wrap(function))
            except (AttributeError, TypeError):  # a metaclass that does not let itself be changed
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
