/* The usual roads of the hooks that are called most, which need no struct lw_call. See usual.c. */
#ifndef LW_USUAL_ROADS_H
#define LW_USUAL_ROADS_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "call.h"
#include "process/process.h"
#include "wake/wake.h"

#pragma GCC visibility push(hidden)

/* Something was asked for that only the general roads know of, or it is not known yet. It does not come later. */
extern bool lw_unusual;
/* Behind an event that went the general road: need the next one? injecting: failures are asked for. */
void lw_settle_usual(bool injecting);

/* Does this thread remember stacks, in this ledger, and is there nothing special about it? */
static inline __attribute__((always_inline)) bool lw_is_usual_thread(const struct lw_thread *thread)
{
    return lw_keeping() && thread->era == lw_era && thread->memory && !thread->is_special;
}

/* May a hook go the usual road up to its real call? Else it goes through lw_enter. */
static inline __attribute__((always_inline)) bool lw_is_usual(void)
{
    const struct lw_thread *thread = &lw_thread;
    return lw_is_usual_thread(thread) && !lw_unusual && !lw_sharing && *lw_owner == LW_OURS;
}

/* Where it may: the real call, and the event. frame: of the hook. */
int lw_open_usually(const char *path, int flags, mode_t mode, const void *frame, uint32_t hook);
/* The same of a close. LW_NOT_USUAL: nothing has been done, it has to go the general road. */
#define LW_NOT_USUAL INT_MIN
int lw_close_usually(int fd, const void *frame, uint32_t hook);
/* The same of streams and directories (handles.c). */
FILE *lw_fopen_usually(const char *path, const char *mode, const void *frame, uint32_t hook);
int lw_fclose_usually(FILE *stream, const void *frame, uint32_t hook);
DIR *lw_opendir_usually(const char *path, const void *frame, uint32_t hook);
int lw_closedir_usually(DIR *directory, const void *frame, uint32_t hook);
/* What the letters of a mode mean to open. A comma begins the name of a character set. */
uint32_t lw_flags_of_mode(const char *mode);
/* The descriptor below; -1 where there is none, which must not show in errno. */
int lw_number_below(FILE *stream);

/* The frame of the hook stays as it is until the call before this has returned: it is no jump. */
#define LW_KEEP_FRAME __asm__ volatile("")

#pragma GCC visibility pop

#endif
