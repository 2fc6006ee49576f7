/* The name of a program that has written a title for ps over its arguments: "nginx: master process nginx -c …". */
#include <string.h>
#include <sys/prctl.h>

#include "late.h"
#include "process/process.h"
#include "system/system.h"
#include "wake/wake.h"

#define KERNELS 16 /* bytes of a name that the kernel has of each thread; what began this thread was the first one */

static const char *base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One that is called by a path with a blank in it is no title. The kernel's name of a script is the script's: so what has no
 * blank is no title either, whatever the name. */
static bool is_title(const char *argument, const char *name, const char *program)
{
    const char *called = base(argument);
    return strchr(argument, ' ') && strncmp(called, name, KERNELS - 1) != 0 && strcmp(called, program) != 0;
}

/* The kernel's name is that by which the program was executed, and may be cut. */
void lw_title_drop(void)
{
    char name[KERNELS] = "", path[LW_TEXT] = "";
    if (!lw_arguments || !*lw_arguments || lw_system2(SYS_prctl, PR_GET_NAME, name) != 0 ||
        !lw_own_program(path, sizeof path))
        return;
    const char *program = base(path);
    if (!is_title(*lw_arguments, name, program))
        return;
    bool is_cut = strlen(name) == KERNELS - 1 && strncmp(program, name, KERNELS - 1) == 0;
    lw_keep_name(is_cut ? program : name);
}
