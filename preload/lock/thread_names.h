/* Names of threads. */
#ifndef LW_THREAD_NAMES_H
#define LW_THREAD_NAMES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "stack/stack.h"

#pragma GCC visibility push(hidden)

/* This thread's, by the kernel; empty where that may not be asked. */
void lw_name_ask(char name[LW_THREAD_NAME]);
/* The same, if it was given since the thread was started; else `name` stays as it is. start may be NULL. */
bool lw_name_own(const struct lw_start *start, char name[LW_THREAD_NAME]);

/* This thread, or another one, was given a name just now. */
void lw_name_changed(const char *name);
void lw_name_given(pthread_t thread, const char *name);

/* For what is told of a thread that has no board, or not any more. */
void lw_name_keep(uint32_t thread, const char name[LW_THREAD_NAME]);

#pragma GCC visibility pop

#endif
