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
    SOURCE,    /* of a frame: its text, where it is a line of an interpreted program */
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
    FIELD(lw_header, link_kind, DECIMAL), FIELD(lw_header, link, TEXT));
FORM(process,
    FIELD(lw_header, pid, DECIMAL), FIELD(lw_header, parent_pid, DECIMAL), FIELD(lw_header, start_ticks, DECIMAL),
    FIELD(lw_header, image, DECIMAL), FIELD(lw_header, uid, DECIMAL), FIELD(lw_header, start_realtime, DECIMAL),
    FIELD(lw_header, start_time, DECIMAL), FIELD(lw_header, nofile_soft, DECIMAL),
    FIELD(lw_header, nofile_hard, DECIMAL), FIELD(lw_header, exe, TEXT), FIELD(lw_header, arguments, ARGUMENTS),
    FIELD(lw_header, directory, TEXT));
FORM(end,
    FIELD(lw_header, end, DECIMAL), FIELD(lw_header, end_status, NEGATIVE), FIELD(lw_header, end_time, DECIMAL));
FORM(counters,
    FIELD(lw_header, inherited_count, DECIMAL), FIELD(lw_header, heirs, DECIMAL), FIELD(lw_header, troubles, HEX),
    FIELD(lw_header, peak_number, DECIMAL), FIELD(lw_header, lost, DECIMAL),
    FIELD(lw_header, unknown_releases, DECIMAL), FIELD(lw_header, generation, DECIMAL),
    FIELD(lw_header, event_count, DECIMAL), FIELD(lw_header, event_next, DECIMAL),
    FIELD(lw_header, scopes_lost, DECIMAL), FIELD(lw_header, expected, DECIMAL),
    FIELD(lw_header, injected, DECIMAL));
FORM(clock,
    FIELD(lw_header, clock_first, DECIMAL), FIELD(lw_header, clock_first_time, DECIMAL),
    FIELD(lw_header, clock_last, DECIMAL), FIELD(lw_header, clock_last_time, DECIMAL));
FORM(table,
    FIELD(lw_table, element_size, DECIMAL), FIELD(lw_table, first, DECIMAL), FIELD(lw_table, cap, DECIMAL),
    FIELD(lw_table, count, DECIMAL), FIELD(lw_table, folded, DECIMAL));
FORM(module,
    FIELD(lw_module, base, HEX), FIELD(lw_module, start, HEX), FIELD(lw_module, end, HEX),
    FIELD(lw_module, first_seen, DECIMAL), FIELD(lw_module, build_id_length, DECIMAL),
    FIELD(lw_module, build_id, BYTES), FIELD(lw_module, name, NAME));
FORM(frame,
    FIELD(lw_frame, address, HEX), FIELD(lw_frame, parent, DECIMAL), FIELD(lw_frame, module, DECIMAL),
    {"source", 0, 0, SOURCE});
FORM(scope,
    FIELD(lw_scope, kind, DECIMAL), FIELD(lw_scope, parent, DECIMAL), FIELD(lw_scope, depth, DECIMAL),
    FIELD(lw_scope, name, NAME), FIELD(lw_scope, address, HEX), FIELD(lw_scope, module, DECIMAL),
    FIELD(lw_scope, first_time, DECIMAL));
FORM(scope_count,
    FIELD(lw_scope_count, entered, DECIMAL), FIELD(lw_scope_count, ended, DECIMAL),
    FIELD(lw_scope_count, failed, DECIMAL), FIELD(lw_scope_count, left, DECIMAL),
    FIELD(lw_scope_count, most, DECIMAL), FIELD(lw_scope_count, ticks, DECIMAL),
    FIELD(lw_scope_count, durations, NUMBERS));
FORM(site,
    FIELD(lw_site, stack, DECIMAL), FIELD(lw_site, scope, DECIMAL), FIELD(lw_site, call, NAME),
    FIELD(lw_site, kind, DECIMAL), FIELD(lw_site, first_time, DECIMAL));
FORM(site_count,
    FIELD(lw_site_count, acquired, DECIMAL), FIELD(lw_site_count, released, DECIMAL),
    FIELD(lw_site_count, failed, DECIMAL), FIELD(lw_site_count, last_time, DECIMAL),
    FIELD(lw_site_count, peak, DECIMAL), FIELD(lw_site_count, unseen, DECIMAL),
    FIELD(lw_site_count, lifetimes, NUMBERS));
FORM(release,
    FIELD(lw_release, site, DECIMAL), FIELD(lw_release, stack, DECIMAL), FIELD(lw_release, call, NAME),
    FIELD(lw_release, flags, HEX));
FORM(failure,
    FIELD(lw_failure, stack, DECIMAL), FIELD(lw_failure, call, NAME), FIELD(lw_failure, error, NEGATIVE),
    FIELD(lw_failure, role, DECIMAL), FIELD(lw_failure, site, DECIMAL), FIELD(lw_failure, thread, DECIMAL), FIELD(lw_failure, status, NEGATIVE),
    FIELD(lw_failure, detail, TEXT),
    FIELD(lw_failure, count, DECIMAL), FIELD(lw_failure, first_time, DECIMAL),
    FIELD(lw_failure, last_time, DECIMAL), FIELD(lw_failure, handle, HEX));
