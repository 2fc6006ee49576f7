/* What a sweep makes fail: every place that a first run was seen to acquire or release something, with each error that is
 * plausible there. */
#ifndef SWEEP_SITES_H
#define SWEEP_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/read.h"
#include "model/finding.h"

enum { SWEEP_CALLERS = 8 }; /* that a rule can name */

struct sweep_site {
    char *call;                /* "fclose" */
    char *place;               /* "app+0x12f4^0x1390": where it returns to, and its callers, as a rule names them */
    const char *error;         /* "ENOSPC" */
    const struct stack *stack; /* that called it, the first time */
    char *where;               /* the same for people: "app.c:12 in save", or "app+0x12f4" */
    bool again;                /* the same instruction as a site before, called from elsewhere */
};

struct sweep_sites {
    struct sweep_site *sites;
    size_t count, room;
    size_t read_only; /* places of releases that were left out: nothing can be lost there */
    size_t unnamed;   /* places that no rule can name: generated code, odd names of files */
};

struct stacks;

struct sweep_choice {
    size_t callers; /* so many innermost ones tell places apart */
    bool all;       /* releases of what was only read, too */
};

/* Adds the sites of one ledger, each once. `stacks` must outlive the sites. */
void sweep_sites__learn(struct sweep_sites *sites, const struct ledger *ledger, struct stacks *stacks,
                        const struct sweep_choice *choice);
/* Those first that call from an instruction for the first time: when not all are tried, every instruction should be. */
void sweep_sites__sort(struct sweep_sites *sites);
void sweep_sites__clear(struct sweep_sites *sites);

/* "app.c:12 in save", of a frame whose file is known; the caller frees it. */
char *frame__where(const struct frame *frame);

/* "inject=fclose=ENOSPC@1/at=app+0x12f4^0x1390"; the caller frees it. */
char *sweep_site__rule(const struct sweep_site *site);

#endif
