/* The table of a sweep, worst first: as text, and as JSON (schema leakwatch.sweep/1). */
#ifndef SWEEP_REPORT_H
#define SWEEP_REPORT_H

#include <stdio.h>

#include "results.h"

struct sweep_report {
    const struct sweep_result *results; /* worst first */
    size_t count;
    size_t left_out;    /* by --max-runs */
    size_t interrupted; /* not tried, or not to the end, because a signal came */
    size_t read_only;   /* releases that were not tried */
    size_t unnamed;     /* places that no rule can name */
    char *const *argv;
    const char *options;         /* LEAKWATCH_OPTIONS of all runs; NULL: none */
    const char *const *skip_exe; /* of all runs, ends with NULL; NULL: the built-in list */
    char *const *skipped;        /* programs that were not judged, ends with NULL */
    double time_limit;
};

void sweep_report__text(FILE *out, const struct sweep_report *report);
void sweep_report__json(FILE *out, const struct sweep_report *report);

#endif
