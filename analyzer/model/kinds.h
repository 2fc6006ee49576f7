/* The kinds of findings, whose names are the API of suppressions, baselines and dashboards. */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"
#include "finding.h"

enum kind_id {
#define KIND(id, ...) KIND_##id,
#include "kinds.def"
#undef KIND
    KINDS
};

/* What formats and others need to know of a kind. */
enum about {
    ABOUT_HELD = 1,     /* resources that are still held: they count where such are counted, and have an age */
    ABOUT_OTHERS = 2,   /* what became of others of its place tells more */
    ABOUT_SCOPE = 4,    /* it is told with what else there is of its scope, as is all that scopes leave */
    ABOUT_ANY = 8,      /* resources of any class: the words for them are those of their own leak */
    ABOUT_RELEASE = 16, /* how something was given back or used: the releasing stack tells one from another */
    ABOUT_END = 32,     /* how a scope ended: its place is that of the stack that showed it */
    ABOUT_WAIT = 128,   /* threads that wait: it counts no resources that were left */
    ABOUT_GROWTH = 256, /* what it counts is held by a process that runs: there will be more */
    ABOUT_LATE = 512,   /* all of it was given back, late */
    ABOUT_ERROR = 64,   /* with what the call failed is a line of its own */
};

/* A row of kinds.def, where each is explained. */
struct finding_kind {
    const char *name; /* "fd-leak" */
    enum level level;
    unsigned about; /* enum about */
    enum fact_id acquired, released;
    const char *headline;
    const char *begun, *ended, *missed, *still;
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
/* Does it say what its resources are? Failures of calls do not. */
bool kinds__has_resource(const struct finding *finding);
/* The words for what was held: those of its own leak, whatever kind the finding is of. */
const struct finding_kind *kinds__words(const struct finding *finding);

const char *level__name(enum level level);
bool level__parse(const char *name, enum level *level);

#endif
