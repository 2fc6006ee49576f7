"""leakwatch in a Python program: scopes, and what to know about single resources.

A scope is a piece of work that should give back what it borrows: a request, a job, a test case. What is acquired while
it is the innermost one belongs to it, and what is still held when it ends is a finding of `leakwatch report`.

    import leakwatch

    with leakwatch.scope("request"):
        handle(request)

    @leakwatch.scoped
    async def load_user(number):
        ...

Run the program under `leakwatch run`; `leakwatch run python3 -m leakwatch SCRIPT` (or -m MODULE, or -c CODE) tells its lines
where it does not import this module itself. In a process without libleakwatch.so everything here does nothing: ship it. The
lines of Python that asked for a descriptor are told with it wherever CPython has an audit event for the call: open,
os.open, os.scandir, socket.socket, mmap, fcntl, fork, sqlite3.connect. Calls without one (os.pipe, os.dup,
select.epoll) have the interpreter's stack alone; sockets from accept and socketpair, and pipes of subprocess, get their
line as a label.

asyncio: a scope follows its task through awaits, and a task created inside a scope is inside it for as long as that is
open; so is what asyncio.to_thread and run_in_executor do for it. A thread of its own begins outside.

Locks: once watch_locks() is called, a threading.Lock that is still held when its scope or test ends is told as well.

Tests: `pytest -p leakwatch`, or leakwatch.Watched in front of unittest.TestCase. Each test is a scope; one that passes
and leaves something open fails with the lines that opened it. What fixtures of a wider scope, setUpClass and
setUpModule open is not the test's. Opt out by @pytest.mark.leaks("reason") or @leakwatch.leaks("reason").

    leakwatch pytest --leakwatch=fail|warn|off     # no more is needed; the same as
    PYTHONPATH=$(leakwatch --print-python-path) leakwatch run pytest -p leakwatch
    pytest_plugins = ["leakwatch"]        # the same, in the conftest.py at the top

Limits. uvloop's event loop does not run its callbacks through asyncio.events.Handle, trio has none, and greenlets
(gevent, eventlet) switch stacks unseen: there a scope stays with the thread, and interleaved work is charged to the
wrong one. With an eager task factory (Python 3.12) what the creator acquires between the child's first await and its
own next one is charged to the child. A plain `with scope` around a yield stays open while the consumer runs:
use @scoped on the generator, which leaves it at each yield. pytest plugins that repeat tests (rerunfailures, flaky)
have no effect on watched tests: use --leakwatch=off with them.

DESIGN. The library knows the scopes of threads: an entry stands on one thread, or on none. Here each entry has a token
that says so, a context variable names the innermost entry of a context, and a list per thread the entries that stand on
it. Handle._run is wrapped: before a callback the entries of its context are put onto the thread, after it everything
that belongs to tasks is taken off again."""

import collections
import contextvars
import functools
import gc
import os
import sys
import threading

try:
    import ctypes
except ImportError:  # an interpreter built without it cannot be watched from inside
    ctypes = None

__all__ = ["OUTER", "PROCESS", "Resource", "Source", "TestCase", "Watched", "active", "expect_held", "fail",
           "hand_over", "held", "label", "leaks", "ledger", "open_count", "scope", "scoped", "watch_exits",
           "watch_locks"]
__unittest = True  # unittest leaves frames of such modules out of its tracebacks

OUTER = 1  # for hand_over: the scope around the one that holds the resource
PROCESS = 2  # for hand_over: no scope; for held: everything

_NAME = 96  # bytes of a scope's name
_REASON = 64
_LINES = 6  # of the program, told with an acquisition
_LIBRARY_LINES = 2  # at most, of libraries below them
_WALK = 64  # frames looked through for those
_REMEMBERED = 2048  # stacks of lines


# ---- The library ----

if ctypes:
    class _SourceRecord(ctypes.Structure):
        _fields_ = [("function", ctypes.c_char_p), ("file", ctypes.c_char_p), ("line", ctypes.c_uint)]

    class _SwallowedRecord(ctypes.Structure):
        _fields_ = [("by", ctypes.c_char_p), ("what", ctypes.c_char_p), ("error", ctypes.c_int),
                    ("telling", ctypes.c_int), ("lines", ctypes.POINTER(_SourceRecord)), ("count", ctypes.c_size_t)]

    class _ResourceRecord(ctypes.Structure):
        _fields_ = [("kind", ctypes.c_int), ("handle", ctypes.c_size_t), ("type", ctypes.c_char_p),
                    ("call", ctypes.c_char_p), ("detail", ctypes.c_char_p), ("label", ctypes.c_char_p),
                    ("age", ctypes.c_uint64), ("frames", ctypes.POINTER(ctypes.c_void_p)),
                    ("frame_count", ctypes.c_size_t), ("sources", ctypes.POINTER(_SourceRecord)),
                    ("source_count", ctypes.c_size_t)]

    class _Symbol(ctypes.Structure):  # Dl_info
        _fields_ = [("file", ctypes.c_char_p), ("base", ctypes.c_void_p), ("name", ctypes.c_char_p),
                    ("address", ctypes.c_void_p)]

    # PYFUNCTYPE keeps the interpreter's lock: no call waits, and none must be parted from what is noted beside it.
    _call = ctypes.PYFUNCTYPE
    _HeldCallback = _call(None, ctypes.POINTER(_ResourceRecord), ctypes.c_void_p)
    _Scope, _Kind, _Handle, _Text = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p

    class _Table(ctypes.Structure):  # struct leakwatch_api of leakwatch.h
        _fields_ = [("size", ctypes.c_uint32), ("version", ctypes.c_uint32),
                    ("active", _call(ctypes.c_int)),
                    ("scope_begin", _call(_Scope, _Text, ctypes.c_void_p)),
                    ("scope_end", _call(ctypes.c_size_t, _Scope)),
                    ("scope_fail", _call(None, _Scope, _Text)),
                    ("scope_detach", _call(_Scope, _Scope)),
                    ("scope_attach", _call(ctypes.c_int, _Scope)),
                    ("hand_over", _call(ctypes.c_int, _Kind, _Handle, _Scope)),
                    ("expect_held", _call(ctypes.c_int, _Kind, _Handle, _Text)),
                    ("label", _call(ctypes.c_int, _Kind, _Handle, _Text)),
                    ("held", _call(ctypes.c_size_t, _Scope, _HeldCallback, ctypes.c_void_p)),
                    ("open_count", _call(ctypes.c_size_t)),
                    ("source", _call(None, ctypes.POINTER(_SourceRecord), ctypes.c_size_t)),
                    ("ledger", _call(ctypes.c_char_p)),
                    ("own", _call(ctypes.c_int, ctypes.c_int, ctypes.c_uint64)),
                    ("close_owned", _call(ctypes.c_int, ctypes.c_int, ctypes.c_uint64)),
                    ("watch_locks", _call(ctypes.c_int)),
                    ("swallowed", _call(None, ctypes.POINTER(_SwallowedRecord)))]


