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

bool outcome__was_looked_at(const struct outcome *outcome)
{
    return outcome->verdict == VERDICT_CHECKED || outcome->verdict == VERDICT_RETURNED;
}

void outcome__tell(const struct outcome *outcome, struct tally_key *key)
{
    key->facts = (struct tally_facts){{
        tally_fact__text(FACT_VERDICT, outcome->name, outcome->frame),
        tally_fact__text(FACT_JUDGED, judgement_of(outcome->verdict), NULL),
        tally_fact__text(FACT_EVIDENCE, outcome->evidence, NULL),
        tally_fact__text(FACT_RESULT, outcome->told, outcome->frame),
    }};
}
