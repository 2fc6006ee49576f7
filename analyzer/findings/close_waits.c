/* Sockets of a process that runs whose peer has hung up: close-wait.
 *
 * DESIGN. A server sees the end of a connection when it reads next, and closes its own; until then the socket is in
 * CLOSE_WAIT, and nothing is wrong with that for a while. So only those are told of whose peer has not been heard of for
 * LEAST seconds since it hung up, and that were held as long: who is late to accept has just heard of it. The kernel says no more than two bounds: a peer acknowledges whatever is sent to it, and
 * its last segment as well, so it hung up no later than when it was heard of last; and no earlier than when its last data
 * came. A peer that is still there and waits for an answer (it has shut down its own way alone) is heard of as soon as it is
 * sent something.
 *
 * The end counts as one byte that is unread. So a program that has not read it is told from one that has; but the end goes
 * with the last byte where they came together, and then the program need not have seen it.
 *
 * A connection that was reset is in no table any more, and a unix socket has no times: then nobody knows since when, and a
 * note is all that can be said. */
#include "close_waits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/words.h"
#include "growths.h"
#include "slots.h"

#define LEAST 10.0 /* seconds */

enum { PEERS_TOLD = 16 /* of one finding of a process */ };

struct gone {
    const struct connection *connection;
    enum peer_gone how;
    const char *text; /* of all of its site and peer, in the pool */
    bool is_told;     /* as something else */
};

struct close_waits {
    struct gone *list; /* by number */
    size_t count;
};

/* ---- Who is gone ------------------------------------------------------------------------------------------------- */

static enum peer_gone how_gone(const struct inquiry *inquiry, const struct connection *connection)
{
    return connection__peer_gone(connection, LEAST, inquiry__age(inquiry, connection->acquired));
}

static bool is_one_unsure(const struct inquiry *inquiry, const struct connections *connections)
{
    for (size_t i = 0; i < connections->count; i++)
        if (how_gone(inquiry, &connections->list[i]) == PEER_LATELY_GONE)
            return true;
    return false;
}

static void list_gone(const struct inquiry *inquiry, const struct connections *connections, struct close_waits *waits)
{
    for (size_t i = 0; i < connections->count; i++) {
        const struct connection *connection = &connections->list[i];
        enum peer_gone how = connection->is_again ? PEER_THERE : how_gone(inquiry, connection);
        if (how != PEER_THERE)
            waits->list[waits->count++] = (struct gone){.connection = connection, .how = how};
    }
}

/* ---- What is said of them ---------------------------------------------------------------------------------------- */

/* The peer's port says nothing where it has called. */
static size_t told_length(const struct connection *connection)
{
    return connection->is_accepted ? connection->host_length : strlen(connection->peer);
}

static bool is_alike(const struct gone *a, const struct gone *b)
{
    const struct connection *one = a->connection, *other = b->connection;
    return one->site == other->site && one->is_accepted == other->is_accepted && a->how == b->how &&
           one->view.condition == other->view.condition && told_length(one) == told_length(other) &&
           memcmp(one->peer, other->peer, told_length(one)) == 0;
}

static const char *peer_of(const struct connection *connection, char text[LW_DETAIL + 8])
{
    if (connection->family == AF_UNIX && connection->is_accepted)
        snprintf(text, LW_DETAIL + 8, "its peer");
    else
        snprintf(text, LW_DETAIL + 8, "%.*s%s", (int)told_length(connection), connection->peer,
                 connection->is_cut ? "…" : "");
    return text;
}

/* Of so many: how many have been read to their end. */
static char *reading_of(struct gone *const *gone, size_t count)
{
    size_t read = 0;
    for (size_t i = 0; i < count; i++)
        read += gone[i]->connection->view.unread == 0;
    if (read == count)
        return heap__copied("nothing is left to be read");
    if (read == 0)
        return heap__copied("the program has not read that yet");
    return heap__printed("nothing is left to be read on %zu", read);
}

/* The one that is known to be so for longest speaks for all. */
static char *since_of(const struct socket_view *view, size_t count)
{
    char least[WORDS], most[WORDS];
    if (!view->has_times)
        return heap__copied(", since when cannot be seen here");
    words__duration(least, view->heard);
    words__duration(most, view->received);
    const char *which = count > 1 ? ", on the first" : "";
    if (view->received <= view->heard || strcmp(least, most) == 0)
        return heap__printed("%s %s ago", which, least);
    return heap__printed("%s between %s and %s ago", which, least, most);
}

static char *text_of(struct gone *const *gone, size_t count)
{
    const struct connection *connection = gone[0]->connection;
    char peer[LW_DETAIL + 8];
    peer_of(connection, peer);
    if (connection->view.condition == SOCKET_OVER)
        return heap__printed("closed by the kernel: the connection with %s was reset, timed out or ended by both",
                             peer);
    if (connection->family == AF_UNIX)
        return heap__printed("without a peer: %s has closed its end", peer);
    char *since = since_of(&connection->view, count), *reading = reading_of(gone, count);
    char *text = heap__printed("in CLOSE_WAIT: %s has hung up%s; %s", peer, since, reading);
    free(since);
    free(reading);
    return text;
}

