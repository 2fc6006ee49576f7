/* Which functions scopes= selects, and what their scopes are called. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "function.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "symbol/symbol.h"
#include "system/system.h"

#define PATTERNS 64u
#define INDEX 8192u /* twice the names, a power of two */

struct name {
    uint64_t in_ledger; /* era << 32 | number there; 0: not asked for yet */
    uint64_t size;      /* of the smallest function of that name */
    uint32_t length;
    char text[LW_SCOPE_NAME];
};

static struct pattern {
    const char *text; /* in the options */
    size_t length;
    bool matched;
} patterns[PATTERNS];
static uint32_t pattern_count;

static struct selection {
    struct lw_function_name name; /* at work: it is large, and stacks may be small */
    uint32_t count, dropped;
    uint16_t index[INDEX]; /* by the text's hash: number; 0: free */
    struct name names[LW_FUNCTIONS_MAX + 1];
} * selection;

/* ---- Patterns ---- */

static void add_pattern(const char *text, size_t length)
{
    if (length == 0)
        return;
    if (pattern_count < PATTERNS)
        patterns[pattern_count++] = (struct pattern){text, length, false};
    else
        lw_say("scopes= takes 64 patterns; ignored: ", text, NULL);
}

bool lw_selection_start(const char *text)
{
    for (size_t length; *text; text += length + (text[length] == ','))
        add_pattern(text, length = strcspn(text, ","));
    if (pattern_count == 0)
        return false;
    long at = lw_syscall6(SYS_mmap, 0, sizeof *selection, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    selection = lw_is_error(at) ? NULL : (struct selection *)at;
    return selection != NULL;
}

/* All are tried: each one that fits is of use. only_with: what a pattern must have if it is to mean more than the last part
 * of a name; 0: nothing. */
static bool is_selected(const struct lw_function_name *name, char only_with)
{
    bool selected = false;
    for (struct pattern *pattern = patterns; pattern < patterns + pattern_count; pattern++) {
        bool is_for_all = !only_with || memchr(pattern->text, only_with, pattern->length);
        if (lw_pattern_fits(pattern->text, pattern->length, name->text + name->identifier) ||
            (name->identifier && is_for_all && lw_pattern_fits(pattern->text, pattern->length, name->text)))
            selected = pattern->matched = true;
    }
    return selected;
}

/* ---- Names ---- */

/* Of a name that is too long the end is kept: the function is there. */
static void shorten(struct name *name, const struct lw_function_name *from)
{
    size_t cut = from->length > LW_SCOPE_NAME ? 3 : 0;
    name->length = (uint32_t)(cut ? LW_SCOPE_NAME : from->length);
    memcpy(name->text, "...", cut);
    memcpy(name->text + cut, from->text + from->length - (name->length - cut), name->length - cut);
}

static uint32_t number_of(const struct name *wanted)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < wanted->length; i++)
        hash = lw_hash2(hash, (uint8_t)wanted->text[i]);
    for (;; hash++) {
        uint16_t *at = &selection->index[hash % INDEX];
        struct name *there = &selection->names[*at];
        if (*at && there->length == wanted->length && memcmp(there->text, wanted->text, wanted->length) == 0) {
            there->size = there->size < wanted->size ? there->size : wanted->size;
            return *at;
        }
        if (*at)
            continue;
        if (selection->count >= LW_FUNCTIONS_MAX) {
            selection->dropped++;
            return 0;
        }
        *at = (uint16_t)++selection->count;
        selection->names[*at] = *wanted;
        return *at;
    }
}

uint32_t lw_selection_number(const struct lw_symbol *symbol)
{
    struct name name = {.size = symbol->size};
    lw_function_name(&selection->name, symbol->name, symbol->length);
    if (!is_selected(&selection->name, 0))
        return 0;
    shorten(&name, &selection->name);
    return number_of(&name);
}

/* "Server.handle": the last part begins behind a dot. What stands within handle_get is "handle_get.<locals>.inner", which
 * handle_* does not mean; and what has no name is "<lambda>". */
uint32_t lw_selection_number_of(const char *text, size_t length)
{
    struct name name = {.size = 0};
    struct lw_function_name *whole = &selection->name;
    whole->length = length < LW_FUNCTION_TEXT - 1 ? length : LW_FUNCTION_TEXT - 1;
    memcpy(whole->text, text, whole->length);
    whole->text[whole->length] = 0;
    const char *dot = strrchr(whole->text, '.');
    whole->identifier = dot ? (size_t)(dot + 1 - whole->text) : 0;
    if (whole->text[whole->identifier] == '<' || !is_selected(whole, '.'))
        return 0;
    shorten(&name, whole);
    return number_of(&name);
}

const char *lw_selection_text(uint32_t number)
{
    return selection->names[number].text;
}

uint64_t lw_selection_size(uint32_t number)
{
    return selection->names[number].size;
}

uint32_t lw_selection_known_name(uint32_t number)
{
    uint64_t known = __atomic_load_n(&selection->names[number].in_ledger, __ATOMIC_RELAXED);
    return known >> 32 == lw_era ? (uint32_t)known : 0;
}

uint32_t lw_selection_name(uint32_t number)
{
    struct name *name = &selection->names[number];
    uint32_t known = lw_selection_known_name(number);
    if (known)
        return known;
    known = lw_name(name->text, name->length);
    __atomic_store_n(&name->in_ledger, (uint64_t)lw_era << 32 | known, __ATOMIC_RELAXED);
    return known;
}

/* ---- What came to nothing ---- */

bool lw_selection_complain(const char *unread, bool aloud)
{
    const char *why = *unread ? "; names could not be read from " : "";
    bool unmatched = false;
    for (uint32_t i = 0; i < pattern_count; i++) {
        char text[sizeof lw_options.scopes];
        if (patterns[i].matched)
            continue;
        unmatched = true;
        if (!aloud)
            break;
        memcpy(text, patterns[i].text, patterns[i].length);
        text[patterns[i].length] = 0;
        lw_say("scopes=", text, " selects no function of ", program_invocation_short_name, why, unread, NULL);
    }
    if (selection->dropped && aloud)
        lw_say("scopes= selects more than 4,095 functions: the others are no scopes", NULL);
    return unmatched || selection->dropped;
}
