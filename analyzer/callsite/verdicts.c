/* Whether the program looked at what its releases returned. */
#include "verdicts.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/table.h"
#include "symbol/demangle.h"
#include "symbol/stacks.h"

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

/* What is said of the result: `what` where a function is called, whose name follows if it is known, or else `alone`. */
static const struct wording {
    const char *how, *alone, *call;
} wordings[] = {
    {"overwritten by", "is overwritten", "is overwritten by the call of"},
    {"lost in", "is overwritten", "is lost in the call of"},
    {"read by", "is read", "is read by the call of"},
    {"handed on by", "is handed on", "is handed on to"},
    {"within reach of", "is within reach of what is called", "is within reach of"},
    {"not read before", "is not read before the function returns", "is not read before the call of"},
    {"returned by", "is returned", "is returned by the call of"},
    {"perhaps read by", "is perhaps read", "is perhaps read by"},
    {"perhaps handed on before", "is perhaps handed on", "is perhaps handed on before the call of"},
    {"perhaps read through a pointer before", "is perhaps read through a pointer",
     "is perhaps read through a pointer before the call of"},
    {"not read in the loop at", "is not read in the loop", "is not read in the loop that calls"},
    {"too many paths meet at", "cannot be followed, too many paths meet,", NULL},
    {"too far to follow to", "cannot be followed so far,", NULL},
    {"cannot follow", "cannot be followed", NULL},
    {"cannot decode", "cannot be followed", NULL},
};

static const char *callee_name(const struct verdicts *verdicts, const struct callsite_verdict *verdict, uint32_t module)
{
    size_t count;
    if (verdict->callee != NULL)
        return demangle__function(symbols__pool(verdicts->symbols), verdict->callee);
    if (verdict->target == 0 || module == 0)
        return NULL;
    const struct frame *frames = symbols__frames(verdicts->symbols, module, verdict->target, true, &count);
    return frames[count - 1].function; /* the others are inlined into it */
}

static const char *told_text(const struct verdicts *verdicts, const struct callsite_verdict *verdict, uint32_t module)
{
    struct pool *pool = symbols__pool(verdicts->symbols);
    const char *name = verdict->is_handed ? callee_name(verdicts, verdict, module) : NULL;
    for (size_t i = 0; verdict->how != NULL && i < sizeof wordings / sizeof wordings[0]; i++) {
        const struct wording *wording = &wordings[i];
        if (strcmp(wording->how, verdict->how) != 0)
            continue;
        if (!verdict->is_handed || wording->call == NULL)
            return wording->alone;
        char *text = heap__printed("%s %s", wording->call, name != NULL ? name : "a function");
        const char *kept = pool__text(pool, text);
        free(text);
        return kept;
    }
    return NULL; /* no instruction decided */
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
    outcome.told = told_text(verdicts, &verdict, verdict.frame < count ? frames[verdict.frame].module : 0);
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
