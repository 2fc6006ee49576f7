/* What was still held when the process ended: fd-leak, stream-leak, dir-leak, child-leak, thread-leak; which threads
 * still ran: detached-thread; what grows in one that runs: fd-growth, thread-growth; and what was found open though nobody
 * was seen to open it: untracked-fd.
 *
 * DESIGN. One resource is one finding: a descriptor below a stream or directory stream counts as that. What a process
 * inherited is not its leak, and 0, 1 and 2 as inherited are nobody's. Where a process had no chance to give things back,
 * growths.c judges what each of its sites holds, else held.c does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "close_waits.h"
#include "file_holds.h"
#include "growths.h"
#include "held.h"
#include "in_flight.h"
#include "inquiry.h"
#include "lasting.h"
#include "let_go.h"
#include "ledger/slot.h"
#include "model/resource.h"
#include "slots.h"
#include "threads.h"

enum { STANDARD_NUMBERS = 3 };

struct look {
    struct inquiry *inquiry;
    struct held *held; /* NULL: the process did not end in a way that lets it give everything back */
    struct in_flight *in_flight;
    struct crossed_list crossed; /* none, where it did not end by an exec */
};

/* What is not told of by somebody else, and not held on purpose. */
static bool is_to_tell(const struct inquiry *inquiry, const struct lw_slot *slot)
{
    return slot__is_own(slot) && !(slot->flags & LW_EXPECTED) && !scope_leaks__tell_of(inquiry, slot);
}

static bool is_serious(const struct look *look, const struct lw_slot *slot)
{
    if (look->held == NULL)
        return growths__shows_leak(look->inquiry, slot);
    if (slot->kind == LW_CHILD)
        return held__is_child_missed(look->held, slot);
    return !held__is_taken_over(look->held, slot) && !held__is_served(look->held, slot);
}

static const char *later_text(const struct look *look, const struct lw_slot *slot, bool is_in_flight)
{
    struct inquiry *inquiry = look->inquiry;
    char text[96];
    if (look->held != NULL && held__is_taken_over(look->held, slot))
        return "taken over by the child that its process left to carry on";
    if (look->held != NULL && held__is_served(look->held, slot))
        return "accepted last, and perhaps still served when its process ended";
    if (slot_state(slot) == LW_RELEASING)
        return "inside its release, which was called and had not returned";
    if (is_in_flight && look->held != NULL)
        return "acquired last by its thread, which still ran when another one ended the process";
    if (slot->error == 0)
        return slot->flags & LW_HANDED && slot->entry == 0 ? "handed over to the process, which never gave it back"
                                                           : NULL;
    const char *error = errno_name(slot->error) ? errno_name(slot->error) : strerror(slot->error);
    snprintf(text, sizeof text, "connect failed with %.40s, then never closed", error);
    return pool__text(inquiry->pool, text);
}

/* That it is open in the next program is told already, and nothing more shows that it should not be. */
static bool is_told_as_crossed(const struct look *look, const struct lw_slot *slot)
{
    return crossings__tell_of(&look->crossed, slot) && !is_serious(look, slot);
}

/* As what it grows, else as what it was left. */
static const struct finding_kind *kind_of(const struct look *look, const struct lw_slot *slot)
{
    const struct finding_kind *kind = growths__kind(look->inquiry, slot);
    bool is_object = lw_class(slot->kind) == LW_CLASS_LOCK;
    if (kind != NULL)
        return kind;
    return kinds__get(is_object ? KIND_LOCK_LEAK : kinds__of_leak(slot->kind));
}

static void tell_more(const struct look *look, const struct lw_slot *slot, struct tally *tally)
{
    struct inquiry *inquiry = look->inquiry;
    file_holds__tell_of(inquiry, tally, slot);
    close_waits__add_fact(inquiry, tally, slot);
    if (look->held == NULL || growths__kind(inquiry, slot) != NULL)
        growths__tell(inquiry, tally, slot->site);
    if (slot->kind != LW_THREAD)
        return;
    threads__tell_where_it_began(inquiry, tally, slot);
    if (slot->flags & LW_OVER)
        threads__tell_what_it_keeps(inquiry, tally, slot);
}