def _find():
    """The library's functions by name; None where this process is not watched."""
    try:
        table = _Table.in_dll(ctypes.CDLL(None), "leakwatch_api")
    except (AttributeError, OSError, TypeError, ValueError):
        return None
    if table.size < ctypes.sizeof(_Table) or not table.active():
        return None
    return type("_Library", (), {name: staticmethod(getattr(table, name)) for name, _ in _Table._fields_[2:]})


_api = _find()


def _cut(text, size):
    """Bytes of the text, at most so many, and no half character."""
    whole = text[:size].encode("utf-8", "replace").replace(b"\0", b"?")
    return whole if len(whole) <= size else whole[:size].decode("utf-8", "ignore").encode()


@functools.lru_cache(4096)
def _scope_name(name):
    """The same object for the same name: the library remembers names by their address."""
    return _cut(str(name), _NAME)


def active():
    """Is this process being watched?

        if leakwatch.active():
            print("descriptors are being watched")
    """
    return _api is not None and bool(_api.active())


def ledger():
    """The path of this process's ledger; "" where there is none (yet).

        print("see: leakwatch report", leakwatch.ledger())
    """
    return os.fsdecode(_api.ledger()) if _api else ""


def open_count():
    """How many descriptors the process has open, as far as was seen, without asking the system.

        before = leakwatch.open_count()
        reload()
        assert leakwatch.open_count() == before
    """
    return _api.open_count() if _api else 0


# ---- Entries, and where they stand ----

class _Entry:
    """A scope between its begin and its end. Who has taken its token has it on a thread: no lock, lest watch_locks tell it."""

    __slots__ = ("id", "outer", "token", "of_task", "ended")

    def __init__(self, name, outer, of_task):
        self.outer = outer  # the entry around it in its context
        self.of_task = of_task  # begun while an event loop ran: not to be left on the thread
        self.ended = False
        self.token = []  # taken: pop() lets one alone have it
        self.id = _api.scope_begin(name, None)

    def take(self):
        try:
            return self.token.pop() is None if self.token else False
        except IndexError:  # another thread was faster
            return False


class _Thread(threading.local):
    def __init__(self):
        self.entries = []  # that stand on this thread, outermost first
        self.in_callback = False


_here = _Thread()
_innermost = contextvars.ContextVar("leakwatch.innermost", default=None)


def _open_entry(entry):
    """The entry itself or the first around it that is open. Ended ones are forgotten, lest tasks that start each other
    keep them all."""
    while entry is not None and entry.ended:
        entry = entry.outer
    return entry


def _current():
    """The innermost entry of this context; in one that was made before any, that of the thread."""
    entry = _open_entry(_innermost.get())
    if entry is None and _here.entries:
        entry = _open_entry(_here.entries[-1])
    return entry


def _outwards(entry):
    """It and the open ones around it, outermost first."""
    entries = []
    entry = _open_entry(entry)
    while entry is not None:
        entries.append(entry)
        entry.outer = entry = _open_entry(entry.outer)
    entries.reverse()
    return entries


def _put_on(entries):
    """Puts those onto this thread that stand on none."""
    for entry in entries:
        if entry.ended or not entry.take():
            continue
        if _api.scope_attach(entry.id) == 0:
            _here.entries.append(entry)
        else:
            entry.token.append(None)


def _take_off(first):
    """Takes this entry of the thread's list, by its place, and those inside it off the thread; returns them."""
    if first >= len(_here.entries):
        return []
    taken = _here.entries[first:]
    del _here.entries[first:]
    for entry in reversed(taken):
        if not entry.ended:
            _api.scope_detach(entry.id)
            entry.token.append(None)
    return taken


def _take_off_tasks():
    """What callbacks have left on the thread; what was begun before the loop ran stays."""
    entries = _here.entries
    first = len(entries)
    while first > 0 and entries[first - 1].of_task:
        first -= 1
    return _take_off(first)


