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
/* An acquisition has failed: should its result be released next, this is the story. */
void lw_remember_failure(const struct lw_call *call, uint32_t stack, int error);
/* Writes one down; the number of its row, 0: no room. */
uint32_t lw_note_misuse(struct lw_record *record, struct lw_misuse *key, const struct lw_slot *slot);
/* This event's stack is one that does something number by number: LW_SWEEPS, LW_PROBES. */
void lw_note_place(struct lw_record *record, enum lw_misuse_kind kind);

#pragma GCC visibility pop

#endif