static void add_leak(const struct look *look, const struct lw_slot *slot, bool is_in_flight)
{
    struct inquiry *inquiry = look->inquiry;
    const struct lw_site *site = ledger__site(inquiry->ledger, slot->site);
    const struct finding_kind *kind = kind_of(look, slot);
    bool counts = growths__kind(inquiry, slot) != NULL || (!is_in_flight && is_serious(look, slot));
    bool is_releasing = slot_state(slot) == LW_RELEASING;
    struct tally_key key = {
        .kind = kind,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .later = later_text(look, slot, is_in_flight),
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .released = is_releasing ? stacks__number(inquiry->stacks, slot->release_stack) : 0,
        .error = slot->error,
        .level = counts ? kind->level : LEVEL_NOTE,
        .is_lasting = lasting__is(slot),
        .is_sent = counts && look->held != NULL && held__is_sent(look->held, slot),
        .is_newest = counts && look->held != NULL && held__is_newest(look->held, slot),
        .is_to_end = counts && look->held != NULL && slot->kind < LW_CHILD && held__is_to_end(look->held, slot),
    };
    if (close_waits__tell_of(inquiry, slot, (enum level)key.level))
        return;
    if (key.stack == 0)
        key.elsewhere = pool__text(inquiry->pool, resource__type(slot->kind));
    struct illustration illustration;
    slot__illustrate(&illustration, inquiry, slot);
    struct tally *tally = inquiry__add(inquiry, &key, slot->kind, &illustration.sighting);
    tell_more(look, slot, tally);
}

/* Of a process that runs: one that runs still, or has not been joined. */
static bool is_one_too_many(const struct look *look, const struct lw_slot *slot)
{
    return slot->kind == LW_THREAD && !(slot->flags & (LW_INHERITED | LW_EXPECTED | LW_UNTRACKED)) &&
           growths__kind(look->inquiry, slot) != NULL;
}

/* Where a process ends by a signal, or without tidying up, all of its threads are meant to end at once. */
static bool is_left_running(const struct look *look, const struct lw_slot *slot)
{
    return slot->kind == LW_THREAD && slot__is_held(slot) && (slot->flags & (LW_DETACHED | LW_OVER)) == LW_DETACHED &&
           ledger__header(look->inquiry->ledger)->end == LW_EXIT && look->inquiry->life.had_chance;
}

static void add_running(struct inquiry *inquiry, const struct lw_slot *slot)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, slot->site);
    const struct finding_kind *kind = kinds__get(KIND_DETACHED_THREAD);
    struct tally_key key = {.kind = kind,
                            .call = site ? inquiry__name(inquiry, site->call) : NULL,
                            .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
                            .level = kind->level};
    if (key.stack == 0)
        key.elsewhere = pool__text(inquiry->pool, resource__type(slot->kind));
    struct illustration illustration;
    slot__illustrate(&illustration, inquiry, slot);
    threads__identify(&illustration, inquiry, slot);
    threads__tell_where_it_began(inquiry, inquiry__add(inquiry, &key, slot->kind, &illustration.sighting), slot);
}

static void add_untracked(struct inquiry *inquiry, const struct lw_slot *slot)
{
    struct tally_key key = {.kind = kinds__get(KIND_UNTRACKED_FD), .level = kinds__get(KIND_UNTRACKED_FD)->level};
    char *elsewhere = heap__printed("%s %s", inquiry->program, resource__type(slot->kind));
    key.elsewhere = pool__text(inquiry->pool, elsewhere);
    free(elsewhere);
    struct illustration illustration;
    slot__illustrate(&illustration, inquiry, slot);
    if (!(slot->flags &
          LW_INHERITED)) /* nobody knows since when; of what was there at an attach, since when at least */
        illustration.sighting.age = -1;
    inquiry__add(inquiry, &key, slot->kind, &illustration.sighting);
}

static bool is_untracked(const struct inquiry *inquiry, const struct lw_slot *slot)
{
    bool is_attached = ledger__header(inquiry->ledger)->attached_time != 0;
    uint32_t inherited = is_attached ? 0 : slot->flags & LW_INHERITED;
    return slot__is_held(slot) && slot->flags & LW_UNTRACKED && !inherited && slot->owner == 0 &&
           slot->handle >= STANDARD_NUMBERS && !let_go__has(inquiry->let_go, (uint32_t)slot->handle);
}

static bool look_at_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    const struct look *look = context;
    if (slot__is_own(slot) && slot->flags & LW_EXPECTED)
        look->inquiry->expected++;
    else if (is_to_tell(look->inquiry, slot) && !is_told_as_crossed(look, slot))
        add_leak(look, slot, in_flight__has(look->in_flight, slot, is_handle, index));
    else if (is_one_too_many(look, slot))
        add_leak(look, slot, false);
    else if (is_left_running(look, slot))
        add_running(look->inquiry, slot);
    else if (is_untracked(look->inquiry, slot))
        add_untracked(look->inquiry, slot);
    return true;
}

void leaks__look(struct inquiry *inquiry)
{
    struct look look = {.inquiry = inquiry};
    if (strcmp(inquiry->life.how, "exec") == 0)
        look.crossed = crossings__list(inquiry);
    bool had_chance = inquiry->life.had_chance || inquiry->leaks_on_signal;
    look.in_flight = in_flight__new(inquiry->ledger, &inquiry->life, had_chance);
    if (had_chance)
        look.held = held__new(inquiry->ledger, inquiry->stacks);
    ledger__slots(inquiry->ledger, look_at_slot, &look);
    held__free(look.held);
    in_flight__free(look.in_flight);
    free(look.crossed.keys);
}
