/* Details of resources without what differs from one run to the next of the same. */
#include "steady.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "leakwatch/ledger.h"

enum { FREE_PORTS = 32768, PORT_DIGITS = 5, DICE = 6, MKTEMPS_DICE = 10, PYTHONS_DICE = 8, AUTOBOUND = 5 };

struct text {
    char *room;
    size_t length;
};

static void add(struct text *text, const char *piece, size_t length)
{
    size_t room = STEADY_TEXT - 1 - text->length;
    length = length < room ? length : room;
    memcpy(text->room + text->length, piece, length);
    text->length += length;
    text->room[text->length] = '\0';
}

static void add_word(struct text *text, const char *word)
{
    add(text, word, strlen(word));
}

static size_t digits_at(const char *at)
{
    return strspn(at, "0123456789");
}

static size_t letters_at(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]))
        length++;
    return length;
}

/* ---- Names --------------------------------------------------------------------------------------------------------- */

static bool is_between(const char *call, const char *before, const char *after)
{
    return call != NULL && strncmp(call, before, strlen(before)) == 0 && strstr(call, after) != NULL;
}

/* Where mkstemp filled its template in; those with a suffix do not tell its length: it begins with a dot, as a rule. */
static const char *filled_in(const char *text, const struct steady_context *context)
{
    if (!is_between(context->call, "mk", "stemp"))
        return NULL;
    const char *end = text + strlen(text), *dot = strrchr(text, '.'), *slash = strrchr(text, '/');
    if (strstr(context->call, "stemps") != NULL && dot != NULL && dot > slash)
        end = dot;
    return end - text >= DICE ? end - DICE : NULL;
}

static size_t lower_at(const char *at, size_t most)
{
    size_t length = 0;
    while (length < most && islower((unsigned char)at[length]))
        length++;
    return length;
}

/* "Report" and "data2024" are names, "x1Yz0q" is none. */
static bool is_name(const char *at, size_t length)
{
    size_t capital = isupper((unsigned char)at[0]) != 0, lower = lower_at(at + capital, length - capital);
    size_t word = capital + lower;
    return word == length || (word > 0 && word + digits_at(at + word) >= length);
}

/* Of mkdtemp's letters one in a hundred looks like a name: what follows a separator and ends a directory's is taken for
 * dice in any case. */
static bool looks_like_dice(const char *text, const char *at, size_t length)
{
    bool is_end = at > text && strchr(".-_", at[-1]) != NULL && at[length] == '/';
    if (length < DICE || digits_at(at) == length)
        return false;
    return (is_end && (length == DICE || length == MKTEMPS_DICE)) || !is_name(at, length);
}

static size_t pythons_dice_at(const char *at)
{
    size_t length = strlen("tmp");
    if (strncmp(at, "tmp", length) != 0)
        return 0;
    while (islower((unsigned char)at[length]) || isdigit((unsigned char)at[length]) || at[length] == '_')
        length++;
    return length == strlen("tmp") + PYTHONS_DICE ? length : 0;
}

static bool is_temporary(const char *text)
{
    static const char *const directories[] = {"/tmp/", "/var/tmp/", "/dev/shm/"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        if (strncmp(text, directories[i], strlen(directories[i])) == 0)
            return true;
    return false;
}

/* ---- Numbers ------------------------------------------------------------------------------------------------------- */

static bool is_pid(const char *at, size_t digits, const struct steady_context *context)
{
    unsigned long number = digits > 1 && digits < 10 ? strtoul(at, NULL, 10) : 0;
    return number != 0 && (number == context->pids[0] || number == context->pids[1]);
}

static bool is_free_port(const char *text, const char *at, size_t digits, const struct steady_context *context)
{
    bool is_port = context->kind == LW_FD_SOCKET && digits == PORT_DIGITS && at - text > 1 && at[-1] == ':' &&
                   (at[-2] == ']' || isdigit((unsigned char)at[-2]));
    return is_port && strtoul(at, NULL, 10) >= FREE_PORTS;
}

/* What ended before it, as far as it is written, is taken back. */
static void add_free_port(struct text *text)
{
    text->length--;
    add_word(text, ", a free port");
}

/* "socket:[4711]" as the kernel names what has no name, "/dev/pts/4". */
static bool is_of_kernel(const char *text, const char *at, size_t digits)
{
    static const char terminals[] = "/dev/pts/";
    bool is_inode = at - text > 1 && at[-1] == '[' && at[-2] == ':' && at[digits] == ']';
    return is_inode || ((size_t)(at - text) == strlen(terminals) && strncmp(text, terminals, strlen(terminals)) == 0);
}

static bool add_number(struct text *out, const char *text, const char *at, size_t digits,
                       const struct steady_context *context)
{
    if (is_free_port(text, at, digits, context))
        add_free_port(out);
    else if (is_of_kernel(text, at, digits))
        add_word(out, "N");
    else if (is_pid(at, digits, context))
        add_word(out, "PID");
    else
        return false;
    return true;
}

/* "@00a3f": the kernel chose it for a socket of a process that asked for any. */
static bool is_autobound(const char *text, const struct steady_context *context)
{
    const char *at = strchr(text, '@');
    return context->kind == LW_FD_SOCKET && at != NULL && strspn(at + 1, "0123456789abcdef") == AUTOBOUND &&
           at[1 + AUTOBOUND] == '\0';
}

/* ---- The text ------------------------------------------------------------------------------------------------------ */

/* What begins here, letters and digits up to the next that is neither: how long it was. */
static size_t add_word_at(struct text *out, const char *text, const char *at, const struct steady_context *context)
{
    size_t length = letters_at(at), digits = digits_at(at), pythons = is_temporary(text) ? pythons_dice_at(at) : 0;
    if (pythons > 0) {
        add_word(out, "tmpXXXXXXXX");
        return pythons;
    }
    if (digits == length && add_number(out, text, at, digits, context))
        return digits;
    if (is_temporary(text) && looks_like_dice(text, at, length))
        add_word(out, "XXXXXX");
    else
        add(out, at, length);
    return length;
}

void steady__write(char out[STEADY_TEXT], const char *text, const struct steady_context *context)
{
    struct text written = {.room = out};
    const char *filled = filled_in(text, context);
    out[0] = '\0';
    if (is_autobound(text, context)) {
        add(&written, text, (size_t)(strchr(text, '@') - text));
        add_word(&written, "@XXXXX");
        return;
    }
    for (const char *at = text; *at != '\0';) {
        bool is_filled = filled != NULL && at == filled, is_before = filled != NULL && at < filled;
        if (is_filled) {
            add_word(&written, "XXXXXX");
            at += DICE;
        } else if (isalnum((unsigned char)*at) && !(is_before && at + letters_at(at) > filled)) {
            at += add_word_at(&written, text, at, context);
        } else {
            add(&written, at++, 1);
        }
    }
}
