/* Which connections a process holds, by peer and site: no findings, but what pools are looked at by.
 *
 * DESIGN. That connections lie idle is no fault, and neither is it that threads wait. Both at once, in one pool, are: but
 * which lock is a pool's, nobody says. Where threads have waited for a while in the source file that opened the connections,
 * or in a function that was on the way to opening them, that is said beside them, and the reader knows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "ledger/boards.h"
#include "locks.h"
#include "tally/connection_list.h"
#include "tally/steady.h"

#define LONG_WAIT 1.0 /* seconds */

/* ---- Names ------------------------------------------------------------------------------------------------------- */

/* The peer as a reader is to see it; steady, where that is asked for, which goes by what stands before it. */
static const char *peer_of(const struct inquiry *inquiry, const struct connection_sum *sum, const char *call)
{
    static const char before[] = "connected ";
    char *detail = heap__printed("%s%.*s", before, (int)sum->length, sum->peer);
    char steady[STEADY_TEXT];
    const struct steady_context context = {
        .call = call, .kind = LW_FD_SOCKET, .pids = {inquiry->pids[0], inquiry->pids[1]}};
    if (inquiry->steady)
        steady__write(steady, detail, &context);
    const char *peer = pool__text(inquiry->pool, (inquiry->steady ? steady : detail) + strlen(before));
    free(detail);
    return peer;
}

struct listener {
    uint32_t number;
    char detail[LW_DETAIL + 1];
};

static bool look_for_listener(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct listener *listener = context;
    if (is_handle || index > listener->number)
        return false; /* descriptors come first, in their order */
    if (index == listener->number && lw_is_held(slot->word) && slot->flags & LW_LISTENING)
        snprintf(listener->detail, sizeof listener->detail, "%.*s",
                 (int)(slot->detail_length < LW_DETAIL ? slot->detail_length : LW_DETAIL), slot->detail);
    return index < listener->number;
}

/* Where it still listens. */
static const char *listener_of(const struct inquiry *inquiry, const struct connection_sum *sum)
{
    static const char word[] = "listening ";
    struct listener listener = {.number = sum->listener};
    if (!sum->is_accepted || sum->listener == UINT32_MAX)
        return NULL;
    ledger__slots(inquiry->ledger, look_for_listener, &listener);
    if (strncmp(listener.detail, word, strlen(word)) != 0)
        return NULL;
    char steady[STEADY_TEXT];
    steady__write(steady, listener.detail, &(struct steady_context){.kind = LW_FD_SOCKET});
    return pool__text(inquiry->pool, (inquiry->steady ? steady : listener.detail) + strlen(word));
}

/* ---- Who waits meanwhile ----------------------------------------------------------------------------------------- */

static const struct stack *stack_of(const struct inquiry *inquiry, uint32_t number)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, number);
    return site ? stacks__get(inquiry->stacks, stacks__number(inquiry->stacks, site->stack)) : NULL;
}

static bool is_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The outermost frame is that of all that a thread does. */
static bool is_of_one_pool(const struct stack *waits, const struct stack *opened)
{
    const struct frame *asked = stack__user_frame(waits), *made = stack__user_frame(opened);
    if (asked == NULL || made == NULL)
        return false;
    if (is_same(asked->file, made->file))
        return true;
    for (size_t i = 0; i + 1 < opened->count; i++)
        if (is_same(asked->function, opened->frames[i]->function) && is_same(asked->module, opened->frames[i]->module))
            return true;
    return false;
}

static bool waits_long(const struct inquiry *inquiry, const struct ledger_hold *wait)
{
    return inquiry__age(inquiry, ledger__time_of_ticks(inquiry->ledger, wait->hold->since)) >= LONG_WAIT;
}

static uint64_t count_at(const struct inquiry *inquiry, const struct locks *locks, uint32_t site)
{
    uint64_t count = 0;
    for (uint32_t board = 1; board < locks->boards; board++) {
        const struct ledger_hold *wait = locks__wait_of(locks, board);
        count += wait != NULL && wait->hold->site == site && waits_long(inquiry, wait);
    }
    return count;
}

static void add_waits(const struct inquiry *inquiry, const struct locks *locks, struct connection_summary *summary,
                      uint32_t site)
{
    const struct stack *opened = stack_of(inquiry, site);
    for (uint32_t board = 1; board < locks->boards; board++) {
        const struct ledger_hold *wait = locks__wait_of(locks, board);
        if (wait == NULL || !waits_long(inquiry, wait))
            continue;
        const struct stack *waits = stack_of(inquiry, wait->hold->site);
        uint64_t count = is_of_one_pool(waits, opened) ? count_at(inquiry, locks, wait->hold->site) : 0;
        if (count > summary->waiting) {
            summary->waiting = count;
            summary->waits = waits;
            summary->waits_for = wait->hold->kind;
        }
    }
}

/* ---- The list ---------------------------------------------------------------------------------------------------- */

static struct connection_summary summary_of(const struct inquiry *inquiry, const struct connection_sum *sum,
                                            bool is_only_one)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, sum->site);
    const char *call = site ? inquiry__name(inquiry, site->call) : NULL;
    uint64_t peak = ledger__site_count(inquiry->ledger, sum->site).peak;
    return (struct connection_summary){
        .program = inquiry->command,
        .call = call,
        .peer = peer_of(inquiry, sum, call),
        .service = sum->is_accepted ? NULL : connection__service(sum->peer, sum->length, sum->family),
        .listener = listener_of(inquiry, sum),
        .is_accepted = sum->is_accepted,
        .is_cut = sum->is_cut,
        .peak_is_bound = !is_only_one || ledger__site_threads(inquiry->ledger, sum->site) > 1,
        .processes = 1,
        .held = sum->held,
        .peak = peak > sum->held ? peak : sum->held,
        .ports = sum->ports,
        .longest = inquiry__age(inquiry, sum->first),
        .open = sum->by_condition[SOCKET_OPEN],
        .connecting = sum->by_condition[SOCKET_CONNECTING],
        .hung_up = sum->by_condition[SOCKET_HUNG_UP],
        .closing = sum->by_condition[SOCKET_CLOSING],
        .over = sum->by_condition[SOCKET_OVER],
        .idle_seen = sum->idle_known,
        .idle_long = sum->idle_long,
        .idle_longest = sum->idle_longest,
    };
}

static bool is_only_one(const struct connection_sums *sums, size_t at)
{
    return (at == 0 || sums->list[at - 1].site != sums->list[at].site) &&
           (at + 1 == sums->count || sums->list[at + 1].site != sums->list[at].site);
}

void held_connections__look(struct inquiry *inquiry)
{
    if (inquiry->connection_list == NULL || inquiry->connections->count == 0)
        return;
    struct connection_sums sums = connections__sum(inquiry->connections, inquiry->idle);
    struct locks locks = locks__read(inquiry);
    for (size_t i = 0; i < sums.count; i++) {
        const struct lw_site *site = ledger__site(inquiry->ledger, sums.list[i].site);
        struct connection_summary summary = summary_of(inquiry, &sums.list[i], is_only_one(&sums, i));
        if (summary.idle_long > 0)
            add_waits(inquiry, &locks, &summary, sums.list[i].site);
        connection_list__add(inquiry->connection_list, &summary, inquiry->process,
                             site ? stacks__number(inquiry->stacks, site->stack) : 0);
    }
    locks__free(&locks);
    connection_sums__free(&sums);
}
