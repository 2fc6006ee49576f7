/* Releases that hit the wrong thing: noticed by release.c before and after the real call, written down here. */
#ifndef LW_MISUSES_H
#define LW_MISUSES_H

#include "record.h"

#pragma GCC visibility push(hidden)

/* A release that cannot mean anything: close(-1), fclose(NULL), a number where a stream belongs. */
void lw_invalid_release(struct lw_call *call, enum lw_misuse_kind kind, uint64_t handle);
/* Before a close of something open: is it the closer's to close? lw_usual_look asks it where that is in question. */
void lw_look_closer(struct lw_record *record, struct lw_call *call, struct lw_slot *slot);
/* The same of what is below a stream that is about to be closed. */
void lw_look_before_stream_closes(struct lw_record *record, struct lw_call *call, struct lw_slot *below);
/* A handle that has been closed is about to be closed again. */
void lw_handle_closed_twice(struct lw_call *call, struct lw_slot *slot);
/* The close of a number that was closed already has returned with this errno (0: it succeeded). */
void lw_closed_gone(struct lw_call *call, const struct lw_slot *slot, int error);
/* dup2 or dup3 has put `from` in the place of this one. */
void lw_clobbered(struct lw_record *record, const struct lw_slot *slot, const struct lw_slot *from);
/* Every close of a number passes here first: sweeps are told by their steps. */
void lw_step_of_sweep(struct lw_call *call, int fd, bool open);
#define LW_SWEEP 4u
#define LW_LOOP 1024u /* bytes of code: more than a loop that was unrolled has between two calls */
/* Notes the step. Does it go on from the one before? If not, another row of steps begins with it. */
static inline __attribute__((always_inline)) bool lw_sweep_goes_on(struct lw_thread *thread, const void *frame, int fd,
                                                                   bool open)
{
    uint64_t place = LW_CALLER_PC(frame), stack = LW_CALLER_SP(frame), last = thread->sweep_place;
    int step = fd - thread->sweep_last;
    bool steps = step == 1 || step == -1;
    bool goes_on = steps && (step == thread->sweep_step || thread->sweep_length == 1) && stack == thread->sweep_stack &&
                   place - last + LW_LOOP <= 2 * LW_LOOP;
    thread->sweep_step = (int8_t)(steps ? step : 0);
    thread->sweep_last = fd;
    thread->sweep_place = place;
    if (__builtin_expect(goes_on, 0))
        return true;
    thread->sweep_stack = stack;
    thread->sweep_length = 1;
    thread->sweep_empty = !open;
    thread->sweep_noted = 0;
    return false;
}
/* The same of a close of something open, where none of the steps before was of nothing: then it is no sweep yet. */
static inline __attribute__((always_inline)) void lw_step_of_usual(struct lw_thread *thread, const void *frame, int fd)
{
    if (__builtin_expect(lw_sweep_goes_on(thread, frame, fd, true), 0) && thread->sweep_length < LW_SWEEP)
        thread->sweep_length++;
}
/* An acquisition has failed: should its result be released next, this is the story. */
void lw_remember_failure(const struct lw_call *call, uint32_t stack, int error);
static inline void lw_remember_failure_of(struct lw_thread *thread, const void *frame, uint32_t hook, uint32_t stack,
                                          int error)
{
    thread->failed_stack = stack;
    thread->failed_place = LW_CALLER_PC(frame);
    thread->failed_hook = (uint16_t)hook;
    thread->failed_error = (uint16_t)error;
}
/* Writes one down; the number of its row, 0: no room. */
uint32_t lw_note_misuse(struct lw_record *record, struct lw_misuse *key, const struct lw_slot *slot);
/* This event's stack is one that does something number by number: LW_SWEEPS, LW_PROBES. */
void lw_note_place(struct lw_record *record, enum lw_misuse_kind kind);

#pragma GCC visibility pop

#endif
