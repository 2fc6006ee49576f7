/* What is said of a process and of a site, in formats that are for people. All results are allocated; the caller frees
 * them. Texts of the program's are escaped. */
#ifndef PHRASES_H
#define PHRASES_H

#include "format.h"

char *phrase__who(const struct trend_process *process);  /* "server (pid 4711) on web3" */
char *phrase__life(const struct trend_process *process); /* "running for 6 h 12 min" */
/* What found no room in the ledger; NULL: all did. */
char *phrase__lost(const struct trend_process *process);
char *phrase__open(const struct trend_process *process); /* "open now 412 of 1,024 (peak 430), limit raised from 256" */
/* "full in 9 to 14 h, most likely 11 h (Mon 30 Nov 03:10)", or why there is no forecast. */
char *phrase__forecast(const struct trend_process *process);
char *phrase__outlook(const struct trend_process *process); /* the same, in few words: "9 to 14 h"; "-" */
char *phrase__caveat(const struct trend_process *process);  /* what speaks against the forecast; NULL: nothing */

enum ink phrase__ink(enum growth_verdict verdict);
char *phrase__rate(double in_an_hour);                                           /* "48.2"; "-" for 0 */
char *phrase__verdict(const struct trend *trend, const struct trend_site *site); /* "leaking", "leaking (ended)" */
char *phrase__share(const struct trend *trend, const struct trend_site *site);   /* of what is open: "73%" */

/* "server.c:41", as the report has it; NULL where nothing is known. */
char *phrase__place(const struct trend_site *site, const struct report_options *options);
char *phrase__function(const struct trend_site *site); /* NULL: not known */
/* "from accept_one server.c:97": what tells it from sites that read the same; NULL: nothing has to. */
char *phrase__caller(const struct trend_site *site, const struct report_options *options);
char *phrase__call(const struct trend_site *site); /* "accept4"; NULL: not known */

#endif
