/* Lists of findings that are known and not to be told, in LeakSanitizer's form, one a line:
 *
 *     kind:pattern          pattern is looked for in function, file and module of every frame, and in the call's name; of
 *                           a Python function ("Archive.read") also in the last part of its name ("read")
 *     kind@detail:pattern   … in the detail: the path, the peer
 *     kind@scope:pattern    … in the path of the scope: "server > request"
 *     kind@caller:pattern   … in function, file and module of the innermost frame: what a library takes for itself, not
 *                           what it calls back takes; of Python, of the interpreter's frames and the innermost line
 *     kind@stack:pattern    … in "function file" of the innermost frame; "pattern < pattern" for its caller, too: chain.h
 *
 * kind is one of model/kinds.def, or * for all. A pattern is an unanchored substring, where * stands for anything, ^
 * for the beginning and $ for the end. # begins a comment. */
#ifndef SUPPRESSIONS_H
#define SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"

struct suppressions;

enum suppression_subject {
    SUPPRESS_BY_CODE,
    SUPPRESS_BY_DETAIL,
    SUPPRESS_BY_SCOPE,
    SUPPRESS_BY_CALLER,
    SUPPRESS_BY_STACK
};

struct suppression {
    const struct finding_kind *kind; /* NULL: all */
    enum suppression_subject subject;
    const char *pattern;
    const char *text; /* the rule, "fd-leak:^main$" */
    const char *list; /* where it stands: a file's name, or "built-in" */
    unsigned line;
    bool is_built_in;
    bool used; /* it matched something */
};

struct suppressions *suppressions__new(void); /* empty */
void suppressions__free(struct suppressions *suppressions);

struct suppressions_error {
    char text[512];
};

/* Rules are tried in the order in which they were read. 0, or -1 and one clear line with file and line. */
int suppressions__read_file(struct suppressions *suppressions, const char *path, struct suppressions_error *error);
int suppressions__read_text(struct suppressions *suppressions, const char *list, const char *text,
                            struct suppressions_error *error);

void suppressions__read_built_in(struct suppressions *suppressions); /* what the C library holds for life */

/* The first rule that matches, or NULL; all that match are then used. Texts must live as long as the suppressions, and
 * all rules must have been read. */
const struct suppression *suppressions__find_detail(struct suppressions *suppressions, const struct finding_kind *kind,
                                                    const char *detail);
const struct suppression *suppressions__find_scope(struct suppressions *suppressions, const struct finding_kind *kind,
                                                   const char *path);
const struct suppression *suppressions__find_stack(struct suppressions *suppressions, const struct finding_kind *kind,
                                                   const char *call, const struct stack *stack);
/* By who had acquired what was misused elsewhere: @stack is about the misuse alone. */
const struct suppression *suppressions__find_acquisition(struct suppressions *suppressions,
                                                         const struct finding_kind *kind, const struct stack *stack);

/* By number from 0; NULL behind the last one. */
const struct suppression *suppressions__get(const struct suppressions *suppressions, size_t number);

extern const char suppressions_built_in[]; /* as a file would hold it */

#endif
