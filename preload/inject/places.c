/* Where functions lie: looked up in the symbols of each module once, for those that a rule names. */
#include "places.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "symbol/symbol.h"
#include "system/system.h"

struct search {
    struct lw_places *places;
    const char *pattern;
    uint64_t base;
};

/* What has no size is no function that a compiler made. */
static void find_one(const struct lw_symbol *symbol, void *context)
{
    struct search *search = context;
    struct lw_places *places = search->places;
    struct lw_function_name name;
    lw_function_name(&name, symbol->name, symbol->length);
    size_t pattern = strlen(search->pattern);
    if (symbol->size == 0 || places->count == LW_PLACES ||
        (!lw_pattern_fits(search->pattern, pattern, name.text) &&
         !lw_pattern_fits(search->pattern, pattern, name.text + name.identifier)))
        return;
    uint64_t start = search->base + symbol->value;
    places->function[places->count].start = start;
    places->function[places->count++].end = start + symbol->size;
}

static void read_module(struct lw_places *places, const struct lw_module *module, const char *pattern)
{
    struct search search = {places, pattern, module->base};
    struct lw_symbols symbols;
    char path[LW_PATH_ROOM];
    lw_name_copy(path, sizeof path, module->name);
    long fd = lw_system4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    enum lw_symbols_answer answer = lw_symbols_read(&symbols, (int)fd, module->build_id, module->build_id_length);
    lw_system1(SYS_close, fd);
    if (answer != LW_SYMBOLS_READ)
        return;
    lw_symbols_visit(&symbols, find_one, &search);
    lw_symbols_free(&symbols);
}

static bool is_read(const struct lw_places *places, uint32_t module)
{
    for (uint32_t i = 0; i < places->modules; i++)
        if (places->module[i] == module)
            return true;
    return false;
}

bool lw_place_is_in(struct lw_places *places, uint64_t address, const char *pattern)
{
    uint32_t number = lw_module_of(address);
    const struct lw_module *module = lw_element(LW_MODULES, number);
    if (!module)
        return false;
    if (!is_read(places, number) && places->modules < LW_PLACES_MODULES && !lw_strict) {
        places->module[places->modules++] = number;
        read_module(places, module, pattern);
    }
    for (uint32_t i = 0; i < places->count; i++)
        if (address >= places->function[i].start && address < places->function[i].end)
            return true;
    return false;
}
