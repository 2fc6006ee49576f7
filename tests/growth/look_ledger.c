/* The ledger of a made-up process. */
#include <string.h>

#include "ledger_maker.h"
#include "look.h"

enum { PID = 4242, LANE = 0, STANDARD = 3 };

static uint32_t site_of(struct maker *maker, uint32_t module, const struct plan *plan, uint32_t number)
{
    enum { BASE = 0x400000 };
    const uint64_t addresses[] = {BASE + 0x100 + number * 0x100, BASE + 0x2000 + number * 0x100, BASE + 0x4000};
    uint32_t stack = maker__stack(maker, module, addresses, sizeof addresses / sizeof addresses[0]);
    return maker__site(maker, stack, 0, plan->call, plan->kind);
}

uint32_t look__number(const struct books *books, uint32_t site)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i <= site; i++)
        number += books->sites[i].acquired != 0;
    return books->sites[site].acquired != 0 ? number : 0;
}

static void add_sites(struct maker *maker, const struct history *history, const struct books *books)
{
    enum { BASE = 0x400000, SIZE = 0x10000 };
    uint32_t module = maker__module(maker, "/nowhere/app", BASE, BASE, BASE + SIZE);
    struct lw_lane *lane = maker__lane(maker, LANE);
    lane->thread = PID;
    lane->opened = books->opened;
    lane->closed = books->closed;
    for (uint32_t i = 0; i < history->sites; i++) {
        const struct site_books *book = &books->sites[i];
        if (book->acquired == 0)
            continue;
        uint32_t number = site_of(maker, module, &history->plans[i], i);
        struct lw_site *site = maker__element(maker, LW_SITES, number);
        site->first_time = book->first;
        struct lw_site_count *count = maker__site_count(maker, LANE, number);
        count->acquired = book->acquired;
        count->released = book->released;
        count->last_time = book->last;
        memcpy(count->lifetimes, book->lifetimes, sizeof count->lifetimes);
    }
}

/* A stream has a descriptor below; a thread has none, and is to be joined where it was forgotten: the others run. */
static void add_slot(struct maker *maker, const struct history *history, const struct books *books,
                     const struct resource *resource, uint32_t *numbers)
{
    const struct plan *plan = &history->plans[resource->site];
    uint32_t site = look__number(books, resource->site), index;
    uint64_t handle = 0x10000 + *numbers * 64ULL;
    struct lw_slot *slot = NULL;
    if (plan->kind == LW_THREAD) {
        slot = maker__handle(maker, handle, site, plan->kind, NULL);
        (*numbers)++;
        slot->flags |= resource->lost < books->time ? LW_OVER : 0;
    } else if (plan->kind == LW_STREAM_FILE) {
        slot = maker__handle(maker, handle, site, plan->kind, &index);
        slot->number = (int32_t)(*numbers)++;
        struct lw_slot *below = maker__fd(maker, (uint32_t)slot->number, 0, LW_FD_FILE);
        below->owner = index + 1;
        below->acquired_time = resource->time;
    } else
        slot = maker__fd(maker, (*numbers)++, site, plan->kind);
    slot->acquired_time = resource->time;
    slot->thread = PID;
}

static void add_held(struct maker *maker, const struct history *history, const struct books *books)
{
    uint32_t numbers = STANDARD;
    for (size_t i = 0; i < history->count; i++) {
        const struct resource *resource = &history->resources[i];
        if (resource->birth < books->time && resource->death >= books->time)
            add_slot(maker, history, books, resource, &numbers);
    }
}

static void add_header(struct maker *maker, const struct history *history, const struct books *books)
{
    struct lw_header *header = maker__header(maker);
    header->pid = PID;
    header->end = LW_RUNNING;
    header->end_time = 0;
    header->start_time = books->start;
    header->nofile_soft = history->limit;
    header->nofile_hard = history->limit;
    header->inherited_count = STANDARD;
    header->peak_number = history->peak;
}

void look__write(const struct history *history, const struct books *books, const char *path)
{
    struct maker *maker = maker__new();
    add_header(maker, history, books);
    add_sites(maker, history, books);
    add_held(maker, history, books);
    for (uint32_t i = 0; i < books->samples.count; i++)
        maker__sample(maker, books->samples.sample[i].time, books->samples.sample[i].open);
    if (books->samples.count) {
        struct lw_samples *samples = maker__at(maker, maker__header(maker)->samples);
        samples->interval = books->samples.interval;
        samples->next = books->samples.next;
    }
    maker__write(maker, path);
    maker__free(maker);
}
