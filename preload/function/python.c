/* Functions of a Python program as scopes.
 *
 * DESIGN. The interpreter itself says when a function begins and ends, to a profile function: scopes=… is asked for, so it
 * may cost that (some hundred instructions for each call), and a begin or an end that is only noticed later would make one
 * of successive calls. A hook does not hold the interpreter's lock, and must not wait for it: so when the interpreter is
 * met, it is asked to call back (Py_AddPendingCall). Threads that begin later get theirs where they are made, as who makes
 * one holds the lock.
 *
 * A profiler of the program's own goes before: where there is one, nothing is set. Generators and coroutines come and go:
 * between a yield and the next run their scope is detached. Everything here but the first step is done with the
 * interpreter's lock held. */
#include "function.h"
#include "stack/stack.h"

#include <errno.h>
#include <string.h>

#include "process/process.h"
#include "python/python.h"
#include "scope/scope.h"
#include "wake/wake.h"

#define CODES 8192u
#define RUNS 4096u /* functions that are at work, or wait */
#define WINDOW 16u

typedef int profile_function(void *object, void *frame, int what, void *argument);
enum { CALL = 0, RETURN = 3 };

/* What is called of the interpreter's. */
static struct {
    int (*is_initialised)(void);
    int (*add_pending)(int (*)(void *), void *);
    int (*holds_lock)(void);
    void (*set)(profile_function *, void *);
    void (*set_all)(profile_function *, void *); /* since 3.12 */
    void *(*swap)(void *);                       /* where there is none: sets that of another thread */
    void *(*main_interpreter)(void);
    void *(*first_thread)(void *);
    void *(*next_thread)(void *);
    void *(*import)(const char *);
    void *(*call_method)(void *, const char *, const char *, ...);
    void (*release)(void *);
    uint64_t none;
} api;

/* Code objects that have been looked at, and what they are: 0, or the number of a selected function. */
struct code {
    uint64_t code, identity;
    uint32_t number;
};
struct run {
    uint64_t frame; /* 0: free */
    uint64_t code;
    leakwatch_scope_t scope;
};
static LW_START_DATA struct {
    struct code codes[CODES];
    struct run runs[RUNS + WINDOW];
} * known;

static uint32_t field; /* where a thread's state has its profile function; 0: not known */
static bool gave_way;  /* the program has one of its own */

/* ---- Which function is it? ---- */

static uint32_t number_of(const struct lw_python_frame *frame)
{
    struct lw_python_file file = {0};
    uint64_t identity = lw_python_identity(&lw_python.layout, &file, frame->code);
    struct code *code = &known->codes[lw_hash2(frame->code, 0) % CODES];
    if (code->code != frame->code || code->identity != identity) {
        char text[LW_FUNCTION_TEXT];
        size_t length = lw_python_function(frame->code, text, sizeof text - 1);
        *code = (struct code){frame->code, identity, lw_function_number(text, length)};
    }
    return code->number;
}

static bool comes_and_goes(uint64_t code)
{
    enum { GENERATOR = 0x20, COROUTINE = 0x80, ITERABLE_COROUTINE = 0x100, ASYNC_GENERATOR = 0x200 };
    uint32_t flags = LW_FIELD_OF(uint32_t, code, lw_python.layout.code_flags);
    return flags & (GENERATOR | COROUTINE | ITERABLE_COROUTINE | ASYNC_GENERATOR);
}

/* ---- At work, or waiting ---- */

static struct run *run_of(uint64_t frame, bool or_free)
{
    struct run *first = &known->runs[lw_hash2(frame, 1) % RUNS], *free = NULL;
    for (struct run *run = first; run < first + WINDOW; run++) {
        if (run->frame == frame)
            return run;
        if (!run->frame && !free)
            free = run;
    }
    return or_free ? free : NULL;
}

static void entered(uint64_t at, const struct lw_python_frame *now, uint32_t number, const void *frame)
{
    struct run *run = run_of(at, true);
    if (!run)
        return;
    if (run->frame && run->code == now->code && comes_and_goes(now->code)) {
        lw_scope_attach(run->scope, frame);
        return;
    }
    if (run->frame) /* its end was not seen */
        lw_scope_end(run->scope, frame);
    leakwatch_scope_t scope = lw_scope_begin(lw_selection_text(number), NULL, frame);
    *run = (struct run){scope == LEAKWATCH_UNRECORDED ? 0 : at, now->code, scope};
}

static void left(uint64_t at, const struct lw_python_frame *now, bool is_thrown, const void *frame)
{
    struct run *run = run_of(at, false);
    if (!run || run->code != now->code)
        return;
    if (!is_thrown && comes_and_goes(now->code) && lw_python_yields(now)) {
        lw_scope_detach(run->scope, frame);
        return;
    }
    lw_scope_end(run->scope, frame);
    run->frame = 0;
}

