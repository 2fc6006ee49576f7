/* The numbers in a ledger's tables that lead to elements of tables: each is followed, and set to 0 where it leads
 * nowhere. */
#include "private.h"

static const struct reference {
    enum lw_table_id from;
    uint32_t offset;
    uint32_t places; /* how many numbers stand there in a row */
    enum lw_table_id to;
    bool earlier; /* a parent: it was there first, so its number is smaller; that is why chains of parents end */
    const char *field;
} references[] = {
#define LW_REFERENCE(noun, field, to)                                                                                  \
    {LW_TABLE_OF_##noun,                                                                                               \
     offsetof(struct lw_##noun, field),                                                                                \
     sizeof(((struct lw_##noun *)0)->field) / sizeof(uint32_t),                                                        \
     LW_##to,                                                                                                          \
     LW_##to == LW_TABLE_OF_##noun,                                                                                    \
     #noun "." #field},
#include "leakwatch/tables.def"
};

/* Where a frame is a line of an interpreted program, its number, or that of its text, stands in the module's place. */
static enum lw_table_id target_of(const struct reference *reference, const void *element)
{
    const struct lw_frame *frame = element;
    bool module = reference->from == LW_STACKS && reference->offset == offsetof(struct lw_frame, module);
    if (!module || !lw_is_line(frame))
        return reference->to;
    return frame->address == LW_ADDRESS_LINE ? LW_LINES : LW_NAMES;
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
