/* Failures on purpose. A table of rules, read once; each is a call, an error, how often, and where.
 *
 *     close=EIO@3              the third call; close=EIO%10: every tenth; close=EIO~0.1: one in ten by chance
 *     /scope=save* /path=/tmp* only in a scope, or on a path, that matches
 *     /in=save_file            only below that function
 *     /at=app+0x12f4           only where the call returns to that offset in that module: one call site
 *     /seed=7                  where chance begins
 *
 * A call stands for its variants too: open is open64, __open_2 and openat. */
#define _GNU_SOURCE
#include "injections.h"

#include <errno.h>
#include <string.h>

#include "books.h"
#include "frame.h"
#include "function_names.h"
#include "injection_places.h"
#include "modules.h"
#include "process.h"
#include "scope.h"

#define RULES 16u
#define TEXT_ROOM 128u
#define ERRORS 134

enum frequency { ALWAYS, ONCE, EVERY, BY_CHANCE };

struct rule {
    char call[32], scope[TEXT_ROOM], path[TEXT_ROOM], in[TEXT_ROOM], module[TEXT_ROOM];
    uint64_t offset;
    int32_t error;
    uint32_t frequency, n; /* n: of a million where it is by chance */
    uint32_t seed;
    uint32_t calls;          /* that it has matched until now */
    struct lw_places places; /* of `in` */
};

LW_HOT_DATA bool lw_injecting;
static struct rule rules[RULES];
static uint32_t rule_count;

/* ---- Reading ---- */

static int error_by_name(const char *name)
{
    int number = 0;
    for (const char *digit = name; *digit >= '0' && *digit <= '9' && number < ERRORS; digit++)
        number = number * 10 + (*digit - '0');
    if (number > 0)
        return number < ERRORS ? number : 0;
#if __GLIBC_PREREQ(2, 32)
    for (int error = 1; error < ERRORS; error++) {
        const char *known = strerrorname_np(error);
        if (known && strcmp(known, name) == 0)
            return error;
    }
#endif
    return 0;
}

/* A number, in hexadecimal after 0x; false: something else. */
static bool read_number(const char *text, uint64_t *number)
{
    uint64_t base = 10;
    if (text[0] == '0' && text[1] == 'x') {
        base = 16;
        text += 2;
    }
    *number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint64_t digit = *text >= '0' && *text <= '9'   ? (uint64_t)(*text - '0')
                         : *text >= 'a' && *text <= 'f' ? (uint64_t)(*text - 'a' + 10)
                                                        : base;
        if (digit >= base)
            return false;
        *number = *number * base + digit;
    }
    return true;
}

/* "0.1" in millionths. */
static bool read_chance(const char *text, uint32_t *millionths)
{
    uint64_t whole = 0, unit = 1000000;
    for (; *text >= '0' && *text <= '9' && whole <= 1; text++)
        whole = whole * 10 + (uint64_t)(*text - '0');
    uint64_t value = whole * unit;
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9' && unit > 1; text++)
            value += (uint64_t)(*text - '0') * (unit /= 10);
    *millionths = (uint32_t)value;
    return !*text && value > 0 && value <= 1000000;
}

static bool read_frequency(struct rule *rule, char *text)
{
    char *mark = strpbrk(text, "@%~");
    uint64_t number = 0;
    if (!mark)
        return true;
    rule->frequency = *mark == '@' ? ONCE : *mark == '%' ? EVERY : BY_CHANCE;
    *mark = 0;
    if (rule->frequency == BY_CHANCE)
        return read_chance(mark + 1, &rule->n);
    bool good = read_number(mark + 1, &number) && number > 0 && number < UINT32_MAX;
    rule->n = (uint32_t)number;
    return good;
}

static bool read_place(struct rule *rule)
{
    char *plus = strrchr(rule->module, '+');
    if (!plus)
        return false;
    *plus = 0;
    return read_number(plus + 1, &rule->offset);
}

static const struct restriction {
    char key[8];
    uint32_t field;
} restrictions[] = {
    {"/scope=", offsetof(struct rule, scope)}, {"/path=", offsetof(struct rule, path)},
    {"/in=", offsetof(struct rule, in)},       {"/at=", offsetof(struct rule, module)},
    {"/seed=", offsetof(struct rule, call)}, /* a number: see below */
};
#define RESTRICTIONS (sizeof restrictions / sizeof restrictions[0])

/* The last restriction of the text; it is cut off there. A path may hold anything, so the keys tell where one begins. */
static const struct restriction *last_restriction(char *text, char **value)
{
    const struct restriction *found = NULL;
    char *where = NULL;
    for (size_t i = 0; i < RESTRICTIONS; i++)
        for (char *at = strstr(text, restrictions[i].key); at; at = strstr(at + 1, restrictions[i].key))
            if (!where || at > where) {
                where = at;
                found = &restrictions[i];
            }
    if (!found)
        return NULL;
    *value = where + strlen(found->key);
    *where = 0;
    return found;
}

static bool read_restrictions(struct rule *rule, char *text)
{
    const struct restriction *restriction;
    char *value;
    while ((restriction = last_restriction(text, &value)) != NULL) {
        uint64_t number;
        if (restriction->field == offsetof(struct rule, call)) {
            if (!read_number(value, &number))
                return false;
            rule->seed = (uint32_t)number;
        } else if (!*value || strlen(value) >= TEXT_ROOM)
            return false;
        else
            strcpy((char *)rule + restriction->field, value);
    }
    return !rule->module[0] || read_place(rule);
}

