/* What no line of the program gave back, but the interpreter when nobody held the object any more: late-release.
 *
 * DESIGN. Of Python alone, and where lines of Python are known. What the last reference took with it was closed at once: that
 * is what ResourceWarning tells, and is told here with --audit only. What the collector of cycles closes may be held for
 * long, and what the interpreter closes as it ends was held to the end: proof of a leak is that others of its place were
 * closed by the program, or that there are many. What a scope left is told of with the scope (scope_leaks.c). */
#include "late_releases.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/table.h"
#include "ledger/slot.h"
#include "model/call_name.h"
#include "slots.h"

/* So many of one place, never closed by the program, are more than a few that last. */
enum { MANY = LASTING_FEW + 1 };

static const char *const sentences[] = {
    [FINALISER_REFERENCE] = "closed when the last reference to it went",
    [FINALISER_COLLECTOR] = "closed by the garbage collector",
    [FINALISER_END] = "closed only as the interpreter ended",
};

const char *late_releases__sentence(enum finaliser finaliser)
{
    return sentences[finaliser];
}

const char *late_releases__variety(const struct inquiry *inquiry, enum finaliser finaliser, const char *call)
{
    char written[CALL_NAME];
    char *text = heap__printed("%s, %s", sentences[finaliser], call ? call_name__written(written, call) : "");
    const char *kept = pool__text(inquiry->pool, text);
    free(text);
    return kept;
}

enum finaliser late_releases__of(const struct inquiry *inquiry, uint32_t acquired, uint32_t released)
{
    if (ledger__header(inquiry->ledger)->python == 0 || acquired == 0 || released == 0)
        return FINALISER_NONE;
    const struct stack *stack = stacks__get(inquiry->stacks, acquired);
    if (!finaliser__knows_lines(stack) || finaliser__of(stack) != FINALISER_NONE)
        return FINALISER_NONE; /* what a finaliser opens, it may close */
    return finaliser__of(stacks__get(inquiry->stacks, released));
}

/* ---- Places ------------------------------------------------------------------------------------------------------ */

enum { CLOSED_AT_MOST = 3 };

/* What became of all that was acquired at one line, whatever way the interpreter went there. */
struct fate {
    uint32_t family; /* of siblings */
    uint64_t ended;  /* closed by the interpreter as it ended */
    struct tally_item closed[CLOSED_AT_MOST];
    size_t closed_count;
    UT_hash_handle hh;
};

struct look {
    struct inquiry *inquiry;
    uint8_t *finalisers; /* enum finaliser, by number of the release */
    struct fate *fates;
};

static uint32_t family_of(const struct look *look, const struct lw_site *site)
{
    struct stacks *stacks = look->inquiry->stacks;
    return siblings__family(stacks__place(stacks, stacks__number(stacks, site->stack)), site->kind);
}

static struct fate *fate_of(struct look *look, const struct lw_site *site)
{
    uint32_t family = family_of(look, site);
    struct fate *fate;
    HASH_FIND(hh, look->fates, &family, sizeof(family), fate);
    if (fate != NULL)
        return fate;
    fate = heap__zeroed(1, sizeof(*fate));
    fate->family = family;
    HASH_ADD(hh, look->fates, family, sizeof(fate->family), fate);
    return fate;
}

static void note_closed(struct look *look, struct fate *fate, const struct lw_release *release, uint32_t kind,
                        uint64_t count)
{
    struct inquiry *inquiry = look->inquiry;
    if (fate->closed_count < CLOSED_AT_MOST)
        fate->closed[fate->closed_count++] = (struct tally_item){
            .as = FACT_CLOSED_BY,
            .call = inquiry__name(inquiry, release->call),
            .stack = stacks__number(inquiry->stacks, release->stack),
            .resource = kind,
            .count = count,
        };
}

static void note_release(struct look *look, uint32_t number)
{
    struct inquiry *inquiry = look->inquiry;
    const struct lw_release *release = ledger__release(inquiry->ledger, number);
    const struct lw_site *site = release ? ledger__site(inquiry->ledger, release->site) : NULL;
    uint64_t count = site ? ledger__release_count(inquiry->ledger, number) : 0;
    if (count == 0 || lw_class(site->kind) >= LW_CLASS_CHILD)
        return;
    enum finaliser finaliser = late_releases__of(inquiry, stacks__number(inquiry->stacks, site->stack),
                                                 stacks__number(inquiry->stacks, release->stack));
    look->finalisers[number] = (uint8_t)finaliser;
    struct fate *fate = fate_of(look, site);
    if (finaliser == FINALISER_NONE)
        note_closed(look, fate, release, site->kind, count);
    else if (finaliser == FINALISER_END)
        fate->ended += count;
}

