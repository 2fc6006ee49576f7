/* Walks everything that a ledger holds. */
#include "ledger_walk.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ledger/boards.h"
#include "ledger/slot.h"

enum { DEEPEST = 256 };

static void promise(bool kept, const char *what)
{
    if (kept)
        return;
    fprintf(stderr, "the reader broke a promise: %s\n", what);
    abort();
}

static uint64_t sum_bytes(const void *bytes, size_t size)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + ((const unsigned char *)bytes)[i];
    return sum;
}

static uint64_t sum_name(const struct ledger *ledger, uint32_t number)
{
    const char *text = ledger__name(ledger, number);
    promise(text != NULL, "a name is never NULL");
    return sum_bytes(text, strlen(text));
}

static uint64_t sum_stack(const struct ledger *ledger, uint32_t stack)
{
    const struct lw_frame *frames[DEEPEST];
    size_t count = ledger__stack(ledger, stack, frames, DEEPEST);
    uint64_t sum = count;
    promise(count <= DEEPEST, "a stack fits the room");
    for (size_t i = 0; i < count; i++) {
        const struct lw_module *module = ledger__module(ledger, frames[i]->module);
        bool source = frames[i]->address == LW_ADDRESS_SOURCE;
        const struct lw_line *line =
            ledger__line(ledger, frames[i]->address == LW_ADDRESS_LINE ? frames[i]->module : 0);
        sum += line ? sum_name(ledger, line->function) + sum_name(ledger, line->file) + line->line : 0;
        sum += frames[i]->address + sum_name(ledger, source ? frames[i]->module : module ? module->name : 0);
    }
    return sum;
}

static uint64_t sum_scope_counts(const struct ledger *ledger, uint32_t scope)
{
    struct lw_scope_count count = ledger__scope_count(ledger, scope);
    promise(count.ended <= count.entered, "what has ended was entered");
    promise(count.failed <= count.ended && count.left <= count.ended, "what failed or left something has ended");
    return sum_bytes(&count, sizeof count);
}

static uint64_t sum_scope(const struct ledger *ledger, uint32_t number)
{
    uint64_t sum = sum_scope_counts(ledger, number);
    unsigned depth = 0;
    for (const struct lw_scope *scope; (scope = ledger__scope(ledger, number)) != NULL; number = scope->parent) {
        promise(scope->kind >= LW_SCOPE_NAMED && scope->kind <= LW_SCOPE_FUNCTION,
                "a scope's kind is one that there is");
        sum += sum_name(ledger, scope->name) + sum_bytes(scope, sizeof *scope);
        if (++depth == DEEPEST || scope->parent >= number)
            break;
    }
    return sum;
}

static uint64_t sum_counts(const struct ledger *ledger, uint32_t site)
{
    struct lw_site_count count = ledger__site_count(ledger, site);
    return sum_bytes(&count, sizeof count);
}

static uint64_t sum_site(const struct ledger *ledger, uint32_t number)
{
    const struct lw_site *site = ledger__site(ledger, number);
    if (!site)
        return 0;
    return sum_stack(ledger, site->stack) + sum_scope(ledger, site->scope) + sum_name(ledger, site->call) +
           sum_counts(ledger, number);
}

/* ---- One function per table */

static uint64_t walk_name(const struct ledger *ledger, uint32_t number)
{
    const struct lw_name *record = ledger__name_record(ledger, number);
    return sum_name(ledger, number) + (record ? sum_bytes(record, sizeof *record) : 0);
}

static uint64_t walk_module(const struct ledger *ledger, uint32_t number)
{
    const struct lw_module *module = ledger__module(ledger, number);
    if (!module)
        return 0;
    promise(module->build_id_length <= sizeof module->build_id, "a build-id fits its field");
    return sum_name(ledger, module->name) + sum_bytes(module, sizeof *module);
}

static uint64_t walk_frame(const struct ledger *ledger, uint32_t number)
{
    const struct lw_frame *frame = ledger__frame(ledger, number);
    return frame ? sum_bytes(frame, sizeof *frame) : 0;
}

static uint64_t walk_release(const struct ledger *ledger, uint32_t number)
{
    const struct lw_release *release = ledger__release(ledger, number);
    if (!release)
        return 0;
    return sum_site(ledger, release->site) + sum_stack(ledger, release->stack) + sum_name(ledger, release->call) +
           ledger__release_count(ledger, number);
}

static uint64_t walk_failure(const struct ledger *ledger, uint32_t number)
{
    const struct lw_failure *failure = ledger__failure(ledger, number);
    if (!failure)
        return 0;
    return sum_stack(ledger, failure->stack) + sum_name(ledger, failure->call) + sum_site(ledger, failure->site) +
           sum_bytes(failure, sizeof *failure);
}

