/* A reader of .eh_frame for frames that are left in the plain way: the caller's stack begins at a fixed distance from the
 * stack pointer or the frame pointer, the return address stands just below or beside the frame pointer that was saved, and
 * that at a fixed place. Compilers make hardly any others. What says anything else is called involved, and is libunwind's to read: so
 * this one need not be complete, only right.
 *
 * Nothing here is kept, locked, allocated or written. */
#include "unwind_table.h"

#include <link.h>
#include <string.h>

#include "columns.h"
#include "modules.h"

/* ---- Numbers ---- */

struct reader {
    const uint8_t *at, *end;
    bool bad; /* it ended too early, or says what is not plain */
};

static bool has(struct reader *reader, size_t bytes)
{
    if ((size_t)(reader->end - reader->at) >= bytes)
        return true;
    reader->bad = true;
    reader->at = reader->end;
    return false;
}

static void skip(struct reader *reader, uint64_t bytes)
{
    if (has(reader, bytes))
        reader->at += bytes;
}

static uint64_t fixed(struct reader *reader, size_t bytes)
{
    uint64_t value = 0;
    if (has(reader, bytes)) {
        memcpy(&value, reader->at, bytes);
        reader->at += bytes;
    }
    return value;
}

/* shift: how many bits it has. */
static uint64_t bits(struct reader *reader, unsigned *shift)
{
    uint64_t value = 0;
    for (*shift = 0; has(reader, 1) && *shift < 63;) {
        uint8_t byte = *reader->at++;
        value |= (uint64_t)(byte & 0x7f) << *shift;
        *shift += 7;
        if (!(byte & 0x80))
            return value;
    }
    reader->bad = true;
    return 0;
}

static uint64_t number(struct reader *reader)
{
    unsigned shift;
    return bits(reader, &shift);
}

static int64_t signed_number(struct reader *reader)
{
    unsigned shift;
    uint64_t value = bits(reader, &shift);
    bool is_negative = shift && value >> (shift - 1) & 1;
    return (int64_t)(is_negative && shift < 64 ? value | ~0ULL << shift : value);
}

/* ---- The entry of a function ---- */

/* Encodings of addresses: as linkers write them, and as compilers do for code that may stand anywhere. */
enum { RELATIVE_TO_HERE = 0x1b, COUNT = 0x03, RELATIVE_TO_TABLE = 0x3b };

struct index_entry {
    int32_t function, entry; /* from the index's own beginning */
};

#define INDEX_BEGINS 12u /* with four encodings, where the table is, and how many entries follow */

/* The entry of the last function that begins at or before the address. */
static const uint8_t *find_entry(const uint8_t *index, uint64_t size, uint64_t address)
{
    uint32_t count;
    if (index[0] != 1 || index[1] != RELATIVE_TO_HERE || index[2] != COUNT || index[3] != RELATIVE_TO_TABLE)
        return NULL;
    memcpy(&count, index + 8, sizeof count);
    if (count > (size - INDEX_BEGINS) / sizeof(struct index_entry))
        return NULL;
    const struct index_entry *entries = (const void *)(index + INDEX_BEGINS);
    int64_t wanted = (int64_t)(address - (uint64_t)index);
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entries[middle].function <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? index + entries[low - 1].entry : NULL;
}

static const uint8_t *find_in_module(uint64_t address)
{
    struct lw_image image;
    if (!lw_module_image(address, &image) || !image.headers)
        return NULL;
    for (const ElfW(Phdr) *header = image.headers; header < image.headers + image.count; header++)
        if (header->p_type == PT_GNU_EH_FRAME && header->p_memsz >= INDEX_BEGINS)
            return find_entry((const uint8_t *)image.base + header->p_vaddr, header->p_memsz, address);
    return NULL;
}

/* What is common to many functions. */
struct common {
    uint64_t code_unit;
    int64_t data_unit;
    struct reader steps;
};

static struct reader contents(const uint8_t *entry)
{
    struct reader reader = {entry, entry + 4, false};
    uint64_t length = fixed(&reader, 4);
    reader.bad = length < 8 || length > INT32_MAX; /* the last one; one with a longer length */
    reader.end = reader.bad ? reader.at : reader.at + length;
    return reader;
}

