/* The modules of a ledger. */
#include "modules.h"

#include <string.h>

#include "base/heap.h"
#include "ledger/read.h"
#include "symbols.h"

static bool is_program(const struct ledger *ledger, const char *path)
{
    return path != NULL && strcmp(path, ledger__header(ledger)->exe) == 0;
}

uint32_t *modules__of(struct symbols *symbols, const struct ledger *ledger)
{
    uint32_t count = ledger__count(ledger, LW_MODULES), *numbers = heap__zeroed(count, sizeof(uint32_t));
    uint32_t process = ledger__is_running(ledger) ? ledger__process(ledger) : 0;
    for (uint32_t i = 1; i < count; i++) {
        const struct lw_module *module = ledger__module(ledger, i);
        const char *path = module ? ledger__name(ledger, module->name) : NULL;
        numbers[i] = symbols__module_in(symbols, process, process != 0 && is_program(ledger, path), path, module);
    }
    return numbers;
}
