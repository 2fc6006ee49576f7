/* Which slots name which site, sorted when that is asked first: a question about each site must not look at all slots. */
#ifndef LEDGER_SITE_SLOTS_H
#define LEDGER_SITE_SLOTS_H

struct site_slots;

struct site_slots *site_slots__new(void);
void site_slots__free(struct site_slots *by_site);

#endif