/* "zR", "zPLR" and their like. `S`, the frame of a signal, is not plain; `B` says by which key return addresses are signed. */
static void read_augmentation(struct reader *reader, const char *letters)
{
    static const uint8_t sizes[] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8};
    bool has_encoding = false;
    if (*letters++ != 'z')
        reader->bad = true;
    uint64_t length = number(reader);
    struct reader data = *reader;
    skip(reader, length);
    for (; *letters && !data.bad; letters++) {
        if (LW_RETURNS_SIGNED && *letters == 'B')
            continue;
        uint64_t encoding = fixed(&data, 1), format = encoding & 0x0f;
        if (*letters == 'P' && format < sizeof sizes && sizes[format] && (encoding & 0x70) != 0x50)
            skip(&data, sizes[format]);
        else if (*letters == 'R' && encoding == RELATIVE_TO_HERE)
            has_encoding = true;
        else if (*letters != 'L')
            data.bad = true;
    }
    reader->bad |= data.bad || !has_encoding;
}

static struct common read_common(const uint8_t *entry)
{
    struct common common = {0};
    struct reader reader = contents(entry);
    bool is_common = fixed(&reader, 4) == 0;
    uint64_t version = fixed(&reader, 1);
    const char *letters = (const char *)reader.at;
    while (has(&reader, 1) && *reader.at++)
        ;
    common.code_unit = number(&reader);
    common.data_unit = signed_number(&reader);
    uint64_t column = version == 1 ? fixed(&reader, 1) : number(&reader);
    reader.bad |= !is_common || (version != 1 && version != 3) || column != LW_COLUMN_RETURN;
    if (!reader.bad)
        read_augmentation(&reader, letters);
    common.steps = reader;
    return common;
}

/* ---- What it says, step by step ---- */

enum rule { SAME, SAVED, NOWHERE, OTHERWISE };

struct row {
    uint64_t base;    /* LW_COLUMN_FP or …_SP; else it is not plain */
    int64_t distance; /* of the caller's stack from it */
    struct {
        enum rule rule;
        uint32_t is_signed; /* of the return address */
        int64_t at;
    } fp, pc;
};

#define REMEMBERED 4u

struct table {
    struct row row, first, remembered[REMEMBERED];
    uint32_t depth;
    const struct common *common;
    uint64_t location, wanted;
    bool bad;
};

static void set(struct table *table, uint64_t column, enum rule rule, int64_t at)
{
    if (column == LW_COLUMN_FP) {
        table->row.fp.rule = rule;
        table->row.fp.at = at;
    } else if (column == LW_COLUMN_RETURN) {
        table->row.pc.rule = rule;
        table->row.pc.at = at;
    } else if (column == LW_COLUMN_SP)
        table->bad = true;
}

static void restore(struct table *table, uint64_t column)
{
    if (column == LW_COLUMN_FP)
        table->row.fp = table->first.fp;
    else if (column == LW_COLUMN_RETURN) {
        uint32_t is_signed = table->row.pc.is_signed; /* of which a rule for its place says nothing */
        table->row.pc = table->first.pc;
        table->row.pc.is_signed = is_signed;
    }
}

static void remember(struct table *table)
{
    if (table->depth == REMEMBERED)
        table->bad = true;
    else
        table->remembered[table->depth++] = table->row;
}

static void recall(struct table *table)
{
    if (table->depth == 0)
        table->bad = true;
    else
        table->row = table->remembered[--table->depth];
}

static void skip_block(struct reader *steps)
{
    skip(steps, number(steps));
}

