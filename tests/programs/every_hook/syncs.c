/* The deeds of every_hook that write through, or ask whether something was written. */
#include <sys/mman.h>

#include "every_hook.h"

/* Pipes cannot be synced. */
static void synced(void *function)
{
    int ends[2];
    must(pipe(ends), "pipe");
    also_acquired(HOOK_pipe, 2);
    if (TYPED(function, int, int)(ends[1]) == 0 || errno != EINVAL)
        puts("a pipe was synced");
    shows(now == HOOK_fsync ? "failure.*call=\"fsync\" error=22 role=3"
                            : "failure.*call=\"fdatasync\" error=22 role=3");
    put_away(ends[0]);
    put_away(ends[1]);
}

static void mapping_synced(void *function)
{
    void *page = must_have(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
    must(munmap(page, 4096), "munmap");
    if (TYPED(function, int, void *, size_t, int)(page, 4096, MS_SYNC) == 0 || errno != ENOMEM)
        puts("what is not mapped was synced");
    shows("failure.*call=\"msync\" error=12 role=3");
}

static void asked(void *function)
{
    if (TYPED(function, int, FILE *)(stdout) != 0)
        puts("standard output has an error");
}

deed *const sync_deeds[HOOKS] = {
    [HOOK_fsync] = synced,
    [HOOK_fdatasync] = synced,
    [HOOK_msync] = mapping_synced,
    [HOOK_ferror] = asked,
};
