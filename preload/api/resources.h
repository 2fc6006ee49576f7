/* What a program says and asks about single resources; see leakwatch.h. */
#ifndef LW_API_RESOURCES_H
#define LW_API_RESOURCES_H

#include "scope/scope.h"

#pragma GCC visibility push(hidden)

int lw_hand_over(enum leakwatch_kind kind, uintptr_t handle, leakwatch_scope_t to, const void *frame);
int lw_expect_held(enum leakwatch_kind kind, uintptr_t handle, const char *reason, const void *frame);
int lw_label(enum leakwatch_kind kind, uintptr_t handle, const char *text, const void *frame);
int lw_own(int fd, uint64_t tag, const void *frame);
int lw_close_owned(int fd, uint64_t tag, const void *frame);
size_t lw_held(leakwatch_scope_t scope, leakwatch_held_callback *callback, void *context, const void *frame);

#pragma GCC visibility pop

#endif