def _begin(name):
    entry = _Entry(name, _current(), _follow_tasks() and _running_loop() is not None)
    _here.entries.append(entry)
    _innermost.set(entry)
    return entry


def _end(entry):
    """Ends it; returns how much it left."""
    entries = _here.entries
    inside = ()
    if entry in entries:  # generators and exit stacks may end in another order: that is no mistake of the program
        inside = _take_off(entries.index(entry) + 1)
        entries.pop()
    entry.ended = True
    left = _api.scope_end(entry.id)
    _put_on(inside)
    if _innermost.get() is entry:
        _innermost.set(_open_entry(entry))
    return left


def _forget_entries():
    """In the child of a fork: it is outside of them all."""
    _here.entries = []
    _innermost.set(None)


# ---- Scopes ----

class scope:
    """A block as a scope. An exception marks it as failed and goes on. Few names should differ: "request", not
    "request 4711". `left` says afterwards how many resources acquired in it were still held.

        with leakwatch.scope("request") as request:
            handle(connection)
        log.debug("left open: %d", request.left)
    """

    def __init__(self, name):
        self.name = name
        self.left = 0
        self._entries = []  # several, where tasks or threads share the object

    def __enter__(self):
        if _api is not None:
            self._entries.append(_begin(_scope_name(self.name)))
        return self

    def __exit__(self, kind, error, traceback):
        entry = self._entry()
        if entry is None:
            return
        self._entries.remove(entry)
        _fail(entry, kind, error)
        self.left = _end(entry)

    def _entry(self):
        """The one that is meant by the caller."""
        if len(self._entries) < 2:
            return self._entries[0] if self._entries else None
        for entry in reversed(_outwards(_innermost.get())):
            if entry in self._entries:
                return entry
        return self._entries[-1]

    def fail(self, reason=""):
        """Marks it as failed where no exception says so.

            if reply.status >= 500:
                request.fail(reply.reason)
        """
        entry = self._entry()
        if entry is not None:
            _api.scope_fail(entry.id, _cut(str(reason), _REASON))

    def held(self):
        """What was acquired in it and is still held: a list of Resource.

            for resource in request.held():
                print(resource)
        """
        return held(self)


def _fail(entry, kind, error):
    """Marks an entry as failed that is left by this exception. A generator that is closed early and an exit with status
    0 are ways to succeed; a cancelled task did not get its work done."""
    if kind is None or issubclass(kind, GeneratorExit):
        return
    if issubclass(kind, SystemExit) and getattr(error, "code", None) in (None, 0):
        return
    try:
        text = str(error)
    except Exception:  # it is the program's own method
        text = ""
    _api.scope_fail(entry.id, _cut(f"{kind.__name__}: {text}" if text else kind.__name__, _REASON))


def fail(reason=""):
    """Marks the innermost scope as failed.

        except ParseError as error:
            leakwatch.fail(error)
            reply(400)
    """
    if _api:
        _api.scope_fail(None, _cut(str(reason), _REASON))


def scoped(function=None, *, name=None):
    """Makes each call of a function a scope: plain, async, generators and async generators. A generator is inside its
    scope while it runs, not while its consumer does. Without a name it is the function's own.

        @leakwatch.scoped
        def handle(request): ...

        @leakwatch.scoped("import")
        async def import_file(path): ...
    """
    if function is None or isinstance(function, str):
        return functools.partial(scoped, name=function or name)
    if _api is None:
        return function
    name = name or function.__qualname__.rpartition("<locals>.")[2]
    wrap = next(wrap for flag, wrap in _WRAPPERS if not flag or _flags(function) & flag)
    return functools.wraps(function)(wrap(function, name))


_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # as inspect.CO_…, which takes its time to load


def _flags(function):
    return getattr(getattr(function, "__code__", None), "co_flags", 0)


def _wrap_function(function, name):
    def run(*arguments, **keywords):
        with scope(name):
            return function(*arguments, **keywords)
    return run


def _wrap_coroutine(function, name):
    async def run(*arguments, **keywords):
        with scope(name):
            return await function(*arguments, **keywords)
    return run


class _Steps:
    """The scope of a generator: on the thread during its steps, off it in between."""

    def __init__(self, entry):
        self._entry = entry
        self._before = _open_entry(entry.outer)
        self._leave()

    def __enter__(self):
        self._before = _innermost.get()
        _put_on(self._inside)
        _innermost.set(self._inner)

    def __exit__(self, kind, error, traceback):
        self._leave()

    def _leave(self):
        self._inner = _innermost.get()
        entries = _here.entries
        self._inside = _take_off(entries.index(self._entry)) if self._entry in entries else [self._entry]
        _innermost.set(self._before)


def _wrap_generator(function, name):
    def run(*arguments, **keywords):
        with scope(name) as whole:
            steps = _Steps(whole._entry())
            generator = function(*arguments, **keywords)
            step, argument = generator.send, None
            while True:
                with steps:
                    try:
                        item = step(argument)
                    except StopIteration as stop:
                        return stop.value
                    finally:
                        argument = None  # an exception that is kept here would keep its frames, and what they hold
                step = generator.send
                try:
                    argument = yield item
                except BaseException as error:  # whatever the consumer throws is the generator's to handle
                    step, argument = generator.throw, error
    return run


