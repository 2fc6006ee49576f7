/* The numbers in a ledger's tables that lead to elements of tables: each is followed, and set to 0 where it leads
 * nowhere. */
#include "private.h"

#define REFERENCE(from, record, field, to, earlier)                                                                    \
    {                                                                                                                  \
        (from), offsetof(struct lw_##record, field), sizeof(((struct lw_##record *)0)->field) / sizeof(uint32_t),      \
            (to), (earlier), #record "." #field                                                                        \
    }

static const struct reference {
    enum lw_table_id from;
    uint32_t offset;
    uint32_t places; /* how many numbers stand there in a row */
    enum lw_table_id to;
    bool earlier; /* a parent: it was there first, so its number is smaller; that is why chains of parents end */
    const char *field;
} references[] = {
    REFERENCE(LW_MODULES, module, name, LW_NAMES, false),
    REFERENCE(LW_STACKS, frame, parent, LW_STACKS, true),
    REFERENCE(LW_STACKS, frame, module, LW_MODULES, false), /* but see target_of */
    REFERENCE(LW_SCOPES, scope, parent, LW_SCOPES, true),
    REFERENCE(LW_SCOPES, scope, name, LW_NAMES, false),
    REFERENCE(LW_SCOPES, scope, module, LW_MODULES, false),
    REFERENCE(LW_SITES, site, stack, LW_STACKS, false),
    REFERENCE(LW_SITES, site, scope, LW_SCOPES, false),
    REFERENCE(LW_SITES, site, call, LW_NAMES, false),
    REFERENCE(LW_RELEASES, release, site, LW_SITES, false),
    REFERENCE(LW_RELEASES, release, stack, LW_STACKS, false),
    REFERENCE(LW_RELEASES, release, call, LW_NAMES, false),
    REFERENCE(LW_FAILURES, failure, stack, LW_STACKS, false),
    REFERENCE(LW_FAILURES, failure, call, LW_NAMES, false),
    REFERENCE(LW_FAILURES, failure, site, LW_SITES, false),
    REFERENCE(LW_CROSSINGS, crossing, site, LW_SITES, false),
    REFERENCE(LW_CROSSINGS, crossing, program, LW_NAMES, false),
    REFERENCE(LW_CROSSINGS, crossing, stack, LW_STACKS, false),
    REFERENCE(LW_MISUSES, misuse, stack, LW_STACKS, false),
    REFERENCE(LW_MISUSES, misuse, call, LW_NAMES, false),
    REFERENCE(LW_MISUSES, misuse, site, LW_SITES, false),
    REFERENCE(LW_MISUSES, misuse, first_stack, LW_STACKS, false),
    REFERENCE(LW_MISUSES, misuse, victim, LW_SITES, false),
    REFERENCE(LW_MISUSES, misuse, first_call, LW_NAMES, false),
    REFERENCE(LW_LEFTOVERS, leftover, scope, LW_SCOPES, false),
    REFERENCE(LW_LEFTOVERS, leftover, site, LW_SITES, false),
    REFERENCE(LW_LEFTOVERS, leftover, later_stack, LW_STACKS, false),
    REFERENCE(LW_LEFTOVERS, leftover, later_call, LW_NAMES, false),
    REFERENCE(LW_DEPARTURES, departure, scope, LW_SCOPES, false),
    REFERENCE(LW_DEPARTURES, departure, site, LW_SITES, false),
    REFERENCE(LW_DEPARTURES, departure, failure_stack, LW_STACKS, false),
    REFERENCE(LW_DEPARTURES, departure, failure_call, LW_NAMES, false),
    REFERENCE(LW_IMBALANCES, imbalance, scope, LW_SCOPES, false),
    REFERENCE(LW_IMBALANCES, imbalance, stack, LW_STACKS, false),
    REFERENCE(LW_IMBALANCES, imbalance, begun, LW_STACKS, false),
    REFERENCE(LW_DISORDERS, disorder, site, LW_SITES, false),
    REFERENCE(LW_DISORDERS, disorder, younger, LW_SITES, false),
    REFERENCE(LW_DISORDERS, disorder, stack, LW_STACKS, false),
    REFERENCE(LW_DISORDERS, disorder, call, LW_NAMES, false),
};

/* Where a frame is a line of an interpreted program, the number of its text stands in the module's place. */
static enum lw_table_id target_of(const struct reference *reference, const void *element)
{
    const struct lw_frame *frame = element;
    bool module = reference->from == LW_STACKS && reference->offset == offsetof(struct lw_frame, module);
    return module && frame->address == LW_ADDRESS_SOURCE ? LW_NAMES : reference->to;
}

static void check_place(struct ledger *ledger, const struct reference *reference, uint32_t from, enum lw_table_id to,
                        uint32_t *number)
{
    bool ordered = !reference->earlier || *number < from || *number == LW_OTHER;
    if (ordered && tables__leads(ledger, to, *number))
        return;
    ledger__dangling(ledger, reference->field, from, *number);
    *number = 0;
}

static void check_element(struct ledger *ledger, const struct reference *reference, uint32_t from)
{
    unsigned char *element = tables__published(ledger, reference->from, from);
    if (!element)
        return;
    uint32_t *numbers = (uint32_t *)(void *)(element + reference->offset);
    enum lw_table_id to = target_of(reference, element);
    for (uint32_t i = 0; i < reference->places; i++)
        check_place(ledger, reference, from, to, &numbers[i]);
}

static void check_modules(struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger->tables[LW_MODULES].count; i++) {
        struct lw_module *module = tables__element(ledger, LW_MODULES, i);
        if (!module || module->build_id_length <= sizeof module->build_id)
            continue;
        ledger__damage(ledger, "module.build_id_length", i, module->build_id_length);
        module->build_id_length = 0;
    }
}

void references__check(struct ledger *ledger)
{
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        for (uint32_t from = 1; from < ledger->tables[references[i].from].count; from++)
            check_element(ledger, &references[i], from);
    check_modules(ledger);
}
