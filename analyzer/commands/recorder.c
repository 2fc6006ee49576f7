/* The runs of a report on their way into a store.
 *
 * DESIGN. What is found in a ledger may depend on all others, so runs wait until the report is whole: some hundred bytes
 * for each site. */
#include "recorder.h"

#include <stdlib.h>

#include "base/complain.h"
#include "base/heap.h"
#include "progress.h"
#include "store/intake.h"
#include "symbol/stacks.h"

struct recorder {
    struct symbols *symbols;
    struct stacks *stacks;
    struct run **runs; /* by the number of their process in the report */
    size_t count, room;
};

struct recorder *recorder__new(struct symbols *symbols)
{
    struct recorder *recorder = heap__zeroed(1, sizeof(*recorder));
    recorder->symbols = symbols;
    recorder->stacks = stacks__new(symbols);
    return recorder;
}

void recorder__free(struct recorder *recorder)
{
    if (recorder == NULL)
        return;
    for (size_t i = 0; i < recorder->count; i++)
        run__free(recorder->runs[i]);
    free(recorder->runs);
    stacks__free(recorder->stacks);
    free(recorder);
}

void recorder__add(struct recorder *recorder, const struct ledger *ledger, const struct life *life)
{
    const struct run_source source = {.ledger = ledger,
                                      .moment = life->end,
                                      .symbols = recorder->symbols,
                                      .stacks = recorder->stacks,
                                      .pool = symbols__pool(recorder->symbols)};
    recorder->runs = heap__room(recorder->runs, recorder->count, &recorder->room, sizeof(struct run *));
    recorder->runs[recorder->count++] = run__of(&source);
}

int recorder__write(struct recorder *recorder, const struct report *report, struct store *store,
                    struct recorded *recorded)
{
    size_t *const counts[] = {
        [INTAKE_NEW] = &recorded->added, [INTAKE_LOOK] = &recorded->looks, [INTAKE_UNCHANGED] = &recorded->unchanged};
    struct pool *pool = symbols__pool(recorder->symbols);
    for (size_t i = 0; i < recorder->count; i++) {
        struct store_error error;
        progress__count("adding runs,", i, recorder->count);
        if (!report->processes[i].judged)
            continue;
        run__complete(recorder->runs[i], report, (uint32_t)i, pool);
        enum intake done = store__add(store, recorder->runs[i], &error);
        if (done == INTAKE_FAILED) {
            progress__clear();
            complain("%s", error.text);
            return -1;
        }
        ++*counts[done];
    }
    progress__clear();
    return 0;
}
