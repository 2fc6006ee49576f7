/* The key for thread-specific data whose destructor tells of a thread's end; the program's own keys come first. */
#ifndef LW_KEYS_H
#define LW_KEYS_H

#include <pthread.h>
#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* The real pthread_key_create. */
int lw_key_create(pthread_key_t *key, void (*destructor)(void *));

/* Asks for a call of `last` at the end of this thread, after what others have destructors for. False: there is no key. */
bool lw_key_set(void (*last)(void));

/* The program has none left: gives it ours, for good. False: there was nothing to give. */
bool lw_key_give_back(void);

#pragma GCC visibility pop

#endif
