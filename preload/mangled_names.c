/* The name of a C++ function out of its mangled symbol: namespaces, classes and the function, without arguments.
 *
 * DESIGN. Of the grammar of the Itanium C++ ABI only names are put out; types, template arguments and literals are walked
 * over, by the same functions made mute, because where they end can be told in no other way. Parsing stops at the end of
 * the name: the function's own parameters are never looked at. Expressions in template arguments are walked over by their
 * parts alone, which is enough for all but odd ones. What cannot be followed fails, and the symbol stays as it is. */
#include <stdint.h>
#include <string.h>

#include "function_names.h"

#define DEPTH 24 /* nesting that is followed: stacks may be small */

struct parser {
    const char *at, *end;
    struct lw_function_name *name;
    uint32_t mute, depth;
};

static bool name_of(struct parser *p);
static bool type(struct parser *p);
static bool arguments(struct parser *p);

/* ---- Characters ---- */

static char peek(const struct parser *p, size_t ahead)
{
    return (size_t)(p->end - p->at) > ahead ? p->at[ahead] : 0;
}

static bool take(struct parser *p, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, text, length) != 0)
        return false;
    p->at += length;
    return true;
}

static void take_any(struct parser *p, const char *letters)
{
    while (peek(p, 0) && strchr(letters, peek(p, 0)))
        p->at++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* "…_", of which what stands before the line has no meaning here: numbers of substitutions, parameters, closures. */
static bool up_to_line(struct parser *p)
{
    while (is_digit(peek(p, 0)) || (peek(p, 0) >= 'A' && peek(p, 0) <= 'Z'))
        p->at++;
    return take(p, "_");
}

/* ---- What is put out ---- */

static bool put(struct parser *p, const char *text, size_t length)
{
    struct lw_function_name *name = p->name;
    if (p->mute)
        return true;
    if (name->length + length >= sizeof name->text)
        return false;
    memcpy(name->text + name->length, text, length);
    name->length += length;
    return true;
}

/* Begins the next part of the qualified name. */
static bool part(struct parser *p, const char *text, size_t length)
{
    if (p->mute)
        return true;
    if (p->name->length && !put(p, "::", 2))
        return false;
    p->name->identifier = p->name->length;
    return put(p, text, length);
}

static bool word(struct parser *p, const char *text)
{
    return part(p, text, strlen(text));
}

/* ---- Parts of names ---- */

static bool source_name(struct parser *p)
{
    size_t length = 0;
    while (is_digit(peek(p, 0)) && length < 100000)
        length = length * 10 + (size_t)(*p->at++ - '0');
    if (length == 0 || (size_t)(p->end - p->at) < length)
        return false;
    const char *text = p->at;
    p->at += length;
    if (length >= 10 && memcmp(text, "_GLOBAL__N", 10) == 0)
        return word(p, "(anonymous namespace)");
    return part(p, text, length);
}

static bool silently(struct parser *p, bool (*walk)(struct parser *p))
{
    p->mute++;
    bool good = walk(p);
    p->mute--;
    return good;
}

/* Constructor or destructor: called as the class before it. */
static bool structor(struct parser *p, const char *tilde)
{
    char class[LW_FUNCTION_TEXT];
    size_t from = p->name->identifier, length = p->name->length - from;
    if (!p->mute)
        memcpy(class, p->name->text + from, length);
    return word(p, tilde) && put(p, class, length);
}

static bool types_until_end(struct parser *p)
{
    while (!take(p, "E"))
        if (!type(p))
            return false;
    return true;
}

/* A lambda, or a type without a name. */
static bool unnamed(struct parser *p)
{
    bool lambda = peek(p, 1) == 'l';
    p->at += 2;
    if (lambda && !silently(p, types_until_end))
        return false;
    return up_to_line(p) && word(p, lambda ? "{lambda}" : "{unnamed}");
}

static const char operators[][2][12] = {
    {"nw", " new"}, {"na", " new[]"}, {"dl", " delete"}, {"da", " delete[]"}, {"aw", " co_await"}, {"ps", "+"},
    {"ng", "-"},    {"ad", "&"},      {"de", "*"},       {"co", "~"},         {"pl", "+"},         {"mi", "-"},
    {"ml", "*"},    {"dv", "/"},      {"rm", "%"},       {"an", "&"},         {"or", "|"},         {"eo", "^"},
    {"aS", "="},    {"pL", "+="},     {"mI", "-="},      {"mL", "*="},        {"dV", "/="},        {"rM", "%="},
    {"aN", "&="},   {"oR", "|="},     {"eO", "^="},      {"ls", "<<"},        {"rs", ">>"},        {"lS", "<<="},
    {"rS", ">>="},  {"eq", "=="},     {"ne", "!="},      {"lt", "<"},         {"gt", ">"},         {"le", "<="},
    {"ge", ">="},   {"ss", "<=>"},    {"nt", "!"},       {"aa", "&&"},        {"oo", "||"},        {"pp", "++"},
    {"mm", "--"},   {"cm", ","},      {"pm", "->*"},     {"pt", "->"},        {"cl", "()"},        {"ix", "[]"},
    {"qu", "?"},
};

static bool operator_name(struct parser *p)
{
    if (take(p, "cv"))
        return silently(p, type) && word(p, "operator (cast)");
    if (take(p, "li"))
        return silently(p, source_name) && word(p, "operator\"\"");
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (take(p, operators[i][0]))
            return word(p, "operator") && put(p, operators[i][1], strlen(operators[i][1]));
    return false;
}

static bool unqualified_name(struct parser *p)
{
    bool good;
    take_any(p, "L"); /* of this file alone */
    char c = peek(p, 0), next = peek(p, 1);
    if (is_digit(c))
        good = source_name(p);
    else if (c == 'U' && (next == 'l' || next == 't'))
        good = unnamed(p);
    else if ((c == 'C' && next >= '1' && next <= '5') || (c == 'D' && is_digit(next))) {
        p->at += 2;
        good = structor(p, c == 'D' ? "~" : "");
    } else
        good = is_lower(c) && operator_name(p);
    while (good && take(p, "B"))
        good = silently(p, source_name);
    return good;
}

/* S…: of the standard library, or what was there before. The latter can only be walked over. */
static bool substitution(struct parser *p)
{
    static const char known[][2][16] = {{"Sa", "allocator"}, {"Sb", "basic_string"}, {"Ss", "string"},
                                        {"Si", "istream"},   {"So", "ostream"},      {"Sd", "iostream"}};
    if (take(p, "St"))
        return word(p, "std");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (take(p, known[i][0]))
            return word(p, "std") && word(p, known[i][1]);
    return take(p, "S") && up_to_line(p) && p->mute;
}

static bool parameter(struct parser *p)
{
    return take(p, "T") && up_to_line(p) && p->mute;
}

/* ---- Names ---- */

static bool prefix(struct parser *p)
{
    switch (peek(p, 0)) {
    case 'S':
        return substitution(p);
    case 'T':
        return parameter(p);
    case 'I':
        return arguments(p);
    case 'M': /* the member whose initializer it is in */
        p->at++;
        return true;
    default:
        return unqualified_name(p);
    }
}

static bool nested_name(struct parser *p)
{
    take_any(p, "rVK");
    take_any(p, "RO");
    while (!take(p, "E"))
        if (!prefix(p))
            return false;
    return true;
}

/* Inside a function: what is behind its own name and parameters. */
static bool local_name(struct parser *p)
{
    if (!name_of(p) || !silently(p, types_until_end))
        return false;
    if (take(p, "s"))
        return p->mute;
    if (take(p, "d") && !up_to_line(p))
        return false;
    if (!name_of(p))
        return false;
    if (take(p, "__"))
        return up_to_line(p);
    return !take(p, "_") || is_digit(*p->at++);
}

static bool name_here(struct parser *p)
{
    if (take(p, "N"))
        return nested_name(p);
    if (take(p, "Z"))
        return local_name(p);
    if (peek(p, 0) == 'S' && (!substitution(p) || !unqualified_name(p)))
        return false;
    else if (peek(p, -1ul) == 0 && false)
        return false;
    return peek(p, 0) != 'I' || arguments(p);
}

static bool name_of(struct parser *p)
{
    p->depth++;
    bool good = p->depth < DEPTH && name_here(p);
    p->depth--;
    return good;
}