def _wrap_async_generator(function, name):
    async def run(*arguments, **keywords):
        with scope(name) as whole:
            steps = _Steps(whole._entry())
            generator = function(*arguments, **keywords)
            step, argument = generator.asend, None
            while True:
                with steps:
                    try:
                        item = await step(argument)
                    except StopAsyncIteration:
                        return
                    finally:
                        argument = None
                step = generator.asend
                try:
                    argument = yield item
                except BaseException as error:
                    step, argument = generator.athrow, error
    return run


_WRAPPERS = (  # by a flag of the code
    (_ASYNC_GENERATOR, _wrap_async_generator),
    (_COROUTINE, _wrap_coroutine),
    (_GENERATOR, _wrap_generator),
    (0, _wrap_function),
)


# ---- asyncio ----

_running_loop = None  # of asyncio, once it is imported


def _follow_tasks():
    """From now on callbacks of asyncio's event loops run inside the scopes of their contexts, and what they have done
    by a thread of a pool is done for these. False as long as the program has not imported it."""
    global _running_loop
    if _running_loop is not None:
        return True
    loop = getattr(sys.modules.get("asyncio.base_events"), "BaseEventLoop", None)  # None as well in mid-import
    if loop is None:
        return False
    events = sys.modules["asyncio.events"]
    _running_loop = events._get_running_loop
    if "_context" in getattr(events.Handle, "__slots__", ()) and hasattr(events.Handle, "_run"):
        events.Handle._run = _wrap_callback(events.Handle._run)
        loop.run_in_executor = _wrap_submission(loop.run_in_executor)
    return True


def _wrap_callback(run_callback):
    @functools.wraps(run_callback)
    def run(handle):
        interrupted = _take_off_tasks()  # left by the first callback, which was not wrapped; or around a nested loop
        first = len(_here.entries)
        nested, _here.in_callback = _here.in_callback, True
        _put_on(_outwards(handle._context.get(_innermost)))
        try:
            run_callback(handle)
        finally:
            _take_off(first)
            _here.in_callback = nested
            if nested:
                _put_on(interrupted)
    return run


def _wrap_submission(submit):
    @functools.wraps(submit)
    def run_in_executor(loop, executor, function, *arguments):
        entry = _current()
        refused = not callable(function) or _flags(function) & _COROUTINE  # of these asyncio complains
        if entry is not None and not refused and (executor is None or _is_thread_pool(executor)):
            function = _Errand(entry, function)
        return submit(loop, executor, function, *arguments)
    return run_in_executor


def _is_thread_pool(executor):
    pools = sys.modules.get("concurrent.futures.thread")
    return pools is not None and isinstance(executor, pools.ThreadPoolExecutor)


class _Errand:
    """A function that a thread of a pool runs for a task. The task goes on meanwhile, so that the thread is in a scope
    of its own inside the task's, and what it holds in the end is handed over."""

    def __init__(self, sender, function):
        self._sender = sender
        self._function = function
        self._entry = _Entry(b"executor", sender, True)
        _api.scope_detach(self._entry.id)
        self._entry.token.append(None)

    def __call__(self, *arguments):
        entry, self._entry = self._entry, None
        _put_on([entry])
        try:
            return self._function(*arguments)
        except BaseException as error:
            _fail(entry, type(error), error)
            raise
        finally:
            for resource in _held(entry.id):
                _api.hand_over(resource._kind_number, resource.handle, self._sender.id)
            _end(entry)

    def __del__(self):
        if self._entry is not None:  # it was cancelled while it waited for a thread
            _end(self._entry)


# ---- Single resources ----

Source = collections.namedtuple("Source", "function file line")
Source.__doc__ = """A line of the program: where a resource was asked for.

    for source in resource.sources:
        print(source.function, source.file, source.line)
"""

_KINDS = ("", "fd", "stream", "dir", "child", "lock")


class Resource(collections.namedtuple("Resource", "kind handle type call detail label age sources frames")):
    """Something that is held. kind: "fd", "stream", "dir", "child", "lock" (see watch_locks); handle: the descriptor, the
    pid, or an address; type: "socket", "file" …; call: that acquired it; detail: its path or peer; label: as given; age: in seconds;
    sources: lines of Python that asked for it, innermost first; frames: return addresses of the native stack, innermost
    first.

        for resource in leakwatch.held():
            print(resource.type, resource.detail, resource.sources[:1])
    """

    __slots__ = ()

    def _written_call(self):
        """As programmers write it: the C library's own names of open are open64, __open_2 and others."""
        call = self.call[2:] if self.call.startswith("__") else self.call.replace("fts64_", "fts_")
        for ending in ("_chk", "_2", "64"):
            call = call[:-len(ending)] if call.endswith(ending) else call
        return call

    @property
    def _kind_number(self):
        return _KINDS.index(self.kind)

    def __str__(self):
        if self.kind == "lock":  # that it is a semaphore inside is nobody's concern
            return ", ".join(["lock still held", *(self.stack()[:1] if self.sources else [])])
        number = f" {self.handle}" if self.kind in ("fd", "child") else ""
        words = [f"{self.kind}{number} ({self.type})", self.detail, f"by {self._written_call()}" if self.call else "", self.label]
        return ", ".join(word for word in words if word)

    def stack(self):
        """The lines of its stack as text: those of the program, and few of the libraries that it called; where no line
        of Python is known, the native ones. What called the program (a test runner, an event loop) is left out.

            print("\\n".join(resource.stack()))
        """
        if self.sources:
            return [f"{source.function} ({source.file}:{source.line})" for source in _chosen(self.sources)]
        return [_native_line(frame) for frame in self.frames]