static uint64_t walk_crossing(const struct ledger *ledger, uint32_t number)
{
    const struct lw_crossing *crossing = ledger__crossing(ledger, number);
    if (!crossing)
        return 0;
    return sum_site(ledger, crossing->site) + sum_name(ledger, crossing->program) + sum_stack(ledger, crossing->stack) +
           sum_bytes(crossing, sizeof *crossing);
}

static uint64_t walk_misuse(const struct ledger *ledger, uint32_t number)
{
    const struct lw_misuse *misuse = ledger__misuse(ledger, number);
    if (!misuse)
        return 0;
    promise(misuse->kind >= LW_CLOSED_TWICE && misuse->kind <= LW_PROBES, "a misuse's kind is one that there is");
    return sum_stack(ledger, misuse->stack) + sum_stack(ledger, misuse->first_stack) + sum_name(ledger, misuse->call) +
           sum_name(ledger, misuse->first_call) + sum_site(ledger, misuse->site) + sum_site(ledger, misuse->victim) +
           sum_bytes(misuse, sizeof *misuse);
}

static uint64_t walk_leftover(const struct ledger *ledger, uint32_t number)
{
    const struct lw_leftover *leftover = ledger__leftover(ledger, number);
    if (!leftover)
        return 0;
    return sum_scope(ledger, leftover->scope) + sum_site(ledger, leftover->site) +
           sum_stack(ledger, leftover->later_stack) + sum_name(ledger, leftover->later_call) +
           sum_bytes(leftover, sizeof *leftover);
}

static uint64_t walk_departure(const struct ledger *ledger, uint32_t number)
{
    const struct lw_departure *departure = ledger__departure(ledger, number);
    if (!departure)
        return 0;
    uint64_t sum = sum_scope(ledger, departure->scope) + sum_stack(ledger, departure->failure_stack) +
                   sum_name(ledger, departure->failure_call) + sum_bytes(departure, sizeof *departure);
    for (uint32_t i = 0; i < LW_DEPARTURE_SITES; i++)
        sum += sum_site(ledger, departure->site[i]);
    return sum;
}

static uint64_t walk_imbalance(const struct ledger *ledger, uint32_t number)
{
    const struct lw_imbalance *imbalance = ledger__imbalance(ledger, number);
    if (!imbalance)
        return 0;
    promise(imbalance->reason <= LW_ATTACHED_TWICE, "an imbalance's reason is one that there is");
    return sum_scope(ledger, imbalance->scope) + sum_stack(ledger, imbalance->stack) +
           sum_stack(ledger, imbalance->begun) + sum_bytes(imbalance, sizeof *imbalance);
}

static uint64_t walk_disorder(const struct ledger *ledger, uint32_t number)
{
    const struct lw_disorder *disorder = ledger__disorder(ledger, number);
    if (!disorder)
        return 0;
    return sum_site(ledger, disorder->site) + sum_site(ledger, disorder->younger) + sum_stack(ledger, disorder->stack) +
           sum_name(ledger, disorder->call) + disorder->count;
}

static uint64_t (*const walkers[LW_TABLES])(const struct ledger *, uint32_t) = {
    [LW_NAMES] = walk_name,
    [LW_MODULES] = walk_module,
    [LW_STACKS] = walk_frame,
    [LW_SCOPES] = sum_scope,
    [LW_SITES] = sum_site,
    [LW_RELEASES] = walk_release,
    [LW_FAILURES] = walk_failure,
    [LW_CROSSINGS] = walk_crossing,
    [LW_MISUSES] = walk_misuse,
    [LW_LEFTOVERS] = walk_leftover,
    [LW_DEPARTURES] = walk_departure,
    [LW_IMBALANCES] = walk_imbalance,
    [LW_DISORDERS] = walk_disorder,
};

static uint64_t walk_tables(const struct ledger *ledger)
{
    uint64_t sum = 0;
    for (unsigned id = 0; id < LW_TABLES; id++)
        for (uint32_t i = 0; walkers[id] && i < ledger__count(ledger, id); i++)
            sum += walkers[id](ledger, i);
    for (unsigned id = 0; id < LW_TABLES; id++)
        sum += walkers[id] ? walkers[id](ledger, LW_OTHER) + walkers[id](ledger, LW_OTHER - 1) : 0;
    return sum;
}

/* ---- The rest */

struct walk {
    const struct ledger *ledger;
    uint64_t sum;
};

