/* Functions as scopes, without a change of the source: in programs built with -finstrument-functions, those that
 * LEAKWATCH_OPTIONS=scopes=handle_*,process_job selects. */
#ifndef LW_FUNCTION_H
#define LW_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"

#pragma GCC visibility push(hidden)

/* What is to be done at each function, or-ed; 0: nothing. */
enum lw_functions_work {
    LW_FUNCTIONS_UNSETTLED = 1, /* leakwatch has not started: not known yet */
    LW_FUNCTIONS_SELECT = 2,    /* scopes= names some */
    LW_FUNCTIONS_FORWARD = 4,   /* another library wants to hear of them too */
    LW_FUNCTIONS_CLOSING = 256  /* added for every dlclose under way: what is known may not be true any more */
};
extern uint32_t lw_functions_work;
extern uint64_t *lw_functions_known; /* cache.h; never NULL while functions are selected */

/* Settles the work, if it has not been yet: from the options, and from what was found behind our hooks. */
void lw_functions_start(void);

/* A function was entered or left that is selected or not known yet. frame: of the hook. errno stays. */
void lw_function_entered(uint64_t address, const void *frame);
void lw_function_left(uint64_t address, const void *frame);

/* Around a dlclose; the second one if the first one says so. */
bool lw_functions_unloading(void);
void lw_functions_unloaded(void);
/* At exit: says which patterns have selected nothing. */
void lw_functions_exiting(void);

/* The number of a function that is no symbol's, by its qualified name; 0: it is not selected. */
uint32_t lw_function_number(const char *text, size_t length);

/* ---- python.c: those of a Python program ---- */

void lw_python_functions_start(void);
bool lw_python_functions_are_scopes(void);
bool lw_python_functions_gave_way(void); /* to a profiler of the program's own */
/* This thread has made another one. */
void lw_python_functions_thread(void);

/* ---- selection.c: by patterns, names that are kept over ledgers ---- */

#define LW_FUNCTIONS_MAX 4095u /* names; there is no room for more scopes in a ledger */

/* Takes the patterns apart, makes room. False: there are none, or there is no room. */
bool lw_selection_start(const char *patterns);
/* The number of this symbol's function; 0: not selected. By one thread at a time. */
struct lw_symbol;
uint32_t lw_selection_number(const struct lw_symbol *symbol);
uint32_t lw_selection_number_of(const char *text, size_t length);
const char *lw_selection_text(uint32_t number); /* not ended where it is as long as a scope's name may be */
/* Bytes of its code at least; 0: not known. */
uint64_t lw_selection_size(uint32_t number);
/* Its name in the present ledger; LW_OTHER: the ledger is full. There must be a ledger. */
uint32_t lw_selection_name(uint32_t number);
/* The same if it has been asked for already in this ledger; 0: it has not. */
uint32_t lw_selection_known_name(uint32_t number);
/* Which patterns have selected nothing? False: none. unread: a module whose functions are not known, or "". */
bool lw_selection_complain(const char *unread, bool aloud);

#pragma GCC visibility pop

#endif