def _native_line(address):
    symbol = _Symbol()
    look_up = ctypes.CDLL(None).dladdr
    if not look_up(ctypes.c_void_p(address - 1), ctypes.byref(symbol)):
        return hex(address)
    where = f"{os.path.basename(os.fsdecode(symbol.file or b'?'))}+{address - (symbol.base or 0):#x}"
    return f"{symbol.name.decode('utf-8', 'replace')} ({where})" if symbol.name else where


def _read_resource(record):
    sources = [Source(_text(source.function), _text(source.file), source.line)
               for source in record.sources[:record.source_count]] if record.source_count else []
    frames = record.frames[:record.frame_count] if record.frame_count else []
    return Resource(_KINDS[record.kind], record.handle, _text(record.type), _text(record.call), _text(record.detail),
                    _text(record.label), record.age / 1e9, sources, frames)


def _text(data):
    return (data or b"").decode("utf-8", "replace")


def held(scope=None):
    """What a scope holds now: a list of Resource. Without a scope: the innermost, or, outside of all, the process.

        for resource in leakwatch.held():
            print(resource)
    """
    target = _target(scope)
    return [] if _api is None or target is _NOT_OPEN else _held(target)


def _held(target):
    found = {}  # by number: what came back to a scope after another had it in between may be told twice

    def note(record, _):
        resource = _read_resource(record[0])
        found[resource.kind, resource.handle] = resource

    _api.held(target, _HeldCallback(note), None)
    return list(found.values())


_NOT_OPEN = object()


def _target(where):
    """A scope as the library takes it."""
    if where is None or isinstance(where, int):
        return where
    entry = where._entry()
    return entry.id if entry is not None else _NOT_OPEN


def _resource(what):
    """(kind, handle) of a descriptor, of a Resource, or of something that has a fileno() or a pid; None: of none."""
    if isinstance(what, Resource):
        return what._kind_number, what.handle
    if isinstance(what, int):
        return (1, what) if what >= 0 else None
    try:
        if hasattr(what, "fileno"):
            return _resource(what.fileno())
        return (4, what.pid) if isinstance(what.pid, int) else None
    except (AttributeError, OSError, ValueError):  # closed, not started, or no such thing
        return None


def _apply(function, what, argument):
    known = _resource(what) if _api else None
    return _api is None or (known is not None and function(*known, argument) == 0)


def hand_over(what, to=OUTER):
    """The resource (a descriptor, an object with fileno() or pid, a Resource) is held for another scope from now on:
    OUTER, a scope that is open, or PROCESS for good. False where the resource is not known or the scope has ended.

        connection = connect(server)
        leakwatch.hand_over(connection, leakwatch.PROCESS)
        pool.append(connection)
    """
    target = _target(to)
    return target is not _NOT_OPEN and _apply(_api and _api.hand_over, what, target)


def expect_held(what, reason=""):
    """The resource is held for life, on purpose: no finding. False where it is not known.

        lock = open("/run/server.lock", "w")
        leakwatch.expect_held(lock, "held until the server ends")
    """
    return _apply(_api and _api.expect_held, what, str(reason).encode("utf-8", "replace"))


def label(what, text):
    """A few words (64 bytes, of longer ones the last 64) that reports show with the resource. False where it is not
    known.

        file = open(path)
        leakwatch.label(file, tenant.name)
    """
    return _apply(_api and _api.label, what, str(text).encode("utf-8", "replace"))


def watch_locks():
    """From now on a scope, and a test, also answers for the locks that it takes: what is still held when it ends is told as
    lock-held, with the line that took it. Each threading.Lock and RLock counts, those that exist already, too; given back by
    another thread is given back. What is taken outside of all scopes is not told, nor is what is held across an await.
    True where it can be done: the process is watched, with its locks, by a CPython that the library knows.

        leakwatch.watch_locks()  # in conftest.py, or where the program begins
    """
    return _api is not None and _api.watch_locks() == 0


# ---- Lines of the program ----

_LIBRARY_PLACES = (os.path.dirname(os.__file__) + os.sep, "<frozen ")
_LIBRARY_MARKS = ("/site-packages/", "/dist-packages/")
_HIDDEN = (__file__, "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")
_ranks = {}  # of files: False for libraries, True for the program, None for what is never told
_told = {}  # (code, place in it, …): those lines as the library takes them


def _rank(file):
    if file in _HIDDEN:
        rank = None
    else:
        rank = not (file.startswith(_LIBRARY_PLACES) or any(mark in file for mark in _LIBRARY_MARKS))
    if len(_ranks) >= _REMEMBERED:
        _ranks.clear()
    _ranks[file] = rank
    return rank


def _frames(frame):
    """Innermost first: those of the program, and below them few of the libraries that it called. What called the
    program (a test runner, an event loop) is left out."""
    library, program = [], []
    for _ in range(_WALK):
        if frame is None or len(program) == _LINES:
            break
        file = frame.f_code.co_filename
        rank = _ranks[file] if file in _ranks else _rank(file)
        if rank:
            program.append(frame)
        elif rank is False and not program and len(library) < _LINES:
            library.append(frame)
        frame = frame.f_back
    return (library[:_LIBRARY_LINES] + program)[:_LINES] if program else library


