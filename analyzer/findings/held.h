/* What a process still held when it ended as it wished: kept for its life, passed on to a child, or forgotten?
 *
 * DESIGN. Many a healthy program opens its log, its lock or its event loop once and leaves it to the end of the process.
 *
 *   held to the end  the only one that its place acquired (both ends, of a pair), at a place of which nothing was ever
 *                    given back: nothing shows that anybody meant to. What other processes gave back does not count: a
 *                    client closes what it could not connect, and keeps its connection. Logs and listening sockets may
 *                    be several: see lasting.h. What took over from those before it may be the newest of many: see
 *                    generation.h. What came over a socket (SCM_RIGHTS) may be many, too, and others of its
 *                    place may have been given back long after all had come: how many and how long, its sender says. A
 *                    worker of nginx gets a channel to each of the others, and is told when one of these ends.
 *   taken over       a child that the process had forked still ran, and ran the same program, and of what the process
 *                    acquired afterwards it held nothing: so daemons are made. The child carries on with what was held
 *                    when it was forked. Where others of the place were given back, this one had been forgotten before.
 *
 * Children are told of by counts alone, since whether one that was left has ended already is a race: an error where the
 * process waits for others of the place until they end, or where many pile up; else nothing shows that it should have. */
#ifndef HELD_H
#define HELD_H

#include <stdbool.h>

#include "ledger/read.h"

struct held; /* of one ledger, which is open in the stacks */
struct stacks;

struct held *held__new(const struct ledger *ledger, struct stacks *stacks);
void held__free(struct held *held);

/* To be asked of slots that are held and the process's own. */
bool held__is_to_end(const struct held *held, const struct lw_slot *slot);
bool held__is_taken_over(const struct held *held, const struct lw_slot *slot);
/* Held to the end, too: its place received it, and did not pick out what to give back. */
bool held__is_sent(const struct held *held, const struct lw_slot *slot);
/* Held to the end, too, though others of its place were given back: it took over from them, see generation.h. */
bool held__is_newest(const struct held *held, const struct lw_slot *slot);
/* The connection that was accepted last, and the only one: the process may have ended while, or because, it served it. */
bool held__is_served(const struct held *held, const struct lw_slot *slot);
bool held__is_child_missed(const struct held *held, const struct lw_slot *slot);

#endif
