/* What all reporting commands do: read ledgers one after the other, then write the reports that were asked for. */
#ifndef REPORTING_H
#define REPORTING_H

#include "../findings/life.h"
#include "common.h"

struct reporting;

/* NULL where a file of suppressions is bad, which is said in one line. The options must outlive it. */
struct reporting *reporting__new(const struct common_options *options);
void reporting__free(struct reporting *reporting);

/* One ledger; -1 where it cannot be read, which is said in one line. */
int reporting__add(struct reporting *reporting, const char *path, const struct seen_end *seen);

/* All reports; the first goes to `usual` unless --output was given. `more` tells people how to see more, or is NULL. -1
 * where one cannot be written, which is said in one line. */
int reporting__write(struct reporting *reporting, FILE *usual, const char *more);

/* Before a long run: can all files be written that were asked for? -1 where one cannot, which is said in one line. */
int reporting__try_files(const struct reporting *reporting);

/* After reporting__write: is there a finding that --fail-on speaks of? */
bool reporting__is_bad(const struct reporting *reporting);

#endif
