/* What the tests of findings share: ledgers from a maker go in, a report comes out. */
#ifndef STORY_H
#define STORY_H

#include "findings/collector.h"
#include "ledger_maker.h"
#include "rule/suppressions.h"

struct story;

/* rules: lines of suppressions, or NULL; they and the built-in ones are in force. */
struct story *story__new(const struct collector_options *options, const char *rules);
void story__add(struct story *story, struct maker *maker, const struct seen_end *seen); /* and frees the maker */
void story__add_file(struct story *story, const char *path, const struct seen_end *seen);
const struct report *story__end(struct story *story);
void story__free(struct story *story);

/* A story of one ledger and usual options. */
struct story *story__of(struct maker *maker);

const struct suppressions *story__suppressions(const struct story *story);

/* The finding of this kind; the test fails unless there is exactly one. */
const struct finding *only_finding(const struct report *report, const char *kind);

/* A ledger of a program that has one site: `call` at a stack of nameless code. The site's number is stored. */
struct maker *maker_with_site(const char *call, enum lw_kind kind, uint32_t *site);

/* Times of the process that a new maker describes. */
#define SECOND 1000000000ULL
#define STORY_START (1 * SECOND)
#define STORY_END (61 * SECOND)

#endif
