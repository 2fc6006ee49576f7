/* Resolves whatever a report may ask of a ledger: all its stacks, and the verdicts on its releases. So an artefact can
 * carry it (symbol/resolved.h). */
#ifndef RESOLVER_H
#define RESOLVER_H

struct ledger;
struct resolver;
struct symbols;

struct resolver *resolver__new(struct symbols *symbols); /* which must outlive it */
void resolver__free(struct resolver *resolver);
void resolver__add(struct resolver *resolver, const struct ledger *ledger);

#endif