static void visit(bool begins, bool is_thrown, const void *frame)
{
    const void *state = lw_python_is_told() ? lw_python_state() : NULL;
    uint64_t at = state ? lw_python_innermost(state) : 0;
    struct lw_python_frame now = {0};
    if (at)
        lw_python_read(&lw_python.layout, at, &now);
    uint32_t number = now.code && lw_python_is_code(now.code) ? number_of(&now) : 0;
    if (number && begins)
        entered(at, &now, number, frame);
    else if (number)
        left(at, &now, is_thrown, frame);
}

static int profile(void *object, void *python_frame, int what, void *argument)
{
    (void)object, (void)python_frame;
    if (what != CALL && what != RETURN)
        return 0;
    int error = errno;
    if (lw_awake())
        visit(what == CALL, argument == NULL, LW_FRAME);
    errno = error;
    return 0;
}

/* ---- The profile function is set ---- */

/* Where it stands in a thread's state, as it does in this one's. */
static uint32_t find_field(const void *state)
{
    enum { ENOUGH = 512 };
    for (uint32_t at = 0; at < ENOUGH; at += sizeof(uint64_t))
        if (LW_FIELD_OF(uint64_t, state, at) == (uint64_t)profile)
            return at;
    return 0;
}

static bool is_free_here(void)
{
    void *sys = api.import("sys");
    void *other = sys ? api.call_method(sys, "getprofile", NULL) : NULL;
    bool is_free = other && (uint64_t)other == api.none;
    if (other)
        api.release(other);
    if (sys)
        api.release(sys);
    return is_free;
}

static void *first_thread(void)
{
    void *interpreter = api.main_interpreter();
    return interpreter ? api.first_thread(interpreter) : NULL;
}

static void set_of(void *thread)
{
    void *own = api.swap(thread);
    api.set(profile, NULL);
    api.swap(own);
}

static void set_all(void)
{
    bool is_missing = false;
    for (void *thread = first_thread(); thread; thread = api.next_thread(thread)) {
        uint64_t there = LW_FIELD_OF(uint64_t, thread, field);
        gave_way |= there && there != (uint64_t)profile;
        is_missing |= !there;
    }
    if (gave_way || !is_missing)
        return;
    if (api.set_all)
        api.set_all(profile, NULL);
    for (void *thread = first_thread(); thread && !api.set_all; thread = api.next_thread(thread))
        if (!LW_FIELD_OF(uint64_t, thread, field))
            set_of(thread);
}

static int set_first(void *unused)
{
    (void)unused;
    void *state = lw_python_is_told() ? lw_python_state() : NULL;
    gave_way = state && !is_free_here();
    if (!state || gave_way)
        return 0;
    api.set(profile, NULL);
    field = find_field(state);
    if (field)
        set_all();
    return 0;
}

/* ---- The interpreter is met ---- */

static bool look_up(void)
{
    const struct {
        const char *name;
        void *function;
        bool must;
    } wanted[] = {
        {"Py_IsInitialized", &api.is_initialised, true},
        {"Py_AddPendingCall", &api.add_pending, true},
        {"PyGILState_Check", &api.holds_lock, true},
        {"PyEval_SetProfile", &api.set, true},
        {"PyEval_SetProfileAllThreads", &api.set_all, false},
        {"PyThreadState_Swap", &api.swap, true},
        {"PyInterpreterState_Main", &api.main_interpreter, true},
        {"PyInterpreterState_ThreadHead", &api.first_thread, true},
        {"PyThreadState_Next", &api.next_thread, true},
        {"PyImport_ImportModule", &api.import, true},
        {"PyObject_CallMethod", &api.call_method, true},
        {"Py_DecRef", &api.release, true},
        {"_Py_NoneStruct", &api.none, true},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        uint64_t address = lw_export_address(&lw_python.exports, wanted[i].name);
        if (!address && wanted[i].must)
            return false;
        memcpy(wanted[i].function, &address, sizeof address);
    }
    return true;
}

/* Aside, in the midst of a walk. What is asked for stands in a short list, behind a lock of its own that is held for no
 * longer than to add to it. */
static bool meet(void)
{
    if (lw_strict || !look_up() || (!known && !(known = lw_pages(sizeof *known))))
        return true;
    if (!api.is_initialised())
        return false;
    uint8_t busy = lw_thread.busy;
    lw_thread.busy = 1;
    bool is_done = api.add_pending(set_first, NULL) == 0;
    lw_thread.busy = busy;
    return is_done;
}

void lw_python_functions_start(void)
{
    lw_python_met = meet;
}

LW_START_CODE bool lw_python_functions_are_scopes(void)
{
    return known != NULL;
}

void lw_python_functions_thread(void)
{
    int error = errno;
    if (field && !gave_way && lw_python_is_told() && lw_python_state() && api.holds_lock()) {
        uint8_t busy = lw_thread.busy;
        lw_thread.busy = 1;
        set_all();
        lw_thread.busy = busy;
    }
    errno = error;
}

bool lw_python_functions_gave_way(void)
{
    return gave_way;
}
