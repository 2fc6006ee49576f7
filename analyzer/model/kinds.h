/* The kinds of findings, whose names are the API of suppressions, baselines and dashboards. */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"

enum kind_id {
    KIND_FD_LEAK,
    KIND_STREAM_LEAK,
    KIND_DIR_LEAK,
    KIND_CHILD_LEAK,
    KIND_FD_EXHAUSTED,
    KIND_INHERITED_FD,
    KIND_UNTRACKED_FD,
    KIND_SCOPE_LEAK,
    KIND_UNBALANCED_SCOPE,
    KIND_RELEASE_ORDER,
    KIND_DOUBLE_CLOSE,
    KIND_USE_AFTER_CLOSE,
    KIND_INVALID_RELEASE,
    KIND_FOREIGN_CLOSE,
    KIND_CLOBBERED_FD,
    KIND_SWALLOWED_ERROR,
    KIND_LOST_WRITE,
    KIND_UNCHECKED_RELEASE,
    KIND_LIMIT_REACHED,
    KINDS
};

struct finding_kind {
    const char *name;      /* "fd-leak" */
    enum level level;      /* unless something speaks against it */
    const char *begun;     /* "opened": what the acquiring call did */
    const char *ended;     /* "closed": what a releasing call does */
    const char *missed;    /* "never closed": what is wrong */
    bool is_about_release; /* it is the releasing (using) stack that tells one from another */
};

const struct finding_kind *kinds__get(enum kind_id id);
const struct finding_kind *kinds__find(const char *name); /* NULL: there is none of this name */
enum kind_id kinds__of_leak(uint32_t resource_kind);      /* enum lw_kind of what was held */
/* The stack that the finding is about, where its place is taken from: of releases that went wrong and of ends of scopes
 * the releasing one, of all others the acquiring one; NULL: not known. */
const struct stack *kinds__main_stack(const struct finding *finding);
/* The words for what was held: those of its own leak, whatever kind the finding is of. */
const struct finding_kind *kinds__words(const struct finding *finding);

const char *level__name(enum level level);
bool level__parse(const char *name, enum level *level);

#endif
