/* What is noted of the whole process: samples of how many descriptors are open, the exhaustion. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "ledger.h"
#include "process/process.h"
#include "system/system.h"

#define FIRST_INTERVAL 16000000ULL /* 16 ms: a few ticks of the clock */

LW_HOT_DATA uint64_t lw_next_sample;

/* The precise time costs a system call on machines whose clock is not the processor's: never in strict mode. Where it is
 * the processor's, it is forbidden together with that. */
void lw_note_clock(void)
{
    struct lw_header *header = lw_header();
    if (lw_strict || lw_clock_stood != 0)
        return;
    header->clock_last_time = lw_now_of(CLOCK_MONOTONIC);
    header->clock_last = lw_clock();
    if (header->clock_first)
        return;
    header->clock_first_time = header->clock_last_time;
    header->clock_first = header->clock_last;
}

void lw_samples_forget(void)
{
    lw_next_sample = 0;
}

/* Every second sample goes and the interval doubles: the table always holds the whole life. */
static void thin_out(struct lw_samples *samples)
{
    __atomic_fetch_add(&samples->generation, 1, __ATOMIC_ACQ_REL);
    for (uint32_t i = 0; i < LW_SAMPLES / 2; i++)
        samples->sample[i] = samples->sample[2 * i];
    samples->interval *= 2;
    __atomic_store_n(&samples->count, LW_SAMPLES / 2, __ATOMIC_RELEASE);
    __atomic_fetch_add(&samples->generation, 1, __ATOMIC_ACQ_REL);
}

/* The event that passes the time takes the sample; whoever moves `next` on has the table for itself. */
void lw_take_sample(uint64_t now)
{
    struct lw_samples *samples = lw_at(&lw_map, lw_header()->samples, sizeof *samples);
    if (!samples)
        return;
    uint64_t next = __atomic_load_n(&samples->next, __ATOMIC_RELAXED);
    if (now < next)
        return; /* another thread is at it */
    if (!__atomic_compare_exchange_n(&samples->next, &next, UINT64_MAX, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    lw_note_clock();
    if (samples->interval == 0)
        samples->interval = FIRST_INTERVAL;
    if (samples->count >= LW_SAMPLES)
        thin_out(samples);
    int64_t open = lw_open_count();
    samples->sample[samples->count] = (struct lw_sample){now, open < 0 ? 0 : (uint64_t)open};
    __atomic_store_n(&samples->count, samples->count + 1, __ATOMIC_RELEASE);
    lw_next_sample = now + samples->interval;
    __atomic_store_n(&samples->next, lw_next_sample, __ATOMIC_RELEASE);
}

static bool may_have_number(uint32_t kind)
{
    enum lw_class class = lw_class(kind);
    return class == LW_CLASS_FD || class == LW_CLASS_STREAM || class == LW_CLASS_DIR;
}

/* Keeps the rows sorted, largest first; the smallest falls off the end. */
static void insert_row(struct lw_exhaustion *record, uint32_t site, uint32_t held)
{
    uint32_t at = record->rows < LW_EXHAUSTION_ROWS ? record->rows++ : LW_EXHAUSTION_ROWS;
    for (; at > 0 && record->row[at - 1].held < held; at--)
        if (at < LW_EXHAUSTION_ROWS)
            record->row[at] = record->row[at - 1];
    if (at < LW_EXHAUSTION_ROWS) {
        record->row[at].site = site;
        record->row[at].held = held;
    }
}

/* EMFILE comes of other limits, too: of message queues, of inotify instances. An open of what is not there reserves the
 * lowest free number before it looks for the file, and lets go of it: it says EMFILE only where there is no number. Where
 * the table is nearly full, another thread may have made room since. */
bool lw_is_table_full(uint32_t thread, uint64_t now)
{
    int64_t open = lw_open_count();
    uint64_t soft = lw_limit_look(thread, now);
    if (lw_strict || (open > 0 && (uint64_t)open >= soft / 4 * 3))
        return true;
    return lw_system4(SYS_openat, AT_FDCWD, "/proc/self/leakwatch", O_PATH | O_CLOEXEC, 0) == -EMFILE;
}

void lw_note_exhaustion(uint32_t stack, uint32_t call, uint32_t thread, uint64_t now, int error)
{
    struct lw_exhaustion *record = lw_at(&lw_map, lw_header()->exhaustion, sizeof *record);
    if (!record)
        return;
    lw_count(&record->times);
    uint32_t nothing = 0;
    if (!__atomic_compare_exchange_n(&record->state, &nothing, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    record->error = error;
    record->stack = stack;
    record->call = call;
    record->thread = thread;
    record->time = now;
    record->limit = lw_limit_look(thread, now);
    int64_t open = lw_open_count();
    record->open = open < 0 ? 0 : (uint64_t)open;
    uint32_t sites = __atomic_load_n(&lw_header()->tables[LW_SITES].count, __ATOMIC_ACQUIRE);
    for (uint32_t site = 1; site < sites; site++) {
        const struct lw_site *who = lw_element(LW_SITES, site);
        int64_t held = lw_site_held(site);
        if (held > 0 && who && may_have_number(who->kind))
            insert_row(record, site, held < UINT32_MAX ? (uint32_t)held : UINT32_MAX);
    }
    __atomic_store_n(&record->state, 2, __ATOMIC_RELEASE);
}
