/* What the scopes of one ledger left, put together as stories. */
#include "stories.h"

#include <stdlib.h>

#include "base/heap.h"

/* A row by what it is about. */
struct place {
    uint32_t scope, site, row;
};

/* Rows that the same ends left. */
struct pair {
    uint32_t first, second;
    uint64_t count;
};

struct row {
    uint32_t speaker;
    uint64_t entries;
    struct story_ends ends; /* of a speaker */
    uint64_t attempts;      /* ends before which any acquisition failed */
};

struct stories {
    const struct ledger *ledger;
    struct row *rows; /* by number */
    uint32_t count;
    struct place *places; /* sorted */
    size_t place_count;
    struct pair *pairs;
    size_t pair_count, pair_room;
};

static int compare(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int by_place(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = compare(a->scope, b->scope);
    return order != 0 ? order : compare(a->site, b->site);
}

static int by_rows(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    int order = compare(a->first, b->first);
    return order != 0 ? order : compare(a->second, b->second);
}

static void read_rows(struct stories *stories, const bool *untold)
{
    stories->rows = heap__zeroed(stories->count, sizeof(struct row));
    stories->places = heap__zeroed(stories->count, sizeof(struct place));
    for (uint32_t i = 1; i < stories->count; i++) {
        const struct lw_leftover *leftover = ledger__leftover(stories->ledger, i);
        stories->rows[i].speaker = i;
        if (leftover == NULL || untold[i])
            continue;
        stories->rows[i].entries = leftover->entries;
        stories->places[stories->place_count++] = (struct place){leftover->scope, leftover->site, i};
    }
    qsort(stories->places, stories->place_count, sizeof(struct place), by_place);
}

/* The rows that this departure left: how many were found. */
static size_t rows_of(const struct stories *stories, const struct lw_departure *departure, uint32_t *rows)
{
    size_t sites = departure->sites < LW_DEPARTURE_SITES ? departure->sites : LW_DEPARTURE_SITES, count = 0;
    for (size_t i = 0; i < sites; i++) {
        const struct place wanted = {departure->scope, departure->site[i], 0};
        const struct place *place =
            bsearch(&wanted, stories->places, stories->place_count, sizeof(struct place), by_place);
        if (place != NULL)
            rows[count++] = place->row;
    }
    return count;
}

static void add_pair(struct stories *stories, uint32_t a, uint32_t b, uint64_t count)
{
    stories->pairs = heap__room(stories->pairs, stories->pair_count, &stories->pair_room, sizeof(struct pair));
    stories->pairs[stories->pair_count++] =
        a < b ? (struct pair){a, b, count} : (struct pair){.first = b, .second = a, .count = count};
}

static void add_pairs(struct stories *stories, const struct lw_departure *departure)
{
    uint32_t rows[LW_DEPARTURE_SITES];
    size_t count = rows_of(stories, departure, rows);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (rows[i] != rows[k])
                add_pair(stories, rows[i], rows[k], departure->count);
}

uint32_t stories__speaker(const struct stories *stories, uint32_t row)
{
    while (stories->rows[row].speaker != row)
        row = stories->rows[row].speaker;
    return row;
}

/* The row with more ends speaks; of equals, the first. */
static bool speaks_first(const struct stories *stories, uint32_t a, uint32_t b)
{
    uint64_t entries_a = stories->rows[a].entries, entries_b = stories->rows[b].entries;
    return entries_a != entries_b ? entries_a > entries_b : a <= b;
}

static void join(struct stories *stories, uint32_t a, uint32_t b)
{
    uint32_t first = stories__speaker(stories, a), second = stories__speaker(stories, b);
    if (speaks_first(stories, first, second))
        stories->rows[second].speaker = first;
    else
        stories->rows[first].speaker = second;
}

static bool is_mostly(uint64_t part, uint64_t whole)
{
    return part >= whole - whole / 2;
}

static void join_pairs(struct stories *stories)
{
    if (stories->pair_count > 1)
        qsort(stories->pairs, stories->pair_count, sizeof(struct pair), by_rows);
    for (size_t i = 0, end; i < stories->pair_count; i = end) {
        const struct pair *pair = &stories->pairs[i];
        uint64_t together = 0;
        for (end = i; end < stories->pair_count && by_rows(pair, &stories->pairs[end]) == 0; end++)
            together += stories->pairs[end].count;
        if (is_mostly(together, stories->rows[pair->first].entries) &&
            is_mostly(together, stories->rows[pair->second].entries))
            join(stories, pair->first, pair->second);
    }
}

static bool same_attempt(const struct lw_departure *a, const struct lw_departure *b)
{
    return a->failure_call == b->failure_call && a->failure_stack == b->failure_stack &&
           a->failure_error == b->failure_error;
}

/* The usual attempt is found as majorities are: where there is one, it survives. */
static void count_attempt(struct row *row, const struct lw_departure *departure)
{
    struct story_ends *ends = &row->ends;
    if (departure->failure_call == 0)
        return;
    row->attempts += departure->count;
    if (ends->attempt != NULL && same_attempt(ends->attempt, departure)) {
        ends->attempts += departure->count;
    } else if (departure->count > ends->attempts) {
        ends->attempt = departure;
        ends->attempts = departure->count;
    }
}

static void count_ends(struct stories *stories, const struct lw_departure *departure)
{
    uint32_t rows[LW_DEPARTURE_SITES];
    size_t count = rows_of(stories, departure, rows);
    for (size_t i = 0; i < count; i++) {
        rows[i] = stories__speaker(stories, rows[i]);
        bool is_counted = false;
        for (size_t k = 0; k < i; k++)
            is_counted = is_counted || rows[k] == rows[i];
        if (is_counted)
            continue;
        struct row *row = &stories->rows[rows[i]];
        row->ends.count += departure->count;
        row->ends.failed += departure->failed ? departure->count : 0;
        count_attempt(row, departure);
    }
}

static void for_departures(struct stories *stories, void (*visit)(struct stories *, const struct lw_departure *))
{
    for (uint32_t i = 1; i < ledger__count(stories->ledger, LW_DEPARTURES); i++) {
        const struct lw_departure *departure = ledger__departure(stories->ledger, i);
        if (departure != NULL)
            visit(stories, departure);
    }
}

struct stories *stories__new(const struct ledger *ledger, const bool *untold)
{
    struct stories *stories = heap__zeroed(1, sizeof(*stories));
    stories->ledger = ledger;
    stories->count = ledger__count(ledger, LW_LEFTOVERS);
    read_rows(stories, untold);
    for_departures(stories, add_pairs);
    join_pairs(stories);
    for_departures(stories, count_ends);
    return stories;
}

void stories__free(struct stories *stories)
{
    if (stories == NULL)
        return;
    free(stories->rows);
    free(stories->places);
    free(stories->pairs);
    free(stories);
}

/* Departures may have been folded; then the row itself knows more. */
struct story_ends stories__ends(const struct stories *stories, uint32_t speaker)
{
    const struct row *row = &stories->rows[speaker];
    const struct lw_leftover *leftover = ledger__leftover(stories->ledger, speaker);
    struct story_ends ends = row->ends;
    if (leftover != NULL && leftover->entries > ends.count) {
        ends.count = leftover->entries;
        ends.failed = leftover->failed;
    }
    if (!is_mostly(row->attempts, ends.count))
        ends.attempt = NULL;
    return ends;
}
