/* What the HTML report carries in itself; made from the files beside this one when leakwatch is built. */
#ifndef HTML_ASSETS_H
#define HTML_ASSETS_H

struct html_asset {
    unsigned char sha256[32];
    const char *text;
};

extern const struct html_asset html_report_css, html_report_js;

#endif