/* By DWARF's names. */
enum step {
    SET_LOC = 0x01,
    ADVANCE_LOC1 = 0x02,
    ADVANCE_LOC2 = 0x03,
    ADVANCE_LOC4 = 0x04,
    OFFSET_EXTENDED = 0x05,
    RESTORE_EXTENDED = 0x06,
    UNDEFINED = 0x07,
    SAME_VALUE = 0x08,
    REGISTER = 0x09,
    REMEMBER_STATE = 0x0a,
    RESTORE_STATE = 0x0b,
    DEF_CFA = 0x0c,
    DEF_CFA_REGISTER = 0x0d,
    DEF_CFA_OFFSET = 0x0e,
    DEF_CFA_EXPRESSION = 0x0f,
    EXPRESSION = 0x10,
    OFFSET_EXTENDED_SF = 0x11,
    DEF_CFA_SF = 0x12,
    DEF_CFA_OFFSET_SF = 0x13,
    VAL_OFFSET = 0x14,
    VAL_OFFSET_SF = 0x15,
    VAL_EXPRESSION = 0x16,
    NEGATE_RA_STATE = 0x2d, /* of return addresses that are signed, or not any more */
    GNU_ARGS_SIZE = 0x2e,
    ADVANCE_LOC = 0x40, /* and the distance */
    OFFSET = 0x80,      /* and the register, as in the next */
    RESTORE = 0xc0,
};

/* Of where the caller's stack begins. */
static bool is_step_of_base(struct row *row, struct reader *steps, int64_t unit, uint8_t step)
{
    switch (step) {
    case DEF_CFA:
        row->base = number(steps);
        row->distance = (int64_t)number(steps);
        return true;
    case DEF_CFA_SF:
        row->base = number(steps);
        row->distance = signed_number(steps) * unit;
        return true;
    case DEF_CFA_REGISTER:
        row->base = number(steps);
        return true;
    case DEF_CFA_OFFSET:
        row->distance = (int64_t)number(steps);
        return true;
    case DEF_CFA_OFFSET_SF:
        row->distance = signed_number(steps) * unit;
        return true;
    case DEF_CFA_EXPRESSION:
        row->base = LW_COLUMN_RETURN; /* neither */
        skip_block(steps);
        return true;
    default:
        return false;
    }
}

/* Of where the frame's registers are. */
static void step_of_register(struct table *table, struct reader *steps, uint8_t step)
{
    int64_t unit = table->common->data_unit;
    uint64_t column = number(steps);
    switch (step) {
    case OFFSET_EXTENDED:
        set(table, column, SAVED, (int64_t)number(steps) * unit);
        break;
    case OFFSET_EXTENDED_SF:
        set(table, column, SAVED, signed_number(steps) * unit);
        break;
    case RESTORE_EXTENDED:
        restore(table, column);
        break;
    case UNDEFINED:
        set(table, column, NOWHERE, 0);
        break;
    case SAME_VALUE:
        set(table, column, SAME, 0);
        break;
    case REGISTER:
    case VAL_OFFSET:
    case VAL_OFFSET_SF:
        set(table, column, OTHERWISE, 0);
        number(steps); /* as long, signed or not */
        break;
    case EXPRESSION:
    case VAL_EXPRESSION:
        set(table, column, OTHERWISE, 0);
        skip_block(steps);
        break;
    default:
        table->bad = true;
    }
}

static void take_step(struct table *table, struct reader *steps)
{
    uint8_t step = (uint8_t)fixed(steps, 1), low = step & 0x3f;
    uint64_t unit = table->common->code_unit;
    if ((step & 0xc0) == ADVANCE_LOC)
        table->location += low * unit;
    else if ((step & 0xc0) == OFFSET)
        set(table, low, SAVED, (int64_t)number(steps) * table->common->data_unit);
    else if ((step & 0xc0) == RESTORE)
        restore(table, low);
    else if (step == ADVANCE_LOC1 || step == ADVANCE_LOC2)
        table->location += fixed(steps, step == ADVANCE_LOC1 ? 1 : 2) * unit;
    else if (step == ADVANCE_LOC4)
        table->location += fixed(steps, 4) * unit;
    else if (step == REMEMBER_STATE)
        remember(table);
    else if (step == RESTORE_STATE)
        recall(table);
    else if (step == GNU_ARGS_SIZE)
        number(steps);
    else if (LW_RETURNS_SIGNED && step == NEGATE_RA_STATE)
        table->row.pc.is_signed ^= 1;
    else if (step && !is_step_of_base(&table->row, steps, table->common->data_unit, step))
        step_of_register(table, steps, step);
}

