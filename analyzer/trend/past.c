/* What a store knows of the programs of a trend. */
#include "past.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "rule/baseline.h"
#include "store/earlier_look.h"
#include "store/listing.h"
#include "store/shown.h"
#include "tally/site_name.h"

struct past {
    struct store *store;
    struct history **histories;
    size_t count, room;
    bool failed; /* which has been said */
};

struct past *past__new(struct store *store)
{
    struct past *past = heap__zeroed(1, sizeof(*past));
    past->store = store;
    return past;
}

void past__free(struct past *past)
{
    if (past == NULL)
        return;
    for (size_t i = 0; i < past->count; i++)
        history__free(past->histories[i]);
    free(past->histories);
    free(past);
}

static void fail(struct past *past, const struct store_error *error)
{
    if (!past->failed)
        complain("%s", error->text);
    past->failed = true;
}

/* Read once; NULL: it cannot be. */
static const struct history *history_of(struct past *past, const char *program)
{
    struct store_error error;
    for (size_t i = 0; i < past->count; i++)
        if (strcmp(past->histories[i]->program, program) == 0)
            return past->histories[i];
    struct history *history = past->failed ? NULL : history__of(past->store, program, &error);
    if (history == NULL) {
        fail(past, &error);
        return NULL;
    }
    past->histories = heap__room(past->histories, past->count, &past->room, sizeof(*past->histories));
    return past->histories[past->count++] = history;
}

/* ---- What judging asks ------------------------------------------------------------------------------------------- */

void past__begin(struct past_question *question)
{
    char *program = shown__own(baseline__program(question->process));
    question->history = history_of(question->past, program);
    free(program);
}

/* An earlier look at the same process that said "leaking": the verdict shall not come and go. */
static void recall(struct past_question *question, const char *fingerprint, struct growth_context *context)
{
    const struct lw_header *header = ledger__header(question->ledger);
    struct earlier_look look;
    struct store_error error;
    if (question->past->failed)
        return;
    if (store__earlier_look(question->past->store, question->ledger, fingerprint, &look, &error) != 0) {
        fail(question->past, &error);
        return;
    }
    if (look.moment <= (int64_t)header->start_realtime)
        return;
    question->earlier = (struct growth_judgement){.verdict = GROWTH_LEAKING, .beyond = look.beyond, .old = look.old};
    context->earlier = &question->earlier;
    context->earlier_time = header->start_time + ((uint64_t)look.moment - header->start_realtime);
}

void past__ask(void *asked, const struct growth_site *site, struct growth_context *context)
{
    struct past_question *question = asked;
    if (site->held == 0 || question->history == NULL || question->history->run_count == 0)
        return;
    const struct site_name name = site_name__of(question->ledger, site->number, question->stacks, question->pool);
    const struct history_site *known = history__site(question->history, name.fingerprint);
    if (known == NULL)
        return;
    context->plateau = known->plateau;
    context->plateau_runs = known->plateau_runs;
    recall(question, name.fingerprint, context);
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

struct wanted {
    const char *pattern;
    char **names;
    size_t count, room;
};

static bool note_program(void *context, const struct listed_program *program)
{
    struct wanted *wanted = context;
    if (wanted->pattern != NULL && fnmatch(wanted->pattern, program->executable, 0) != 0)
        return true;
    wanted->names = heap__room(wanted->names, wanted->count, &wanted->room, sizeof(char *));
    wanted->names[wanted->count++] = heap__copied(program->name);
    return true;
}

void past__read_all(struct past *past, const char *pattern)
{
    struct wanted wanted = {.pattern = pattern};
    struct listing listing;
    struct store_error error;
    if (store__list(past->store, &listing, note_program, &wanted, &error) != 0)
        fail(past, &error);
    for (size_t i = 0; i < wanted.count; i++) {
        history_of(past, wanted.names[i]);
        free(wanted.names[i]);
    }
    free(wanted.names);
}

static size_t leaking_sites(const struct history *history)
{
    size_t count = 0;
    while (count < history->site_count && history->sites[count].leaks)
        count++;
    return count;
}

static int64_t last_seen(const struct history *history)
{
    int64_t last = 0;
    for (size_t i = 0; i < history->build_count; i++)
        last = history->builds[i].last > last ? history->builds[i].last : last;
    return last;
}

static int worst_first(const void *left, const void *right)
{
    const struct history *a = *(struct history *const *)left, *b = *(struct history *const *)right;
    bool a_leaks = leaking_sites(a) > 0, b_leaks = leaking_sites(b) > 0;
    if (a_leaks != b_leaks)
        return a_leaks ? -1 : 1;
    if (last_seen(a) != last_seen(b))
        return last_seen(a) > last_seen(b) ? -1 : 1;
    return strcmp(a->program, b->program);
}

struct history *const *past__histories(struct past *past, size_t *count)
{
    if (past->count > 1)
        qsort(past->histories, past->count, sizeof(*past->histories), worst_first);
    *count = past->count;
    return past->histories;
}

bool past__has_failed(const struct past *past)
{
    return past->failed;
}
