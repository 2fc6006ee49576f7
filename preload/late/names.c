/* Names of functions that are hooked, with both addresses. */
#include "late.h"

#include <dlfcn.h>
#include <string.h>

#include "real/real.h"
#include "stack/stack.h"
#include "symbol/symbol.h"

#define OTHERS 2 /* dlopen, dlsym */
#define BUCKETS 1024u
_Static_assert((LW_HOOK_COUNT + OTHERS) * 2 < BUCKETS, "names find their buckets");

static struct lw_late_name names[LW_HOOK_COUNT + OTHERS];
static uint32_t count;
static uint16_t buckets[BUCKETS]; /* 1 + which name */

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (uint8_t)*name;
    return hash;
}

struct lw_late_name *lw_late_name(const char *name)
{
    for (uint32_t at = hash_of(name) % BUCKETS; buckets[at]; at = (at + 1) % BUCKETS)
        if (strcmp(names[buckets[at] - 1].name, name) == 0)
            return &names[buckets[at] - 1];
    return NULL;
}

void lw_late_names_visit(void (*visit)(struct lw_late_name *name, void *context), void *context)
{
    for (uint32_t i = 0; i < count; i++)
        visit(&names[i], context);
}

/* What the C library does not have, or a sanitizer has taken over, is left to whoever has it. */
static void add(const char *name, const char *version, uint64_t hook, void *real)
{
    struct lw_image libc;
    struct lw_exports exports;
    if (!hook || !real || !lw_in_libc((uint64_t)real))
        return;
    if (lw_module_image((uint64_t)real, &libc) && libc.headers &&
        lw_exports_of(&exports, libc.base, libc.headers, libc.count) &&
        lw_exports_agree(&exports, name, (uint64_t)real))
        version = NULL;
    names[count] = (struct lw_late_name){.name = name, .version = version, .hook = hook, .real = (uint64_t)real};
    uint32_t at = hash_of(name) % BUCKETS;
    while (buckets[at])
        at = (at + 1) % BUCKETS;
    buckets[at] = (uint16_t)++count;
}

static void add_loading(const char *name, void (*hook)(void), void **real)
{
    *real = dlsym(RTLD_NEXT, name);
    add(name, NULL, (uint64_t)hook, *real);
}

bool lw_late_names_learn(void)
{
    struct lw_image image;
    struct lw_exports own;
    if (count)
        return true;
    if (!lw_module_image((uint64_t)lw_late_name, &image) || !image.headers ||
        !lw_exports_of(&own, image.base, image.headers, image.count))
        return false;
    for (uint32_t i = 0; i < LW_HOOK_COUNT; i++) {
        const struct lw_hook_row *row = &lw_hooks[i];
        const char *version = row->version[sizeof LW_LIBC - 1] ? row->version : NULL;
        add(row->name, version, lw_export_address(&own, row->name), lw_real_table[i]);
    }
    add_loading("dlopen", lw_late_dlopen, &lw_late_dlopen_real);
    add_loading("dlsym", lw_late_dlsym, &lw_late_dlsym_real);
    return count > OTHERS;
}
