/* Who is connected, and until when each is waited for. Who comes to a full house makes the one leave whose time is over
 * first. */
#ifndef GUESTS_H
#define GUESTS_H

#include <stdint.h>

enum { GUESTS_MOST = 64, GUESTS_ROOM = 2 * GUESTS_MOST /* with those who have yet to be seen off */ };

struct guest {
    int fd;            /* -1: nobody */
    uint64_t deadline; /* of moment__now; UINT64_MAX: was sent away */
};

struct guests {
    struct guest guests[GUESTS_ROOM];
};

void guests__clear(struct guests *guests);

/* Waits for a request from now on. NULL: there is no room at all. */
struct guest *guests__admit(struct guests *guests, int fd);
void guest__await_request(struct guest *guest);
/* What it asked for is on its way. */
void guest__await_receipt(struct guest *guest);
void guest__leave(struct guest *guest);

/* Sends those away whose time is over. Returns milliseconds until that is so of the next; -1: nobody is waited for. */
int guests__send_away_late(struct guests *guests);

#endif
