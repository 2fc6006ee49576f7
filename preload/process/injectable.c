/* Reads the section in which the hooks leave the names of calls that can fail on purpose. */
#include "injectable.h"

#include <stdint.h>
#include <string.h>

/* The linker's names for where the section begins and ends; there is none where no hooks are linked. */
extern const struct lw_injectable __start_lw_injectables[] __attribute__((visibility("hidden"), weak));
extern const struct lw_injectable __stop_lw_injectables[] __attribute__((visibility("hidden"), weak));

static size_t count(void)
{
    return ((uintptr_t)__stop_lw_injectables - (uintptr_t)__start_lw_injectables) / sizeof(struct lw_injectable);
}

bool lw_is_injectable(const char *call)
{
    for (size_t i = 0; i < count(); i++)
        if (strcmp(__start_lw_injectables[i].name, call) == 0)
            return true;
    return false;
}

/* open64, __open_2 and such: a rule about open is about them, too. */
static bool is_variant(const char *name)
{
    size_t length = strlen(name);
    return name[0] == '_' || (length > 2 && strcmp(name + length - 2, "64") == 0);
}

/* The next name in the order of the alphabet; NULL: none. */
static const char *next_name(const char *before)
{
    const char *next = NULL;
    for (size_t i = 0; i < count(); i++) {
        const char *name = __start_lw_injectables[i].name;
        if (!is_variant(name) && strcmp(name, before) > 0 && (!next || strcmp(name, next) < 0))
            next = name;
    }
    return next;
}

void lw_injectables_list(char *text, size_t room)
{
    char *at = text;
    *at = 0;
    for (const char *name = ""; (name = next_name(name)) != NULL;) {
        if ((size_t)(at - text) + strlen(name) + sizeof ", " > room)
            return;
        at = stpcpy(stpcpy(at, at == text ? "" : ", "), name);
    }
}
