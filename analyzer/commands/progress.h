/* One line on stderr that says how far a long piece of work is, where stderr is a terminal; nothing elsewhere. It is
 * gone when the work is done. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>

/* Shows "leakwatch: WHAT" at once. */
void progress__say(const char *what);
/* "leakwatch: WHAT 1,200 of 5,000", a few times a second, and not before some time has passed since done was 0. */
void progress__count(const char *what, size_t done, size_t all);
/* Takes the line away; before anything else is written. */
void progress__clear(void);

#endif