static int by_likeness(const void *left, const void *right)
{
    const struct gone *a = *(struct gone *const *)left, *b = *(struct gone *const *)right;
    const struct connection *one = a->connection, *other = b->connection;
    const int64_t differences[] = {(int64_t)one->site - other->site, (int64_t)a->how - b->how,
                                   (int64_t)one->view.condition - other->view.condition,
                                   (int64_t)told_length(one) - (int64_t)told_length(other)};
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (differences[i] != 0)
            return differences[i] < 0 ? -1 : 1;
    int order = memcmp(one->peer, other->peer, told_length(one));
    if (order != 0)
        return order;
    return (one->view.heard < other->view.heard) - (one->view.heard > other->view.heard);
}

static void say(const struct inquiry *inquiry, struct close_waits *waits)
{
    struct gone **sorted = heap__zeroed(waits->count, sizeof *sorted);
    for (size_t i = 0; i < waits->count; i++)
        sorted[i] = &waits->list[i];
    qsort(sorted, waits->count, sizeof *sorted, by_likeness);
    for (size_t first = 0, end; first < waits->count; first = end) {
        for (end = first + 1; end < waits->count && is_alike(sorted[first], sorted[end]);)
            end++;
        char *text = text_of(sorted + first, end - first);
        for (size_t i = first; i < end; i++)
            sorted[i]->text = pool__text(inquiry->pool, text);
        free(text);
    }
    free(sorted);
}

struct close_waits *close_waits__new(const struct inquiry *inquiry, struct connections *connections)
{
    if (connections == NULL || !connections->was_asked)
        return NULL;
    if (is_one_unsure(inquiry, connections))
        connections__recheck(connections, inquiry->ledger);
    struct close_waits *waits = heap__zeroed(1, sizeof *waits);
    waits->list = heap__zeroed(connections->count, sizeof *waits->list);
    list_gone(inquiry, connections, waits);
    if (waits->count > 0)
        say(inquiry, waits);
    return waits;
}

void close_waits__free(struct close_waits *waits)
{
    if (waits != NULL)
        free(waits->list);
    free(waits);
}

/* ---- Who tells --------------------------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    const uint32_t *number = left;
    const struct gone *gone = right;
    return (*number > gone->connection->number) - (*number < gone->connection->number);
}

/* A stream's is the descriptor below it. */
static struct gone *find(const struct inquiry *inquiry, const struct lw_slot *slot)
{
    const struct close_waits *waits = inquiry->close_waits;
    enum lw_class class = lw_class(slot->kind);
    int64_t number = class == LW_CLASS_FD ? (int64_t)slot->handle : class == LW_CLASS_STREAM ? slot->number : -1;
    uint32_t key = (uint32_t)number;
    if (waits == NULL || waits->count == 0 || number < 0 || number > UINT32_MAX)
        return NULL;
    return bsearch(&key, waits->list, waits->count, sizeof *waits->list, by_number);
}

static enum level level_of(const struct gone *gone)
{
    return gone->how == PEER_GONE ? kinds__get(KIND_CLOSE_WAIT)->level : LEVEL_NOTE;
}

bool close_waits__tell_of(const struct inquiry *inquiry, const struct lw_slot *slot, enum level level)
{
    const struct gone *gone = find(inquiry, slot);
    return gone != NULL && !gone->is_told && level <= level_of(gone);
}

static void add_fact(struct tally *tally, const struct gone *gone)
{
    const struct tally_item item = {
        .as = FACT_HUNG_UP, .text = gone->text, .resource = tally->resource_kind, .count = 1};
    size_t told = 0;
    for (size_t i = 0; i < tally->item_count; i++) {
        told += tally->items[i].as == FACT_HUNG_UP;
        if (tally->items[i].as == FACT_HUNG_UP && tally->items[i].text == item.text) {
            tally->items[i].count++;
            return;
        }
    }
    if (told < PEERS_TOLD)
        tally__add_item(tally, &item);
}

void close_waits__add_fact(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot)
{
    struct gone *gone = find(inquiry, slot);
    if (gone == NULL)
        return;
    gone->is_told = true;
    add_fact(tally, gone);
}

/* ---- The look ---------------------------------------------------------------------------------------------------- */

static void add_wait(struct inquiry *inquiry, const struct lw_slot *slot, const struct gone *gone)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, slot->site);
    struct tally_key key = {
        .kind = kinds__get(KIND_CLOSE_WAIT),
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .level = level_of(gone),
        .variety = gone->how == PEER_GONE ? NULL : "since-unknown", /* a finding of its own: the other one counts */
    };
    struct illustration illustration;
    slot__illustrate(&illustration, inquiry, slot);
    struct tally *tally = inquiry__add(inquiry, &key, slot->kind, &illustration.sighting);
    add_fact(tally, gone);
    growths__tell(inquiry, tally, slot->site); /* that of the place, which may be suspect */
}

static bool look_at_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct inquiry *inquiry = context;
    (void)index;
    const struct gone *gone = is_handle ? NULL : find(inquiry, slot);
    if (gone != NULL && !gone->is_told && !(slot->flags & LW_EXPECTED) && lw_is_held(slot->word))
        add_wait(inquiry, slot, gone);
    return !is_handle;
}

void close_waits__look(struct inquiry *inquiry)
{
    if (inquiry->close_waits != NULL && inquiry->close_waits->count > 0)
        ledger__slots(inquiry->ledger, look_at_slot, inquiry);
}
