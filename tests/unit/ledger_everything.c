/* A ledger with at least one of everything, every cross-reference in use. */
#include <errno.h>
#include <string.h>

#include "ledger_maker.h"

static void add_slots(struct maker *maker, uint32_t site, uint32_t stack)
{
    struct lw_slot *file = maker__fd(maker, 3, site, LW_FD_FILE);
    maker__detail(file, "/etc/hosts");
    struct lw_slot *freed = maker__fd(maker, 4, site, LW_FD_PIPE);
    maker__state(freed, LW_FREE);
    freed->release_stack = stack;
    freed->release_call = maker__name(maker, "close");
    freed->released_time = 4000000000ULL;
    maker__state(maker__fd(maker, 5, site, LW_FD_SOCKET), LW_RELEASING);
    maker__state(maker__fd(maker, 6, site, LW_FD_EVENTFD), LW_WRITING);
    struct lw_slot *remote = maker__fd(maker, 1000000, site, LW_FD_SOCKET);
    maker__detail(remote, "connected 10.0.0.1:5432");
    remote->flags |= LW_CONNECTED;
    uint32_t index;
    struct lw_slot *stream = maker__handle(maker, 0x55550000, site, LW_STREAM_FILE, &index);
    stream->number = 3;
    file->owner = index + 1;
    for (uint32_t i = 0; i < 40; i++) /* into the second generation */
        maker__handle(maker, 0x66660000 + i * 16, site, LW_DIR, NULL);
    maker__handle(maker, 777, site, LW_CHILD, NULL);
}

/* Of 1,000 requests 3 left something, all of them because a second acquisition failed; one was released later. */
static void add_leftovers(struct maker *maker, uint32_t scope, uint32_t site, uint32_t stack)
{
    uint32_t number;
    struct lw_leftover *leftover = maker__leftover(maker, scope, site, &number);
    leftover->count = leftover->entries = leftover->failed = 3;
    leftover->later = leftover->delays[1] = 1;
    leftover->longest = 6000000;
    leftover->later_stack = stack;
    leftover->later_call = maker__name(maker, "close");
    strcpy(leftover->reason, "no such user");
    struct lw_slot *slot = maker__fd(maker, 7, site, LW_FD_SOCKET);
    maker__detail(slot, "listening 0.0.0.0:80");
    maker__label(slot, "the front door");
    maker__left(slot, number, 5000000000ULL);
    slot->flags |= LW_HANDED;
    maker__fd(maker, 8, site, LW_FD_SOCKET)->flags |= LW_EXPECTED;
    const uint32_t sites[] = {site, 0, site, site, LW_OTHER, site, site, site};
    struct lw_departure *departure = maker__departure(maker, scope, sites, 8);
    departure->sites = 11;
    departure->count = 3;
    departure->failed = 1;
    departure->failure_stack = stack;
    departure->failure_call = maker__name(maker, "connect");
    departure->failure_error = ECONNREFUSED;
}

/* Two threads close the same number; the second one's close hits what a third one had opened meanwhile. */
static void add_misuses(struct maker *maker, uint32_t site, uint32_t first, uint32_t second)
{
    struct lw_misuse *twice = maker__misuse(maker, LW_CLOSED_REUSED, second, "close");
    twice->site = twice->victim = site;
    twice->first_stack = first;
    twice->first_call = maker__name(maker, "close");
    twice->first_thread = 4243;
    twice->victim_thread = 4244;
    twice->count = 5;
    twice->swept = 2;
    strcpy(twice->detail, "/etc/hosts");
    struct lw_misuse *invalid = maker__misuse(maker, LW_INVALID_NUMBER, second, "close");
    invalid->handle = UINT64_MAX;
    invalid->first_error = EMFILE;
    struct lw_misuse *owned = maker__misuse(maker, LW_WRONG_OWNER, second, "leakwatch_close_owned");
    owned->owner = 7;
    owned->given = 8;
}

static void add_scopes(struct maker *maker, uint32_t scope, uint32_t site, uint32_t stack)
{
    uint32_t met = maker__line(maker, 7, "Server.handle", "/srv/server.py", stack);
    uint32_t line = maker__source(maker, 12, "load_user", "/srv/app.py", met);
    uint32_t thread = maker__scope(maker, LW_SCOPE_THREAD, 0, NULL);
    struct lw_scope *made = maker__element(maker, LW_SCOPES, thread);
    made->address = 0x401010;
    made->module = 1;
    uint32_t function = maker__scope(maker, LW_SCOPE_FUNCTION, scope, "load_user");
    uint32_t inner = maker__site(maker, line, function, "open", LW_FD_FILE);
    *maker__scope_count(maker, 0, scope) = (struct lw_scope_count){.entered = 600, .ended = 590, .most = 2};
    struct lw_scope_count *count = maker__scope_count(maker, 63, scope);
    *count = (struct lw_scope_count){.entered = 400, .ended = 410, .failed = 3, .left = 3, .most = 4, .ticks = 9000000};
    count->durations[5] = 410;
    add_leftovers(maker, scope, site, stack);
    maker__leftover(maker, thread, inner, NULL);
    maker__imbalance(maker, scope, LW_ENDED_TWICE, stack)->begun = line;
    maker__imbalance(maker, LW_OTHER, LW_NEVER_BEGUN, stack);
    maker__disorder(maker, site, inner, stack, "close");
    struct lw_header *header = maker__header(maker);
    header->scopes_lost = 2;
    header->expected = 1;
    header->clock_first = 1000;
    header->clock_first_time = header->start_time;
    header->clock_last = 180000001000ULL;
    header->clock_last_time = header->end_time;
}

