/* What scopes left when they ended: scope-leak; of locks, lock-held.
 *
 * DESIGN. The ledger counts by rows what each scope left of each site; stories.c says which rows are one finding. One
 * resource is one finding: what a named scope left is not told of as held at the process's end (see leaks.c); what a
 * thread left is, and here only where it was released later, as a note. Rows count everything that was ever left; slots
 * know what is still held of it, and so what the program has since said to hold on purpose or for others. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "close_waits.h"
#include "file_holds.h"
#include "growths.h"
#include "inquiry.h"
#include "late_releases.h"
#include "ledger/slot.h"
#include "model/resource.h"
#include "rule/suppressions.h"
#include "slots.h"
#include "stories.h"
#include "tally/telling.h"

/* One row of leftovers. */
struct left {
    uint64_t excused;        /* not to be told of here */
    uint64_t most;           /* of a speaker: left by one end */
    struct telling *telling; /* of a speaker; NULL: nothing to tell */
};

struct look {
    struct inquiry *inquiry;
    struct stories *stories;
    struct left *left; /* by row */
    uint32_t count;
};

static bool is_thread(const struct inquiry *inquiry, uint32_t scope)
{
    const struct lw_scope *path = ledger__scope(inquiry->ledger, scope);
    return path != NULL && path->kind == LW_SCOPE_THREAD;
}

/* ---- What rows are about ----------------------------------------------------------------------------------------- */

static const struct finding_kind *finding_kind(const struct lw_site *site)
{
    bool is_lock = site && lw_class(site->kind) == LW_CLASS_LOCK;
    return kinds__get(is_lock ? KIND_LOCK_HELD : KIND_SCOPE_LEAK);
}

static struct tally_key key_of(const struct inquiry *inquiry, uint32_t number)
{
    const struct lw_leftover *row = ledger__leftover(inquiry->ledger, number);
    const struct lw_site *site = ledger__site(inquiry->ledger, row->site);
    const struct finding_kind *kind = finding_kind(site);
    struct tally_key key = {
        .kind = kind,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = inquiry__scope(inquiry, row->scope),
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .level = is_thread(inquiry, row->scope) ? LEVEL_NOTE : kind->level,
    };
    if (key.stack == 0)
        key.elsewhere = pool__text(inquiry->pool, site ? resource__type(site->kind) : "resource");
    return key;
}

static uint32_t kind_of(const struct inquiry *inquiry, uint32_t number)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, ledger__leftover(inquiry->ledger, number)->site);
    return site ? site->kind : LW_KIND_NONE;
}

static const char *reason_of(const struct inquiry *inquiry, const struct lw_leftover *row)
{
    char reason[LW_REASON + 1];
    memcpy(reason, row->reason, LW_REASON);
    reason[LW_REASON] = '\0';
    return reason[0] != '\0' ? pool__text(inquiry->pool, reason) : NULL;
}

/* ---- What is still held ------------------------------------------------------------------------------------------ */

static const struct suppression *rule_of(const struct inquiry *inquiry, const struct illustration *illustration)
{
    if (inquiry->suppressions == NULL)
        return NULL;
    return suppressions__find_detail(inquiry->suppressions, kinds__get(KIND_SCOPE_LEAK), illustration->detail);
}

/* Counted with what the rule suppresses, and not with the row. */
static void add_suppressed(struct look *look, uint32_t row, const struct illustration *illustration)
{
    struct tally_key key = key_of(look->inquiry, row);
    inquiry__add(look->inquiry, &key, kind_of(look->inquiry, row), &illustration->sighting);
    look->left[row].excused++;
}

/* Handed over, it belongs to somebody else by now. */
static bool is_excused(const struct lw_slot *slot)
{
    return slot->flags & LW_EXPECTED || (!(slot->entry & LW_LEFT) && slot->flags & LW_HANDED);
}

static bool weigh_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct look *look = context;
    struct illustration illustration;
    uint32_t row = slot__is_own(slot) ? slot__leftover(look->inquiry->ledger, slot) : 0;
    (void)is_handle, (void)index;
    if (row == 0 || is_thread(look->inquiry, ledger__leftover(look->inquiry->ledger, row)->scope))
        return true;
    if (is_excused(slot)) {
        look->left[row].excused++;
        return true;
    }
    slot__illustrate(&illustration, look->inquiry, slot);
    if (slot->entry & LW_LEFT && rule_of(look->inquiry, &illustration) != NULL)
        add_suppressed(look, row, &illustration);
    return true;
}

/* What was given back later is an example where there is no better one. */
static bool illustrate_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    const struct look *look = context;
    struct illustration illustration;
    uint32_t row = slot->entry & LW_LEFT ? slot__leftover(look->inquiry->ledger, slot) : 0;
    struct tally *tally = row > 0 ? look->inquiry->leftovers[row] : NULL;
    (void)is_handle, (void)index;
    if (tally == NULL || is_excused(slot))
        return true;
    bool is_held = slot__is_own(slot) && scope_leaks__tell_of(look->inquiry, slot);
    bool is_fit = is_held || (slot_state(slot) == LW_FREE && tally->example_count == 0);
    slot__illustrate(&illustration, look->inquiry, slot);
    if (is_fit && rule_of(look->inquiry, &illustration) == NULL) {
        inquiry__illustrate(look->inquiry, tally, &illustration.sighting);
        file_holds__tell_of(look->inquiry, tally, slot);
        close_waits__add_fact(look->inquiry, tally, slot);
        if (is_held)
            growths__tell_besides(look->inquiry, tally, slot->site);
    }
    return true;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

