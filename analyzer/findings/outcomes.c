/* What findings say of whether a result was looked at. */
#include "outcomes.h"

#include "callsite/verdicts.h"
#include "tally/tally.h"

/* What the verdict makes of a failure. */
static const char *judgement_of(enum verdict verdict)
{
    return verdict == VERDICT_IGNORED              ? "and nobody looked"
           : verdict == VERDICT_CHECKED_SOME_PATHS ? "which is looked at on some paths only"
           : verdict == VERDICT_UNKNOWN            ? "and whether anybody looked cannot be told"
                                                   : NULL;
}

void outcome__tell(const struct outcome *outcome, struct tally_key *key)
{
    const struct tally_fact facts[] = {
        {.id = FACT_VERDICT, .text = outcome->name, .place = outcome->frame},
        {.id = FACT_JUDGED, .text = judgement_of(outcome->verdict)},
        {.id = FACT_EVIDENCE, .text = outcome->evidence},
        {.id = FACT_RESULT, .text = outcome->told, .place = outcome->frame},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (facts[i].text != NULL)
            tally_key__add_fact(key, facts[i]);
}