/* A thread that holds more locks than its board has room for, and waits for another thread's end. */
static void add_locks(struct maker *maker, uint32_t stack)
{
    uint32_t site = maker__site(maker, stack, 0, "pthread_mutex_lock", LW_MUTEX);
    maker__locking(maker, site)->waits[2] = 1;
    struct lw_board *board = maker__board(maker, 4242);
    strcpy(board->name, "worker");
    board->depth = LW_HOLDS + 2;
    board->more = maker__block(maker, LW_HOLDS_MORE * sizeof(struct lw_hold));
    board->places = maker__block(maker, LW_BOARD_PLACES * sizeof(struct lw_place));
    struct lw_place *place = maker__at(maker, board->places);
    place->site = site;
    place->count = 1;
    for (uint32_t i = 0; i < LW_HOLDS; i++)
        board->hold[i] = (struct lw_hold){
            .lock = 0x8000 + i * 64, .since = 2000, .site = site, .count = 1, .kind = LW_MUTEX, .state = LW_HOLD_HELD};
    struct lw_hold *more = maker__at(maker, board->more);
    maker__file_lock(maker, 4242)->site = site;
    more[1] = (struct lw_hold){.lock = 0x7000, .since = 3000, .site = site, .kind = LW_THREAD, .state = LW_HOLD_TAKING};
}

struct maker *maker__everything(void)
{
    static const uint64_t opening[] = {0x401010, 0x402020, 0x403030}, closing[] = {0x401110, 0x403030};
    struct maker *maker = maker__new();
    uint32_t module = maker__module(maker, "/usr/bin/app", 0x400000, 0x400000, 0x500000);
    uint32_t open_stack = maker__stack(maker, module, opening, 3),
             close_stack = maker__stack(maker, module, closing, 2);
    uint32_t server = maker__scope(maker, LW_SCOPE_NAMED, 0, "server");
    uint32_t request = maker__scope(maker, LW_SCOPE_NAMED, server, "request");
    uint32_t site = maker__site(maker, open_stack, request, "open", LW_FD_FILE);
    uint32_t release = maker__release(maker, site, close_stack, "close");
    add_slots(maker, site, close_stack);
    add_scopes(maker, request, site, close_stack);
    add_misuses(maker, site, open_stack, close_stack);
    add_locks(maker, open_stack);
    maker__limit(maker, 3000000000ULL, 2048, open_stack, "setrlimit");
    ((struct lw_release *)maker__element(maker, LW_RELEASES, release))->flags = LW_RELEASED_WRITABLE;
    struct lw_failure *failure = maker__failure(maker, open_stack, "openat", EMFILE);
    failure->site = site;
    failure = maker__failure(maker, close_stack, "close", EIO);
    failure->role = LW_FAILED_RELEASE;
    failure->site = site;
    maker__failure(maker, close_stack, "fclose", ENOSPC)->role = LW_LOST_WRITE;
    maker__crossing(maker, site, "/bin/sh", 3)->stack = close_stack;
    maker__lane(maker, 0)->opened = 1000;
    maker__site_count(maker, 0, site)->acquired = 600;
    maker__site_count(maker, 63, site)->acquired = 400;
    *maker__release_count(maker, 0, release) = 997;
    for (uint64_t i = 0; i < 20; i++)
        maker__sample(maker, 2000000000ULL + i * 1000000000ULL, i * 3);
    struct lw_exhaustion *exhaustion = maker__exhaustion(maker, EMFILE);
    exhaustion->stack = open_stack;
    exhaustion->call = maker__name(maker, "openat");
    exhaustion->limit = exhaustion->open = 1024;
    exhaustion->rows = 1;
    exhaustion->row[0].site = site;
    exhaustion->row[0].held = 1000;
    maker__name(maker,
                "a name so long that it needs a second record to hold it, and then, since this is not long enough, "
                "a third one behind it to hold the end of what is, as everybody will admit by now, far too long "
                "to be the name of anything, whoever may have thought of it");
    return maker;
}
