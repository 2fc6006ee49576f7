/* What is measured of the processes of a directory.
 *
 * DESIGN. The trend is gathered anew at each look, which takes some 10 us for a small ledger; symbols, stacks and verdicts
 * on machine code stay, so that each place is looked up once however often somebody asks. */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "callsite/verdicts.h"
#include "findings/harmless.h"
#include "symbol/stacks.h"

struct counted {
    char *path; /* of the ledger */
    struct process_figures figures;
    UT_hash_handle hh;
};

struct figures {
    const struct gathering_options *options;
    struct symbols *symbols;
    struct stacks *stacks;
    struct verdicts *verdicts;
    struct gathering *gathering; /* NULL: nothing was taken yet */
    const struct trend *trend;
    struct counted *counted; /* by path */
};

struct figures *figures__new(const struct gathering_options *options, const struct symbols_options *symbols)
{
    struct figures *figures = heap__zeroed(1, sizeof(*figures));
    figures->options = options;
    figures->symbols = symbols__new(symbols);
    figures->stacks = stacks__new(figures->symbols);
    figures->verdicts = verdicts__new(figures->symbols, figures->stacks);
    return figures;
}

static void forget(struct figures *figures)
{
    struct counted *counted, *next;
    gathering__free(figures->gathering);
    figures->gathering = NULL;
    figures->trend = NULL;
    HASH_ITER(hh, figures->counted, counted, next) {
        HASH_DEL(figures->counted, counted);
        free(counted->path);
        free(counted);
    }
}

void figures__free(struct figures *figures)
{
    if (figures == NULL)
        return;
    forget(figures);
    verdicts__free(figures->verdicts);
    stacks__free(figures->stacks);
    symbols__free(figures->symbols);
    free(figures);
}

static void count_sites(struct counted *counted, const struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_SITES); i++) {
        if (ledger__site(ledger, i) == NULL)
            continue;
        const struct lw_site_count count = ledger__site_count(ledger, i);
        counted->figures.acquired += count.acquired;
        counted->figures.released += count.released;
    }
}

static bool is_swallowed(struct figures *figures, const struct ledger *ledger, const struct lw_failure *failure)
{
    const struct outcome *outcome = verdicts__of(figures->verdicts, stacks__number(figures->stacks, failure->stack));
    return outcome->verdict == VERDICT_IGNORED &&
           harmless__of(ledger__name(ledger, failure->call), failure->error) == NULL;
}

static void count_failures(struct figures *figures, struct counted *counted, const struct ledger *ledger)
{
    uint32_t count = ledger__count(ledger, LW_FAILURES);
    if (count <= 1)
        return;
    stacks__open(figures->stacks, ledger);
    for (uint32_t i = 1; i < count; i++) {
        const struct lw_failure *failure = ledger__failure(ledger, i);
        if (failure == NULL || failure->role != LW_FAILED_RELEASE)
            continue;
        counted->figures.failed += failure->count;
        if (is_swallowed(figures, ledger, failure))
            counted->figures.swallowed += failure->count;
    }
    stacks__open(figures->stacks, NULL);
}

void figures__take(struct figures *figures, const struct shelf *shelf)
{
    forget(figures);
    figures->gathering = gathering__new(figures->options, figures->symbols, figures->stacks);
    for (size_t i = 0; i < shelf__count(shelf); i++) {
        const struct ledger *ledger = shelf__ledger(shelf, i);
        struct counted *counted = heap__zeroed(1, sizeof(*counted));
        counted->path = heap__copied(ledger__path(ledger));
        counted->figures.pid = ledger__process(ledger);
        count_sites(counted, ledger);
        count_failures(figures, counted, ledger);
        HASH_ADD_KEYPTR(hh, figures->counted, counted->path, strlen(counted->path), counted);
        gathering__add(figures->gathering, ledger, NULL);
    }
    figures->trend = gathering__finish(figures->gathering);
}

const struct trend *figures__trend(const struct figures *figures)
{
    return figures->trend;
}

struct process_figures figures__of(const struct figures *figures, size_t process)
{
    const struct trend_process *of = &figures->trend->processes[process];
    struct counted *counted;
    HASH_FIND_STR(figures->counted, of->process.ledger, counted);
    struct process_figures told = {.pid = of->process.pid};
    if (counted != NULL)
        told = counted->figures;
    told.process = of;
    return told;
}

struct symbols *figures__symbols(const struct figures *figures)
{
    return figures->symbols;
}
