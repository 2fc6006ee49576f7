/* Who is connected, and until when each is waited for.
 *
 * DESIGN. libmicrohttpd's own timeout counts silence alone: a byte now and then would hold a connection for good. Here the
 * whole request has a deadline, and so has the answer. Who is sent away is shut down only; the library sees that, and closes. */
#include "guests.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/moment.h"

#define SECOND UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

enum { REQUEST_TAKES = 10, RECEIPT_TAKES = 60 }; /* s at most */

static const uint64_t sent_away = UINT64_MAX;

void guests__clear(struct guests *guests)
{
    for (size_t i = 0; i < GUESTS_ROOM; i++)
        guests->guests[i] = (struct guest){.fd = -1};
}

static void send_away(struct guest *guest)
{
    guest->deadline = sent_away;
    shutdown(guest->fd, SHUT_RDWR);
}

static size_t count(const struct guests *guests)
{
    size_t number = 0;
    for (size_t i = 0; i < GUESTS_ROOM; i++)
        number += guests->guests[i].fd >= 0 && guests->guests[i].deadline != sent_away;
    return number;
}

/* NULL: nobody is waited for. */
static struct guest *first_to_go(struct guests *guests)
{
    struct guest *first = NULL;
    for (size_t i = 0; i < GUESTS_ROOM; i++) {
        struct guest *guest = &guests->guests[i];
        bool is_waited_for = guest->fd >= 0 && guest->deadline != sent_away;
        if (is_waited_for && (first == NULL || guest->deadline < first->deadline))
            first = guest;
    }
    return first;
}

struct guest *guests__admit(struct guests *guests, int fd)
{
    if (count(guests) >= GUESTS_MOST)
        send_away(first_to_go(guests));
    for (size_t i = 0; i < GUESTS_ROOM; i++) {
        struct guest *guest = &guests->guests[i];
        if (guest->fd >= 0)
            continue;
        guest->fd = fd;
        guest__await_request(guest);
        return guest;
    }
    return NULL;
}

/* Who was sent away stays so. */
static void wait_for(struct guest *guest, uint64_t seconds)
{
    if (guest != NULL && guest->deadline != sent_away)
        guest->deadline = moment__now() + seconds * SECOND;
}

void guest__await_request(struct guest *guest)
{
    wait_for(guest, REQUEST_TAKES);
}

void guest__await_receipt(struct guest *guest)
{
    wait_for(guest, RECEIPT_TAKES);
}

void guest__leave(struct guest *guest)
{
    if (guest != NULL)
        *guest = (struct guest){.fd = -1};
}

int guests__send_away_late(struct guests *guests)
{
    uint64_t now = moment__now();
    for (;;) {
        struct guest *first = first_to_go(guests);
        if (first == NULL)
            return -1;
        if (first->deadline > now)
            return (int)((first->deadline - now) / MILLISECOND) + 1;
        send_away(first);
    }
}
