/* What findings say of whether a result was looked at. */
#ifndef OUTCOMES_H
#define OUTCOMES_H

#include <stdbool.h>

struct outcome;
struct tally_key;

/* Its facts are the key's. */
void outcome__tell(const struct outcome *outcome, struct tally_key *key);

bool outcome__was_looked_at(const struct outcome *outcome);

#endif
