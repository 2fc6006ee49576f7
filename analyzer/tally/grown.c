/* What the growth of a place shows, told with a finding. */
#include "grown.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/words.h"

#define LEAST_SHARE 0.01 /* of a limit */

/* "29 % of the limit of 1,024", of the process that holds most. */
static char *share_of_limit(const struct finding *finding)
{
    const struct growth_summary *growth = finding->growth;
    char limit[WORDS];
    bool are_several = finding->process_count > 1;
    words__number(limit, growth->limit);
    if (growth->share_of_limit < LEAST_SHARE)
        return heap__printed("less than 1 %% of the limit of %s%s", limit, are_several ? " in each process" : "");
    return heap__printed("%s%.0f %% of the limit of %s%s", are_several ? "up to " : "", growth->share_of_limit * 100,
                         limit, are_several ? " in one process" : "");
}

static void add_words(struct finding *finding, enum fact_id id, const char *text)
{
    if (text != NULL)
        finding__add_fact(finding, &(struct fact){.id = id, .text = text});
}

static void add_own_words(struct finding *finding, enum fact_id id, char *text, struct pool *pool)
{
    add_words(finding, id, pool__text(pool, text));
    free(text);
}

/* The process that holds most there speaks for all. Nothing of it is the same in the next run. */
void grown__add(const struct group *group, struct finding *finding, struct pool *pool, bool steady)
{
    char pace[WORDS];
    for (size_t i = 0; i < group->count; i++) {
        const struct growth_summary *growth = group->tallies[i]->growth;
        if (growth != NULL && group->tallies[i]->key.level == (uint32_t)finding->level &&
            (finding->growth == NULL || growth->held > finding->growth->held))
            finding->growth = growth;
    }
    const struct growth_summary *growth = finding->growth;
    if (growth == NULL || steady)
        return;
    if (growth->limit > 0)
        add_own_words(finding, FACT_OF_LIMIT, share_of_limit(finding), pool);
    if (growth->per_hour > 0)
        add_words(finding, FACT_PACE, pool__text(pool, words__pace(pace, growth->per_hour)));
    add_words(finding, FACT_GROWTH, growth->sentence);
    add_words(finding, FACT_FORECAST, growth->forecast);
    add_words(finding, FACT_WOULD_TELL, growth->tells);
}
