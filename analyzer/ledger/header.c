/* Judges a ledger's header: is this a ledger, may this reader read it, and is its process still there? */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/process_limits.h"
#include "base/process_number.h"
#include "base/process_stat.h"
#include "leakwatch/merged.h"
#include "private.h"

/* What version 2.0 fills; a header that is shorter was cut. Fields behind a header's own end read as 0. */
enum {
    FIRST_TABLES = 0
#define LW_TABLE(id, noun, plural, since, ...) +((since) == 0)
#include "leakwatch/tables.def"
};
#define LEAST_HEADER (offsetof(struct lw_header, tables) + FIRST_TABLES * sizeof(struct lw_table))

static int refuse_version(const struct ledger *ledger, struct ledger_error *error)
{
    const struct lw_header *header = &ledger->header;
    if (header->magic == 0) {
        error->why = LEDGER_NEVER_BEGAN;
        return ledger__fail(error, ledger->path,
                            "not a leakwatch ledger, or one whose process ended before it wrote anything");
    }
    if (header->magic == LW_MERGED_MAGIC) {
        error->why = LEDGER_MERGED;
        return ledger__fail(error, ledger->path, "holds many ledgers, where one is wanted");
    }
    if (header->magic != LW_MAGIC && header->magic != __builtin_bswap64(LW_MAGIC))
        return ledger__fail(error, ledger->path, "not a leakwatch ledger");
    if (header->magic != LW_MAGIC || header->byte_order != LW_BYTE_ORDER)
        return ledger__fail(error, ledger->path,
                            "written on a machine with another byte order: read it with leakwatch on such a machine");
    return ledger__fail(error, ledger->path,
                        "written by another version of leakwatch (format %u.%u, this one reads %d.x): "
                        "use that version's leakwatch",
                        header->major, header->minor, LW_MAJOR);
}

static int refuse_damaged(const struct ledger *ledger, struct ledger_error *error, const char *what, uint64_t value)
{
    return ledger__fail(error, ledger->path, "damaged, nothing can be read: its header says %s %" PRIu64, what, value);
}

/* Texts end with 0 (arguments with two), and what a writer of an older minor version did not know reads as 0. */
static void tidy(struct lw_header *header)
{
    if (header->header_size < sizeof *header)
        memset((char *)header + header->header_size, 0, sizeof *header - header->header_size);
    header->exe[LW_TEXT - 1] = 0;
    header->directory[LW_TEXT - 1] = 0;
    header->link[LW_TEXT - 1] = 0;
    header->host[LW_HOST - 1] = 0;
    header->arguments[LW_TEXT - 1] = 0;
    header->arguments[LW_TEXT - 2] = 0;
}

#define SIZE(field, ours, least, before)                                                                               \
    {                                                                                                                  \
        offsetof(struct lw_header, field##_size), offsetof(struct sizes, field), (ours), (least), (before),            \
            "header." #field "_size"                                                                                   \
    }
static const struct size {
    size_t said, settled; /* where in the header, where in struct sizes */
    uint32_t ours;
    uint32_t least;  /* without which nothing could be made of them */
    uint32_t before; /* what minor 1, which said nothing, had */
    const char *name;
} sizes[] = {
    SIZE(slot, sizeof(struct lw_slot), sizeof(uint64_t), LW_SLOT_SIZE_1),
    SIZE(lane, sizeof(struct lw_lane), sizeof(uint64_t), LW_LANE_SIZE_1),
    SIZE(site_count, sizeof(struct lw_site_count), sizeof(uint64_t), LW_SITE_COUNT_SIZE_1),
    SIZE(scope_count, sizeof(struct lw_scope_count), sizeof(uint64_t), LW_SCOPE_COUNT_SIZE_1),
    SIZE(samples, offsetof(struct lw_samples, sample), LW_SAMPLES_SIZE_1, LW_SAMPLES_SIZE_1),
    SIZE(sample, sizeof(struct lw_sample), sizeof(uint64_t), LW_SAMPLE_SIZE_1),
};

/* A size that cannot be what it says is taken for this version's. */
static void settle_sizes(struct ledger *ledger)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t theirs, *settled = (uint32_t *)(void *)((char *)&ledger->sizes + sizes[i].settled);
        memcpy(&theirs, (const char *)&ledger->header + sizes[i].said, sizeof theirs);
        *settled = theirs != 0 ? theirs : sizes[i].before;
        if (theirs == 0 || (theirs >= sizes[i].least && rows__are_sound(ledger, theirs, sizes[i].ours)))
            continue;
        ledger__damage(ledger, sizes[i].name, 0, theirs);
        *settled = sizes[i].ours;
    }
}