def _chosen(sources):
    """The same of what the library tells."""
    ranks = [_rank(source.file) for source in sources]
    first = ranks.index(True) if True in ranks else len(ranks)
    library = [source for source, rank in zip(sources[:first], ranks) if rank is False]
    program = [source for source, rank in zip(sources, ranks) if rank]
    return (library[:_LIBRARY_LINES] + program)[:_LINES] if program else library[:_LINES]


def _records(frames):
    """Those lines as the library takes them, and their code, whose numbers stay its own as long as it is kept."""
    records = (_SourceRecord * len(frames))()
    for record, frame in zip(records, frames):
        code = frame.f_code
        record.function = getattr(code, "co_qualname", code.co_name).encode("utf-8", "replace")
        record.file = code.co_filename.encode("utf-8", "replace")
        record.line = frame.f_lineno or 0
    return records, [frame.f_code for frame in frames]


def _tell(arguments, frame):
    """The next acquisition of this thread is asked for here."""
    frames = _frames(frame)
    key = tuple([number for each in frames for number in (id(each.f_code), each.f_lasti)])
    told = _told.get(key)
    if told is None:
        if len(_told) >= _REMEMBERED:
            _told.clear()
        told = _told[key] = _records(frames)
    _api.source(told[0], len(frames))


def _tell_open(arguments, frame):
    """open() of a path acquires; open() of a descriptor wraps it. Pipes come without an event of their own."""
    file = arguments[0]
    if not isinstance(file, int):
        _tell(arguments, frame)
    elif os.fstat(file).st_mode & 0o170000 == 0o010000:
        _label_adopted(file, frame)


def _tell_socket(arguments, frame):
    """socket(fileno=…) wraps a descriptor that accept or socketpair have made."""
    descriptor = frame.f_locals.get("fileno") if frame.f_code.co_name == "__init__" else None
    if descriptor is None:
        _tell(arguments, frame)
    elif isinstance(descriptor, int):
        _label_adopted(descriptor, frame)


def _label_adopted(descriptor, frame):
    for each in _frames(frame):
        code = each.f_code
        if _ranks.get(code.co_filename):
            text = f"{code.co_name} at {os.path.basename(code.co_filename)}:{each.f_lineno}"
            _api.label(1, descriptor, text.encode("utf-8", "replace"))
            return


def _tell_duplicate(arguments, frame):
    if arguments[1] in (0, 1030):  # F_DUPFD, F_DUPFD_CLOEXEC
        _tell(arguments, frame)


def _tell_mapping(arguments, frame):
    if arguments[0] != -1:  # the map keeps a duplicate
        _tell(arguments, frame)


_HEARD = {  # audit events that come right before an acquisition, in the same thread
    "open": _tell_open,
    "socket.__new__": _tell_socket,
    "os.scandir": _tell,
    "os.fork": _tell,
    "os.forkpty": _tell,
    "os.posix_spawn": _tell,
    "mmap.__new__": _tell_mapping,
    "fcntl.fcntl": _tell_duplicate,
    "sqlite3.connect": _tell,
}


def _hear(event, arguments):
    tell = _HEARD.get(event)
    if tell is not None:
        try:
            tell(arguments, sys._getframe(1))
        except Exception:  # raised here it would make the program's own call fail
            pass


# ---- Swallowed exceptions ----

def _part(name):
    """A module that lies beside this one; None where this file was copied without it."""
    import importlib.util
    spec = importlib.util.find_spec(name)
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    if spec is None and os.path.exists(beside):
        spec = importlib.util.spec_from_file_location(name, beside)
    if spec is None:
        print(f"leakwatch: {name}.py is not beside {__file__}", file=sys.stderr)
        return None
    if name not in sys.modules:
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    _ranks[sys.modules[name].__file__] = None
    return sys.modules[name]


def watch_exits():
    """From now on exceptions that an __exit__ or __aexit__ swallows, by returning true, are told as swallowed-exception:
    who swallowed which one, where, and how often; an error where nothing was logged, warned of or written to standard
    error about it. contextlib.suppress, assertRaises and pytest.raises are meant to, and never told; what other libraries
    swallow is a note. True if this process is watched.

        leakwatch.watch_exits()
        main()

    Limits: classes of C, and those made by type() afterwards, are not seen; nor are those of CPython's standard library,
    of which none swallows. What is written to descriptor 2 past sys.stderr, or logged by another thread, counts as not
    logged. A with statement whose manager is of Python costs one call more, 0.1 µs, and some 0.8 µs with an exception.
    """
    part = _part("leakwatch_exits") if _api is not None else None
    if part is not None:
        part.start(sys.modules[__name__])
    return part is not None


def _swallowed(by, what, error, telling, lines):
    records = (_SourceRecord * len(lines))()
    for record, (function, file, line) in zip(records, lines):
        record.function = function.encode("utf-8", "replace")
        record.file = file.encode("utf-8", "replace")
        record.line = line
    event = _SwallowedRecord(_cut(by, _NAME), _cut(what, 64), error, telling, records, len(lines))
    _api.swallowed(ctypes.byref(event))


# ---- Tests ----

def leaks(reason):
    """Marks a test, or a class of tests, that may leave something open. Works for unittest and for pytest.

        @leakwatch.leaks("the driver keeps its device open")
        def test_driver(self): ...
    """
    def mark(test):
        test.leakwatch_leaks = str(reason)
        return test
    return mark


def _test_name(name):
    """The end of it says more than its beginning."""
    data = name.encode("utf-8", "replace")
    return name if len(data) <= _NAME else data[-_NAME:].decode("utf-8", "ignore")


