/* Scopes that did not end as they should: unbalanced-scope. */
#include "inquiry.h"

/* By enum lw_imbalance_reason. The names are part of fingerprints. */
static const struct reason {
    const char *name; /* "ended-twice" */
    const char *text; /* "was ended again, though it had ended": its name comes before it, if it has one */
} reasons[] = {
    [LW_ENDED_TWICE] = {"ended-twice", "was ended again, though it had ended"},
    [LW_NEVER_BEGUN] = {"never-begun", "a scope was ended, but none was open"},
    [LW_ENDED_ELSEWHERE] = {"ended-elsewhere",
                            "was ended by a thread to which it did not belong (detach and attach carry it)"},
    [LW_SKIPPED] = {"skipped", "was still open when the scope around it ended"},
    [LW_JUMPED] = {"jumped", "was left by longjmp"},
    [LW_THREAD_ENDED] = {"thread-ended", "was still open when its thread ended"},
    [LW_EXITED] = {"exited", "was still open when exit was called inside it"},
    [LW_DETACHED_FOR_EVER] = {"detached-for-ever", "was detached, and neither attached again nor ended"},
    [LW_STILL_INSIDE] = {"still-inside", "was still open in another thread when the process ended"},
    [LW_ATTACHED_TWICE] = {"attached-twice", "was attached while it belonged to another thread"},
};

/* Of a scope that leakwatch does not know: a handle that is none, or one of long ago. */
static const struct reason unknown_ended = {"never-begun", "a scope was ended that leakwatch does not know"};

static const struct reason *reason_of(const struct lw_imbalance *row)
{
    return row->scope == LW_OTHER && row->reason == LW_ENDED_TWICE ? &unknown_ended : &reasons[row->reason];
}

/* One block that is entered again and again without an end is one mistake, however deep it gets. */
static uint32_t outermost_alike(const struct ledger *ledger, uint32_t number)
{
    const struct lw_scope *scope = ledger__scope(ledger, number), *outer;
    while (scope != NULL && (outer = ledger__scope(ledger, scope->parent)) != NULL && outer->name == scope->name &&
           outer->kind == scope->kind) {
        number = scope->parent;
        scope = outer;
    }
    return number;
}

static void add_imbalance(struct inquiry *inquiry, const struct lw_imbalance *row)
{
    const struct finding_kind *kind = kinds__get(KIND_UNBALANCED_SCOPE);
    struct tally_key key = {
        .kind = kind,
        .scope = inquiry__scope(inquiry, row->scope == LW_OTHER ? 0 : outermost_alike(inquiry->ledger, row->scope)),
        .later = reason_of(row)->text,
        .variety = reason_of(row)->name,
        .stack = stacks__number(inquiry->stacks, row->begun),
        .released = stacks__number(inquiry->stacks, row->stack),
        .level = row->reason == LW_STILL_INSIDE ? LEVEL_NOTE : kind->level,
        .facts = {{{.id = FACT_IMBALANCE, .text = reason_of(row)->name},
                   {.id = FACT_HOW, .text = reason_of(row)->text}}},
    };
    if (key.stack == 0 && key.released == 0)
        key.elsewhere = inquiry->program;
    const struct sighting sighting = {
        .process = inquiry->process, .count = row->count, .age = inquiry__age(inquiry, row->last_time)};
    inquiry__add(inquiry, &key, LW_KIND_NONE, &sighting);
}

void imbalances__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_IMBALANCES); i++) {
        const struct lw_imbalance *row = ledger__imbalance(inquiry->ledger, i);
        if (row != NULL && row->reason < sizeof reasons / sizeof reasons[0] && reasons[row->reason].name != NULL)
            add_imbalance(inquiry, row);
    }
}
