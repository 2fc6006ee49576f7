/* The life of the process: its constructor, exec, the ends. */
#ifndef LW_LIFE_H
#define LW_LIFE_H

#include <stdbool.h>
#include <stddef.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

/* ---- construct.c ---- */

/* For a process that our library was loaded into as it ran: what the constructor does for others, when it is asked for. */
bool lw_construct_late(const char *options);

/* ---- ends.c ---- */

void lw_end(enum lw_end how, int status);
void lw_end_undone(void);   /* exec failed */
extern int lw_quick_status; /* of quick_exit, for the handler that runs last */
/* Registers what must run last of all at a normal end. */
void lw_ends_start(void);
/* After daemon(): the child closes the books of the parent, whose end nothing saw, if it had any. */
void lw_parent_passed_on(bool had_books);

/* ---- crossings.c ---- */

/* The program may have passed anything: what cannot be read ends the text, page by page. Gives its length. */
size_t lw_copy_text(char *to, size_t room, const char *from);
/* Notes what crosses this exec. */
void lw_executing(const void *frame, const char *program);
#pragma GCC visibility pop

#endif
