/* What a call does to the value that is followed.
 *
 * DESIGN. A function of the same file is looked at, a bounded number of instructions deep: compilers leave values in
 * registers across calls of functions that they know not to touch them, on aarch64 the result of one call may be the
 * argument of the next without an instruction in between, and a function of the program's own may never return. Of
 * other files' functions the name is known, and a table tells what is special about some of them. */
#include "callee.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/table.h"

enum { STEPS_AT_MOST = 400, DEPTH_AT_MOST = 4 };

enum trait { NO_RETURN = 1, NO_ARGUMENT = 2, ERRNO = 4 };

static const struct known_import {
    const char *pattern;
    unsigned traits;
} known_imports[] = {
    {"__errno_location", NO_ARGUMENT | ERRNO},
    {"abort", NO_RETURN | NO_ARGUMENT},
    {"exit", NO_RETURN},
    {"_exit", NO_RETURN},
    {"_Exit", NO_RETURN},
    {"quick_exit", NO_RETURN},
    {"pthread_exit", NO_RETURN},
    {"thrd_exit", NO_RETURN},
    {"longjmp", NO_RETURN},
    {"_longjmp", NO_RETURN},
    {"siglongjmp", NO_RETURN},
    {"__longjmp_chk", NO_RETURN},
    {"err", NO_RETURN},
    {"errx", NO_RETURN},
    {"verr", NO_RETURN},
    {"verrx", NO_RETURN},
    {"__assert*", NO_RETURN},
    {"__stack_chk_fail", NO_RETURN | NO_ARGUMENT},
    {"__chk_fail", NO_RETURN | NO_ARGUMENT},
    {"__fortify_fail", NO_RETURN},
    {"__cxa_throw", NO_RETURN},
    {"__cxa_rethrow", NO_RETURN | NO_ARGUMENT},
    {"__cxa_throw_bad_*", NO_RETURN | NO_ARGUMENT},
    {"__cxa_bad_*", NO_RETURN | NO_ARGUMENT},
    {"__cxa_end_catch", NO_ARGUMENT},
    {"_Unwind_Resume", NO_RETURN},
    {"_ZSt9terminatev", NO_RETURN | NO_ARGUMENT},
    {"_ZSt*__throw_*", NO_RETURN},
    {"g_assertion_message*", NO_RETURN},
    {"getpid", NO_ARGUMENT},
    {"getppid", NO_ARGUMENT},
    {"getuid", NO_ARGUMENT},
    {"geteuid", NO_ARGUMENT},
    {"getgid", NO_ARGUMENT},
    {"getegid", NO_ARGUMENT},
    {"gettid", NO_ARGUMENT},
    {"fork", NO_ARGUMENT},
    {"vfork", NO_ARGUMENT},
    {"setsid", NO_ARGUMENT},
    {"sync", NO_ARGUMENT},
    {"pause", NO_ARGUMENT},
    {"rand", NO_ARGUMENT},
    {"random", NO_ARGUMENT},
    {"clock", NO_ARGUMENT},
    {"getchar", NO_ARGUMENT},
    {"pthread_self", NO_ARGUMENT},
    {"sched_yield", NO_ARGUMENT},
    {"pthread_testcancel", NO_ARGUMENT},
    {"endpwent", NO_ARGUMENT},
    {"endgrent", NO_ARGUMENT},
    {"closelog", NO_ARGUMENT},
    {"tzset", NO_ARGUMENT},
};

/* A function of the same file. */
struct function {
    uint64_t address;
    struct callee callee;
    UT_hash_handle hh;
};

struct callees {
    struct code *code;
    struct function *functions;
    unsigned depth;
};

struct callees *callees__new(struct code *code)
{
    struct callees *callees = heap__zeroed(1, sizeof(*callees));
    callees->code = code;
    return callees;
}

void callees__free(struct callees *callees)
{
    struct function *function, *next;
    if (callees == NULL)
        return;
    HASH_ITER(hh, callees->functions, function, next) {
        HASH_DEL(callees->functions, function);
        free(function);
    }
    free(callees);
}

/* What may be expected of a function that is not known. */
static struct callee unknown_callee(const struct callees *callees)
{
    const struct machine *machine = code__machine(callees->code);
    return (struct callee){.returns = true, .may_read = machine->arguments, .writes = machine->scratch};
}

static struct callee imported_callee(const struct callees *callees, const struct import *import)
{
    struct callee callee = unknown_callee(callees);
    unsigned traits = 0;
    for (size_t i = 0; i < sizeof known_imports / sizeof known_imports[0]; i++)
        if (fnmatch(known_imports[i].pattern, import->name, 0) == 0)
            traits = known_imports[i].traits;
    callee.returns = (traits & NO_RETURN) == 0;
    callee.tells_errno = (traits & ERRNO) != 0;
    if (traits & NO_ARGUMENT)
        callee.may_read = 0;
    else if (import->is_c_library || traits != 0)
        callee.reads = callee.may_read;
    return callee;
}