static enum level level_of(const struct fate *fate, enum finaliser finaliser)
{
    bool is_proof = finaliser == FINALISER_END && (fate->ended >= MANY || fate->closed_count > 0);
    return is_proof ? LEVEL_WARNING : kinds__get(KIND_LATE_RELEASE)->level;
}

static bool is_thread(const struct inquiry *inquiry, uint32_t scope)
{
    const struct lw_scope *path = ledger__scope(inquiry->ledger, scope);
    return path != NULL && path->kind == LW_SCOPE_THREAD;
}

bool late_releases__tell_of(const struct inquiry *inquiry, const struct lw_leftover *row)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, row->site);
    if (site == NULL || !is_thread(inquiry, row->scope))
        return false;
    enum finaliser finaliser = late_releases__of(inquiry, stacks__number(inquiry->stacks, site->stack),
                                                 stacks__number(inquiry->stacks, row->later_stack));
    return finaliser == FINALISER_COLLECTOR || finaliser == FINALISER_END;
}

/* Scopes tell of what they left, except threads. */
static bool was_left(const struct inquiry *inquiry, uint32_t site)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_LEFTOVERS); i++) {
        const struct lw_leftover *row = ledger__leftover(inquiry->ledger, i);
        if (row != NULL && row->site == site && row->later > 0 && !late_releases__tell_of(inquiry, row))
            return true;
    }
    return false;
}

/* ---- Examples ---------------------------------------------------------------------------------------------------- */

struct example_search {
    struct inquiry *inquiry;
    struct tally *tally;
    uint32_t site, stack;
};

static bool look_at_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    const struct example_search *search = context;
    struct illustration illustration;
    (void)is_handle, (void)index;
    if (slot->site != search->site || slot->release_stack != search->stack || slot_state(slot) != LW_FREE)
        return true;
    slot__illustrate(&illustration, search->inquiry, slot);
    inquiry__illustrate(search->inquiry, search->tally, &illustration.sighting);
    return search->tally->example_count < EXAMPLES;
}

/* ---- Releases ---------------------------------------------------------------------------------------------------- */

static void add_release(struct look *look, uint32_t number, const struct lw_release *release,
                        const struct lw_site *site)
{
    struct inquiry *inquiry = look->inquiry;
    enum finaliser finaliser = (enum finaliser)look->finalisers[number];
    const struct fate *fate = fate_of(look, site);
    struct tally_key key = {
        .kind = kinds__get(KIND_LATE_RELEASE),
        .call = inquiry__name(inquiry, site->call),
        .scope = inquiry__scope(inquiry, site->scope),
        .later = sentences[finaliser],
        .variety = late_releases__variety(inquiry, finaliser, inquiry__name(inquiry, site->call)),
        .stack = stacks__number(inquiry->stacks, site->stack),
        .released =
            finaliser == FINALISER_END ? 0 : stacks__number(inquiry->stacks, release->stack), /* it tells nothing */
        .level = level_of(fate, finaliser),
    };
    const struct sighting sighting = {
        .process = inquiry->process, .count = ledger__release_count(inquiry->ledger, number), .age = -1};
    struct example_search search = {.inquiry = inquiry, .site = release->site, .stack = release->stack};
    search.tally = inquiry__add(inquiry, &key, site->kind, &sighting);
    for (size_t i = 0; i < fate->closed_count; i++)
        tally__add_item(search.tally, &fate->closed[i]);
    ledger__slots(inquiry->ledger, look_at_slot, &search);
}

static bool is_to_tell(const struct look *look, uint32_t number)
{
    enum finaliser finaliser = (enum finaliser)look->finalisers[number];
    return finaliser == FINALISER_REFERENCE ? look->inquiry->audit != NULL : finaliser != FINALISER_NONE;
}

static void tell_release(struct look *look, uint32_t number)
{
    const struct lw_release *release = ledger__release(look->inquiry->ledger, number);
    if (is_to_tell(look, number) &&
        !was_left(look->inquiry, release->site)) // NOLINT: one that is to be told of is there
        add_release(look, number, release, ledger__site(look->inquiry->ledger, release->site));
}

static void free_look(struct look *look)
{
    struct fate *fate, *next;
    HASH_ITER(hh, look->fates, fate, next) {
        HASH_DEL(look->fates, fate);
        free(fate);
    }
    free(look->finalisers);
}

void late_releases__look(struct inquiry *inquiry)
{
    uint32_t count = ledger__count(inquiry->ledger, LW_RELEASES);
    if (ledger__header(inquiry->ledger)->python == 0 || count == 0)
        return;
    struct look look = {.inquiry = inquiry, .finalisers = heap__zeroed(count, sizeof(uint8_t))};
    for (uint32_t i = 1; i < count; i++)
        note_release(&look, i);
    for (uint32_t i = 1; i < count; i++)
        tell_release(&look, i);
    free_look(&look);
}
