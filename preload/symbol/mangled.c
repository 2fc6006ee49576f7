/* The name of a C++ function out of its mangled symbol: namespaces, classes and the function, without arguments.
 *
 * DESIGN. Of the grammar of the Itanium C++ ABI only names are put out; types, template arguments and literals are walked
 * over, by the same functions made mute, because where they end can be told in no other way. Parsing stops at the end of
 * the name: the function's own parameters are never looked at. Expressions in template arguments are walked over by their
 * parts alone, which is enough for all but odd ones. What cannot be followed fails, and the symbol stays as it is. */
#include <stdint.h>
#include <string.h>

#include "names.h"

#define DEPTH 40 /* nesting that is followed: stacks may be small */

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
    size_t from = p->name->identifier, length = p->name->length - from;
    return word(p, tilde) && put(p, p->name->text + from, length);
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
    if (take(p, "__")) /* which of several of that name */
        return up_to_line(p);
    if (take(p, "_"))
        take_any(p, "0123456789");
    return true;
}

static bool name_here(struct parser *p)
{
    if (take(p, "N"))
        return nested_name(p);
    if (take(p, "Z"))
        return local_name(p);
    if (peek(p, 0) == 'S' && !substitution(p))
        return false;
    return unqualified_name(p) && (peek(p, 0) != 'I' || arguments(p));
}

static bool name_of(struct parser *p)
{
    p->depth++;
    bool good = p->depth < DEPTH && name_here(p);
    p->depth--;
    return good;
}

/* ---- Types: walked over ---- */

static bool muted_name(struct parser *p)
{
    return silently(p, name_of);
}

/* Operators, types, names and literals one after the other: what they mean together does not matter. */
static bool expression(struct parser *p)
{
    static const char closed[][3] = {"cl", "il", "tl"}; /* these have an E of their own */
    while (!take(p, "E")) {
        char c = peek(p, 0);
        bool good = true;
        for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
            if (take(p, closed[i])) {
                good = expression(p);
                c = 0;
            }
        if (c && (is_lower(c) || c == '_'))
            p->at++;
        else if (c == 'L' || c == 'I' || c == 'X')
            good = arguments(p);
        else if (c)
            good = type(p);
        if (!good || p->at >= p->end)
            return false;
    }
    return true;
}

static bool literal(struct parser *p)
{
    if (take(p, "_Z"))
        return muted_name(p) && types_until_end(p);
    if (!type(p))
        return false;
    while (p->at < p->end && *p->at != 'E')
        p->at++;
    return take(p, "E");
}

/* One template argument, or with I and J a list of them. */
static bool arguments_here(struct parser *p)
{
    if (take(p, "L"))
        return literal(p);
    if (take(p, "X"))
        return expression(p);
    if (!take(p, "I") && !take(p, "J"))
        return type(p);
    while (!take(p, "E"))
        if (!arguments(p))
            return false;
    return true;
}

static bool arguments(struct parser *p)
{
    p->mute++;
    p->depth++;
    bool good = p->depth < DEPTH && arguments_here(p);
    p->depth--;
    p->mute--;
    return good;
}

static bool function_type(struct parser *p)
{
    take(p, "Y");
    while (!take(p, "E")) {
        if (take(p, "RE") || take(p, "OE"))
            return true;
        if (!type(p))
            return false;
    }
    return true;
}

static bool array_type(struct parser *p)
{
    if (is_digit(peek(p, 0)) || peek(p, 0) == '_')
        return up_to_line(p) && type(p);
    while (p->at < p->end && *p->at != '_')
        p->at++;
    return take(p, "_") && type(p);
}

/* D… */
static bool special_type(struct parser *p)
{
    char c = peek(p, 0);
    p->at += c != 0;
    switch (c) {
    case 'p': /* a pack */
    case 'o': /* noexcept */
        return type(p);
    case 't':
    case 'T':
        return expression(p);
    case 'O':
        return expression(p) && type(p);
    case 'v':
        return up_to_line(p) && type(p);
    case 'F':
    case 'B':
    case 'U':
        return up_to_line(p);
    case 'w':
        return types_until_end(p);
    default:
        return is_lower(c);
    }
}

static bool class_type(struct parser *p)
{
    return muted_name(p) && (peek(p, 0) != 'I' || arguments(p));
}

/* The class, and the member's own. */
static bool member_type(struct parser *p)
{
    bool good = type(p);
    return good && type(p);
}

/* St and a name, or one that stands for a whole type. */
static bool substituted_type(struct parser *p)
{
    bool whole = peek(p, 1) != 't';
    if (!silently(p, substitution) || (!whole && !silently(p, unqualified_name)))
        return false;
    return peek(p, 0) != 'I' || arguments(p);
}

static bool vendor_type(struct parser *p)
{
    char next = peek(p, 1);
    if (next == 'l' || next == 't')
        return class_type(p);
    p->at++;
    return silently(p, source_name) && (peek(p, 0) != 'I' || arguments(p)) && type(p);
}

static bool type_here(struct parser *p)
{
    take_any(p, "rVKPROCG");
    char c = peek(p, 0);
    if (is_digit(c) || c == 'N' || c == 'Z')
        return class_type(p);
    if (c == 'S')
        return substituted_type(p);
    if (c == 'U')
        return vendor_type(p);
    p->at += c != 0;
    switch (c) {
    case 'T':
        take_any(p, "sue");
        return up_to_line(p) && (peek(p, 0) != 'I' || arguments(p));
    case 'D':
        return special_type(p);
    case 'F':
        return function_type(p);
    case 'A':
        return array_type(p);
    case 'M':
        return member_type(p);
    case 'u':
        return silently(p, source_name) && (peek(p, 0) != 'I' || arguments(p));
    default:
        return is_lower(c);
    }
}

static bool type(struct parser *p)
{
    p->depth++;
    bool good = p->depth < DEPTH && type_here(p);
    p->depth--;
    return good;
}

/* ---- The question ---- */

bool lw_unmangle(struct lw_function_name *name, const char *symbol, size_t length)
{
    struct parser parser = {symbol, symbol + length, name, 0, 0};
    name->length = name->identifier = 0;
    if (!take(&parser, "_Z") || !name_of(&parser) || name->length == 0)
        return false;
    name->text[name->length] = 0;
    return true;
}
