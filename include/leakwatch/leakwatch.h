/* leakwatch in a program's own source: scopes, and what to know about single resources. C11 and C++11.
 *
 * A scope is a piece of work that should give back what it borrows: a request, a job, a test case. What is acquired while
 * a scope is the innermost one of its thread belongs to it, and what is still held when it ends is a finding.
 *
 *     LEAKWATCH_SCOPE("request") {
 *         handle(request);
 *     }
 *
 * Include this header and ship it: there is nothing to link. In a process that runs without libleakwatch.so each call is
 * one branch on one pointer, and nothing else happens. (Before glibc 2.34, a program that does not link libdl either
 * never finds the library; on a static program it can never be there.)
 *
 * Rules that hold for all of it: no call fails in a way that a program need look at, none changes errno, none throws,
 * none waits. Names, reasons and labels are copied. A null scope means the innermost of the calling thread. A scope that
 * has ended, or that belongs to a process before fork, is recognised as such and never touched.
 *
 * DESIGN. The library exports one table of functions, `leakwatch_api`. A constructor in every program and library that
 * includes this header looks it up by dlsym, through a weak reference: weak references to the functions themselves would
 * be bound to 0 by the linker in executables that are not position-independent. */
#ifndef LEAKWATCH_H
#define LEAKWATCH_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Inline at every level of optimisation, so that what a report names is the program's own line. */
#define LEAKWATCH__ALWAYS __attribute__((always_inline))

/* ---- Types ---- */

/* An entry of a scope, from its begin to its end. Opaque: not an address. */
typedef struct leakwatch_scope_entry *leakwatch_scope_t;

/* Null and casts that neither C nor C++ compilers warn of. */
#ifdef __cplusplus
#define LEAKWATCH__NULL nullptr
#define LEAKWATCH__SCOPE(number) leakwatch_scope_t(uintptr_t(number))
#define LEAKWATCH__HANDLE(value) uintptr_t(value)
#define LEAKWATCH__AS(type, pointer) static_cast<type>(pointer)
#else
#define LEAKWATCH__NULL NULL
#define LEAKWATCH__SCOPE(number) ((leakwatch_scope_t)(uintptr_t)(number))
#define LEAKWATCH__HANDLE(value) ((uintptr_t)(value))
#define LEAKWATCH__AS(type, pointer) ((type)(pointer))
#endif

#define LEAKWATCH_OUTER LEAKWATCH__SCOPE(1)      /* the scope around the one that holds the resource */
#define LEAKWATCH_PROCESS LEAKWATCH__SCOPE(2)    /* no scope: the process */
#define LEAKWATCH_UNRECORDED LEAKWATCH__SCOPE(3) /* begun, but not recorded; everything may be called with it */

enum leakwatch_kind {
    LEAKWATCH_KIND_FD = 1, /* a descriptor: its number */
    LEAKWATCH_KIND_STREAM, /* a FILE *, popen's too */
    LEAKWATCH_KIND_DIR,    /* a DIR * or FTS * */
    LEAKWATCH_KIND_CHILD,  /* a child process: its pid */
    LEAKWATCH_KIND_LOCK    /* a mutex, rwlock or spin lock that this thread holds: handed over, or expected held;
                              leakwatch_held tells those of an interpreter alone, see watch_locks */
};

/* (kind, handle), as the functions below take them: leakwatch_label(LEAKWATCH_FD(fd), "spool"). */
#define LEAKWATCH_FD(fd) LEAKWATCH_KIND_FD, LEAKWATCH__HANDLE(fd)
#define LEAKWATCH_STREAM(stream) LEAKWATCH_KIND_STREAM, LEAKWATCH__HANDLE(stream)
#define LEAKWATCH_DIR(dir) LEAKWATCH_KIND_DIR, LEAKWATCH__HANDLE(dir)
#define LEAKWATCH_CHILD(pid) LEAKWATCH_KIND_CHILD, LEAKWATCH__HANDLE(pid)
#define LEAKWATCH_LOCK(lock) LEAKWATCH_KIND_LOCK, LEAKWATCH__HANDLE(lock)

/* A line of an interpreted program, for bindings of languages. */
struct leakwatch_line {
    const char *function;
    const char *file;
    unsigned line;
};

