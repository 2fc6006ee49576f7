/* Writes many ledgers into one file. */
#include <string.h>

#include "leakwatch/merged.h"
#include "merged.h"

enum { GRAIN = 64 }; /* so many zeros end a run: a run's head is 16 bytes */

static void put_padded(FILE *out, const void *bytes, size_t length)
{
    static const char zeros[LW_MERGED_ALIGN];
    fwrite(bytes, 1, length, out);
    fwrite(zeros, 1, -length % LW_MERGED_ALIGN, out);
}

static bool is_zero(const unsigned char *bytes, uint64_t length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

static bool is_zero_at(const struct ledger_copy *copy, uint64_t at)
{
    return is_zero(copy->bytes + at, copy->length - at < GRAIN ? copy->length - at : GRAIN);
}

/* The next run at or behind its end; false: there is none. */
static bool next_run(const struct ledger_copy *copy, struct lw_merged_run *run)
{
    uint64_t start = run->offset + run->length;
    while (start < copy->length && is_zero_at(copy, start))
        start += GRAIN;
    uint64_t end = start;
    while (end < copy->length && !is_zero_at(copy, end))
        end += GRAIN;
    if (end > copy->length)
        end = copy->length;
    *run = (struct lw_merged_run){start, end - start};
    return start < copy->length;
}

static uint64_t stored_size(const struct ledger_copy *copy)
{
    struct lw_merged_run run = {0};
    uint64_t size = 0;
    while (next_run(copy, &run))
        size += sizeof run + run.length + -run.length % LW_MERGED_ALIGN;
    return size;
}

void merged__write_header(FILE *out)
{
    const struct lw_merged_header header = {LW_MERGED_MAGIC, LW_MERGED_MAJOR, LW_MERGED_BYTE_ORDER};
    fwrite(&header, sizeof header, 1, out);
}

void merged__write(FILE *out, const char *name, const struct ledger_copy *copy)
{
    const struct lw_merged_entry entry = {.mark = LW_MERGED_LEDGER,
                                          .name_length = (uint32_t)strlen(name),
                                          .length = copy->length,
                                          .moment = copy->moment,
                                          .stored = stored_size(copy)};
    struct lw_merged_run run = {0};
    fwrite(&entry, sizeof entry, 1, out);
    put_padded(out, name, strlen(name));
    while (next_run(copy, &run)) {
        fwrite(&run, sizeof run, 1, out);
        put_padded(out, copy->bytes + run.offset, run.length);
    }
}

void merged__write_symbols(FILE *out, const unsigned char *bytes, uint64_t size)
{
    const struct lw_merged_entry entry = {
        .mark = LW_MERGED_SYMBOLS, .length = size, .stored = size + -size % LW_MERGED_ALIGN};
    fwrite(&entry, sizeof entry, 1, out);
    put_padded(out, bytes, size);
}

void merged__write_end(FILE *out, uint64_t ledgers)
{
    const struct lw_merged_entry entry = {.mark = LW_MERGED_END, .length = ledgers};
    fwrite(&entry, sizeof entry, 1, out);
}
