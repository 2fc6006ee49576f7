/* Has a process call a function of our library. */
#include "session.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/heap.h"

#if defined(__x86_64__)
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/moment.h"
#include "borrowed.h"
#include "room.h"
#include "stub.h"

#define SECOND 1000000000ULL
#define PATIENCE (60 * SECOND) /* for locks of the loader and of malloc, which other threads have */

/* The memory, from its first byte on. */
enum {
    STACK = 1 << 20,
    THREAD_DATA = 256 * 1024, /* ends where the thread's own record begins */
    RECORD = 16 * 1024,
    VECTOR = 32 * 1024, /* of the places of thread data, by module */
    PASSED = 64 * 1024,
    SIZE = STACK + THREAD_DATA + RECORD + VECTOR + PASSED
};
enum { MODULES = 1000, SEARCHED = 2048 };

/* What stands in PASSED. */
struct passed {
    struct stub_work work;
    char library[4096], function[64];
    struct leakwatch_attachment attachment;
};
_Static_assert(sizeof(struct passed) <= PASSED, "it fits");

/* How the C library's record of a thread begins. */
struct thread_record {
    uint64_t self, vector, self_again;
    uint32_t several, scope;
    uint64_t system, stack_guard, pointer_guard;
};

struct place {
    uint64_t block, record, vector, passed;
};

static struct place place_of(uint64_t block)
{
    uint64_t record = block + STACK + THREAD_DATA, vector = record + RECORD;
    return (struct place){block, record, vector, vector + VECTOR};
}

static char *unreadable(const struct session *session)
{
    return heap__printed("process %u (%s): its memory cannot be read or written", session->target->pid,
                         session->target->name);
}

/* ---- The new thread's memory ------------------------------------------------------------------------------------- */

static char *get_block(struct session *session, struct borrowed *borrowed, uint64_t *block)
{
    const uint64_t arguments[] = {0,          SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                                  UINT64_MAX, 0};
    int64_t result;
    char *reason = borrowed__call(borrowed, SYS_mmap, arguments, 0, &result);
    if (reason == NULL && result < 0 && result > -4096)
        reason = heap__printed("process %u (%s) gets no memory for a thread: %s", session->target->pid,
                               session->target->name, strerror((int)-result));
    *block = (uint64_t)result;
    if (reason == NULL && session->is_locked) {
        const uint64_t all[] = {*block, SIZE, 0, 0, 0, 0};
        reason = borrowed__call(borrowed, SYS_munlock, all, 0, &result);
    }
    return reason;
}

/* Guards are the process's, all else is empty: _dl_allocate_tls_init fills in what each module has. */
static bool fill_record(const struct session *session, const struct place *place, uint64_t own_record)
{
    struct thread_record record;
    const uint64_t length[] = {MODULES, 0};
    uint64_t unset[2 * MODULES];
    for (int i = 0; i < MODULES; i++) {
        unset[2 * i] = UINT64_MAX;
        unset[2 * i + 1] = 0;
    }
    if (!attach_target__read(session->target, own_record, &record, sizeof record))
        return false;
    record.self = record.self_again = place->record;
    record.vector = place->vector + sizeof length;
    record.several = 1;
    record.scope = 0;
    return attach_target__write(session->target, place->record, &record, sizeof record) &&
           attach_target__write(session->target, place->vector, length, sizeof length) &&
           attach_target__write(session->target, place->vector + 2 * sizeof length, unset,
                                sizeof unset - 2 * sizeof length);
}

/* Where in its record the C library has a thread's number; 0: nowhere. */
static uint64_t place_of_number(const struct session *session, const struct borrowed *borrowed)
{
    uint32_t words[SEARCHED / sizeof(uint32_t)];
    if (!attach_target__read(session->target, borrowed->saved.fs_base, words, sizeof words))
        return 0;
    for (size_t i = 2 * sizeof(struct thread_record) / sizeof words[0]; i < SEARCHED / sizeof words[0]; i++)
        if (words[i] == (uint32_t)borrowed->thread)
            return i * sizeof words[0];
    return 0;
}

static bool pass(const struct session *session, const struct place *place, bool is_new)
{
    const struct attach_target *target = session->target;
    struct passed *passed = heap__zeroed(1, sizeof *passed);
    passed->work = (struct stub_work){
        .init_thread_data = is_new ? target->init_thread_data : 0,
        .thread = place->record,
        .dlopen = target->dlopen,
        .library = place->passed + offsetof(struct passed, library),
        .dlsym = target->dlsym,
        .function = place->passed + offsetof(struct passed, function),
        .dlerror = target->dlerror,
        .argument = place->passed + offsetof(struct passed, attachment),
    };
    strncpy(passed->library, session->library, sizeof passed->library - 1);
    strncpy(passed->function, session->function, sizeof passed->function - 1);
    passed->attachment = session->attachment;
    passed->attachment.block = place->block;
    bool good = attach_target__write(target, place->passed, passed, sizeof *passed);
    free(passed);
    return good;
}