/* What leakwatch_held tells of one resource. Everything in it lives until the callback returns. */
struct leakwatch_resource {
    enum leakwatch_kind kind;
    uintptr_t handle;
    const char *type;    /* "socket", "file", "stream" … */
    const char *call;    /* that acquired it: "accept4" */
    const char *detail;  /* path, peer; "" where none is known */
    const char *label;   /* as given by leakwatch_label; "" */
    uint64_t age;        /* nanoseconds since it was acquired */
    void *const *frames; /* return addresses of the acquiring stack, innermost first */
    size_t frame_count;
    const struct leakwatch_line *sources; /* lines of an interpreted program inside those, innermost first */
    size_t source_count;
};
/* An exception, of an interpreted program, that something swallowed: who called it does not learn of it. */
struct leakwatch_swallowed {
    const char *by;   /* what did it: "Archive.__exit__" */
    const char *what; /* "OSError: No space left on device" */
    int error;        /* its errno; 0: it has none */
    enum leakwatch_telling {
        LEAKWATCH_UNTOLD,    /* nothing was written about it, to a log or to standard error */
        LEAKWATCH_LOGGED,    /* something was */
        LEAKWATCH_BY_LIBRARY /* nothing was, and it is a library's way, not the program's */
    } telling;
    const struct leakwatch_line *lines; /* where, innermost first */
    size_t count;
};
typedef void leakwatch_held_callback(const struct leakwatch_resource *resource, void *context);

/* What libleakwatch.so exports. Later versions append. */
struct leakwatch_api {
    uint32_t size;    /* bytes of this table */
    uint32_t version; /* 1 */
    int (*active)(void);
    leakwatch_scope_t (*scope_begin)(const char *name, const void *block);
    size_t (*scope_end)(leakwatch_scope_t scope);
    void (*scope_fail)(leakwatch_scope_t scope, const char *reason);
    leakwatch_scope_t (*scope_detach)(leakwatch_scope_t scope);
    int (*scope_attach)(leakwatch_scope_t scope);
    int (*hand_over)(enum leakwatch_kind kind, uintptr_t handle, leakwatch_scope_t to);
    int (*expect_held)(enum leakwatch_kind kind, uintptr_t handle, const char *reason);
    int (*label)(enum leakwatch_kind kind, uintptr_t handle, const char *text);
    size_t (*held)(leakwatch_scope_t scope, leakwatch_held_callback *callback, void *context);
    size_t (*open_count)(void);
    void (*source)(const struct leakwatch_line *sources, size_t count);
    const char *(*ledger)(void);
    int (*own)(int fd, uint64_t tag);
    int (*close_owned)(int fd, uint64_t tag);
    int (*watch_locks)(void); /* for the binding of Python: its locks count as held from now on; -1: it cannot be */
    void (*swallowed)(const struct leakwatch_swallowed *event);
};

#ifndef LEAKWATCH_TYPES_ONLY /* for who provides or passes on the table, and never calls through it */

/* ---- How the library is found ---- */

extern const struct leakwatch_api *leakwatch__api;
__attribute__((weak, visibility("hidden"))) const struct leakwatch_api *leakwatch__api;
static void *leakwatch__dlsym(void *library, const char *name) __attribute__((weakref("dlsym")));
static char *leakwatch__dlerror(void) __attribute__((weakref("dlerror")));

/* A library that is older than this header, and so has a shorter table, counts as none. Where there is none, dlsym leaves
 * a message behind that the program must not find in its own dlerror. */
__attribute__((constructor(101))) static void leakwatch__find(void)
{
    const struct leakwatch_api *api;
    if (leakwatch__api || !leakwatch__dlsym)
        return;
    api = LEAKWATCH__AS(const struct leakwatch_api *, leakwatch__dlsym(LEAKWATCH__NULL, "leakwatch_api"));
    if (api && api->size >= sizeof(struct leakwatch_api))
        leakwatch__api = api;
    else if (!api && leakwatch__dlerror)
        (void)leakwatch__dlerror();
}

#define LEAKWATCH__API __builtin_expect(leakwatch__api != LEAKWATCH__NULL, 0)

/* ---- Scopes ---- */

/* Is this program being watched? 1 or 0.
 *
 *     if (leakwatch_active())
 *         puts("descriptors are being watched");
 *     run();
 */
static inline LEAKWATCH__ALWAYS int leakwatch_active(void)
{
    return LEAKWATCH__API ? leakwatch__api->active() : 0;
}

/* Begins a scope in this thread, inside its innermost one. Names are cut at 96 bytes, and few should differ: "request",
 * not "request 4711". Scopes deeper than 64, and paths beyond 4,095 different ones, are not told apart.
 *
 *     leakwatch_scope_t scope = leakwatch_scope_begin("load_user");
 *     struct user *user = load_user(id);
 *     leakwatch_scope_end(scope);
 */
