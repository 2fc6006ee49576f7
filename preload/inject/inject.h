/* Failures on purpose, to make the paths speak that nobody tests: LEAKWATCH_OPTIONS=inject=close=EIO@3,… */
#ifndef LW_INJECT_H
#define LW_INJECT_H

#include "account/account.h"

#pragma GCC visibility push(hidden)

extern bool lw_injecting; /* is there any rule? Hooks ask this first */

/* Reads the rules, if they have not been yet; what is wrong with one is said on stderr, and that rule ignored. */
void lw_injections_start(void);
/* Shall this acquisition, of what `text` names, fail without acquiring? Sets errno. */
bool lw_inject(struct lw_call *call, const char *text);
/* Shall this release, which has succeeded, report a failure? Sets errno. To be asked before lw_released. */
bool lw_inject_release(struct lw_call *call);

#pragma GCC visibility pop

#endif
