/* What a scope still holds, as text: for the messages of tests that fail because of it. C11 and C++11.
 *
 *     char *text = leakwatch_describe_held(NULL);
 *     fputs(text ? text : "nothing is held\n", stderr);
 *     free(text);
 */
#ifndef LEAKWATCH_PRINT_H
#define LEAKWATCH_PRINT_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leakwatch/leakwatch.h"
#include "leakwatch/leakwatch_symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEAKWATCH__RESOURCES_TOLD 10u
#define LEAKWATCH__FRAMES_TOLD 16u

struct leakwatch__text {
    char *text; /* NULL: nothing yet */
    size_t length, resources;
};

static char *leakwatch__demangle(const char *name, char *room, size_t *size, int *status)
    __attribute__((weakref("__cxa_demangle")));

/* Without memory, what has been written so far stands. */
__attribute__((format(printf, 2, 3))) static inline void leakwatch__add(struct leakwatch__text *text,
                                                                        const char *format, ...)
{
    va_list arguments, again;
    char *grown;
    int length;
    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(LEAKWATCH__NULL, 0, format, arguments);
    va_end(arguments);
    grown = length < 0 ? LEAKWATCH__NULL
                       : LEAKWATCH__AS(char *, realloc(text->text, text->length + LEAKWATCH__SIZE(length) + 1));
    if (grown) {
        vsnprintf(grown + text->length, LEAKWATCH__SIZE(length) + 1, format, again);
        text->text = grown;
        text->length += LEAKWATCH__SIZE(length);
    }
    va_end(again);
}

/* 0: the frames around this one are the C library's. */
static inline int leakwatch__add_frame(struct leakwatch__text *text, const void *address)
{
    struct leakwatch_symbol symbol;
    char *plain;
    if (!leakwatch_symbol_at(address, &symbol)) {
        leakwatch__add(text, "        %p\n", address);
        return 1;
    }
    plain = leakwatch__demangle && strncmp(symbol.function, "_Z", 2) == 0
                ? leakwatch__demangle(symbol.function, LEAKWATCH__NULL, LEAKWATCH__NULL, LEAKWATCH__NULL)
                : LEAKWATCH__NULL;
    leakwatch__add(text, "        %s  (%s+0x%zx)\n",
                   plain                ? plain
                   : symbol.function[0] ? symbol.function
                                        : "??",
                   symbol.module_name, LEAKWATCH__SIZE(symbol.offset));
    free(plain);
    return strcmp(symbol.function, "main") != 0;
}

static inline void leakwatch__add_stack(struct leakwatch__text *text, const struct leakwatch_resource *resource)
{
    size_t i, frames = resource->frame_count;
    for (i = 0; i < resource->source_count; i++)
        leakwatch__add(text, "        %s  (%s:%u)\n", resource->sources[i].function, resource->sources[i].file,
                       resource->sources[i].line);
    for (i = 0; i < frames && i < LEAKWATCH__FRAMES_TOLD; i++)
        if (!leakwatch__add_frame(text, resource->frames[i]))
            return;
    if (i < frames)
        leakwatch__add(text, "        and %zu more frames\n", frames - i);
}

/* As programmers write it: the C library's own names of open are open64, __open_2 and others. */
static inline void leakwatch__add_call(struct leakwatch__text *text, const char *call)
{
    static const char *const endings[] = {"_chk", "_2", "64"};
    size_t i, length;
    const char *trees = strncmp(call, "fts64_", 6) == 0 ? "fts_" : "";
    call += trees[0] ? 6 : strncmp(call, "__", 2) == 0 ? 2 : 0;
    length = strlen(call);
    for (i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (length > strlen(endings[i]) &&
            strncmp(call + length - strlen(endings[i]), endings[i], strlen(endings[i])) == 0)
            length -= strlen(endings[i]);
    leakwatch__add(text, ", acquired by %s%.*s\n", trees, LEAKWATCH__AS(int, length), call);
}

static inline void leakwatch__add_name(struct leakwatch__text *text, const struct leakwatch_resource *resource)
{
    int is_number = resource->kind == LEAKWATCH_KIND_FD || resource->kind == LEAKWATCH_KIND_CHILD;
    leakwatch__add(text, is_number ? "    %s %zu" : "    %s %#zx", resource->type, LEAKWATCH__SIZE(resource->handle));
    if (resource->detail[0])
        leakwatch__add(text, " %s", resource->detail);
    if (resource->label[0])
        leakwatch__add(text, " (%s)", resource->label);
    leakwatch__add_call(text, resource->call);
}

static inline void leakwatch__add_resource(const struct leakwatch_resource *resource, void *context)
{
    struct leakwatch__text *text = LEAKWATCH__AS(struct leakwatch__text *, context);
    if (text->resources++ >= LEAKWATCH__RESOURCES_TOLD)
        return;
    leakwatch__add_name(text, resource);
    leakwatch__add_stack(text, resource);
}

/* Everything that the scope holds, with the stacks that acquired it, innermost frame first and Python's lines before those
 * of its interpreter. The text is to be given to free; NULL where nothing is held. An example stands above.
 */
static inline char *leakwatch_describe_held(leakwatch_scope_t scope)
{
    struct leakwatch__text text = {LEAKWATCH__NULL, 0, 0};
    leakwatch_held(scope, leakwatch__add_resource, &text);
    if (text.resources > LEAKWATCH__RESOURCES_TOLD)
        leakwatch__add(&text, "    and %zu more\n", text.resources - LEAKWATCH__RESOURCES_TOLD);
    return text.text;
}

static inline void leakwatch__expect(const struct leakwatch_resource *resource, void *context)
{
    leakwatch_expect_held(resource->kind, resource->handle, *LEAKWATCH__AS(const char **, context));
}

/* All that the scope holds is held on purpose. Returns how much that is.
 *
 *     load_plugins();
 *     leakwatch_expect_all(NULL, "plugins stay loaded");
 *     run();
 */
static inline size_t leakwatch_expect_all(leakwatch_scope_t scope, const char *reason)
{
    return leakwatch_held(scope, leakwatch__expect, &reason);
}

#ifdef __cplusplus
}
#endif

#endif
