/* Code made at run time: which of its addresses are told apart.
 *
 * DESIGN. A compiler at run time makes code without end, and every address of it would make stacks of its own. So to all
 * of it belongs one address, except where somebody is going to say what function an address lay in: perf's map of the
 * process, which compilers write where they are asked to. Then addresses are kept, up to a number, and while stacks are
 * not too many.
 *
 * Is there going to be a map? Node and .NET begin it before they make any code, so there it is, or never will be. Java
 * writes it at its end, or when it is told to. Others are asked for by perfmap=1. */
#include "generated.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "system/system.h"

#define ADDRESSES 4096u        /* kept at most: see LW_TROUBLE_GENERATED */
#define PLACES (2 * ADDRESSES) /* of the table of them: a power of two */
#define FRAMES 65536u          /* of all stacks, beyond which no address is kept that was not met before */
#define LOOKS 16u

static uint64_t kept[PLACES]; /* open addressing; 0: free */
static LW_START_DATA uint32_t count;

/* ---- Whether ---- */

enum { UNKNOWN, NO, YES };
static LW_START_DATA uint32_t wanted, looks;

static bool has_map(void)
{
    char path[48] = "/tmp/perf-", nothing[1];
    stpcpy(lw_append_number(path + strlen(path), lw_pid), ".map");
    return lw_system4(SYS_readlinkat, AT_FDCWD, path, nothing, sizeof nothing) == -EINVAL; /* there, and no link */
}

static uint32_t by_program(void)
{
    static const struct {
        const char name[8];
        bool has_map_from_the_start;
    } programs[] = {{"java", false}, {"node", true}, {"nodejs", true}, {"dotnet", true}};
    const char *exe = lw_header()->exe, *slash = strrchr(exe, '/');
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (strcmp(slash ? slash + 1 : exe, programs[i].name) != 0)
            continue;
        if (!programs[i].has_map_from_the_start)
            return YES;
        if (lw_strict || lw_careful)
            return NO;
        return has_map() ? YES : __atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED) < LOOKS ? UNKNOWN : NO;
    }
    return NO;
}

static bool are_wanted(void)
{
    if (lw_options.perfmap != LW_PERFMAP_FOUND)
        return lw_options.perfmap == LW_PERFMAP_ON;
    if (__atomic_load_n(&wanted, __ATOMIC_RELAXED) == UNKNOWN)
        __atomic_store_n(&wanted, by_program(), __ATOMIC_RELAXED);
    return __atomic_load_n(&wanted, __ATOMIC_RELAXED) == YES;
}

/* ---- Which ---- */

static bool refuse(void)
{
    uint32_t *troubles = &lw_header()->troubles;
    if (!(__atomic_load_n(troubles, __ATOMIC_RELAXED) & LW_TROUBLE_GENERATED))
        __atomic_fetch_or(troubles, LW_TROUBLE_GENERATED, __ATOMIC_RELAXED);
    return false;
}

static bool may_be_more(void)
{
    const struct lw_table *stacks = &lw_header()->tables[LW_STACKS];
    return __atomic_load_n(&stacks->count, __ATOMIC_ACQUIRE) < FRAMES &&
           (__atomic_load_n(&count, __ATOMIC_RELAXED) < ADDRESSES &&
            __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) <= ADDRESSES);
}

/* The table never fills: twice as many places as addresses. */
static bool is_kept(uint64_t address)
{
    for (uint64_t at = lw_hash2(address, 0);; at++) {
        uint64_t *place = &kept[at % PLACES], there = __atomic_load_n(place, __ATOMIC_RELAXED);
        if (there == 0 && !may_be_more())
            return refuse();
        if (there == 0 &&
            __atomic_compare_exchange_n(place, &there, address, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return true;
        if (there == address)
            return true;
    }
}

uint64_t lw_generated_address(uint64_t address)
{
    bool is_one = address > LW_ADDRESS_LINE && are_wanted() && is_kept(address);
    return is_one ? address : LW_ADDRESS_GENERATED;
}
