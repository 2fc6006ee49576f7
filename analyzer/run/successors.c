/* Which images of a run left no ledger: told by those that ended with an exec. */
#include "successors.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ledger/read.h"
#include "source/path.h"

struct image {
    uint64_t pid, start, number, began;
    bool executed, filtered;
};

/* A command that another leakwatch runs keeps its ledgers where that one wants them. */
static bool is_for_this_run(const struct lw_header *header)
{
    return strcmp(base_name(header->exe), "leakwatch") != 0;
}

/* False: not readable, which has been said where it was reported on. */
static bool read_image(struct image *image, const char *path)
{
    struct ledger *ledger;
    struct ledger_error error;
    if (ledger__open(&ledger, path, &error) != 0)
        return false;
    const struct lw_header *header = ledger__header(ledger);
    bool executed = header->end == LW_EXEC && is_for_this_run(header);
    bool filtered = (header->troubles & LW_TROUBLE_FILTERED) != 0;
    *image = (struct image){header->pid, header->start_ticks, header->image, header->start_time, executed, filtered};
    ledger__close(ledger);
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct image *one = a, *other = b;
    if (one->pid != other->pid)
        return one->pid < other->pid ? -1 : 1;
    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return one->number < other->number ? -1 : one->number > other->number;
}

struct successors successors__missing(const struct ledger_list *ledgers, const struct roll *roll)
{
    struct image *images = heap__zeroed(ledgers->count + 1, sizeof *images);
    struct successors missing = {0, 0};
    size_t count = 0;
    for (size_t i = 0; i < ledgers->count; i++)
        count += read_image(&images[count], ledgers->paths[i]);
    qsort(images, count, sizeof *images, compare);
    for (size_t i = 0; i < count; i++) {
        const struct image *next = &images[i + 1];
        bool follows = i + 1 < count && next->pid == images[i].pid && next->start == images[i].start;
        if (images[i].executed && !follows && !roll__has(roll, images[i].pid, images[i].began))
            ++*(images[i].filtered ? &missing.filtered : &missing.others);
    }
    free(images);
    return missing;
}
