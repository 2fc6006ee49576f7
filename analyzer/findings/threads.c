/* What is told of threads besides: where they begin, what they keep. */
#include "threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "ledger/read.h"

enum { SIZE = 32, MAPPINGS = 2 /* of a thread: its stack, and the guard below */, KIB = 1024 };

/* How many parts a process's memory may have, on the system that the report is made on; 0: it does not say. */
static uint64_t most_mappings(void)
{
    uint64_t most = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    if (file == NULL || fscanf(file, "%" SCNu64, &most) != 1)
        most = 0;
    if (file != NULL)
        fclose(file);
    return most;
}

static void write_size(char text[SIZE], uint32_t kib)
{
    if (kib < KIB)
        snprintf(text, SIZE, "%" PRIu32 " KiB", kib);
    else
        snprintf(text, SIZE, "%.*f MiB", kib % KIB != 0, (double)kib / KIB);
}

/* "32,765": less than a thousand million. */
static void write_number(char text[SIZE], uint64_t number)
{
    if (number < 1000)
        snprintf(text, SIZE, "%" PRIu64, number);
    else if (number < 1000000)
        snprintf(text, SIZE, "%" PRIu64 ",%03" PRIu64, number / 1000, number % 1000);
    else
        snprintf(text, SIZE, "%" PRIu64 ",%03" PRIu64 ",%03" PRIu64, number / 1000000, number / 1000 % 1000,
                 number % 1000);
}

/* Threads that have ended are none of the kernel's any more, nor of the limits of threads: mappings are what runs out. */
static char *kept(uint32_t kib, uint64_t mappings)
{
    char size[SIZE], most[SIZE], threads[SIZE];
    write_size(size, kib);
    if (mappings == 0)
        return heap__printed("%s of address space and two mappings", size);
    write_number(most, mappings);
    write_number(threads, mappings / MAPPINGS);
    return heap__printed(
        "%s of address space and two mappings: at some %s such threads pthread_create fails with EAGAIN "
        "(vm.max_map_count is %s)",
        size, threads, most);
}

void threads__tell_what_it_keeps(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot)
{
    static uint64_t mappings;
    if (slot->open_flags == 0)
        return;
    if (mappings == 0)
        mappings = most_mappings();
    char *text = kept(slot->open_flags, mappings);
    const struct tally_item item = {
        .as = FACT_KEEPS, .text = pool__text(inquiry->pool, text), .resource = LW_THREAD, .count = 1};
    tally__add_item(tally, &item);
    free(text);
}

void threads__identify(struct illustration *illustration, const struct inquiry *inquiry, const struct lw_slot *slot)
{
    uint32_t boards = inquiry->steady ? 0 : ledger__count(inquiry->ledger, LW_BOARDS);
    for (uint32_t i = 1; i < boards; i++) {
        const struct lw_board *board = ledger__board(inquiry->ledger, i);
        if (board != NULL && board->handle == slot->handle && !(board->flags & LW_BOARD_ENDED)) {
            memcpy(illustration->detail, board->name, LW_THREAD_NAME);
            illustration->detail[LW_THREAD_NAME] = '\0';
        }
    }
}

void threads__tell_where_it_began(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot)
{
    const struct tally_item item = {.as = FACT_ROUTINES,
                                    .stack = stacks__number(inquiry->stacks, slot->origin_stack),
                                    .resource = LW_THREAD,
                                    .count = 1};
    if (item.stack != 0 && tally->item_count < THREADS_TOLD)
        tally__add_item(tally, &item);
}