int header__check(struct ledger *ledger, struct ledger_error *error)
{
    struct lw_header *header = &ledger->header;
    if (ledger->size < offsetof(struct lw_header, header_size) && header->magic == LW_MAGIC)
        return ledger__fail(error, ledger->path, "cut off after %" PRIu64 " bytes, inside its header", ledger->size);
    if (header->magic != LW_MAGIC || header->byte_order != LW_BYTE_ORDER || header->major != LW_MAJOR)
        return refuse_version(ledger, error);
    if (header->header_size < LEAST_HEADER || header->header_size % 8 != 0)
        return refuse_damaged(ledger, error, "that its own size is", header->header_size);
    if (header->used < header->header_size)
        return refuse_damaged(ledger, error, "that the bytes used, itself included, are", header->used);
    if (ledger->size < header->header_size)
        return ledger__fail(error, ledger->path, "cut off after %" PRIu64 " bytes, inside its header", ledger->size);
    tidy(header);
    settle_sizes(ledger);
    return 0;
}

/* By its number, or, of a container, by the one that it has here. */
static bool find_process(struct ledger *ledger)
{
    const struct lw_header *header = &ledger->header;
    if (header->pid == 0 || header->start_ticks == 0)
        return false;
    if (process_stat__runs(header->pid, header->start_ticks))
        return true;
    uint32_t here = process_number__here(header->pid, header->start_ticks, ledger->inode);
    ledger->process = here != 0 ? here : header->pid;
    return here != 0;
}

/* That of a ledger that is read again and again is watched. */
static bool still_there(struct ledger *ledger)
{
    if (process_watch__runs(&ledger->watch)) {
        ledger->process = ledger->watch.pid;
        return true;
    }
    bool is_found = find_process(ledger);
    if (is_found && ledger->pages)
        process_watch__begin(&ledger->watch, ledger->process, ledger->header.start_ticks);
    return is_found;
}

/* The file of a process that runs is as long as what is mapped; while it ends, threads may take bytes behind the new end. */
static void judge_length(struct ledger *ledger)
{
    bool is_ending = ledger->header.end != LW_RUNNING;
    if (ledger->running && (is_ending || ledger->is_copy))
        ledger->missing = 0;
    else if (ledger->missing > 0)
        ledger__damage(ledger, "header.used", ledger->size, ledger->header.used);
}

static void find_end(struct ledger *ledger)
{
    struct lw_header *header = &ledger->header;
    ledger->process = header->pid;
    bool there = ledger->is_copy ? ledger->moment != 0 : still_there(ledger);
    ledger->running = there;
    switch (header->end) {
    case LW_EXIT:
    case LW_QUICK_EXIT:
        ledger->end = "exit";
        break;
    case LW_EXEC:
        ledger->end = "exec";
        ledger->running = false; /* what goes on under this number is another image, with a ledger of its own */
        break;
    case LW_ABORT:
        ledger->end = "killed";
        header->end_status = SIGABRT;
        break;
    case LW_LET_GO:
        ledger->end = "detached";
        ledger->running = false; /* what it does now, nobody sees */
        break;
    case LW_RUNNING:
        ledger->end = there ? "running" : "killed";
        break;
    default: /* an end that a later minor version knows */
        ledger->end = there ? "running" : "killed";
        if (header->minor <= LW_MINOR)
            ledger__damage(ledger, "header.end", 0, header->end);
    }
}

/* Of a process that runs, the kernel knows them best: another process may have changed them. */
static void ask_for_limits(struct ledger *ledger)
{
    if (ledger->running && !ledger->is_copy)
        process_limits__nofile(ledger->process, &ledger->header.nofile_soft, &ledger->header.nofile_hard);
}

void header__find_end(struct ledger *ledger)
{
    find_end(ledger);
    judge_length(ledger);
    ask_for_limits(ledger);
}

void header__find_end_again(struct ledger *ledger, const struct lw_header *then)
{
    if (!ledger->running || then->end != LW_RUNNING || ledger->header.end != LW_RUNNING) {
        header__find_end(ledger);
        return;
    }
    ledger->header.nofile_soft = then->nofile_soft;
    ledger->header.nofile_hard = then->nofile_hard;
    judge_length(ledger);
}
