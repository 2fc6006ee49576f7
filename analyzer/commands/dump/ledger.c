/* Prints every record of a ledger, in the order of the file's description. */
#include "ledger.h"

#include <inttypes.h>
#include <string.h>

#include "fields.h"
#include "ledger/boards.h"

static void print_line(const struct dump *dump, const char *name, const struct record_form *form, const void *record)
{
    fputs(name, dump->out);
    dump__fields(dump, form, record);
    putc('\n', dump->out);
}

static void print_damages(const struct dump *dump)
{
    const struct ledger_damage *damage;
    fprintf(dump->out, "damaged %" PRIu64 "\n", ledger__damaged(dump->ledger));
    for (size_t i = 0; (damage = ledger__damage_note(dump->ledger, i)) != NULL; i++)
        fprintf(dump->out, "damage what=%s where=%" PRIu64 " value=0x%" PRIx64 "\n", damage->what, damage->where,
                damage->value);
}

static void print_header(const struct dump *dump)
{
    static const char *const tables[LW_TABLES] = {
#define LW_TABLE(id, noun, plural, ...) #plural,
#include "leakwatch/tables.def"
    };
    const struct lw_header *header = ledger__header(dump->ledger);
    print_line(dump, "header", &form_header, header);
    print_line(dump, "process", &form_process, header);
    fprintf(dump->out, "end how=%s", ledger__end(dump->ledger));
    dump__fields(dump, &form_end, header);
    putc('\n', dump->out);
    print_line(dump, "counters", &form_counters, header);
    fprintf(dump->out, "clock rate=%.0f", ledger__clock_rate(dump->ledger));
    print_line(dump, "", &form_clock, header);
    for (unsigned id = 0; id < LW_TABLES; id++) {
        fprintf(dump->out, "table %s", tables[id]);
        print_line(dump, "", &form_table, &header->tables[id]);
    }
}

static void print_scope_count(const struct dump *dump, uint32_t number)
{
    struct lw_scope_count count = ledger__scope_count(dump->ledger, number);
    dump__fields(dump, &form_scope_count, &count);
}

static void print_site_count(const struct dump *dump, uint32_t number)
{
    struct lw_site_count count = ledger__site_count(dump->ledger, number);
    dump__fields(dump, &form_site_count, &count);
}

static void print_release_count(const struct dump *dump, uint32_t number)
{
    fprintf(dump->out, " count=%" PRIu64, ledger__release_count(dump->ledger, number));
}

/* Where it is a line of an interpreted program: its text. */
static void print_source(const struct dump *dump, const struct lw_frame *frame)
{
    const char *text = ledger__name(dump->ledger, frame->address == LW_ADDRESS_SOURCE ? frame->module : 0);
    dump__text(dump, "source", text, strlen(text));
}

static void print_line_texts(const struct dump *dump, const struct lw_line *line)
{
    const char *function = ledger__name(dump->ledger, line->function), *file = ledger__name(dump->ledger, line->file);
    dump__text(dump, "in", function, strlen(function));
    dump__text(dump, "of", file, strlen(file));
}

/* What the fields of an element do not say, but others: counters, which stand in lanes, and texts. */
static void print_more(const struct dump *dump, enum lw_table_id id, uint32_t number, const void *row)
{
    switch ((unsigned)id) {
    case LW_STACKS:
        print_source(dump, row);
        break;
    case LW_LINES:
        print_line_texts(dump, row);
        break;
    case LW_SCOPES:
        print_scope_count(dump, number);
        break;
    case LW_SITES:
        print_site_count(dump, number);
        break;
    case LW_RELEASES:
        print_release_count(dump, number);
        break;
    }
}

static void print_table(const struct dump *dump, enum lw_table_id id, const char *noun)
{
    for (uint32_t i = 1; i < ledger__count(dump->ledger, id); i++) {
        const void *row = id == LW_NAMES ? ledger__name_record(dump->ledger, i) : ledger__row(dump->ledger, id, i);
        if (!row)
            continue;
        fprintf(dump->out, "%s %" PRIu32, noun, i);
        dump__row(dump, id, row);
        print_more(dump, id, i, row);
        putc('\n', dump->out);
    }
}

static bool print_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    const struct dump *dump = context;
    fprintf(dump->out, "slot %s %" PRIu32, is_handle ? "handle" : "fd", index);
    print_line(dump, "", &form_slot, slot);
    return true;
}

/* What a thread holds, or waits for. */
static bool print_hold(void *context, const struct ledger_hold *hold)
{
    static const char *const states[] = {"none", "taking", "held", "releasing", "given_up", "gone"};
    const struct dump *dump = context;
    bool is_known = hold->hold->state < sizeof states / sizeof states[0];
    fprintf(dump->out, "hold board=%" PRIu32 " thread=%" PRIu32, hold->number, hold->board->thread);
    dump__text(dump, "name", hold->board->name, strnlen(hold->board->name, sizeof hold->board->name));
    fprintf(dump->out, " state=%s kind=%u lock=0x%" PRIx64 " site=%" PRIu32 " since=%" PRIu64 " count=%u\n",
            is_known ? states[hold->hold->state] : "unknown", (unsigned)hold->hold->kind, hold->hold->lock,
            hold->hold->site, hold->hold->since, (unsigned)hold->hold->count);
    return true;
}

/* Where a thread has called for locks, and how many it has taken from there. */
static void print_place(void *context, uint32_t board, const struct lw_place *place)
{
    const struct dump *dump = context;
    fprintf(dump->out, "place board=%" PRIu32, board);
    print_line(dump, "", &form_place, place);
}

static void print_lanes(const struct dump *dump)
{
    for (uint32_t i = 0; i < LW_LANES; i++) {
        const struct lw_lane *lane = ledger__lane(dump->ledger, i);
        if (!lane)
            continue;
        fprintf(dump->out, "lane %" PRIu32, i);
        print_line(dump, "", &form_lane, lane);
    }
}

static void print_samples(const struct dump *dump)
{
    const struct lw_samples *samples = ledger__samples(dump->ledger);
    if (!samples)
        return;
    print_line(dump, "samples", &form_samples, samples);
    for (uint32_t i = 0; i < samples->count; i++)
        print_line(dump, "sample", &form_sample, &samples->sample[i]);
}

static void print_exhaustion(const struct dump *dump)
{
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(dump->ledger);
    if (!exhaustion)
        return;
    print_line(dump, "exhaustion", &form_exhaustion, exhaustion);
    for (uint32_t i = 0; i < exhaustion->rows; i++)
        fprintf(dump->out, "exhausted_by site=%" PRIu32 " held=%" PRIu32 "\n", exhaustion->row[i].site,
                exhaustion->row[i].held);
}

void dump__ledger(FILE *out, const struct ledger *ledger)
{
    struct dump dump = {.out = out, .ledger = ledger};
    fputs("ledger", out);
    dump__text(&dump, "path", ledger__path(ledger), strlen(ledger__path(ledger)));
    putc('\n', out);
    print_header(&dump);
    print_damages(&dump);
#define LW_TABLE(id, noun, ...) print_table(&dump, LW_##id, #noun);
#include "leakwatch/tables.def"
    ledger__slots(ledger, print_slot, &dump);
    ledger__holds(ledger, print_hold, &dump);
    ledger__places(ledger, print_place, &dump);
    print_lanes(&dump);
    print_samples(&dump);
    print_exhaustion(&dump);
}
