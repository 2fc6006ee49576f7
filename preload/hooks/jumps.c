/* longjmp leaves frames behind without a word: what they had marked is taken back here. */
#include <setjmp.h>

#include "hook.h"
#include "process/process.h"
#include "scope/scope.h"
#include "stack/stack.h"

#define JUMP(symbol)                                                                                                   \
    LW_EXPORT __attribute__((noreturn)) void symbol(struct __jmp_buf_tag target[1], int value)                         \
    {                                                                                                                  \
        if (lw_phase >= LW_PHASE_READY) {                                                                              \
            lw_thread.inside = NULL;                                                                                   \
            lw_thread.letting_in = 0;                                                                                  \
            lw_scopes_jumping(LW_FRAME);                                                                               \
        }                                                                                                              \
        LW_REAL(symbol)(target, value);                                                                                \
        __builtin_unreachable();                                                                                       \
    }

JUMP(longjmp)
JUMP(_longjmp)
JUMP(siglongjmp)
JUMP(__longjmp_chk)
