/* What a report says of a process. */
#include "process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "ledger/slot.h"
#include "source/path.h"

#define NANOSECONDS 1e9

enum { SAMPLES_KEPT = 128 };

/* Arguments end with 0 each, and an empty one ends them; an empty argument thus ends the list, too. */
static const char **split_arguments(const struct lw_header *header, struct pool *pool)
{
    size_t count = 0;
    const char **list = heap__zeroed(LW_TEXT, sizeof(char *));
    for (const char *at = header->arguments; at < header->arguments + LW_TEXT && *at != '\0'; at += strlen(at) + 1)
        list[count++] = pool__text(pool, at);
    return heap__resized(list, count + 1, sizeof(char *));
}

/* Programs that are many in one file know by this name which one they are to be: redis-server is a link. A login shell's
 * begins with '-', and whoever wants to may give any text instead. */
static const char *name_of(const struct process *process)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@+.-";
    const char *given = process->argv[0] != NULL ? process->argv[0] : "", *name = base_name(given);
    bool is_name = name[0] != '\0' && name[0] != '-' && name[0] != '.' && name[strspn(name, letters)] == '\0';
    is_name = is_name && strlen(given) + 2 < LW_TEXT; /* not cut */
    return is_name && strncmp(given, "/proc/", strlen("/proc/")) != 0 ? name : base_name(process->exe);
}

static bool count_open(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    uint64_t *open = context;
    enum lw_state state = slot_state(slot);
    (void)index;
    if (is_handle)
        return false; /* descriptors come first */
    *open += state == LW_HELD || state == LW_RELEASING;
    return true;
}

/* One of several neighbours: the peak. */
static void keep_peak(struct process *process, size_t at, const struct sample *sample)
{
    if (at >= process->sample_count)
        process->samples[process->sample_count++] = *sample;
    else if (sample->open > process->samples[at].open)
        process->samples[at] = *sample;
}

static double seconds_of(uint64_t time, const struct life *life)
{
    return time > life->start ? (double)(time - life->start) / NANOSECONDS : 0;
}

/* Many processes may be reported on at once: each may keep a few. */
static void take_samples(struct process *process, const struct ledger *ledger, const struct life *life)
{
    const struct lw_samples *samples = ledger__samples(ledger);
    size_t count = samples ? samples->count : 0, kept = count < SAMPLES_KEPT ? count : SAMPLES_KEPT;
    if (kept == 0)
        return;
    process->samples = heap__zeroed(kept, sizeof(struct sample));
    for (size_t i = 0; i < count; i++) {
        const struct lw_sample *from = &samples->sample[i];
        const struct sample sample = {.seconds = seconds_of(from->time, life), .open = from->open};
        keep_peak(process, i * kept / count, &sample);
        if (sample.open > process->peak_open) /* duplicates, too */
            process->peak_open = sample.open;
    }
}

static void take_limit_changes(struct process *process, const struct ledger *ledger, const struct life *life,
                               struct pool *pool)
{
    size_t room = ledger__count(ledger, LW_LIMITS);
    process->limit_changes = room > 1 ? heap__zeroed(room, sizeof(struct limit_change)) : NULL;
    for (uint32_t i = 1; i < room; i++) {
        const struct lw_limit *row = ledger__limit(ledger, i);
        if (row == NULL)
            continue;
        process->limit_changes[process->limit_change_count++] = (struct limit_change){
            .seconds = seconds_of(row->time, life),
            .soft = row->soft,
            .hard = row->hard,
            .soft_before = row->soft_before,
            .hard_before = row->hard_before,
            .missed = row->missed,
            .number = row->stack,
            .call = row->call != 0 ? pool__text(pool, ledger__name(ledger, row->call)) : NULL,
        };
    }
}

/* The limit at the start may have been another. */
static void note_exhaustion(struct process *process, const struct lw_exhaustion *exhaustion)
{
    process->ran_out = exhaustion != NULL && exhaustion->error == EMFILE;
    if (process->ran_out)
        process->nofile_full = exhaustion->limit;
}

/* What threads held beyond what boards have room for. */
static uint64_t locks_lost(const struct ledger *ledger)
{
    uint64_t lost = 0;
    for (uint32_t i = 1; i < ledger__count(ledger, LW_BOARDS); i++) {
        const struct lw_board *board = ledger__board(ledger, i);
        lost += board != NULL ? board->lost : 0;
    }
    return lost;
}

struct process process__of(const struct ledger *ledger, const struct life *life, struct pool *pool)
{
    const struct lw_header *header = ledger__header(ledger);
    struct process process = {
        .pid = header->pid,
        .ppid = header->parent_pid,
        .image = header->image,
        .start_ticks = header->start_ticks,
        .exe = pool__text(pool, header->exe),
        .argv = split_arguments(header, pool),
        .directory = pool__text(pool, header->directory),
        .host = pool__text(pool, header->host),
        .start = (double)header->start_realtime / NANOSECONDS,
        .how = life->how,
        .status = life->status,
        .took_nothing = ledger__is_of_roll(ledger),
        .nofile_soft = header->nofile_soft,
        .nofile_hard = header->nofile_hard,
        .peak_open = header->peak_number,
        .ledger = heap__copied(ledger__path(ledger)),
        .folded = ledger__folded(ledger),
        .lost = header->lost,
        .scopes_lost = header->scopes_lost,
        .locks_lost = locks_lost(ledger),
        .damaged = ledger__damaged(ledger),
        .injected = header->injected,
        .troubles = header->troubles,
        .is_attached = header->attached_time != 0,
        .places_led = header->attached_places,
        .places_left = header->attached_left,
        .python = header->python,
        .python_state = header->python_state,
    };
    process.name = name_of(&process);
    note_exhaustion(&process, ledger__exhaustion(ledger));
    if (life->end_is_known)
        process.end = process.start + ((double)life->end - (double)life->start) / NANOSECONDS;
    ledger__slots(ledger, count_open, &process.open_at_end);
    if (process.peak_open < process.open_at_end) /* descriptors may lie far apart */
        process.peak_open = process.open_at_end;
    take_samples(&process, ledger, life);
    take_limit_changes(&process, ledger, life, pool);
    return process;
}

void process__drop_samples(struct process *process)
{
    free(process->samples);
    process->samples = NULL;
    process->sample_count = 0;
}

void process__clear(struct process *process)
{
    free(process->argv);
    free(process->samples);
    free(process->limit_changes);
    free(process->ledger);
}