static inline LEAKWATCH__ALWAYS leakwatch_scope_t leakwatch_scope_begin(const char *name)
{
    return LEAKWATCH__API ? leakwatch__api->scope_begin(name, LEAKWATCH__NULL) : LEAKWATCH__NULL;
}

/* Ends it; returns how many of the resources acquired in it are still held.
 *
 *     size_t left = leakwatch_scope_end(scope);
 *     if (left > 0)
 *         log_warning("request left %zu open", left);
 */
static inline LEAKWATCH__ALWAYS size_t leakwatch_scope_end(leakwatch_scope_t scope)
{
    return LEAKWATCH__API ? leakwatch__api->scope_end(scope) : 0;
}

/* Marks it as failed, so that a leak on the error path alone is told as one. The last reason counts.
 *
 *     if (parse(request) != 0)
 *         leakwatch_scope_fail(NULL, "bad request");
 *     reply(request);
 */
static inline LEAKWATCH__ALWAYS void leakwatch_scope_fail(leakwatch_scope_t scope, const char *reason)
{
    if (LEAKWATCH__API)
        leakwatch__api->scope_fail(scope, reason);
}

/* Takes a scope, and what is open inside it, off this thread, to be carried to another thread or through an event loop.
 * Returns the scope, so that NULL can be given for the innermost.
 *
 *     connection->scope = leakwatch_scope_detach(NULL);
 *     add_to_event_loop(connection);
 *     return;
 */
static inline LEAKWATCH__ALWAYS leakwatch_scope_t leakwatch_scope_detach(leakwatch_scope_t scope)
{
    return LEAKWATCH__API ? leakwatch__api->scope_detach(scope) : LEAKWATCH__NULL;
}

/* Puts a detached scope onto this thread, as its innermost. 0, or -1 where it has ended or was not detached.
 *
 *     leakwatch_scope_attach(connection->scope);
 *     on_readable(connection);
 *     leakwatch_scope_detach(connection->scope);
 */
static inline LEAKWATCH__ALWAYS int leakwatch_scope_attach(leakwatch_scope_t scope)
{
    return LEAKWATCH__API ? leakwatch__api->scope_attach(scope) : 0;
}

/* ---- A block as a scope ---- */

static inline LEAKWATCH__ALWAYS leakwatch_scope_t leakwatch__enter(const char *name, const void *frame)
{
    return LEAKWATCH__API ? leakwatch__api->scope_begin(name, frame) : LEAKWATCH__NULL;
}

static inline LEAKWATCH__ALWAYS void leakwatch__leave(const leakwatch_scope_t *scope)
{
    if (LEAKWATCH__API)
        leakwatch__api->scope_end(*scope);
}

/* The block that follows is a scope. It ends on every way out: its end, return, goto, break and continue (which leave
 * this block alone, not a loop around it), a C++ exception, and a thread's cancellation. The last two need -fexceptions
 * in C; without it, and after longjmp, the scope is reported as unbalanced and the scopes around it stay right.
 *
 *     LEAKWATCH_SCOPE("request") {
 *         if (!authorised(request))
 *             return reply(request, 403);
 *     }
 */
#define LEAKWATCH_SCOPE(name) LEAKWATCH__BLOCK(name, __COUNTER__)
#define LEAKWATCH__BLOCK(name, number)                                                                                 \
    LEAKWATCH__LOOP(name, LEAKWATCH__JOIN(leakwatch__block_, number), LEAKWATCH__JOIN(leakwatch__done_, number))
#define LEAKWATCH__JOIN(a, b) LEAKWATCH__JOINED(a, b)
#define LEAKWATCH__JOINED(a, b) a##b

/* A loop that is left after its first round, by a jump and not by a condition: compilers that optimise can see that a
 * function does not go on behind a block in which each path returns. (gcc -O0 cannot, and warns of the missing return.) */
#define LEAKWATCH__LOOP(name, scope, done)                                                                             \
    for (leakwatch_scope_t scope                                                                                       \
         __attribute__((cleanup(leakwatch__leave), unused)) = leakwatch__enter(name, __builtin_frame_address(0));      \
         ; __extension__({ goto done; }))                                                                              \
        if (0) {                                                                                                       \
        done:                                                                                                          \
            break;                                                                                                     \
        } else

/* ---- Single resources ---- */

/* The resource is held for another scope from now on: LEAKWATCH_OUTER for what is returned to the caller's scope, a scope
 * of another thread or a detached one, LEAKWATCH_PROCESS for good. A lock stays its thread's: handed to another thread's
 * scope, it is held for none. 0, or -1 where the resource is not known or the scope has ended.
 *
 *     int fd = connect_to(server);
 *     leakwatch_hand_over(LEAKWATCH_FD(fd), LEAKWATCH_PROCESS);
 *     pool_put(pool, fd);
 */
