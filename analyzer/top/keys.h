/* Which key does what. */
#ifndef TOP_KEYS_H
#define TOP_KEYS_H

#include "state.h"

/* Of a key as curses numbers it. */
enum top_action top_keys__action(int key);
/* What the help says, as lines. */
void top_keys__help(FILE *out, size_t columns);

#endif
