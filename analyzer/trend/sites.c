/* The sites of many processes on their way to a trend. */
#include "sites.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "callers.h"

struct gathered {
    struct trend_site site;
    char *key;
    uint64_t most_held;     /* by the process whose stack is told */
    struct trend_part told; /* of the process whose sentence is told */
    struct trend_part *parts;
    size_t part_count, part_room;
    struct gathered *next; /* in the order in which they were met */
    UT_hash_handle hh;
};

struct trend_sites {
    struct gathered *by_key, *first, **end;
    size_t count;
};

struct trend_sites *trend_sites__new(void)
{
    struct trend_sites *sites = heap__zeroed(1, sizeof(*sites));
    sites->end = &sites->first;
    return sites;
}

/* What went into the trend is the trend's. */
void trend_sites__free(struct trend_sites *sites)
{
    if (sites == NULL)
        return;
    HASH_CLEAR(hh, sites->by_key);
    for (struct gathered *gathered = sites->first, *next; gathered != NULL; gathered = next) {
        next = gathered->next;
        free(gathered->site.sentence);
        free(gathered->parts);
        free(gathered->key);
        free(gathered);
    }
    free(sites);
}

/* A fingerprint knows no lines, which move: one line of a function may leak, and another hold for life. */
static char *key_of(const struct site_name *name)
{
    const struct frame *frame = stack__user_frame(name->stack);
    if (frame == NULL || frame->file == NULL)
        return heap__copied(name->fingerprint);
    return heap__printed("%s %d %s", name->fingerprint, frame->line, frame->file);
}

static struct gathered *get(struct trend_sites *sites, const struct site_name *name)
{
    char *key = key_of(name);
    struct gathered *gathered;
    HASH_FIND_STR(sites->by_key, key, gathered);
    if (gathered != NULL) {
        free(key);
        return gathered;
    }
    gathered = heap__zeroed(1, sizeof(*gathered));
    gathered->key = key;
    memcpy(gathered->site.fingerprint, name->fingerprint, sizeof name->fingerprint);
    HASH_ADD_KEYPTR(hh, sites->by_key, key, strlen(key), gathered);
    *sites->end = gathered;
    sites->end = &gathered->next;
    sites->count++;
    return gathered;
}

/* Several stacks are one site: the one that holds most is told. */
static void take_name(struct gathered *gathered, const struct site_name *name, const struct trend_part *part)
{
    struct trend_site *site = &gathered->site;
    if (site->leak != NULL && part->share.held <= gathered->most_held)
        return;
    site->leak = name->kind;
    site->kind = part->kind;
    site->call = name->call;
    site->scope = name->scope;
    site->stack = name->stack;
    gathered->most_held = part->share.held;
}

static bool is_worse(const struct trend_part *a, const struct trend_part *b)
{
    if (a->standing != b->standing)
        return a->standing > b->standing;
    if (a->share.verdict != b->share.verdict)
        return a->share.verdict > b->share.verdict;
    return a->share.held > b->share.held;
}

/* The worst process says why: one that runs before one that has ended; of several, the one that holds most. */
static char **place_for_sentence(struct gathered *gathered, const struct trend_part *part)
{
    struct trend_site *site = &gathered->site;
    if (site->sentence != NULL && !is_worse(part, &gathered->told))
        return NULL;
    free(site->sentence);
    site->sentence = NULL;
    site->sentence_of = part->share.process;
    gathered->told = *part;
    return &site->sentence;
}

char **trend_sites__add(struct trend_sites *sites, const struct site_name *name, const struct trend_part *part,
                        const uint32_t lifetimes[LW_LIFETIMES])
{
    struct gathered *gathered = get(sites, name);
    struct trend_site *site = &gathered->site;
    const struct trend_share *share = &part->share;
    take_name(gathered, name, part);
    site->acquired += share->acquired;
    site->released += share->released;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        site->lifetimes[i] += lifetimes[i];
    if (share->held == 0)
        return NULL;
    gathered->parts = heap__room(gathered->parts, gathered->part_count, &gathered->part_room, sizeof(*gathered->parts));
    gathered->parts[gathered->part_count++] = *part;
    return place_for_sentence(gathered, part);
}

/* ---- Shares ------------------------------------------------------------------------------------------------------ */

static struct trend_share share_of(const struct trend_part *part, const struct trend_order *order)
{
    struct trend_share share = part->share;
    const double *births = order->births[share.process];
    share.birth_count = births != NULL ? share.birth_count : 0;
    if (share.birth_count > 0) {
        share.births = heap__zeroed(share.birth_count, sizeof(double));
        memcpy(share.births, births + part->first_birth, share.birth_count * sizeof(double));
    }
    share.process = order->number[share.process];
    return share;
}