static inline LEAKWATCH__ALWAYS int leakwatch_hand_over(enum leakwatch_kind kind, uintptr_t handle,
                                                        leakwatch_scope_t to)
{
    return LEAKWATCH__API ? leakwatch__api->hand_over(kind, handle, to) : 0;
}

/* The resource is held for life, on purpose: no finding. 0, or -1 where it is not known.
 *
 *     int lock = open("/run/server.lock", O_CREAT | O_RDWR, 0600);
 *     leakwatch_expect_held(LEAKWATCH_FD(lock), "held until the server ends");
 *     run();
 */
static inline LEAKWATCH__ALWAYS int leakwatch_expect_held(enum leakwatch_kind kind, uintptr_t handle,
                                                          const char *reason)
{
    return LEAKWATCH__API ? leakwatch__api->expect_held(kind, handle, reason) : 0;
}

/* A few words that reports show with the resource: at most 64 bytes, of longer ones the last 64. 0, or -1 where it is not
 * known.
 *
 *     int fd = open(path, O_RDONLY);
 *     leakwatch_label(LEAKWATCH_FD(fd), tenant->name);
 *     load(fd);
 */
static inline LEAKWATCH__ALWAYS int leakwatch_label(enum leakwatch_kind kind, uintptr_t handle, const char *text)
{
    return LEAKWATCH__API ? leakwatch__api->label(kind, handle, text) : 0;
}

/* Calls back for everything that a scope holds (LEAKWATCH_PROCESS: that the process holds), and returns how many there
 * were. The callback may release what it is told of.
 *
 *     static void show(const struct leakwatch_resource *r, void *out) { fprintf(out, "%s %s\n", r->call, r->detail); }
 *     ...
 *     size_t count = leakwatch_held(NULL, show, stderr);
 */
static inline LEAKWATCH__ALWAYS size_t leakwatch_held(leakwatch_scope_t scope, leakwatch_held_callback *callback,
                                                      void *context)
{
    return LEAKWATCH__API ? leakwatch__api->held(scope, callback, context) : 0;
}

/* How many descriptors the process has open, as far as was seen, without asking the system.
 *
 *     size_t before = leakwatch_open_count();
 *     reload();
 *     assert(leakwatch_open_count() == before);
 */
static inline LEAKWATCH__ALWAYS size_t leakwatch_open_count(void)
{
    return LEAKWATCH__API ? leakwatch__api->open_count() : 0;
}

/* For bindings of interpreted languages: the next resource that this thread acquires was asked for there, innermost line
 * first. Reports show those lines as the innermost frames of its stack. At most 6 are kept.
 *
 *     struct leakwatch_line here = {"load", "users.py", 42};
 *     leakwatch_source(&here, 1);
 *     call_builtin_open();
 */
static inline LEAKWATCH__ALWAYS void leakwatch_source(const struct leakwatch_line *sources, size_t count)
{
    if (LEAKWATCH__API)
        leakwatch__api->source(sources, count);
}

/* The path of this process's ledger; "" where there is none yet, or none at all.
 *
 *     if (leakwatch_active())
 *         printf("see: leakwatch report %s\n", leakwatch_ledger());
 *     exit(1);
 */
static inline LEAKWATCH__ALWAYS const char *leakwatch_ledger(void)
{
    return LEAKWATCH__API ? leakwatch__api->ledger() : "";
}

/* ---- Owners ---- */

/* From now on the descriptor is to be closed by leakwatch_close_owned with this tag alone (an address, a constant of
 * yours; 0: by anybody again). 0, or -1 where it is not known.
 *
 *     int fd = open(path, O_RDONLY);
 *     leakwatch_own(fd, (uint64_t)(uintptr_t)cache);
 *     cache->fd = fd;
 */
static inline int leakwatch_own(int fd, uint64_t tag)
{
    return LEAKWATCH__API ? leakwatch__api->own(fd, tag) : 0;
}

/* close(), by the owner: another one's tag is reported, with both. Returns what close returns, and sets errno likewise.
 *
 *     if (leakwatch_close_owned(cache->fd, (uint64_t)(uintptr_t)cache) != 0)
 *         perror("close");
 *     cache->fd = -1;
 */
static inline int leakwatch_close_owned(int fd, uint64_t tag)
{
    return LEAKWATCH__API ? leakwatch__api->close_owned(fd, tag) : close(fd);
}

#endif /* LEAKWATCH_TYPES_ONLY */

#ifdef __cplusplus
}
#endif

#endif
