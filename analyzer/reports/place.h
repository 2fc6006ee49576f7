/* Where in the source tree a frame lies, for readers that know nothing but the tree: reviewers and their tools. */
#ifndef PLACE_H
#define PLACE_H

#include "format.h"

struct place {
    const char
        *path; /* of the source below the root if it lies there; of the module where no source is known; or NULL */
    int line;  /* 0: not known */
    bool is_source;
    bool is_below; /* the root */
};

struct place place__of(const struct frame *frame, const struct report_options *options);

/* The directory that paths begin below: --source-root, or else the working directory. NULL: not known. */
const char *place__root(const struct report_options *options);

/* The frame that a reviewer can mend: the innermost one of the user's with a line below the root, or else the one that
 * the text names. NULL for no stack. */
const struct frame *place__frame(const struct stack *stack, const struct report_options *options);
struct place place__of_finding(const struct finding *finding, const struct report_options *options);

/* For a finding whose stack is not known: the program's file. */
struct place place__of_program(const struct finding *finding, const struct report *report);

#endif