static struct telling_part part_of(const struct inquiry *inquiry, const struct lw_leftover *row, uint64_t count)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, row->site);
    return (struct telling_part){
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .kind = site ? site->kind : LW_KIND_NONE,
        .count = count,
    };
}

static struct telling *telling_of(struct left *speaking)
{
    if (speaking->telling == NULL)
        speaking->telling = telling__new();
    return speaking->telling;
}

/* Of threads what was given back later, by the program: the rest is told of as held at the process's end, or as closed late
 * (late_releases.c). */
static uint64_t to_tell(const struct look *look, uint32_t number)
{
    const struct lw_leftover *row = ledger__leftover(look->inquiry->ledger, number);
    uint64_t whole = is_thread(look->inquiry, row->scope) ? row->later : row->count;
    if (late_releases__tell_of(look->inquiry, row))
        return 0;
    return whole > look->left[number].excused ? whole - look->left[number].excused : 0;
}

static void add_row(struct look *look, uint32_t number)
{
    struct inquiry *inquiry = look->inquiry;
    const struct lw_leftover *row = ledger__leftover(inquiry->ledger, number);
    uint32_t speaker = stories__speaker(look->stories, number);
    struct left *speaking = &look->left[speaker];
    uint64_t count = to_tell(look, number);
    if (count == 0)
        return;
    struct telling *telling = telling_of(speaking);
    const struct telling_part part = part_of(inquiry, row, count);
    telling->count += part.count;
    speaking->most += row->most;
    telling__add(telling, row, stacks__number(inquiry->stacks, row->later_stack),
                 inquiry__name(inquiry, row->later_call), reason_of(inquiry, row));
    if (number == speaker) {
        telling->own = part.count;
        telling->own_later = row->later < part.count ? row->later : part.count;
    } else {
        telling__add_part(telling, &part);
    }
}

/* What was to be acquired last: its failure may be why the scope ended early. */
static void add_ends(const struct look *look, uint32_t speaker, struct telling *telling)
{
    const struct story_ends ends = stories__ends(look->stories, speaker);
    telling->left = ends.count;
    telling->left_failed = ends.failed;
    telling->most = look->left[speaker].most;
    if (ends.attempt == NULL)
        return;
    telling->attempt = (struct telling_part){
        .stack = stacks__number(look->inquiry->stacks, ends.attempt->failure_stack),
        .call = inquiry__name(look->inquiry, ends.attempt->failure_call),
        .count = ends.attempts,
    };
    telling->attempt_error = ends.attempt->failure_error;
}

/* All of it was given back, and not by the program. What the program kept, to its end or until it let go of it, is its own. */
static void tell_who_closed(struct inquiry *inquiry, const struct telling *telling, struct tally_key *key)
{
    enum finaliser finaliser = FINALISER_NONE;
    if (telling->part_count == 0 && telling->later >= telling->count && key->kind == kinds__get(KIND_SCOPE_LEAK))
        finaliser = late_releases__of(inquiry, key->stack, telling->later_stack);
    if (finaliser != FINALISER_COLLECTOR)
        return;
    key->kind = kinds__get(KIND_LATE_RELEASE);
    key->level = key->kind->level;
    key->later = late_releases__sentence(finaliser);
    key->variety = late_releases__variety(inquiry, finaliser, key->call);
}

static void tell(struct look *look, uint32_t speaker)
{
    struct inquiry *inquiry = look->inquiry;
    struct telling *telling = look->left[speaker].telling;
    if (telling == NULL)
        return;
    add_ends(look, speaker, telling);
    struct tally_key key = key_of(inquiry, speaker);
    tell_who_closed(inquiry, telling, &key);
    const struct sighting sighting = {.process = inquiry->process, .count = telling->count, .age = -1};
    struct tally *tally = inquiry__add(inquiry, &key, kind_of(inquiry, speaker), &sighting);
    if (tally->telling == NULL)
        tally->telling = telling__new();
    telling__merge(tally->telling, telling);
    telling__free(telling);
    inquiry->leftovers[speaker] = tally;
}

static bool is_there(const struct look *look, uint32_t row)
{
    return ledger__leftover(look->inquiry->ledger, row) != NULL;
}

/* What is not told of must not speak for what is. */
static struct stories *tell_apart(const struct look *look)
{
    bool *untold = heap__zeroed(look->count, sizeof(*untold));
    for (uint32_t i = 1; i < look->count; i++)
        untold[i] = !is_there(look, i) || to_tell(look, i) == 0;
    struct stories *stories = stories__new(look->inquiry->ledger, untold);
    free(untold);
    return stories;
}

void scope_leaks__look(struct inquiry *inquiry)
{
    struct look look = {.inquiry = inquiry, .count = ledger__count(inquiry->ledger, LW_LEFTOVERS)};
    if (look.count <= 1)
        return;
    look.left = heap__zeroed(look.count, sizeof(struct left));
    ledger__slots(inquiry->ledger, weigh_slot, &look);
    look.stories = tell_apart(&look);
    for (uint32_t i = 1; i < look.count; i++)
        if (is_there(&look, i))
            add_row(&look, i);
    for (uint32_t i = 1; i < look.count; i++)
        tell(&look, i);
    for (uint32_t i = 1; i < look.count; i++)
        inquiry->leftovers[i] = inquiry->leftovers[stories__speaker(look.stories, i)];
    ledger__slots(inquiry->ledger, illustrate_slot, &look);
    free(look.left);
    stories__free(look.stories);
}

bool scope_leaks__tell_of(const struct inquiry *inquiry, const struct lw_slot *slot)
{
    uint32_t row = slot->entry & LW_LEFT ? slot__leftover(inquiry->ledger, slot) : 0;
    return row > 0 && !is_thread(inquiry, ledger__leftover(inquiry->ledger, row)->scope);
}
