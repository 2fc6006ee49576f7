/* The formats of reports: findings in, text out, no judging. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model/finding.h"

struct suppressions;

struct report_options {
    bool color;
    bool full; /* every frame of every stack, notes too */
    bool show_suppressed;
    bool stable;     /* nothing that differs from one run to the next of the same: pids, times */
    bool refers;     /* to what was told live, and stands above */
    bool debuginfod; /* debugging information was asked for, from servers */
    bool top_is_given;
    size_t top;              /* at most so many findings; 0: all */
    const char *source_root; /* shown paths of sources begin below it; NULL: none was given */
    const char *directory;   /* likewise, for people: the working directory; NULL: not known */
    const char *scope;       /* the pattern that --scope gave: all scopes are listed; NULL: none was given */
    const char *more;        /* how to see more, a command; NULL: not known */
    const char *links;       /* markup: to the pages beside this one, where a server has them; NULL: it stands alone */
    const struct suppressions *suppressions;
};

struct report_format {
    const char *name;
    /* Writes the whole report. What went wrong with the file, ferror says. */
    void (*print)(FILE *out, const struct report *report, const struct report_options *options);
    bool is_for_people; /* printed on a terminal it may be coloured */
};

const struct report_format *report_format__get(size_t number);     /* from 0; NULL behind the last one */
const struct report_format *report_format__find(const char *name); /* NULL: there is none of this name */
const char *report_format__names(void);                            /* "text, json, …" */

void text__print(FILE *out, const struct report *report, const struct report_options *options);
void json__print(FILE *out, const struct report *report, const struct report_options *options);
void sarif__print(FILE *out, const struct report *report, const struct report_options *options);
void junit__print(FILE *out, const struct report *report, const struct report_options *options);
void codequality__print(FILE *out, const struct report *report, const struct report_options *options);
void github__print(FILE *out, const struct report *report, const struct report_options *options);
void markdown__print(FILE *out, const struct report *report, const struct report_options *options);
void proposals__print(FILE *out, const struct report *report, const struct report_options *options);
void html__print(FILE *out, const struct report *report, const struct report_options *options);

#endif
