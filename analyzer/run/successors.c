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
    uint64_t pid, start, began;
    bool executed, filtered, is_other_user;
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
    bool is_other_user = (header->troubles & LW_TROUBLE_OTHER_USER) != 0;
    *image = (struct image){header->pid, header->start_ticks, header->start_time, executed, filtered, is_other_user};
    ledger__close(ledger);
    return true;
}

static int compare_numbers(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare(const void *a, const void *b)
{
    const struct image *one = a, *other = b;
    int order = compare_numbers(one->pid, other->pid);
    return order != 0 ? order : compare_numbers(one->start, other->start);
}

/* The images of one process as one, and how many they are: it has executed a program that is not among them if all of these
 * have executed one. In which order they came is not asked: the number of an image is lost where exec was called in a way
 * that is not seen, and under filters the clock may not tell two of them apart. */
static size_t join(struct image *all, const struct image *images, size_t count)
{
    size_t joined = 1;
    *all = images[0];
    for (; joined < count && compare(&images[joined], images) == 0; joined++) {
        all->executed &= images[joined].executed;
        all->filtered |= images[joined].filtered;
        all->is_other_user |= images[joined].is_other_user;
        if (all->began < images[joined].began)
            all->began = images[joined].began;
    }
    return joined;
}

struct successors successors__missing(const struct ledger_list *ledgers, const struct roll *roll)
{
    struct image *images = heap__zeroed(ledgers->count + 1, sizeof *images), process;
    struct successors missing = {0};
    size_t count = 0;
    for (size_t i = 0; i < ledgers->count; i++)
        count += read_image(&images[count], ledgers->paths[i]);
    qsort(images, count, sizeof *images, compare);
    for (size_t i = 0; i < count;) {
        i += join(&process, images + i, count - i);
        if (process.executed && !roll__has(roll, process.pid, process.began))
            ++*(process.filtered ? &missing.filtered : process.is_other_user ? &missing.other_users : &missing.others);
    }
    free(images);
    return missing;
}
