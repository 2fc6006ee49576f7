/* What gcc and clang call at each function of a program built with -finstrument-functions. The usual answer is: nothing to
 * do, and it must cost next to nothing. */
#include "function/function.h"

#include "hook.h"
#include "wake/wake.h"

void __cyg_profile_func_enter(void *function, void *site);
void __cyg_profile_func_exit(void *function, void *site);

/* Before leakwatch has started, there is nothing to forward to either. */
static uint32_t settle(void)
{
    if (!lw_awake())
        return 0;
    lw_functions_start();
    return __atomic_load_n(&lw_functions_work, __ATOMIC_ACQUIRE);
}

static inline bool is_not_selected(uint32_t work, const void *function)
{
    return work == LW_FUNCTIONS_SELECT && lw_function_find(lw_functions_known, (uint64_t)function) == 0;
}

#define INSTRUMENTED(symbol, happened)                                                                                 \
    LW_EXPORT LW_HOT_CODE void symbol(void *function, void *site)                                                      \
    {                                                                                                                  \
        uint32_t work = __atomic_load_n(&lw_functions_work, __ATOMIC_ACQUIRE);                                         \
        if (__builtin_expect(work == 0, 1) || __builtin_expect(is_not_selected(work, function), 1))                    \
            return;                                                                                                    \
        if (work & LW_FUNCTIONS_UNSETTLED)                                                                             \
            work = settle();                                                                                           \
        if (work & LW_FUNCTIONS_SELECT)                                                                                \
            happened((uint64_t)function, LW_FRAME);                                                                    \
        if (work & LW_FUNCTIONS_FORWARD)                                                                               \
            LW_REAL(symbol)(function, site);                                                                           \
    }

INSTRUMENTED(__cyg_profile_func_enter, lw_function_entered)
INSTRUMENTED(__cyg_profile_func_exit, lw_function_left)