def _describe(resources):
    """What a test left open, as text: the first line stands for itself."""
    count = len(resources)
    place = next((f" at {os.path.basename(source.file)}:{source.line}" for source in _chosen(resources[0].sources)
                  if _rank(source.file)), "")
    first = str(resources[0]) + (place if resources[0].kind != "lock" else "")
    lines = [f"left {count} resource{'s' * (count > 1)} open: {first}{', …' if count > 1 else ''}"]
    for resource in resources:
        lines.append(f"  {resource}")
        lines += [f"      {line}" for line in resource.stack()]
    return "\n".join(lines)


def _left_open(scope, excuse):
    """What a test that has ended still holds for no good reason; garbage is collected first."""
    gc.collect()
    resources = held(scope)
    if resources and excuse is not None:
        for resource in resources:
            expect_held(resource, excuse)
        return []
    return resources


def _read_known():
    """By scope, how many resources the baseline of leakwatch gate --baseline lets it leave behind."""
    known, kind, count = {}, None, 0
    try:
        with open(os.environ["LEAKWATCH_BASELINE"], encoding="utf-8", errors="replace") as file:
            for line in file:
                words = line.split()
                if line[:1].isalpha():
                    kind, count = words[0], 1
                elif kind == "scope-leak" and len(words) > 1 and words[0] == "count":
                    count = int(words[1])
                elif kind == "scope-leak" and len(words) > 1 and words[0] == "where":
                    path = line.rstrip("\n").partition("), in ")[2]
                    name = path.partition(" > ")[0]
                    known[name] = known.get(name, 0) + count
    except (KeyError, OSError, ValueError):
        pass  # leakwatch itself has said what is wrong with it
    return known


def _is_known(name, left):
    """The gate judges them one by one; a test that fails because of them would be red before that."""
    global _known
    if _known is None:
        _known = _read_known()
    return len(left) <= _known.get(name, 0)


_known = None


class _Verdicts:
    """A unittest result that keeps a success back until it is known what the test left open."""

    def __init__(self, result):
        self._result = result
        self.passed = self.stopped = False

    def __getattr__(self, name):
        return getattr(self._result, name)

    def addSuccess(self, test):
        self.passed = True

    def stopTest(self, test):
        self.stopped = True


class Watched:
    """In front of unittest.TestCase or IsolatedAsyncioTestCase: each test is a scope, and one that passes and leaves
    something open fails. What setUpClass and setUpModule open is not the test's.

        class TestPool(leakwatch.Watched, unittest.IsolatedAsyncioTestCase):
            async def test_connect(self): ...
    """

    def run(self, result=None):
        if _api is None or result is None:  # without a result unittest makes one, and comes back with it
            return super().run(result) if _api is None else self._run_alone()
        verdicts = _Verdicts(result)
        try:
            with scope(_test_name(self.id())) as work:
                super().run(verdicts)
                if verdicts.passed:
                    self._judge(result, work)
                else:
                    work.fail("the test did not pass")
        finally:
            if verdicts.stopped:
                result.stopTest(self)
        return result

    def _run_alone(self):
        result = self.defaultTestResult()
        result.startTestRun()
        try:
            return self.run(result)
        finally:
            result.stopTestRun()

    def _judge(self, result, work):
        method = getattr(self, self._testMethodName)
        left = _left_open(work, getattr(method, "leakwatch_leaks", getattr(self, "leakwatch_leaks", None)))
        if not left or _is_known(_test_name(self.id()), left):
            result.addSuccess(self)
            return
        try:
            raise self.failureException(_describe(left))
        except self.failureException:
            result.addFailure(self, sys.exc_info())


def __getattr__(name):
    """TestCase is made when it is asked for: unittest takes its time to load."""
    if name != "TestCase":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import unittest
    members = {"__doc__": "unittest.TestCase, watched: each test is a scope.\n\n"
                          "    class TestFiles(leakwatch.TestCase):\n        def test_load(self): ...\n",
               "__module__": __name__}
    globals()[name] = type(name, (Watched, unittest.TestCase), members)
    return globals()[name]


# ---- pytest ----

def pytest_addoption(parser):
    """For pytest: its option."""
    parser.getgroup("leakwatch").addoption(
        "--leakwatch", choices=("off", "warn", "fail"), default="fail",
        help="what becomes of a test that passes and leaves descriptors open (default: fail)")
    parser.getgroup("leakwatch").addoption(
        "--leakwatch-exits", action="store_true", help="tell which exceptions context managers swallow")


def pytest_configure(config):
    """For pytest: the marker; and the plugin itself where there is something to watch."""
    import pytest
    config.addinivalue_line("markers", "leaks(reason): the test may leave descriptors open (leakwatch)")
    mode = config.getoption("leakwatch")
    if active() and mode != "off":
        pytest.hookimpl(hookwrapper=True)(_PytestPlugin.pytest_fixture_setup)
        config.pluginmanager.register(_PytestPlugin(mode), "leakwatch-tests")
        if config.getoption("leakwatch_exits"):
            watch_exits()


def pytest_report_header(config):
    """For pytest: one line."""
    if not active():
        return "leakwatch: not watched (start it by: leakwatch pytest …)"
    mode = config.getoption("leakwatch")
    return f"leakwatch: {mode}, ledger {ledger() or 'none yet'}"


