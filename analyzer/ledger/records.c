/* The single records of a ledger: the samples of its whole life, its first exhaustion. */
#include <string.h>

#include "private.h"

/* Sets a number that leads nowhere to 0. */
static void mend(struct ledger *ledger, uint32_t *number, enum lw_table_id table, const char *what, uint64_t where)
{
    if (tables__leads(ledger, table, *number))
        return;
    ledger__dangling(ledger, what, where, *number);
    *number = 0;
}

/* Samples are in the order of time. A process that ended while it was thinning them out left some twice: those go. */
static void tidy_samples(struct ledger *ledger, struct lw_samples *samples)
{
    bool thinning = samples->generation % 2 != 0;
    uint32_t kept = 0, count = samples->count;
    if (count > LW_SAMPLES) {
        ledger__damage(ledger, "samples.count", 0, count);
        count = LW_SAMPLES;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || samples->sample[i].time > samples->sample[kept - 1].time)
            samples->sample[kept++] = samples->sample[i];
    }
    if (kept < count && !thinning)
        ledger__dangling(ledger, "samples.sample", kept, count);
    samples->count = kept;
}

static struct lw_exhaustion *exhaustion_of(const struct ledger *ledger)
{
    return ledger->exhaustion_sound ? (void *)(ledger->bytes + ledger->header.exhaustion) : NULL;
}

static void check_exhaustion(struct ledger *ledger, struct lw_exhaustion *exhaustion)
{
    mend(ledger, &exhaustion->stack, LW_STACKS, "exhaustion.stack", 0);
    mend(ledger, &exhaustion->call, LW_NAMES, "exhaustion.call", 0);
    for (uint32_t i = 0; i < exhaustion->rows; i++)
        mend(ledger, &exhaustion->row[i].site, LW_SITES, "exhaustion.site", i);
}

/* True where the record at this offset of the header is there; an offset that leads nowhere is a damage. */
static bool present(struct ledger *ledger, uint64_t offset, uint64_t size, const char *what)
{
    bool sound = snapshot__block(ledger, offset, size) != NULL;
    if (offset != 0 && !sound)
        ledger__dangling(ledger, what, 0, offset);
    return sound;
}

uint64_t records__samples_size(const struct ledger *ledger)
{
    return ledger->sizes.samples + (uint64_t)LW_SAMPLES * ledger->sizes.sample;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Samples as this version has them: what goes before the first, then each. */
static struct lw_samples *lay_samples(struct ledger *ledger)
{
    enum { HEAD = offsetof(struct lw_samples, sample) };
    const struct sizes *sizes = &ledger->sizes;
    unsigned char *from = ledger->bytes + ledger->header.samples;
    if (sizes->samples == HEAD && sizes->sample == sizeof(struct lw_sample))
        return (struct lw_samples *)(void *)from;
    struct lw_samples *samples = rows__room(ledger, sizeof *samples);
    if (!samples)
        return NULL;
    memcpy(samples, from, least(sizes->samples, HEAD));
    for (size_t i = 0; i < LW_SAMPLES; i++)
        memcpy(&samples->sample[i], from + sizes->samples + i * sizes->sample,
               least(sizes->sample, sizeof samples->sample[i]));
    return samples;
}

void records__map(struct ledger *ledger)
{
    const struct lw_header *header = &ledger->header;
    if (present(ledger, header->samples, records__samples_size(ledger), "header.samples"))
        ledger->samples = lay_samples(ledger);
    ledger->exhaustion_sound = present(ledger, header->exhaustion, sizeof(struct lw_exhaustion), "header.exhaustion");
    struct lw_exhaustion *exhaustion = exhaustion_of(ledger);
    if (ledger->samples)
        tidy_samples(ledger, ledger->samples);
    if (exhaustion && exhaustion->rows > LW_EXHAUSTION_ROWS) {
        ledger__damage(ledger, "exhaustion.rows", 0, exhaustion->rows);
        exhaustion->rows = LW_EXHAUSTION_ROWS;
    }
}

void records__check(struct ledger *ledger)
{
    if (exhaustion_of(ledger))
        check_exhaustion(ledger, exhaustion_of(ledger));
}

const struct lw_samples *ledger__samples(const struct ledger *ledger)
{
    const struct lw_samples *samples = ledger->samples;
    return samples && samples->count > 0 ? samples : NULL;
}

const struct lw_exhaustion *ledger__exhaustion(const struct ledger *ledger)
{
    const struct lw_exhaustion *exhaustion = exhaustion_of(ledger);
    return exhaustion && exhaustion->state != 0 ? exhaustion : NULL;
}
