/* The options that all reporting commands share, as one argp child. */
#ifndef COMMON_H
#define COMMON_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/finding.h"
#include "reports/format.h"

struct artefact {
    const struct report_format *format;
    const char *path;
};

struct common_options {
    const struct report_format *format;
    const char *output; /* NULL: the command's usual way */
    struct artefact *artefacts;
    size_t artefact_count, artefact_room;
    const char **suppressions;
    size_t suppression_count, suppression_room;
    const char **skip_exe; /* ends with NULL; NULL: the built-in list */
    size_t skip_count, skip_room;
    const char *kinds, *scope, *color;
    char *source_root; /* absolute */
    bool audit, locks, connections;
    double idle; /* seconds */
    bool top_is_given, show_suppressed, full, leaks_on_signal, debuginfod, stable;
    size_t top;
    const char *baseline; /* NULL: none */
    bool update_baseline;
    uint64_t tolerance;
    bool fail_on_is_given, never_fail;
    enum level fail_on;
    bool held_is_given;
    enum level held;
};

/* Its input is a struct common_options, which common_options__init has filled in. */
extern const struct argp common_argp;

void common_options__init(struct common_options *options);
/* Processes whose program's name matches are not judged; "": all are. The pattern must outlive the options. */
void common_options__skip(struct common_options *options, const char *pattern);
void common_options__clear(struct common_options *options);

/* A whole number from an option's value, or wrong usage. */
unsigned long number_argument(struct argp_state *state, const char *option, const char *text, unsigned long most);
/* A number and its unit, in seconds; seconds where there is none. */
double time_argument(struct argp_state *state, const char *option, const char *text);

/* What these options take, or wrong usage: GLOB of --program; WHEN of --color; the DIR of --source-root, absolute and allocated. */
const char *program_argument(struct argp_state *state, const char *pattern);
const char *color_argument(struct argp_state *state, const char *when);
char *source_root_argument(struct argp_state *state, const char *path);
/* Would two files be one? Pipes and devices take both. */
void check_files(struct argp_state *state, const char *output, const char *const *artefacts, size_t count);

#endif
