/* When a process lived and how it ended. */
#include "life.h"

#include <signal.h>
#include <string.h>

static uint64_t later_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A process that was killed leaves no time of its end. */
static uint64_t last_sign(const struct ledger *ledger)
{
    const struct lw_samples *samples = ledger__samples(ledger);
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(ledger);
    uint64_t last = ledger__header(ledger)->start_time;
    for (uint32_t i = 1; i < ledger__count(ledger, LW_SITES); i++)
        if (ledger__site(ledger, i) != NULL)
            last = later_of(last, ledger__site_count(ledger, i).last_time);
    if (samples != NULL && samples->count > 0)
        last = later_of(last, samples->sample[samples->count - 1].time);
    if (exhaustion != NULL)
        last = later_of(last, exhaustion->time);
    return last;
}

static void see_end(struct life *life, const struct seen_end *seen)
{
    life->how = seen->by_signal ? "signal" : "exit";
    life->status = seen->status;
    life->end = seen->time;
    life->end_is_known = true;
}

/* The ledger says more than a launcher can see, but for the ends at which nobody could write. */
struct life life__of(const struct ledger *ledger, const struct seen_end *seen)
{
    const struct lw_header *header = ledger__header(ledger);
    struct life life = {.start = header->start_time, .how = ledger__end(ledger), .status = header->end_status};
    life.end = header->end_time;
    life.end_is_known = life.end != 0;
    if (header->end == LW_ABORT) {
        life.how = "signal";
        life.status = SIGABRT;
    } else if (header->end == LW_RUNNING && seen != NULL) {
        see_end(&life, seen);
    } else if (strcmp(life.how, "running") == 0) {
        life.end = ledger__moment(ledger);
    }
    if (life.end == 0)
        life.end = last_sign(ledger);
    life.had_chance = strcmp(life.how, "exit") == 0;
    return life;
}