static bool walk_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct walk *walk = context;
    promise(slot_state(slot) > LW_EMPTY && slot_state(slot) <= LW_FREE, "a slot's state is one that there is");
    promise(slot->detail_length <= LW_DETAIL, "a detail fits its field");
    promise(slot->label_length <= LW_LABEL && slot->detail_length + slot->label_length <= LW_DETAIL,
            "a label fits behind its detail");
    promise(slot->kind < LW_KIND_END, "a slot's kind is one that there is");
    walk->sum += sum_bytes(slot, sizeof *slot) + sum_site(walk->ledger, slot->site) +
                 sum_stack(walk->ledger, slot->release_stack) + sum_name(walk->ledger, slot->release_call) +
                 walk_leftover(walk->ledger, slot->leftover) + index + sum_bytes(slot_label(slot), slot->label_length) +
                 is_handle;
    return true;
}

static uint64_t walk_header(const struct ledger *ledger)
{
    const struct lw_header *header = ledger__header(ledger);
    uint64_t sum = strlen(header->exe) + strlen(header->directory) + strlen(header->link) + strlen(ledger__end(ledger));
    const char *argument = header->arguments;
    for (; *argument != 0; argument += strlen(argument) + 1)
        promise(argument < header->arguments + LW_TEXT, "the arguments end");
    for (size_t i = 0; ledger__damage_note(ledger, i); i++)
        sum += strlen(ledger__damage_note(ledger, i)->what);
    double rate = ledger__clock_rate(ledger);
    promise(rate == 0 || (rate >= 1 && rate < 1e15), "a clock's rate can be divided by");
    return sum + ledger__folded(ledger) + ledger__damaged(ledger) + (uint64_t)rate;
}

static uint64_t walk_samples(const struct ledger *ledger)
{
    const struct lw_samples *samples = ledger__samples(ledger);
    if (!samples)
        return 0;
    promise(samples->count <= LW_SAMPLES, "samples fit their table");
    return sum_bytes(samples->sample, samples->count * sizeof samples->sample[0]);
}

static uint64_t walk_exhaustion(const struct ledger *ledger)
{
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(ledger);
    if (!exhaustion)
        return 0;
    promise(exhaustion->rows <= LW_EXHAUSTION_ROWS, "rows fit the exhaustion");
    uint64_t sum = sum_stack(ledger, exhaustion->stack) + sum_name(ledger, exhaustion->call);
    for (uint32_t i = 0; i < exhaustion->rows; i++)
        sum += sum_site(ledger, exhaustion->row[i].site);
    return sum;
}

static bool walk_hold(void *context, const struct ledger_hold *hold)
{
    struct walk *walk = context;
    promise(hold->hold->state > LW_HOLD_NONE && hold->hold->state < LW_HOLD_GONE, "a hold is in use");
    promise(hold->hold->lock != 0 && lw_class(hold->hold->kind) != LW_CLASS_NONE, "a hold is of something");
    promise(hold->board == ledger__board(walk->ledger, hold->number), "a hold stands on its board");
    walk->sum += sum_bytes(hold->hold, sizeof *hold->hold) + sum_bytes(hold->board, sizeof *hold->board) +
                 ledger__time_of_ticks(walk->ledger, hold->hold->since) + ledger__board_moved(hold->board);
    return true;
}

static uint64_t walk_locks(const struct ledger *ledger)
{
    struct walk walk = {.ledger = ledger, .sum = 0};
    uint64_t *taken = calloc(ledger__count(ledger, LW_SITES), sizeof *taken);
    if (!taken)
        err(99, "no memory");
    ledger__holds(ledger, walk_hold, &walk);
    ledger__locks_taken(ledger, taken);
    walk.sum += sum_bytes(taken, ledger__count(ledger, LW_SITES) * sizeof *taken);
    free(taken);
    return walk.sum;
}

uint64_t ledger_walk(const struct ledger *ledger)
{
    struct walk walk = {.ledger = ledger, .sum = walk_header(ledger) + walk_tables(ledger)};
    struct lw_lane lanes = ledger__lanes(ledger);
    ledger__slots(ledger, walk_slot, &walk);
    for (uint32_t i = 0; i <= LW_LANES; i++)
        walk.sum += ledger__lane(ledger, i) ? sum_bytes(ledger__lane(ledger, i), sizeof(struct lw_lane)) : 0;
    return walk.sum + sum_bytes(&lanes, sizeof lanes) + walk_samples(ledger) + walk_exhaustion(ledger) +
           walk_locks(ledger);
}

int ledger_of_bytes(struct ledger **ledger, const void *bytes, size_t size, struct ledger_error *error)
{
    char path[64];
    int fd = memfd_create("ledger", MFD_CLOEXEC);
    if (fd < 0 || (size > 0 && write(fd, bytes, size) != (ssize_t)size))
        err(99, "no memory file");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int result = ledger__open(ledger, path, error);
    close(fd);
    return result;
}