/* ---- The new thread ---------------------------------------------------------------------------------------------- */

static char *start(struct session *session, struct borrowed *borrowed, struct place *place)
{
    const struct attach_target *target = session->target;
    uint64_t block = target->state.block, number = place_of_number(session, borrowed);
    bool is_new = block == 0;
    int64_t thread;
    char *reason = is_new ? get_block(session, borrowed, &block) : NULL;
    if (reason != NULL)
        return reason;
    *place = place_of(block);
    if (number == 0 || (is_new && !fill_record(session, place, borrowed->saved.fs_base)) ||
        !pass(session, place, is_new))
        return unreadable(session);
    const uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                           CLONE_SETTLS | CLONE_CHILD_SETTID;
    const uint64_t arguments[] = {flags, block + STACK - 256, 0, place->record + number, place->record, 0};
    reason = borrowed__call(borrowed, SYS_clone, arguments, place->passed, &thread);
    if (reason == NULL && thread < 0)
        reason =
            heap__printed("process %u (%s) gets no thread more: %s", target->pid, target->name, strerror((int)-thread));
    return reason;
}

static void set_alone(const struct attach_target *target, bool is_alone)
{
    unsigned char byte = is_alone;
    attach_target__write(target, target->single_threaded, &byte, sizeof byte);
}

/* With the one thread stopped, nobody can start another one: is it alone, then its C library may be told so. */
static void tell_it_while_it_stands(struct session *session, struct borrowed *borrowed)
{
    for (int i = 0; i < 100 && attach_target__threads(session->target) != 1; i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    set_alone(session->target, attach_target__threads(session->target) == 1);
    borrowed__give_back(borrowed);
    if (borrowed->longest > session->longest_pause)
        session->longest_pause = borrowed->longest;
}

static void tell_it_is_alone(struct session *session)
{
    struct borrowed borrowed;
    struct frames *frames = frames__new(session->target);
    free(borrowed__stop(&borrowed, session->target, frames));
    if (borrowed.thread != 0)
        tell_it_while_it_stands(session, &borrowed);
    frames__free(frames);
}

static char *complaint(const struct session *session, const struct stub_work *work)
{
    char text[512] = "";
    for (size_t i = 0; work->complaint != 0 && i + 1 < sizeof text; i++)
        if (!attach_target__read(session->target, work->complaint + i, text + i, 1) || text[i] == '\0')
            break;
    return heap__printed("process %u (%s) cannot load the library: %s", session->target->pid, session->target->name,
                         text);
}

static char *wait_for_end(struct session *session, const struct place *place)
{
    struct stub_work work;
    uint64_t until = moment__now() + PATIENCE;
    do {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        if (!attach_target__read(session->target, place->passed, &work, sizeof work) ||
            attach_target__threads(session->target) == 0)
            return heap__printed("process %u (%s) has ended, or executes another program, meanwhile",
                                 session->target->pid, session->target->name);
    } while (work.done == 0 && moment__now() < until);
    if (work.done == 0)
        return heap__printed(
            "process %u (%s): its loader has been busy for a minute; what was asked for is done as soon as "
            "it is free",
            session->target->pid, session->target->name);
    if (work.handle == 0 || work.called == 0)
        return complaint(session, &work);
    return attach_target__read(session->target, place->passed + offsetof(struct passed, attachment),
                               &session->attachment, sizeof session->attachment)
               ? NULL
               : unreadable(session);
}

/* With a thread that stands still; is_alone: it is the only one, and the C library knows it. */
static char *perform(struct session *session, struct borrowed *borrowed, bool is_alone)
{
    struct place place;
    if (is_alone)
        set_alone(session->target, false);
    char *reason = start(session, borrowed, &place);
    if (reason != NULL && is_alone)
        set_alone(session->target, true);
    borrowed__give_back(borrowed);
    session->longest_pause = borrowed->longest;
    if (reason == NULL)
        reason = wait_for_end(session, &place);
    if (is_alone)
        tell_it_is_alone(session);
    return reason;
}

char *session__perform(struct session *session)
{
    struct borrowed borrowed;
    unsigned char alone = 0;
    attach_target__read(session->target, session->target->single_threaded, &alone, sizeof alone);
    session->is_locked = session->target->state.block == 0 && room__is_locked(session->target);
    struct frames *frames = alone != 0 ? frames__new(session->target) : NULL;
    char *reason = borrowed__stop(&borrowed, session->target, frames);
    if (reason == NULL)
        reason = perform(session, &borrowed, alone != 0);
    frames__free(frames);
    return reason;
}

#else

char *session__perform(struct session *session)
{
    (void)session;
    return heap__printed("attach and detach know x86_64 only so far");
}

#endif
