/* The formats of trends: a trend in, text out, no judging. */
#ifndef TREND_FORMAT_H
#define TREND_FORMAT_H

#include <stdio.h>

#include "reports/format.h"
#include "trend.h"

struct trend_options {
    struct report_options report; /* colours, paths of sources, --top and --full; the rest is not looked at */
    size_t width;                 /* columns of the screen */
    bool is_utf8;                 /* what it can show */
};

struct trend_format {
    const char *name;
    /* Writes it all. What went wrong with the file, ferror says. */
    void (*print)(FILE *out, const struct trend *trend, const struct trend_options *options);
    bool is_for_people; /* printed on a terminal it may be coloured */
};

const struct trend_format *trend_format__find(const char *name); /* NULL: there is none of this name */
const char *trend_format__names(void);                           /* "text, json, …" */

void trend_text__print(FILE *out, const struct trend *trend, const struct trend_options *options);
void trend_json__print(FILE *out, const struct trend *trend, const struct trend_options *options);
void trend_markdown__print(FILE *out, const struct trend *trend, const struct trend_options *options);
void trend_html__print(FILE *out, const struct trend *trend, const struct trend_options *options);

#endif
