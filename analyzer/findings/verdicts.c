/* Whether the program looked at what its releases returned. */
#include "verdicts.h"

#include <stdlib.h>

#include "../heap.h"
#include "../pool.h"
#include "../stacks.h"
#include "../table.h"

enum { FRAMES_AT_MOST = 64 };

struct entry {
    uint32_t stack;
    struct outcome outcome;
    UT_hash_handle hh;
};

struct verdicts {
    struct symbols *symbols;
    struct stacks *stacks;
    struct callsites *callsites;
    struct entry *entries;
};

void results__add(struct results *results, enum verdict verdict, uint64_t count)
{
    *(verdict == VERDICT_CHECKED              ? &results->checked
      : verdict == VERDICT_CHECKED_SOME_PATHS ? &results->checked_some_paths
      : verdict == VERDICT_IGNORED            ? &results->ignored
      : verdict == VERDICT_RETURNED           ? &results->returned
                                              : &results->unknown) += count;
}

struct verdicts *verdicts__new(struct symbols *symbols, struct stacks *stacks)
{
    struct verdicts *verdicts = heap__zeroed(1, sizeof(*verdicts));
    *verdicts = (struct verdicts){.symbols = symbols, .stacks = stacks, .callsites = callsites__new(symbols)};
    return verdicts;
}

void verdicts__free(struct verdicts *verdicts)
{
    struct entry *entry, *next;
    if (verdicts == NULL)
        return;
    HASH_ITER(hh, verdicts->entries, entry, next) {
        HASH_DEL(verdicts->entries, entry);
        free(entry);
    }
    callsites__free(verdicts->callsites);
    free(verdicts);
}

static const char *evidence_text(const struct verdicts *verdicts, const struct callsite_verdict *verdict)
{
    struct pool *pool = symbols__pool(verdicts->symbols);
    if (verdict->how == NULL)
        return NULL;
    if (verdict->evidence[0] == '\0')
        return pool__text(pool, verdict->how);
    char *text = heap__printed("%s %s", verdict->how, verdict->evidence);
    const char *kept = pool__text(pool, text);
    free(text);
    return kept;
}

/* The line of an instruction, which is no return address. */
static const struct frame *frame_at(const struct verdicts *verdicts, uint32_t module, uint64_t offset)
{
    size_t count;
    return offset != 0 ? symbols__frames(verdicts->symbols, module, offset, true, &count) : NULL;
}

static struct outcome judge(struct verdicts *verdicts, uint32_t stack)
{
    struct callsite_frame frames[FRAMES_AT_MOST];
    struct callsite_verdict verdict = {.verdict = VERDICT_UNKNOWN, .how = "no stack"};
    size_t count = stacks__callers(verdicts->stacks, stack, frames, FRAMES_AT_MOST);
    if (count > 0)
        callsites__judge(verdicts->callsites, frames, count, &verdict);
    struct outcome outcome = {.verdict = verdict.verdict, .name = verdict__name(verdict.verdict)};
    outcome.evidence = evidence_text(verdicts, &verdict);
    if (verdict.frame < count) {
        outcome.frame = frame_at(verdicts, frames[verdict.frame].module, verdict.where);
        outcome.place = stacks__innermost(verdicts->stacks, stack, verdict.frame + 1);
    }
    return outcome;
}

const struct outcome *verdicts__of(struct verdicts *verdicts, uint32_t stack)
{
    struct entry *entry;
    HASH_FIND(hh, verdicts->entries, &stack, sizeof(stack), entry);
    if (entry != NULL)
        return &entry->outcome;
    entry = heap__zeroed(1, sizeof(*entry));
    entry->stack = stack;
    entry->outcome = judge(verdicts, stack);
    HASH_ADD(hh, verdicts->entries, stack, sizeof(entry->stack), entry);
    return &entry->outcome;
}
