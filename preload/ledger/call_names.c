/* The names of the hooked functions, in the ledger. */
#include <string.h>

#include "ledger.h"

LW_HOT_DATA uint32_t lw_call_names[LW_HOOK_COUNT];

void lw_call_names_forget(void)
{
    memset(lw_call_names, 0, sizeof lw_call_names);
}

uint32_t lw_call_name_new(uint32_t hook)
{
    lw_call_names[hook] = lw_name(lw_hooks[hook].name, strlen(lw_hooks[hook].name));
    return lw_call_names[hook];
}
