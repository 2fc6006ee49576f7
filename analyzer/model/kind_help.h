/* What a kind of finding means and how it is mended, for people who meet it for the first time. */
#ifndef KIND_HELP_H
#define KIND_HELP_H

struct kind_help {
    const char *kind;  /* its name */
    const char *title; /* a few words */
    const char *what;  /* what happened and why it matters */
    const char *mend;  /* what to do */
};

const struct kind_help *kind_help__find(const char *kind); /* NULL: there is none */

#endif
