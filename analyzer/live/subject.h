/* What is looked at again and again: a directory of ledgers, one process, or all that run watched on this machine. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "shelf.h"

struct subject;

/* NULL for all processes; text that is the number of a process and no file's name for that one. */
struct subject *subject__new(const char *text);
void subject__free(struct subject *subject);

/* False: it cannot be looked at, and why is in subject__trouble; what was known stays. */
bool subject__look(struct subject *subject);
const char *subject__trouble(const struct subject *subject); /* NULL: none */

const struct shelf *subject__shelf(const struct subject *subject);
const char *subject__name(const struct subject *subject);

#endif
