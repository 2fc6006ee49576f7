/* What all reporting commands do: read ledgers one after the other, then write the reports that were asked for. */
#ifndef REPORTING_H
#define REPORTING_H

#include "common.h"
#include "ledger_reading.h"
#include "recorder.h"

struct reporting;

/* NULL where a file of suppressions or the baseline is bad, which is said in one line. The options must outlive it. */
struct reporting *reporting__new(const struct common_options *options);
void reporting__free(struct reporting *reporting);

/* One ledger, which may be closed afterwards. See ledger_reading.h. */
void reporting__add(struct reporting *reporting, const struct ledger *ledger, const struct seen_end *seen);
/* Adds what is read, and names in the report what could not be read back. */
struct ledger_taker reporting__taker(struct reporting *reporting);

/* The path of the baseline that findings are compared with; NULL: there is none. */
const char *reporting__baseline_path(const struct reporting *reporting);

/* Addresses that were resolved: those that are added come from where ledgers were kept. */
struct symbols *reporting__symbols(struct reporting *reporting);
/* From now on all of each ledger is resolved, and not only what this report tells of. */
void reporting__resolve_all(struct reporting *reporting);

/* From now on what a store keeps of each ledger is gathered, too. */
void reporting__record(struct reporting *reporting);
/* All have been added: into the store with what was found. -1 where it failed, which is said in one line. */
int reporting__store(struct reporting *reporting, struct store *store, struct recorded *recorded);

/* Findings are compared with earlier runs, too; the store must outlive the reporting. */
void reporting__compare_with_runs(struct reporting *reporting, struct store *store);
/* How many earlier runs of the programs that were judged it has; -1 where it cannot be read, which is said in one line. */
int reporting__earlier_runs(struct reporting *reporting, uint64_t *runs);

/* All ledgers have been added: compares what was found with the baseline. `command_status`: of the command that was run,
 * 0 where none was. Returns the cause of the verdict: "command", "findings" or "clean". */
const char *reporting__judge(struct reporting *reporting, int command_status);

/* Not all could be read, or nothing was watched: there is no verdict on the rest, only a report with this cause. */
void reporting__refuse_to_judge(struct reporting *reporting, const char *cause);

/* Instead of judging: writes the baseline anew. -1 where it cannot be written, which is said in one line. */
int reporting__update_baseline(struct reporting *reporting, bool keeps_unseen);

/* All reports; the first goes to `usual` unless --output was given. `more` tells people how to see more, or is NULL. -1
 * where one cannot be written, which is said in one line. */
int reporting__write(struct reporting *reporting, FILE *usual, const char *more);

/* Before a long run: can all files be written that were asked for? -1 where one cannot, which is said in one line. */
int reporting__try_files(const struct reporting *reporting);

/* What was found, for those who print it themselves. Lives as long as the reporting. */
const struct report *reporting__report(struct reporting *reporting);
/* Whether the user has said which programs are not to be judged. */
bool reporting__skips_by_name(const struct reporting *reporting);

const struct finding *reporting__find(const struct report *report, const char *fingerprint); /* NULL: there is none */

/* What is as it was in the older report is set aside, before this one is written. */
void reporting__compare(struct reporting *reporting, const struct report *older);

/* Of what was found, only what is wanted is written; and that what was open at the start is not known is not said. */
void reporting__keep(struct reporting *reporting, bool (*is_wanted)(void *context, const struct finding *finding),
                     void *context);

/* Which processes leakwatch itself has ended is said of them. */
void reporting__note_ended(struct reporting *reporting, bool (*was_ended)(void *context, const struct process *process),
                           void *context);

/* What was told already stands above what is written to the usual place, which refers to it. */
void reporting__refer(struct reporting *reporting, bool (*was_told)(void *context, const struct finding *finding),
                      void *context);

/* Does anything lie in the scopes that --scope asks for? Where not, which is said in one line, nothing was looked at: no
 * findings would be a lie. */
bool reporting__has_scope(struct reporting *reporting);
/* After reporting__has_scope: did all that was acquired find room in its ledger? What did not, nobody knows of. */
bool reporting__is_whole(const struct reporting *reporting);

/* After reporting__write or reporting__judge: is there a finding that --fail-on speaks of? */
bool reporting__is_bad(const struct reporting *reporting);

#endif
