/* dlclose: what was at some address may be something else from now on. Its real call runs the module's destructors, and
 * what those release is the program's. */
#include <dlfcn.h>

#include "function/function.h"
#include "hook.h"
#include "process/process.h"
#include "stack/stack.h"

LW_EXPORT int dlclose(void *handle)
{
    bool functions = lw_functions_unloading();
    int result = LW_REAL(dlclose)(handle);
    if (lw_phase >= LW_PHASE_READY)
        lw_modules_forget();
    if (functions)
        lw_functions_unloaded();
    return result;
}
