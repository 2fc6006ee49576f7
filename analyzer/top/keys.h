/* Which key does what. */
#ifndef TOP_KEYS_H
#define TOP_KEYS_H

#include "state.h"

/* Of a key as curses numbers it. */
enum top_action top_keys__action(int key);
/* What the help says, a line at a time; NULL behind the last one. */
const char *top_keys__help(size_t line);

#endif