/* A way through a function: where to go on, and which registers were already overwritten. */
struct trail {
    uint64_t address;
    uint32_t overwritten;
};

struct examination {
    struct callees *callees;
    const struct machine *machine;
    struct trail trails[STEPS_AT_MOST]; /* every one that was found; those before `next` were taken */
    size_t count, next, steps;
    bool is_incomplete;
    struct callee found;
};

static void add_trail(struct examination *examination, uint64_t address, uint32_t overwritten)
{
    for (size_t i = 0; i < examination->count; i++)
        if (examination->trails[i].address == address && examination->trails[i].overwritten == overwritten)
            return;
    if (examination->count == STEPS_AT_MOST)
        examination->is_incomplete = true;
    else
        examination->trails[examination->count++] = (struct trail){address, overwritten};
}

/* What a call, or a jump that leaves the file, does. Does it come back? */
static bool pass_call(struct examination *examination, const struct step *step, uint32_t overwritten)
{
    struct callee inner = callees__of(examination->callees, step);
    examination->found.reads |= inner.reads & ~overwritten;
    examination->found.may_read |= inner.may_read & ~overwritten;
    examination->found.writes |= inner.writes;
    return inner.returns;
}

static bool leaves(struct examination *examination, const struct step *step)
{
    return step->is_indirect || code__import(examination->callees->code, step) != NULL;
}

/* The next step of a trail; false at its end. */
static bool examine(struct examination *examination, const struct step *step, struct trail *trail)
{
    if (step->kind == STEP_NOTHING)
        return true;
    examination->found.reads |= step->reads & ~trail->overwritten;
    examination->found.writes |= step->writes;
    trail->overwritten |= step->writes & examination->machine->scratch;
    switch (step->kind) {
    case STEP_CALL:
        if (!pass_call(examination, step, trail->overwritten) ||
            code__is_beginning(examination->callees->code, step->next))
            return false;
        trail->overwritten |= examination->machine->scratch;
        return true;
    case STEP_JUMP:
        if (leaves(examination, step)) {
            examination->found.returns |= pass_call(examination, step, trail->overwritten);
            return false;
        }
        add_trail(examination, step->target, trail->overwritten);
        return false;
    case STEP_BRANCH:
        add_trail(examination, step->target, trail->overwritten);
        return true;
    case STEP_RETURN:
        examination->found.returns = true;
        return false;
    default:
        return step->kind != STEP_STOP;
    }
}

static void follow_trail(struct examination *examination, struct trail trail)
{
    struct step step;
    do {
        if (examination->steps++ == STEPS_AT_MOST || !code__step(examination->callees->code, trail.address, &step)) {
            examination->is_incomplete = true;
            return;
        }
        trail.address = step.next;
    } while (examine(examination, &step, &trail));
}

static struct callee examine_function(struct callees *callees, uint64_t address)
{
    struct examination *examination = heap__zeroed(1, sizeof(*examination));
    examination->callees = callees;
    examination->machine = code__machine(callees->code);
    add_trail(examination, address, 0);
    while (examination->next < examination->count && !examination->is_incomplete)
        follow_trail(examination, examination->trails[examination->next++]);
    struct callee callee = examination->found;
    if (examination->is_incomplete) {
        callee = unknown_callee(callees);
        callee.reads = examination->found.reads;
    }
    callee.may_read |= callee.reads;
    callee.writes &= examination->machine->scratch;
    free(examination);
    return callee;
}

static struct callee local_callee(struct callees *callees, uint64_t address)
{
    struct function *function;
    HASH_FIND(hh, callees->functions, &address, sizeof(address), function);
    if (function != NULL)
        return function->callee;
    if (callees->depth == DEPTH_AT_MOST)
        return unknown_callee(callees);
    function = heap__zeroed(1, sizeof(*function));
    function->address = address;
    function->callee = unknown_callee(callees); /* for a function that calls itself */
    HASH_ADD(hh, callees->functions, address, sizeof(function->address), function);
    callees->depth++;
    function->callee = examine_function(callees, address);
    callees->depth--;
    return function->callee;
}

struct callee callees__of(struct callees *callees, const struct step *step)
{
    const struct import *import = code__import(callees->code, step);
    if (import != NULL)
        return imported_callee(callees, import);
    return step->is_indirect ? unknown_callee(callees) : local_callee(callees, step->target);
}
