/* The fields of every record of a ledger, as tables, and the one function that prints by them. */
#include "fields.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/escape.h"
#include "ledger/slot.h"

enum spelling {
    DECIMAL,   /* unsigned, of the field's size */
    NEGATIVE,  /* int32_t */
    HEX,       /* unsigned, of the field's size */
    NAME,      /* number of a name: its text */
    TEXT,      /* char[], ended by 0 or full */
    ARGUMENTS, /* char[], each ended by 0 */
    BYTES,     /* unsigned char[], the length in the field before */
    WORD,      /* of a slot: state and sequence */
    DETAIL,    /* of a slot, the length in its own field */
    LABEL,     /* of a slot, at the end of its detail */
    PIECE,     /* of a name, the length of the rest in its own field */
    NUMBERS,   /* uint32_t[], as far as it is not 0 */
};

struct field {
    const char *name;
    size_t offset, size;
    enum spelling spelling;
};

struct record_form {
    size_t count;
    const struct field *fields;
};

/* clang-format off */
#define FIELD(record, field, spelling) \
    {#field, offsetof(struct record, field), sizeof((struct record *)0)->field, spelling}
#define FORM(name, ...)                                                                                                \
    static const struct field name##_fields[] = {__VA_ARGS__};                                                         \
    const struct record_form form_##name = {sizeof name##_fields / sizeof name##_fields[0], name##_fields}

FORM(header,
    FIELD(lw_header, major, DECIMAL), FIELD(lw_header, minor, DECIMAL), FIELD(lw_header, machine, DECIMAL),
    FIELD(lw_header, header_size, DECIMAL), FIELD(lw_header, file_size, DECIMAL), FIELD(lw_header, used, DECIMAL),
    FIELD(lw_header, link_kind, DECIMAL), FIELD(lw_header, link, TEXT), FIELD(lw_header, slot_size, DECIMAL),
    FIELD(lw_header, lane_size, DECIMAL), FIELD(lw_header, site_count_size, DECIMAL),
    FIELD(lw_header, scope_count_size, DECIMAL), FIELD(lw_header, samples_size, DECIMAL),
    FIELD(lw_header, sample_size, DECIMAL));
FORM(process,
    FIELD(lw_header, pid, DECIMAL), FIELD(lw_header, parent_pid, DECIMAL), FIELD(lw_header, start_ticks, DECIMAL),
    FIELD(lw_header, image, DECIMAL), FIELD(lw_header, uid, DECIMAL), FIELD(lw_header, start_realtime, DECIMAL),
    FIELD(lw_header, start_time, DECIMAL), FIELD(lw_header, nofile_soft, DECIMAL),
    FIELD(lw_header, nofile_hard, DECIMAL), FIELD(lw_header, exe, TEXT), FIELD(lw_header, arguments, ARGUMENTS),
    FIELD(lw_header, directory, TEXT), FIELD(lw_header, host, TEXT), FIELD(lw_header, python, HEX),
    FIELD(lw_header, python_state, DECIMAL), FIELD(lw_header, attached_time, DECIMAL),
    FIELD(lw_header, attached_places, DECIMAL), FIELD(lw_header, attached_left, DECIMAL));
FORM(end,
    FIELD(lw_header, end, DECIMAL), FIELD(lw_header, end_status, NEGATIVE), FIELD(lw_header, end_time, DECIMAL));
FORM(counters,
    FIELD(lw_header, inherited_count, DECIMAL), FIELD(lw_header, heirs, DECIMAL), FIELD(lw_header, troubles, HEX),
    FIELD(lw_header, peak_number, DECIMAL), FIELD(lw_header, lost, DECIMAL),
    FIELD(lw_header, unknown_releases, DECIMAL), FIELD(lw_header, generation, DECIMAL),
    FIELD(lw_header, scopes_lost, DECIMAL), FIELD(lw_header, expected, DECIMAL),
    FIELD(lw_header, injected, DECIMAL));
FORM(clock,
    FIELD(lw_header, clock_first, DECIMAL), FIELD(lw_header, clock_first_time, DECIMAL),
    FIELD(lw_header, clock_last, DECIMAL), FIELD(lw_header, clock_last_time, DECIMAL));
FORM(table,
    FIELD(lw_table, element_size, DECIMAL), FIELD(lw_table, first, DECIMAL), FIELD(lw_table, cap, DECIMAL),
    FIELD(lw_table, count, DECIMAL), FIELD(lw_table, folded, DECIMAL));
FORM(scope_count,
    FIELD(lw_scope_count, entered, DECIMAL), FIELD(lw_scope_count, ended, DECIMAL),
    FIELD(lw_scope_count, failed, DECIMAL), FIELD(lw_scope_count, left, DECIMAL),
    FIELD(lw_scope_count, most, DECIMAL), FIELD(lw_scope_count, ticks, DECIMAL),
    FIELD(lw_scope_count, durations, NUMBERS));
FORM(site_count,
    FIELD(lw_site_count, acquired, DECIMAL), FIELD(lw_site_count, released, DECIMAL),
    FIELD(lw_site_count, failed, DECIMAL), FIELD(lw_site_count, last_time, DECIMAL),
    FIELD(lw_site_count, peak, DECIMAL), FIELD(lw_site_count, unseen, DECIMAL),
    FIELD(lw_site_count, lifetimes, NUMBERS));
FORM(slot,
    FIELD(lw_slot, word, WORD), FIELD(lw_slot, handle, HEX), FIELD(lw_slot, kind, DECIMAL),
    FIELD(lw_slot, flags, HEX), FIELD(lw_slot, acquired_time, DECIMAL), FIELD(lw_slot, entry, HEX),
    FIELD(lw_slot, leftover, DECIMAL), FIELD(lw_slot, site, DECIMAL),
    FIELD(lw_slot, thread, DECIMAL), FIELD(lw_slot, released_time, DECIMAL), FIELD(lw_slot, release_stack, DECIMAL),
    FIELD(lw_slot, release_thread, DECIMAL), FIELD(lw_slot, release_call, NAME),
    FIELD(lw_slot, origin_stack, DECIMAL), FIELD(lw_slot, origin_call, DECIMAL), FIELD(lw_slot, origin_site, DECIMAL), FIELD(lw_slot, owner, DECIMAL),
    FIELD(lw_slot, number, NEGATIVE), FIELD(lw_slot, partner, NEGATIVE), FIELD(lw_slot, error, NEGATIVE),
    FIELD(lw_slot, open_flags, HEX), FIELD(lw_slot, family, DECIMAL), FIELD(lw_slot, type, DECIMAL),
    FIELD(lw_slot, protocol, DECIMAL), FIELD(lw_slot, tag, HEX),
    FIELD(lw_slot, prior_site, DECIMAL), FIELD(lw_slot, prior_stack, DECIMAL), FIELD(lw_slot, prior_thread, DECIMAL),
    FIELD(lw_slot, detail, DETAIL),
    {"label", 0, 0, LABEL});
FORM(place,
    FIELD(lw_place, pc, HEX), FIELD(lw_place, sp, HEX), FIELD(lw_place, hook, DECIMAL),
    FIELD(lw_place, site, DECIMAL), FIELD(lw_place, locking, DECIMAL), FIELD(lw_place, count, DECIMAL));
FORM(lane,
    FIELD(lw_lane, thread, DECIMAL), FIELD(lw_lane, fate, DECIMAL), FIELD(lw_lane, opened, DECIMAL), FIELD(lw_lane, closed, DECIMAL),
    FIELD(lw_lane, stacks_remembered, DECIMAL), FIELD(lw_lane, stacks_full, DECIMAL),
    FIELD(lw_lane, stacks_unlearnt, DECIMAL), FIELD(lw_lane, stacks_bare, DECIMAL), FIELD(lw_lane, checks, DECIMAL),
    FIELD(lw_lane, differences, DECIMAL));
FORM(samples,
    FIELD(lw_samples, interval, DECIMAL), FIELD(lw_samples, next, DECIMAL), FIELD(lw_samples, count, DECIMAL),
    FIELD(lw_samples, generation, DECIMAL));
FORM(sample,
    FIELD(lw_sample, time, DECIMAL), FIELD(lw_sample, open, DECIMAL));
FORM(exhaustion,
    FIELD(lw_exhaustion, state, DECIMAL), FIELD(lw_exhaustion, error, NEGATIVE),
    FIELD(lw_exhaustion, stack, DECIMAL), FIELD(lw_exhaustion, call, NAME), FIELD(lw_exhaustion, thread, DECIMAL),
    FIELD(lw_exhaustion, time, DECIMAL), FIELD(lw_exhaustion, limit, DECIMAL), FIELD(lw_exhaustion, open, DECIMAL),
    FIELD(lw_exhaustion, times, DECIMAL), FIELD(lw_exhaustion, rows, DECIMAL));
/* clang-format on */

/* Of the elements of tables; a number of several in a row is spelt like them. */
static const struct row_field {
    enum lw_table_id table;
    struct field field;
} row_fields[] = {
#define WHERE(noun, field) #field, offsetof(struct lw_##noun, field), sizeof(((struct lw_##noun *)0)->field)
#define LW_FIELD(noun, field, spelling) {LW_TABLE_OF_##noun, {WHERE(noun, field), spelling}},
#define LW_REFERENCE(noun, field, to)                                                                                  \
    {LW_TABLE_OF_##noun,                                                                                               \
     {WHERE(noun, field), LW_##to == LW_NAMES                                         ? NAME                           \
                          : sizeof(((struct lw_##noun *)0)->field) > sizeof(uint32_t) ? NUMBERS                        \
                                                                                      : DECIMAL}},
#include "leakwatch/tables.def"
};

static const char *const states[] = {"empty", "writing", "held", "releasing", "free"};

static uint64_t unsigned_at(const void *at, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, at, size); /* little-endian, as the reader's machine is */
    return value;
}

static void print_name(const struct dump *dump, uint32_t number)
{
    const char *name = ledger__name(dump->ledger, number);
    escape__print_quoted(dump->out, name, strlen(name));
}

static void print_arguments(const struct dump *dump, const char *text)
{
    const char *separator = "";
    for (size_t at = 0; text[at] != 0; at += strlen(text + at) + 1) {
        fputs(separator, dump->out);
        escape__print_quoted(dump->out, text + at, strlen(text + at));
        separator = ",";
    }
}

static void print_numbers(const struct dump *dump, const uint32_t *counts, size_t count)
{
    while (count > 0 && counts[count - 1] == 0)
        count--;
    for (size_t i = 0; i < count; i++)
        fprintf(dump->out, "%s%" PRIu32, i ? "," : "", counts[i]);
}

static void print_bytes(const struct dump *dump, const unsigned char *bytes, uint64_t length, size_t room)
{
    for (size_t i = 0; i < length && i < room; i++)
        fprintf(dump->out, "%02x", bytes[i]);
}

static void print_value(const struct dump *dump, const struct field *field, const void *record)
{
    const char *at = (const char *)record + field->offset;
    const struct lw_slot *slot = record;
    const struct lw_name *name = record;
    switch (field->spelling) {
    case DECIMAL:
        fprintf(dump->out, "%" PRIu64, unsigned_at(at, field->size));
        break;
    case NEGATIVE:
        fprintf(dump->out, "%" PRId32, (int32_t)unsigned_at(at, field->size));
        break;
    case HEX:
        fprintf(dump->out, "0x%" PRIx64, unsigned_at(at, field->size));
        break;
    case NAME:
        print_name(dump, (uint32_t)unsigned_at(at, field->size));
        break;
    case TEXT:
        escape__print_quoted(dump->out, at, strnlen(at, field->size));
        break;
    case ARGUMENTS:
        print_arguments(dump, at);
        break;
    case BYTES:
        print_bytes(dump, (const unsigned char *)at, unsigned_at(at - sizeof(uint32_t), sizeof(uint32_t)), field->size);
        break;
    case WORD:
        fprintf(dump->out, "%s,%" PRIu64, states[slot_state(slot)], slot->word >> 8);
        break;
    case DETAIL:
        escape__print_quoted(dump->out, slot->detail, slot->detail_length);
        break;
    case LABEL:
        escape__print_quoted(dump->out, slot_label(slot), slot->label_length);
        break;
    case PIECE:
        escape__print_quoted(dump->out, name->text, name->length < LW_NAME_TEXT ? name->length : LW_NAME_TEXT);
        break;
    case NUMBERS:
        print_numbers(dump, (const uint32_t *)(const void *)at, field->size / sizeof(uint32_t));
        break;
    }
}

static void print_field(const struct dump *dump, const struct field *field, const void *record)
{
    fprintf(dump->out, " %s=", field->name);
    print_value(dump, field, record);
}

void dump__fields(const struct dump *dump, const struct record_form *form, const void *record)
{
    for (size_t i = 0; i < form->count; i++)
        print_field(dump, &form->fields[i], record);
}

void dump__row(const struct dump *dump, enum lw_table_id table, const void *row)
{
    for (size_t i = 0; i < sizeof row_fields / sizeof row_fields[0]; i++)
        if (row_fields[i].table == table)
            print_field(dump, &row_fields[i].field, row);
}

void dump__text(const struct dump *dump, const char *field, const char *text, size_t length)
{
    fprintf(dump->out, " %s=", field);
    escape__print_quoted(dump->out, text, length);
}
