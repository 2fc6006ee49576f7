/* The kinds of findings, whose names are the API of suppressions, baselines and dashboards. */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"

enum kind_id {
#define KIND(id, ...) KIND_##id,
#include "kinds.def"
#undef KIND
    KINDS
};

/* A row of kinds.def, where each is explained. */
struct finding_kind {
    const char *name; /* "fd-leak" */
    enum level level;
    bool is_about_release;
    const char *begun, *ended, *missed;
    const char *title; /* a few words */
    const char *what;  /* happened, and why it matters */
    const char *mend;  /* what to do */
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
