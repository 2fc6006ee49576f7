/* Is leakwatch awake, and is there a ledger, for this process and this thread? */
#ifndef LW_WAKE_H
#define LW_WAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"

#pragma GCC visibility push(hidden)

/* ---- start.c ---- */

/* Ready to record? Starts up lazily when another library's constructor gets here before ours. */
bool lw_start(void);

/* ---- begin.c ---- */

/* Begins the ledger; true when there is one now. Called by verbs with something worth recording. */
bool lw_begin(void);
/* And makes this step with the thread right after that, if it is this thread that has begun it. */
bool lw_begin_and(void (*then)(void *thread));
/* Before main, which may write over it: by its name the process is known. */
void lw_keep_first_argument(void);
/* The same of a process that wrote a title over its arguments before anybody could keep them: it is called this. */
void lw_keep_name(const char *name);

/* ---- roll.c ---- */

/* Instead of a ledger, where this run has a roll and until there is something to record. False: it has none, or no room. */
bool lw_roll_enter(void);
bool lw_on_roll(void);
/* Before something after which it would be too late: a fork, an exec, a release, the loss of the way to the directory. */
void lw_begin_if_on_roll(void);
void lw_roll_strike(void);
void lw_roll_forked(void);
void lw_roll_end(enum lw_end how, int status);

/* ---- era.c ---- */

/* Forget what was known of the ledger until now: another one takes its place. */
void lw_new_era(void);

/* ---- fork.c ---- */

/* After vfork or clone(CLONE_VM) in this thread: is this the parent again? False in the child, which must touch
 * nothing: it runs on the parent's memory. */
bool lw_vfork_over(struct lw_thread *thread);
extern uint32_t lw_sharing; /* a child without CLONE_VFORK runs on our memory: every hook asks whose call it is */

/* Of a process that has no ledger: children that were started, less those that were waited for, with so many more. */
int32_t lw_children_unwritten(int32_t more);

/* A forked child that has no ledger of its own remembers which of the inherited numbers (below 1,024) it changed. */
void lw_child_changed(int fd);
extern bool lw_in_child; /* it was forked; until then there is nothing to remember */
void lw_child_swept(unsigned first, unsigned last);
bool lw_child_has_changed(unsigned fd);
/* In a forked child, at its first hook: the parent's ledger is not ours to write any more. False: another thread is still
 * at that. */
bool lw_forked(void);

/* In a forked child without a ledger of its own: from here on it looks into its parent's, and no other thread begins one,
 * which would put that away. False: it has one, or there is none. */
bool lw_parent_hold(void);
void lw_parent_let_go(void);
/* When this process was forked from one that kept a ledger; 0: it was not, or it has nothing more to tell of that. */
extern uint64_t lw_forked_at;
extern uint32_t lw_forks; /* from the first process to this one */

/* ---- link.c ---- */

/* The environment for the program to be executed: a copy of envp in `room` with the link to this ledger set, or envp.
 * To be asked for after lw_end(LW_EXEC). */
#define LW_ENVIRONMENT_ROOM 510
char *const *lw_environment_for_exec(char *const *envp, char **room);
/* What the link in our own environment says: the predecessor or parent of this image. */
void lw_link_read(struct lw_header *header);
/* How many images of this process it tells of. */
uint32_t lw_link_image(uint32_t pid);
/* In front of the path of a ledger there is this much room: both together are what its link is. */
#define LW_LINK_ROOM (sizeof LW_LINK_VARIABLE + 1 + LW_LINK_NUMBERS)
#define LW_LINK_NUMBERS 44 /* bytes of two numbers, and a colon behind each */
void lw_link_write(const struct lw_map *map);
/* Around an exec: offer our ledger to the next image for removal, there being nothing in it. */
void lw_link_offer(void);
void lw_link_withdraw(void);
void lw_link_start(char **envp);
/* As long as it has heirs, the parent does not remove its ledger: they refer to it. */
void lw_count_heir(int change);

/* ---- inventory.c ---- */

/* Descriptors that are open now and have no slot: inherited when the ledger begins, untracked when it ends. numbers: how
 * many the table of descriptors had room for a moment ago; 0: that is not known. */
void lw_inventory(uint32_t flag, uint32_t numbers);
/* The same once more, as hooks have come into effect in between: what was closed meanwhile goes, what was opened comes. */
void lw_inventory_again(uint32_t flag);
/* Was this number open when the last inventory was made? False: it must be asked. */
bool lw_inventory_saw(unsigned number);
/* Was it not open then? False: it must be asked. */
bool lw_inventory_missed(unsigned number);
/* The kind of what a number is open on, and its path where it has one (length 0: none), as /proc has it: for descriptors
 * that come from elsewhere, which is rare enough for a system call. */
uint32_t lw_number_is(unsigned number, char *path, size_t room, size_t *length);

/* ---- keys.c: the key for thread-specific data whose destructor tells of a thread's end; the program's come first ---- */

/* The real pthread_key_create. */
int lw_key_create(pthread_key_t *key, void (*destructor)(void *));

/* What is to be called at the end of each thread that asks for it, after what others have destructors for. */
void lw_key_start(void (*last)(void));
/* Asks for that call at the end of this thread. False: there is no key. */
bool lw_key_set(void);

/* Is there a key, so that threads can tell of their ends? */
bool lw_key_tells(void);

/* The program has none left: gives it ours, for good. False: there was nothing to give. */
bool lw_key_give_back(void);

/* ---- awake.c ---- */

/* From here on no system calls: takes room ahead, and returns what lw_strict was before. */
bool lw_become_strict(void);
/* Behind the call that was to install a filter: whether it did; many only ask so what the kernel knows. */
void lw_strict_tried(bool before, bool good);
/* The slow half of lw_present. */
struct lw_thread *lw_arrive(bool worth);

/* Is leakwatch ready, and this the process that it watches? */
static inline bool lw_awake(void)
{
    uint32_t phase = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE);
    if (__builtin_expect(phase < LW_PHASE_READY || phase == LW_PHASE_OFF, 0) && !lw_start())
        return false;
    struct lw_thread *thread = &lw_thread;
    if (__builtin_expect(thread->busy | thread->vforked | lw_sharing, 0) && (thread->busy || !lw_vfork_over(thread)))
        return false;
    return __builtin_expect(*lw_owner == LW_OURS, 1) || lw_forked();
}

/* The same where nothing has to be done for it, as nearly always; false: that is to be asked. */
static inline bool lw_awake_usually(void)
{
    const struct lw_thread *thread = &lw_thread;
    uint32_t phase = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE);
    return phase - LW_PHASE_READY < LW_PHASE_OFF - LW_PHASE_READY && !(thread->busy | thread->vforked | lw_sharing) &&
           *lw_owner == LW_OURS;
}

/* This thread, with its place in the ledger; NULL: there is no ledger. `worth`: begin one if there is none yet. */
static inline struct lw_thread *lw_present(bool worth)
{
    struct lw_thread *thread = &lw_thread;
    if (__builtin_expect(lw_keeping(), 1) && thread->era == lw_era && thread->lane)
        return thread;
    return lw_arrive(worth);
}

/* Is the ledger that is mapped this process's own? */
static inline bool lw_keeps_books(void)
{
    return lw_keeping() && *lw_owner == LW_OURS;
}

#pragma GCC visibility pop

#endif
