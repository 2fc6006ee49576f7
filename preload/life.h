/* The life of the process: fork, vfork, exec, the ends. */
#ifndef LW_LIFE_H
#define LW_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "leakwatch/ledger.h"
#include "thread.h"

#pragma GCC visibility push(hidden)

/* ---- fork.c ---- */

/* After vfork or clone(CLONE_VM) in this thread: is this the parent again? False in the child, which must touch
 * nothing: it runs on the parent's memory. */
bool lw_vfork_over(struct lw_thread *thread);
extern uint32_t lw_sharing; /* a child without CLONE_VFORK runs on our memory: every hook asks whose call it is */

/* A forked child that has no ledger of its own remembers which of the inherited numbers (below 1,024) it changed. */
void lw_child_changed(int fd);
void lw_child_swept(unsigned first, unsigned last);
bool lw_child_has_changed(unsigned fd);

/* ---- ends.c ---- */

void lw_end(enum lw_end how, int status);
void lw_end_undone(void); /* exec failed */
void lw_count_heir(int change);
/* May the next image remove this one's ledger? This one cannot: the exec may fail. */
bool lw_leaves_nothing(void);
extern int lw_quick_status; /* of quick_exit, for the handler that runs last */
/* Registers what must run last of all at a normal end. */
void lw_ends_start(void);
/* Is the ledger that is mapped this process's own? */
bool lw_keeps_books(void);
/* After daemon(): the child closes the books of the parent, whose end nothing saw, if it had any. */
void lw_parent_passed_on(bool had_books);

/* In a forked child without a ledger of its own: from here on it looks into its parent's, and no other thread begins one,
 * which would put that away. False: it has one, or there is none. */
bool lw_parent_hold(void);
void lw_parent_let_go(void);

/* ---- exec.c ---- */

/* The program may have passed anything: what cannot be read ends the text, page by page. Gives its length. */
size_t lw_copy_text(char *to, size_t room, const char *from);
/* Notes what crosses this exec. */
void lw_executing(const void *frame, const char *program);
/* The environment for the program to be executed: a copy of envp in `room` with the link to this ledger set, or envp.
 * To be asked for after lw_end(LW_EXEC). */
#define LW_ENVIRONMENT_ROOM 510
char *const *lw_environment_for_exec(char *const *envp, char **room);
/* What the link in our own environment says: the predecessor or parent of this image. */
void lw_link_read(struct lw_header *header);
struct lw_map;
void lw_link_write(const struct lw_map *map);
/* Around an exec: offer our ledger to the next image for removal if there is nothing in it. */
void lw_link_offer(void);
void lw_link_withdraw(void);
void lw_link_start(char **envp);

/* ---- inventory.c ---- */

/* Descriptors that are open now and have no slot: inherited when the ledger begins, untracked when it ends. */
void lw_inventory(uint32_t flag);
/* The kind of what a number is open on, and its path where it has one (length 0: none), as /proc has it: for descriptors
 * that come from elsewhere, which is rare enough for a system call. */
uint32_t lw_number_is(unsigned number, char *path, size_t room, size_t *length);

#pragma GCC visibility pop

#endif
