/* A directory of ledgers as it is now. */
#include "watchtower.h"

#include <errno.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/moment.h"

#define NANOSECONDS 1e9

enum {
    PAUSE = 4
}; /* looks take a fifth of a processor at most, however many ask: so many times as long each is good */

struct watchtower {
    const struct watchtower_options *options;
    struct shelf *shelf;
    struct figures *figures;
    struct metrics_look last;
    uint64_t looked; /* when; 0: never */
    int error;
};

struct watchtower *watchtower__new(const struct watchtower_options *options)
{
    struct watchtower *watchtower = heap__zeroed(1, sizeof(*watchtower));
    watchtower->options = options;
    watchtower->shelf = shelf__new();
    watchtower->figures = figures__new(&options->gathering, &options->symbols);
    return watchtower;
}

void watchtower__free(struct watchtower *watchtower)
{
    if (watchtower == NULL)
        return;
    figures__free(watchtower->figures);
    shelf__free(watchtower->shelf);
    free(watchtower);
}

static void look(struct watchtower *watchtower, uint64_t begin)
{
    bool is_good = shelf__look(watchtower->shelf, watchtower->options->directory);
    watchtower->error = is_good ? 0 : errno;
    figures__take(watchtower->figures, watchtower->shelf);
    watchtower->looked = moment__now();
    watchtower->last = (struct metrics_look){.ended = shelf__ended(watchtower->shelf),
                                             .unread = shelf__unread(watchtower->shelf),
                                             .is_good = is_good,
                                             .seconds = (double)(watchtower->looked - begin) / NANOSECONDS};
}

bool watchtower__look(struct watchtower *watchtower)
{
    uint64_t now = moment__now();
    if (watchtower->looked == 0 || (double)(now - watchtower->looked) >= PAUSE * watchtower->last.seconds * NANOSECONDS)
        look(watchtower, now);
    errno = watchtower->error;
    return watchtower->error == 0;
}

int watchtower__error(const struct watchtower *watchtower)
{
    return watchtower->error;
}

const struct shelf *watchtower__shelf(const struct watchtower *watchtower)
{
    return watchtower->shelf;
}

const struct figures *watchtower__figures(const struct watchtower *watchtower)
{
    return watchtower->figures;
}

void watchtower__metrics(const struct watchtower *watchtower, FILE *out, bool is_open_metrics)
{
    const struct exposition exposition = {out, is_open_metrics};
    metrics__print(&exposition, watchtower->figures, &watchtower->last, &watchtower->options->metrics);
}