FORM(crossing,
    FIELD(lw_crossing, site, DECIMAL), FIELD(lw_crossing, program, NAME), FIELD(lw_crossing, number, DECIMAL),
    FIELD(lw_crossing, pid, DECIMAL), FIELD(lw_crossing, count, DECIMAL), FIELD(lw_crossing, last_time, DECIMAL),
    FIELD(lw_crossing, stack, DECIMAL), FIELD(lw_crossing, kind, DECIMAL), FIELD(lw_crossing, detail, TEXT));
FORM(misuse,
    FIELD(lw_misuse, kind, DECIMAL), FIELD(lw_misuse, stack, DECIMAL), FIELD(lw_misuse, call, NAME),
    FIELD(lw_misuse, site, DECIMAL), FIELD(lw_misuse, first_stack, DECIMAL), FIELD(lw_misuse, victim, DECIMAL),
    FIELD(lw_misuse, first_call, NAME), FIELD(lw_misuse, first_thread, DECIMAL),
    FIELD(lw_misuse, first_error, NEGATIVE), FIELD(lw_misuse, thread, DECIMAL),
    FIELD(lw_misuse, victim_thread, DECIMAL), FIELD(lw_misuse, resource, DECIMAL),
    FIELD(lw_misuse, error, NEGATIVE), FIELD(lw_misuse, flags, HEX), FIELD(lw_misuse, handle, HEX), FIELD(lw_misuse, count, DECIMAL),
    FIELD(lw_misuse, swept, DECIMAL), FIELD(lw_misuse, first_time, DECIMAL), FIELD(lw_misuse, last_time, DECIMAL),
    FIELD(lw_misuse, owner, HEX), FIELD(lw_misuse, given, HEX), FIELD(lw_misuse, detail, TEXT));
FORM(leftover,
    FIELD(lw_leftover, scope, DECIMAL), FIELD(lw_leftover, site, DECIMAL), FIELD(lw_leftover, count, DECIMAL),
    FIELD(lw_leftover, entries, DECIMAL), FIELD(lw_leftover, failed, DECIMAL), FIELD(lw_leftover, most, DECIMAL),
    FIELD(lw_leftover, later, DECIMAL), FIELD(lw_leftover, longest, DECIMAL),
    FIELD(lw_leftover, later_stack, DECIMAL), FIELD(lw_leftover, later_call, NAME),
    FIELD(lw_leftover, first_time, DECIMAL), FIELD(lw_leftover, last_time, DECIMAL),
    FIELD(lw_leftover, delays, NUMBERS), FIELD(lw_leftover, reason, TEXT));
FORM(departure,
    FIELD(lw_departure, scope, DECIMAL), FIELD(lw_departure, sites, DECIMAL), FIELD(lw_departure, site, NUMBERS),
    FIELD(lw_departure, failed, DECIMAL), FIELD(lw_departure, failure_stack, DECIMAL),
    FIELD(lw_departure, failure_call, NAME), FIELD(lw_departure, failure_error, NEGATIVE),
    FIELD(lw_departure, count, DECIMAL), FIELD(lw_departure, first_time, DECIMAL),
    FIELD(lw_departure, last_time, DECIMAL));
FORM(imbalance,
    FIELD(lw_imbalance, scope, DECIMAL), FIELD(lw_imbalance, reason, DECIMAL), FIELD(lw_imbalance, stack, DECIMAL),
    FIELD(lw_imbalance, begun, DECIMAL), FIELD(lw_imbalance, count, DECIMAL),
    FIELD(lw_imbalance, first_time, DECIMAL), FIELD(lw_imbalance, last_time, DECIMAL),
    FIELD(lw_imbalance, thread, DECIMAL));
FORM(disorder,
    FIELD(lw_disorder, site, DECIMAL), FIELD(lw_disorder, younger, DECIMAL), FIELD(lw_disorder, stack, DECIMAL),
    FIELD(lw_disorder, call, NAME), FIELD(lw_disorder, count, DECIMAL));
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
FORM(event,
    FIELD(lw_event, sequence, DECIMAL), FIELD(lw_event, time, DECIMAL), FIELD(lw_event, kind, DECIMAL),
    FIELD(lw_event, handle, HEX), FIELD(lw_event, stack, DECIMAL), FIELD(lw_event, call, NAME),
    FIELD(lw_event, thread, DECIMAL), FIELD(lw_event, error, DECIMAL));
/* clang-format on */

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
    const struct lw_frame *frame = record;
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
    case SOURCE:
        print_name(dump, frame->address == LW_ADDRESS_SOURCE ? frame->module : 0);
        break;
    case NUMBERS:
        print_numbers(dump, (const uint32_t *)(const void *)at, field->size / sizeof(uint32_t));
        break;
    }
}

void dump__fields(const struct dump *dump, const struct record_form *form, const void *record)
{
    for (size_t i = 0; i < form->count; i++) {
        fprintf(dump->out, " %s=", form->fields[i].name);
        print_value(dump, &form->fields[i], record);
    }
}

void dump__text(const struct dump *dump, const char *field, const char *text, size_t length)
{
    fprintf(dump->out, " %s=", field);
    escape__print_quoted(dump->out, text, length);
}