static int by_process(const void *left, const void *right)
{
    const struct trend_share *a = left, *b = right;
    return a->process < b->process ? -1 : a->process > b->process;
}

static int by_time(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* Several stacks of one site in one process are one share. */
static void join(struct trend_share *share, struct trend_share *other)
{
    share->verdict = other->verdict > share->verdict ? other->verdict : share->verdict;
    share->held += other->held;
    share->descriptors += other->descriptors;
    share->acquired += other->acquired;
    share->released += other->released;
    share->rate += other->rate;
    if (other->birth_count == 0)
        return;
    share->births = heap__resized(share->births, share->birth_count + other->birth_count, sizeof(double));
    memcpy(share->births + share->birth_count, other->births, other->birth_count * sizeof(double));
    share->birth_count += other->birth_count;
    free(other->births);
    other->births = NULL;
}

static void add_shares(struct trend_site *site, const struct gathered *gathered, const struct trend_order *order)
{
    struct trend_share *shares = heap__zeroed(gathered->part_count, sizeof(*shares));
    size_t count = 0;
    for (size_t i = 0; i < gathered->part_count; i++)
        shares[i] = share_of(&gathered->parts[i], order);
    qsort(shares, gathered->part_count, sizeof(*shares), by_process);
    for (size_t i = 0; i < gathered->part_count; i++) {
        if (count > 0 && shares[count - 1].process == shares[i].process)
            join(&shares[count - 1], &shares[i]);
        else
            shares[count++] = shares[i];
    }
    for (size_t i = 0; i < count; i++)
        if (shares[i].birth_count > 1)
            qsort(shares[i].births, shares[i].birth_count, sizeof(double), by_time);
    site->shares = shares;
    site->share_count = count;
}

static bool is_running(const struct trend *trend, const struct trend_share *share)
{
    return trend->processes[share->process].is_running;
}

/* What those hold that run: what has ended holds nothing any more. */
static void sum_up(const struct trend *trend, struct trend_site *site)
{
    site->is_ended = true;
    for (size_t i = 0; i < site->share_count; i++)
        site->is_ended = site->is_ended && !is_running(trend, &site->shares[i]);
    for (size_t i = 0; i < site->share_count; i++) {
        const struct trend_share *share = &site->shares[i];
        if (!trend->processes[share->process].counts || is_running(trend, share) == site->is_ended)
            continue;
        site->holders++;
        site->held += share->held;
        site->descriptors += share->descriptors;
        site->rate += share->rate;
        site->verdict = share->verdict > site->verdict ? share->verdict : site->verdict;
    }
    if (site->held > 0)
        return;
    free(site->sentence);
    site->sentence = NULL;
}

/* ---- Order ------------------------------------------------------------------------------------------------------- */

/* Load, steady and for life are poorly told apart: they are one rank. */
static int rank_of(const struct trend_site *site)
{
    return site->verdict >= GROWTH_SUSPECT ? (int)site->verdict : 0;
}

static int worst_first(const void *left, const void *right)
{
    const struct trend_site *a = left, *b = right;
    if ((a->held > 0) != (b->held > 0))
        return a->held > 0 ? -1 : 1;
    if (a->is_ended != b->is_ended)
        return a->is_ended - b->is_ended;
    if (rank_of(a) != rank_of(b))
        return rank_of(b) - rank_of(a);
    if (a->held != b->held)
        return a->held > b->held ? -1 : 1;
    int order = frame__compare_places(stack__user_frame(a->stack), stack__user_frame(b->stack));
    return order != 0 ? order : strcmp(a->fingerprint, b->fingerprint);
}

void trend_sites__finish(struct trend_sites *sites, const struct trend_order *order, struct trend *trend)
{
    trend->sites = heap__zeroed(sites->count, sizeof(struct trend_site));
    trend->site_count = 0;
    for (struct gathered *gathered = sites->first; gathered != NULL; gathered = gathered->next) {
        struct trend_site *site = &trend->sites[trend->site_count++];
        *site = gathered->site;
        gathered->site.sentence = NULL;
        if (gathered->part_count > 0) {
            add_shares(site, gathered, order);
            site->sentence_of = order->number[site->sentence_of];
            sum_up(trend, site);
        }
    }
    qsort(trend->sites, trend->site_count, sizeof(*trend->sites), worst_first);
    trend_callers__find(trend);
}
