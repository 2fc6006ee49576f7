/* What HTML pages carry in themselves; made from the files of pages when leakwatch is built. */
#ifndef ASSETS_H
#define ASSETS_H

#include <stdio.h>

struct asset {
    unsigned char sha256[32];
    const char *text;
};

extern const struct asset asset_report_css, asset_report_js, asset_trend_css, asset_trend_js;
/* The chart engine that trends are drawn with. */
extern const struct asset asset_dygraph_css, asset_dygraph_min_js;

/* The policy of a page: nothing but these very styles and scripts, by their hashes. The lists end with NULL. */
void assets__put_policy(FILE *out, const struct asset *const *styles, const struct asset *const *scripts);

#endif
