/* Which build of its program a process ran. */
#include "build.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <elfutils/libdwelf.h>

#include "base/heap.h"

#define NANOSECONDS 1000000000LL

static char *hex_text(const uint8_t *bytes, size_t count)
{
    char *text = heap__zeroed(2 * count + 1, 1);
    for (size_t i = 0; i < count; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    return text;
}

/* A ledger knows the modules that it has met in stacks: of a process that took nothing, none. */
static const struct lw_module *executable_of(const struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_MODULES); i++) {
        const struct lw_module *module = ledger__module(ledger, i);
        if (module != NULL && strcmp(ledger__name(ledger, module->name), ledger__header(ledger)->exe) == 0)
            return module;
    }
    return NULL;
}

/* As it lies there; a file that was changed after the process began is another build. */
static char *build_on_disk(const struct lw_header *header, struct symbols *symbols)
{
    static const struct lw_module any;
    struct stat status;
    const void *id;
    if (stat(header->exe, &status) != 0 || !S_ISREG(status.st_mode))
        return heap__copied("");
    int64_t changed = (int64_t)status.st_mtim.tv_sec * NANOSECONDS + status.st_mtim.tv_nsec;
    if (changed > (int64_t)header->start_realtime)
        return heap__copied("");
    Elf *elf = symbols__elf(symbols, symbols__module(symbols, header->exe, &any));
    ssize_t length = elf != NULL ? dwelf_elf_gnu_build_id(elf, &id) : 0;
    size_t most = sizeof any.build_id; /* a ledger has no more of it */
    if (length > 0)
        return hex_text(id, (size_t)length < most ? (size_t)length : most);
    return heap__printed("time:%" PRId64, changed);
}

char *build__of(const struct ledger *ledger, struct symbols *symbols)
{
    const struct lw_module *module = executable_of(ledger);
    if (module == NULL || module->build_id_length == 0)
        return build_on_disk(ledger__header(ledger), symbols);
    size_t length = module->build_id_length, most = sizeof module->build_id;
    return hex_text(module->build_id, length < most ? length : most);
}
