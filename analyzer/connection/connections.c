/* The connections that a process holds. */
#include "connections.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/heap.h"
#include "base/moment.h"

#define FRESH                                                                                                          \
    10000000000ULL /* ns: a ledger that was read longer ago than this tells of other sockets than the kernel */

struct gathering {
    struct connections *connections;
    size_t room;
};

/* ---- From the ledger --------------------------------------------------------------------------------------------- */

/* Of "connected 10.0.0.1:5432", "from 10.0.0.1:51234": where the peer begins. */
static size_t word_before(const struct lw_slot *slot, size_t length)
{
    static const char *const words[] = {"connected ", "connecting ", "from "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (length > strlen(words[i]) && memcmp(slot->detail, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

static size_t host_length(const char *peer, uint16_t family)
{
    size_t length = strlen(peer), at = length;
    if (family != AF_INET && family != AF_INET6)
        return length;
    while (at > 0 && peer[at - 1] >= '0' && peer[at - 1] <= '9')
        at--;
    return at > 1 && at < length && peer[at - 1] == ':' ? at - 1 : length;
}

static bool is_connection(const struct lw_slot *slot)
{
    return slot->kind == LW_FD_SOCKET && lw_is_held(slot->word) && slot->flags & LW_CONNECTED &&
           !(slot->flags & (LW_INHERITED | LW_UNTRACKED));
}

/* A label takes the end of the room. */
static void name_peer(struct connection *connection, const struct lw_slot *slot)
{
    size_t room = slot->label_length < LW_DETAIL ? LW_DETAIL - slot->label_length : 0;
    size_t length = slot->detail_length < room ? slot->detail_length : room;
    size_t before = word_before(slot, length);
    connection->peer = heap__zeroed(1, length + 1);
    memcpy(connection->peer, slot->detail + before, length - before);
    connection->is_accepted = before == strlen("from ");
    connection->is_cut = slot->flags & LW_DETAIL_CUT || length == room;
    connection->host_length = host_length(connection->peer, slot->family);
}

static bool add_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct gathering *gathering = context;
    struct connections *connections = gathering->connections;
    if (is_handle)
        return false; /* descriptors come first */
    if (!is_connection(slot))
        return true;
    connections->list = heap__room(connections->list, connections->count, &gathering->room, sizeof *connections->list);
    struct connection *connection = &connections->list[connections->count++];
    *connection = (struct connection){.number = index,
                                      .site = slot->site,
                                      .acquired = slot->acquired_time,
                                      .word = slot->word,
                                      .family = slot->family,
                                      .is_again = slot->flags & LW_DUPLICATE,
                                      .is_failed = slot->error != 0,
                                      .is_datagram = slot->type == SOCK_DGRAM,
                                      .from = slot->partner >= 0 ? (uint32_t)slot->partner : UINT32_MAX};
    name_peer(connection, slot);
    return true;
}

static int by_number(const void *left, const void *right)
{
    const uint32_t *number = left;
    const struct connection *connection = right;
    return (*number > connection->number) - (*number < connection->number);
}

/* What a duplicate was made from may have been closed since, and another may have got its number. */
static void find_duplicates(struct connections *connections)
{
    for (size_t i = 0; i < connections->count; i++) {
        struct connection *connection = &connections->list[i];
        const struct connection *original = NULL;
        if (connection->is_again)
            original = bsearch(&connection->from, connections->list, connections->count, sizeof *connection, by_number);
        connection->is_again = original != NULL && original->acquired <= connection->acquired &&
                               strcmp(original->peer, connection->peer) == 0;
    }
}

struct connections *connections__of(const struct ledger *ledger)
{
    struct connections *connections = heap__zeroed(1, sizeof *connections);
    ledger__slots(ledger, add_slot, &(struct gathering){.connections = connections});
    find_duplicates(connections);
    return connections;
}

void connections__free(struct connections *connections)
{
    if (connections == NULL)
        return;
    for (size_t i = 0; i < connections->count; i++)
        free(connections->list[i].peer);
    free(connections->list);
    free(connections);
}

/* ---- From the kernel --------------------------------------------------------------------------------------------- */

static bool is_looked_at(const struct connection *connection)
{
    return !connection->is_datagram && !connection->is_failed &&
           (connection->family == AF_INET || connection->family == AF_INET6 || connection->family == AF_UNIX);
}

/* Who connects to no address in particular is connected to itself. */
static bool is_nowhere(const char *peer)
{
    return strncmp(peer, "0.0.0.0:", strlen("0.0.0.0:")) == 0 || strncmp(peer, "[::]:", strlen("[::]:")) == 0;
}

/* The number may be another socket's by now. */
static bool is_its_view(const struct connection *connection, const struct socket_view *view)
{
    char text[SOCKET_ADDRESS_TEXT];
    if (connection->family == AF_UNIX)
        return view->peer.family == 0 && view->condition != SOCKET_OVER;
    if (view->peer.family == 0)
        return view->condition == SOCKET_OVER;
    socket_address__text(&view->peer, text);
    return strcmp(text, connection->peer) == 0 || is_nowhere(connection->peer);
}

void connections__look(struct connections *connections, const struct ledger *ledger, struct namespaces *namespaces)
{
    const struct lw_header *header = ledger__header(ledger);
    uint64_t moment = ledger__is_running(ledger) ? ledger__moment(ledger) : 0;
    if (moment == 0 || moment__now() - moment > FRESH || connections->count == 0)
        return;
    uint32_t *numbers = heap__zeroed(connections->count, sizeof *numbers);
    size_t count = 0;
    for (size_t i = 0; i < connections->count; i++)
        if (is_looked_at(&connections->list[i]))
            numbers[count++] = connections->list[i].number;
    struct sockets sockets = sockets__of(namespaces, ledger__process(ledger), header->start_ticks, numbers, count);
    count = 0;
    for (size_t i = 0; sockets.views != NULL && i < connections->count; i++) {
        const struct socket_view *view =
            is_looked_at(&connections->list[i]) ? &sockets.views[count++] : &connections->list[i].view;
        if (is_its_view(&connections->list[i], view))
            connections->list[i].view = *view;
    }
    connections->trouble = sockets.trouble;
    connections->was_asked = true;
    sockets__free(&sockets);
    free(numbers);
}

struct recheck {
    struct connections *connections;
    size_t next;
};

static bool recheck_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct recheck *recheck = context;
    struct connections *connections = recheck->connections;
    if (is_handle)
        return false;
    while (recheck->next < connections->count && connections->list[recheck->next].number < index)
        connections->list[recheck->next++].view = (struct socket_view){0};
    if (recheck->next < connections->count && connections->list[recheck->next].number == index) {
        struct connection *connection = &connections->list[recheck->next++];
        if (connection->word != slot->word || connection->acquired != slot->acquired_time)
            connection->view = (struct socket_view){0};
    }
    return recheck->next < connections->count;
}

void connections__recheck(struct connections *connections, const struct ledger *ledger)
{
    struct ledger *again;
    struct ledger_error error;
    struct recheck recheck = {.connections = connections};
    if (ledger__open(&again, ledger__path(ledger), &error) == 0) {
        ledger__slots(again, recheck_slot, &recheck);
        ledger__close(again);
    }
    for (; recheck.next < connections->count; recheck.next++)
        connections->list[recheck.next].view = (struct socket_view){0};
}

/* ---- What that says ---------------------------------------------------------------------------------------------- */

/* The kernel does not say since when a peer has hung up. But the segment that says so acknowledges, too: nothing was heard
 * of the peer since, so it is at least as long ago as that. It may have done so before it was accepted, which may be late. */
enum peer_gone connection__peer_gone(const struct connection *connection, double least, double held)
{
    const struct socket_view *view = &connection->view;
    if (held < least || (view->condition != SOCKET_HUNG_UP && view->condition != SOCKET_OVER))
        return PEER_THERE;
    if (view->condition == SOCKET_OVER || !view->has_times)
        return PEER_LATELY_GONE;
    return view->heard >= least ? PEER_GONE : PEER_THERE;
}

double connection__idle(const struct connection *connection)
{
    const struct socket_view *view = &connection->view;
    if (!view->has_times)
        return -1;
    return view->sent < view->received ? view->sent : view->received;
}
