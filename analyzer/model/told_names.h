/* The names that programs went by, where these are not their files': of the links that were executed. */
#ifndef TOLD_NAMES_H
#define TOLD_NAMES_H

#include "finding.h"

/* Fills the report's table from its processes. */
void told_names__find(struct report *report);
void told_names__clear(struct report *report);

/* What people call this file: the name of the link under which all processes of the report that ran it had executed it,
 * or else what follows its last slash, as it is without a report. */
const char *told_names__of(const struct report *report, const char *module);

#endif
