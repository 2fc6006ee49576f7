/* How the records of a ledger are spelt: one line each, the record's name first, then `field=value` in the order of
 * ledger.h. Zero and "none" are printed too, so that a line of one kind always has the same fields. */
#ifndef DUMP_FIELDS_H
#define DUMP_FIELDS_H

#include <stdio.h>

#include "ledger/read.h"

struct dump {
    FILE *out;
    const struct ledger *ledger;
};

struct record_form; /* the fields of one kind of record */

extern const struct record_form form_header, form_process, form_end, form_counters, form_clock, form_table,
    form_scope_count, form_site_count, form_slot, form_place, form_lane, form_samples, form_sample, form_exhaustion;

/* " field=value field=value …", without a line end. */
void dump__fields(const struct dump *dump, const struct record_form *form, const void *record);
void dump__row(const struct dump *dump, enum lw_table_id table, const void *row); /* of a table's element */
/* " field="text"", quoted and escaped. */
void dump__text(const struct dump *dump, const char *field, const char *text, size_t length);

#endif
