/* Ledgers read one after the other.
 *
 * DESIGN. Each is read, folded into what its taker keeps, and dropped. That takes some 35 us for a small one, 200 us for one of
 * 300 resources and 100 stacks: 5,000 are judged in 0.2 to 1 s on one processor, so that no thread reads ahead. */
#include "ledger_reading.h"

#include "base/complain.h"
#include "base/words.h"
#include "ledger/images.h"
#include "ledger/merged.h"
#include "ledger_damage.h"
#include "progress.h"
#include "run/symbol_files.h"

static void tell_damage(struct ledger_reading *reading, const struct ledger *ledger)
{
    if (!ledger_damage__is_there(ledger))
        return;
    reading->damaged++;
    reading->failed += ledger__missing(ledger) > 0;
    progress__clear();
    ledger_damage__tell(ledger);
}

static bool is_known(struct ledger_reading *reading, const struct ledger *ledger)
{
    if (reading->takes_looks)
        return false;
    if (reading->images == NULL)
        reading->images = images__new();
    return (*images__number(reading->images, ledger__header(ledger)))++ > 0;
}

static void take(struct ledger_reading *reading, struct ledger *ledger)
{
    if (is_known(reading, ledger))
        reading->again++;
    else {
        tell_damage(reading, ledger);
        reading->taker.take(reading->taker.context, ledger, reading->seen);
        reading->read++;
    }
    ledger__close(ledger);
}

static void refuse(struct ledger_reading *reading, const struct ledger_error *error, bool is_among_others)
{
    reading->taker.miss(reading->taker.context, error->text);
    if (is_among_others && error->why == LEDGER_NEVER_BEGAN) {
        reading->never_began++;
        return;
    }
    progress__clear();
    complain("%s", error->text);
    reading->failed++;
}

static void read_merged(struct ledger_reading *reading, const char *path)
{
    struct merged *merged;
    struct ledger *ledger;
    struct ledger_error error;
    int result;
    if (merged__open(&merged, path, &error) != 0) {
        refuse(reading, &error, false);
        return;
    }
    if (symbol_files__take(reading->taker.symbols, merged, path) != 0)
        reading->failed++;
    while ((result = merged__next(merged, &ledger, &error)) != 0) {
        if (result > 0)
            take(reading, ledger);
        else
            refuse(reading, &error, true);
    }
    merged__close(merged);
}

static void read_all(struct ledger_reading *reading, const struct ledger_list *files, bool are_among_others)
{
    for (size_t i = 0; i < files->count; i++) {
        struct ledger *ledger;
        struct ledger_error error;
        progress__count("reading ledgers,", i, files->count);
        if (ledger__open(&ledger, files->paths[i], &error) == 0)
            take(reading, ledger);
        else if (error.why == LEDGER_MERGED)
            read_merged(reading, files->paths[i]);
        else
            refuse(reading, &error, are_among_others);
    }
    progress__clear();
}

void ledger_reading__found(struct ledger_reading *reading, const struct ledger_list *files)
{
    read_all(reading, files, true);
}

void ledger_reading__roll(struct ledger_reading *reading, const struct roll *roll)
{
    for (size_t i = 0; i < roll->count; i++) {
        struct ledger *ledger;
        struct ledger_error error;
        if (roll__ledger(roll, i, &ledger, &error) == 0)
            take(reading, ledger);
        else
            refuse(reading, &error, true);
    }
}

void ledger_reading__arguments(struct ledger_reading *reading, const struct ledger_arguments *arguments)
{
    symbol_files__read(reading->taker.symbols, &arguments->named);
    symbol_files__read(reading->taker.symbols, &arguments->found);
    read_all(reading, &arguments->named, false);
    read_all(reading, &arguments->found, true);
    ledger_reading__finish(reading);
}

const char *ledger_reading__trouble(const struct ledger_reading *reading)
{
    return reading->damaged > 0 ? "damaged" : reading->failed > 0 ? "unreadable" : NULL;
}

void ledger_reading__finish(struct ledger_reading *reading)
{
    char again[WORDS];
    images__free(reading->images);
    reading->images = NULL;
    if (reading->again > 0)
        complain(
            "%s %s given twice (by name, as links or copies, or in a merged file) and %s counted once, as read first",
            words__number(again, reading->again), words__plural(reading->again, "ledger was", "ledgers were"),
            words__plural(reading->again, "is", "are"));
    if (reading->never_began > 0)
        complain("%zu %s had begun: killed at the start, or the disk was full; not judged", reading->never_began,
                 reading->never_began == 1 ? "process ended before its ledger"
                                           : "processes ended before their ledgers");
}