class _PytestPlugin:
    """Each test, with the setup and teardown of its own fixtures, is a scope."""

    def __init__(self, mode):
        self._mode = mode
        self._work = None

    def pytest_runtest_protocol(self, item, nextitem):
        """The reports are kept back until it is known what the test left open after its teardown."""
        from _pytest.runner import runtestprotocol
        test = {"nodeid": item.nodeid, "location": item.location}
        item.ihook.pytest_runtest_logstart(**test)
        with scope(_test_name(item.nodeid)) as self._work:
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            self._judge(item, reports)
        self._work = None
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(**test)
        return True

    def pytest_fixture_setup(self, fixturedef, request):
        """A fixture of a wider scope is set up during the first test that needs it, and outlives it."""
        entry = self._work._entry() if self._work and fixturedef.scope != "function" else None
        entries = _here.entries
        if entry is None or entry not in entries:
            yield
            return
        inner = _innermost.get()
        taken = _take_off(entries.index(entry))
        _innermost.set(entry.outer)
        yield
        _put_on(taken)
        _innermost.set(inner)

    def _judge(self, item, reports):
        failed = next((report for report in reports if report.failed), None)
        if failed is not None:
            self._work.fail(f"{failed.when} failed")
            _forget_last_traceback()
        left = _left_open(self._work, _excuse(item))
        if not left:
            return
        call = next((report for report in reports if report.when == "call" and report.passed), None)
        if failed is not None:
            failed.sections.append(("leakwatch", _describe(left)))
        elif _is_known(_test_name(item.nodeid), left):
            _warn(item, f"known in the baseline: {_describe(left)}")
        elif call is not None and self._mode == "fail":
            _fail_report(item, call, _describe(left))
        elif call is not None:
            _warn(item, _describe(left))


def _forget_last_traceback():
    """pytest leaves the last failure to post-mortem debuggers until the next test: its frames keep their files open."""
    sys.last_value = sys.last_traceback = sys.last_exc = None


def _excuse(item):
    marker = item.get_closest_marker("leaks")
    if marker is None:
        test = getattr(item, "obj", None)
        return getattr(test, "leakwatch_leaks", getattr(getattr(item, "cls", None), "leakwatch_leaks", None))
    return str(marker.args[0] if marker.args else marker.kwargs.get("reason", ""))


def _fail_report(item, report, text):
    from _pytest._code.code import ExceptionChainRepr, ReprFileLocation, ReprTracebackNative
    if hasattr(report, "wasxfail"):  # it was expected to fail, and so it does
        report.outcome = "skipped"
        return
    path, line, _ = item.location
    location = ReprFileLocation(str(path), (line or 0) + 1, text.split("\n")[0])
    report.longrepr = ExceptionChainRepr([(ReprTracebackNative([text + "\n"]), location, None)])
    report.outcome = "failed"


def _warn(item, text):
    import pytest
    item.warn(pytest.PytestWarning(text))


# ---- python3 -m leakwatch ----

_USAGE = "usage: python3 -m leakwatch (-m MODULE | -c CODE | SCRIPT | -) [ARG...]"


def _run_code(source, file, directory):
    """As the program: what it defines stays for as long as the process, and is found as __main__."""
    import types
    main = types.ModuleType("__main__")
    main.__builtins__ = __builtins__
    if file is not None:
        main.__file__ = file
    sys.modules["__main__"] = main
    sys.path[0] = directory
    exec(compile(source, file or "<string>", "exec"), main.__dict__)  # pylint: disable=exec-used


def _refuse(text, status):
    """In python3's own words."""
    print(f"{sys.executable}: {text}", file=sys.stderr)
    sys.exit(status)


def _run_module(name):
    import importlib.util
    import runpy
    try:
        is_there = importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as error:
        is_there = not error.name or not f"{name}.".startswith(f"{error.name}.")
    except ValueError:  # it is there, and has no spec
        is_there = True
    if not is_there:
        _refuse(f"No module named {name}", 1)
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _run_file(name):
    try:
        with open(name, "rb") as file:
            source = file.read()
    except OSError as error:
        _refuse(f"can't open file {os.path.abspath(name)!r}: [Errno {error.errno}] {error.strerror}", 2)
    _run_code(source, os.path.join(os.getcwd(), name), os.path.dirname(os.path.realpath(name)))


def _run(arguments):
    """Runs what python3 would run with these arguments, and this module is loaded by then."""
    import runpy
    what, rest = (arguments[0], arguments[1:]) if arguments else (None, [])
    if what in ("-m", "-c") and not rest or what is None or (what.startswith("-") and what not in ("-m", "-c", "-")):
        print(_USAGE, file=sys.stdout if what in ("-h", "--help") else sys.stderr)
        sys.exit(0 if what in ("-h", "--help") else 2)
    sys.argv[:] = rest if what == "-m" else [what] + rest[what == "-c":]
    if what == "-m":
        _run_module(rest[0])
    elif what == "-c":
        _run_code(rest[0], None, "")
    elif what == "-":
        _run_code(sys.stdin.read(), "<stdin>", "")
    elif os.path.isdir(what) or (what.endswith((".zip", ".pyz")) and os.path.exists(what)):
        runpy.run_path(what, run_name="__main__")
    else:
        _run_file(what)


# ---- At import ----

if __name__ == "__main__":
    import leakwatch  # what the program imports is the module, not this copy
    leakwatch._run(sys.argv[1:])  # pylint: disable=protected-access
elif _api is not None:
    os.register_at_fork(after_in_child=_forget_entries)
    sys.addaudithook(_hear)
    _follow_tasks()