static bool is_hooked(const char *call)
{
    for (uint32_t hook = 0; hook < LW_HOOK_COUNT; hook++)
        if (strcmp(lw_hooks[hook].name, call) == 0)
            return true;
    return false;
}

static bool read_rule(struct rule *rule, char *text)
{
    memset(rule, 0, sizeof *rule);
    char *equals = strchr(text, '=');
    if (!equals || equals - text >= (long)sizeof rule->call || !read_restrictions(rule, equals + 1))
        return false;
    memcpy(rule->call, text, (size_t)(equals - text));
    if (!read_frequency(rule, equals + 1) || !is_hooked(rule->call))
        return false;
    rule->error = error_by_name(equals + 1);
    return rule->error != 0;
}

void lw_injections_read(const char *text)
{
    char piece[4 * TEXT_ROOM + 64];
    rule_count = 0;
    while (*text) {
        size_t length = strcspn(text, ","), kept = length < sizeof piece ? length : sizeof piece - 1;
        memcpy(piece, text, kept);
        piece[kept] = 0;
        if (length > 0 && (rule_count == RULES || kept < length || !read_rule(&rules[rule_count], piece))) {
            memcpy(piece, text, kept);
            lw_say("cannot inject ", piece,
                   " (call=ERROR[@n|%n|~p][/scope=…][/path=…][/in=…][/at=…][/seed=…], at most 16)", NULL);
        } else if (length > 0)
            rule_count++;
        text += length + (text[length] == ',');
    }
    lw_injecting = rule_count > 0;
}

/* ---- Asking ---- */

/* One source calls open, open64, __open_2 or openat, as its compiler will have it. */
static bool is_variant(const char *name, const char *call)
{
    static const char endings[][8] = {"", "64", "_2", "64_2", "at", "at64", "at_2", "at64_2"};
    if (strcmp(name, call) == 0)
        return true;
    name += name[0] == '_' && name[1] == '_' ? 2 : 0;
    size_t length = strlen(call);
    if (strncmp(name, call, length) != 0)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(name + length, endings[i]) == 0)
            return true;
    return false;
}

static bool fits(const char *pattern, const char *text)
{
    return lw_pattern_fits(pattern, strlen(pattern), text);
}

/* Any scope that is open around the call. */
static bool is_in_scope(const char *pattern)
{
    for (const struct lw_entry *entry = lw_thread.innermost; entry; entry = entry->outer) {
        const struct lw_scope *path = lw_element(LW_SCOPES, entry->scope);
        char name[LW_SCOPE_NAME + 1];
        lw_name_copy(name, sizeof name, path ? path->name : 0);
        if (fits(pattern, name))
            return true;
    }
    return false;
}

static bool is_at(const struct rule *rule, uint64_t place)
{
    const struct lw_module *module = lw_element(LW_MODULES, lw_module_of(place - 1));
    char path[1024];
    if (!module || place - module->base != rule->offset)
        return false;
    lw_name_copy(path, sizeof path, module->name);
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, rule->module) == 0;
}

static bool is_in_function(struct rule *rule, struct lw_call *call)
{
    struct lw_books books;
    bool found = false;
    if (lw_books_open(&books, call, true)) {
        const struct lw_frame *frame;
        for (uint32_t stack = books.trace.stack; !found && (frame = lw_element(LW_STACKS, stack));
             stack = frame->parent)
            found = lw_place_is_in(&rule->places, frame->address - 1, rule->in);
        lw_books_close(&books);
    }
    return found;
}

static bool comes_up(struct rule *rule)
{
    uint32_t n = __atomic_add_fetch(&rule->calls, 1, __ATOMIC_RELAXED);
    switch ((enum frequency)rule->frequency) {
    case ALWAYS:
        return true;
    case ONCE:
        return n == rule->n;
    case EVERY:
        return n % rule->n == 0;
    default:
        return lw_hash2(n, rule->seed) % 1000000 < rule->n;
    }
}

/* The cheapest question first; the ledger is begun only where a rule speaks of what is in it. */
static bool applies(struct rule *rule, struct lw_call *call, const char *text)
{
    bool needs_ledger = rule->module[0] || rule->in[0] || rule->scope[0];
    if (!is_variant(lw_hooks[call->hook].name, rule->call))
        return false;
    if (rule->path[0] && (!text || !fits(rule->path, text)))
        return false;
    if (needs_ledger && !lw_present(true))
        return false;
    if (rule->scope[0] && !is_in_scope(rule->scope))
        return false;
    if (rule->module[0] && !is_at(rule, LW_CALLER_PC(call->frame)))
        return false;
    if (rule->in[0] && !is_in_function(rule, call))
        return false;
    return comes_up(rule);
}

bool lw_inject(struct lw_call *call, const char *text)
{
    int error = errno;
    for (uint32_t i = 0; i < rule_count; i++)
        if (applies(&rules[i], call, text)) {
            if (lw_present(true))
                lw_count(&lw_header()->injected);
            errno = rules[i].error;
            return true;
        }
    errno = error;
    return false;
}

bool lw_inject_release(struct lw_call *call)
{
    const struct lw_slot *slot = call->owner.slot ? call->owner.slot : call->fd.slot;
    char text[LW_DETAIL + 1] = "";
    if (slot)
        memcpy(text, slot->detail, slot->detail_length < LW_DETAIL ? slot->detail_length : LW_DETAIL);
    return lw_inject(call, text);
}
