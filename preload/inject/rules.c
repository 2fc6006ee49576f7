/* Reads the rules of LEAKWATCH_OPTIONS=inject=.
 *
 *     close=EIO@3              the third call; close=EIO%10: every tenth; close=EIO~0.1: one in ten by chance
 *     /scope=save* /path=/tmp* only in a scope, or on a path, that matches
 *     /in=save_file            only below that function
 *     /at=app+0x12f4^0x1390    only where the call returns to that offset in that module, whose code was called from
 *                              there, and so on: one call site; a module is that of the frame before if it is not named
 *     /seed=7                  where chance begins */
#define _GNU_SOURCE
#include "rules.h"

#include <errno.h>
#include <string.h>

#include "process/process.h"

#define ERRORS 134

static int error_by_name(const char *name)
{
    int number = 0;
    for (const char *digit = name; *digit >= '0' && *digit <= '9' && number < ERRORS; digit++)
        number = number * 10 + (*digit - '0');
    if (number > 0)
        return number < ERRORS ? number : 0;
    if (strcmp(name, "EWOULDBLOCK") == 0)
        return EWOULDBLOCK; /* EAGAIN by the name that manuals give it */
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

static bool read_frequency(struct lw_rule *rule, char *text)
{
    char *mark = strpbrk(text, "@%~");
    uint64_t number = 0;
    if (!mark)
        return true;
    rule->frequency = *mark == '@' ? LW_ONCE : *mark == '%' ? LW_EVERY : LW_BY_CHANCE;
    *mark = 0;
    if (rule->frequency == LW_BY_CHANCE)
        return read_chance(mark + 1, &rule->n);
    bool good = read_number(mark + 1, &number) && number > 0 && number < UINT32_MAX;
    rule->n = (uint32_t)number;
    return good;
}

/* "app+0x12f4" */
static bool read_frame(struct lw_rule *rule, char *text)
{
    if (rule->frame_count == LW_RULE_FRAMES)
        return false;
    struct lw_rule_frame *frame = &rule->frames[rule->frame_count++];
    char *plus = strrchr(text, '+');
    if (!plus && rule->frame_count > 1) {
        *frame = frame[-1];
        return read_number(text, &frame->offset);
    }
    if (!plus || plus == text || plus - text >= (long)sizeof frame->module)
        return false;
    memcpy(frame->module, text, (size_t)(plus - text));
    return read_number(plus + 1, &frame->offset);
}

static bool read_frames(struct lw_rule *rule, char *text, size_t field)
{
    (void)field;
    for (char *caller; (caller = strchr(text, '^')) != NULL; text = caller + 1) {
        *caller = 0;
        if (!read_frame(rule, text))
            return false;
    }
    return read_frame(rule, text);
}

static bool read_text(struct lw_rule *rule, char *text, size_t field)
{
    if (!*text || strlen(text) >= LW_RULE_TEXT)
        return false;
    strcpy((char *)rule + field, text);
    return true;
}

static bool read_seed(struct lw_rule *rule, char *text, size_t field)
{
    uint64_t number;
    (void)field;
    if (!read_number(text, &number))
        return false;
    rule->seed = (uint32_t)number;
    return true;
}

static const struct restriction {
    char key[8];
    bool (*read)(struct lw_rule *rule, char *text, size_t field);
    size_t field;
} restrictions[] = {
    {"/scope=", read_text, offsetof(struct lw_rule, scope)},
    {"/path=", read_text, offsetof(struct lw_rule, path)},
    {"/in=", read_text, offsetof(struct lw_rule, in)},
    {"/at=", read_frames, 0},
    {"/seed=", read_seed, 0},
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

static bool read_restrictions(struct lw_rule *rule, char *text)
{
    const struct restriction *restriction;
    char *value;
    while ((restriction = last_restriction(text, &value)) != NULL)
        if (!restriction->read(rule, value, restriction->field))
            return false;
    return true;
}

const char *lw_rule_read(struct lw_rule *rule, char *text)
{
    static const char grammar[] = "call=ERROR[@n|%n|~p][/scope=…][/path=…][/in=…][/at=…][/seed=…]";
    memset(rule, 0, sizeof *rule);
    char *equals = strchr(text, '=');
    if (!equals || !read_restrictions(rule, equals + 1) || !read_frequency(rule, equals + 1))
        return grammar;
    *equals = 0;
    if (strlen(text) >= sizeof rule->call || !lw_is_injectable(text))
        return "this call cannot be made to fail; help=1 lists those that can";
    memcpy(rule->call, text, strlen(text));
    rule->error = error_by_name(equals + 1);
    return rule->error ? NULL : "there is no error of this name";
}