/* As far as it is about what lies before the wanted place. */
static void take_steps(struct table *table, struct reader steps)
{
    while (steps.at < steps.end && !steps.bad && !table->bad) {
        struct row before = table->row;
        take_step(table, &steps);
        if (table->location > table->wanted) {
            table->row = before;
            return;
        }
    }
    table->bad |= steps.bad;
}

/* ---- The answer ---- */

static bool is_near(int64_t at)
{
    return at % 8 == 0 && at < 0 && at / 8 >= INT16_MIN;
}

/* Where what is saved stands; kind: LW_LEAVING_INVOLVED, if that is not plain. */
static struct lw_leaving judge_saved(const struct row *row)
{
    struct lw_leaving involved = {.kind = LW_LEAVING_INVOLVED};
    bool is_saved = row->fp.rule == SAVED;
    if ((!is_saved && row->fp.rule != SAME) || (is_saved && !is_near(row->fp.at)))
        return involved;
    if (LW_RETURNS_BELOW) {
        struct lw_leaving plain = {.kind = LW_LEAVING_PLAIN, .saved_at = is_saved ? (int16_t)(row->fp.at / 8) : 0};
        return row->pc.at == -8 && (!is_saved || row->fp.at < -8) ? plain : involved;
    }
    if (!is_near(row->pc.at) || (is_saved && row->fp.at != row->pc.at - 8))
        return involved;
    return (struct lw_leaving){.kind = is_saved ? LW_LEAVING_PLAIN : LW_LEAVING_ALONE,
                               .saved_at = (int16_t)((is_saved ? row->fp.at : row->pc.at) / 8)};
}

static struct lw_leaving judge(const struct row *row)
{
    if (row->pc.rule == NOWHERE)
        return (struct lw_leaving){.kind = LW_LEAVING_NOT};
    bool is_based = row->base == LW_COLUMN_FP || row->base == LW_COLUMN_SP;
    if (!is_based || row->pc.rule != SAVED || row->distance < 8 || row->distance > INT32_MAX)
        return (struct lw_leaving){.kind = LW_LEAVING_INVOLVED};
    struct lw_leaving leaving = judge_saved(row);
    if (leaving.kind == LW_LEAVING_INVOLVED)
        return leaving;
    leaving.distance = (int32_t)row->distance;
    leaving.by_fp = row->base == LW_COLUMN_FP;
    return leaving;
}

static struct lw_leaving sign(struct lw_leaving leaving, const struct row *row)
{
    if (LW_RETURNS_SIGNED && row->pc.is_signed && leaving.kind != LW_LEAVING_NOT)
        leaving.kind = leaving.kind < LW_LEAVING_PLAIN ? LW_LEAVING_REFUSED : leaving.kind | LW_LEAVING_SIGNED;
    return leaving;
}

struct lw_leaving lw_unwind_table_find(uint64_t address)
{
    struct lw_leaving unknown = {.kind = LW_LEAVING_UNKNOWN}, involved = {.kind = LW_LEAVING_INVOLVED};
    const uint8_t *entry = find_in_module(address);
    if (!entry)
        return unknown;
    struct reader reader = contents(entry);
    const uint8_t *here = reader.at;
    uint64_t back = fixed(&reader, 4);
    if (reader.bad || back == 0)
        return unknown;
    struct common common = read_common(here - back);
    if (common.steps.bad)
        return involved;
    here = reader.at;
    uint64_t function = (uint64_t)here + (uint64_t)(int64_t)(int32_t)fixed(&reader, 4);
    if (address - function >= fixed(&reader, 4))
        return unknown;
    skip(&reader, number(&reader)); /* where its own data is for who handles exceptions */
    struct table table = {.common = &common, .wanted = ~0ULL};
    take_steps(&table, common.steps);
    table.first = table.row;
    table.location = function;
    table.wanted = address;
    if (!reader.bad)
        take_steps(&table, reader);
    return reader.bad || table.bad ? involved : sign(judge(&table.row), &table.row);
}
