/* A stand-in for libleakwatch.so, to be preloaded: a table of functions that print how they were called, one line each,
 * and give answers that the real ones would not give. So a test sees that a call went through, with what, and that its
 * answer came back. FAKE_SIZE makes its table as long as that of a library of another age. */
#define LEAKWATCH_TYPES_ONLY
#include "leakwatch/leakwatch.h"

#include <stdarg.h>
#include <stdio.h>

#ifndef FAKE_SIZE
#define FAKE_SIZE sizeof(struct leakwatch_api)
#endif
#define FAKE_SCOPE ((uintptr_t)4711)

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("call ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    fflush(stdout);
}

static unsigned long number(leakwatch_scope_t scope)
{
    return (unsigned long)(uintptr_t)scope;
}

static int active(void)
{
    say("active");
    return 1;
}

static leakwatch_scope_t scope_begin(const char *name, const void *block)
{
    say("begin %s%s", name, block ? ", a block" : "");
    return (leakwatch_scope_t)FAKE_SCOPE;
}

static size_t scope_end(leakwatch_scope_t scope)
{
    say("end %lu", number(scope));
    return 3;
}

static void scope_fail(leakwatch_scope_t scope, const char *reason)
{
    say("fail %lu: %s", number(scope), reason);
}

static leakwatch_scope_t scope_detach(leakwatch_scope_t scope)
{
    say("detach %lu", number(scope));
    return (leakwatch_scope_t)FAKE_SCOPE;
}

static int scope_attach(leakwatch_scope_t scope)
{
    say("attach %lu", number(scope));
    return -1;
}

static int hand_over(enum leakwatch_kind kind, uintptr_t handle, leakwatch_scope_t to)
{
    say("hand over kind %d, %ld, to %lu", (int)kind, (long)handle, number(to));
    return -1;
}

static int expect_held(enum leakwatch_kind kind, uintptr_t handle, const char *reason)
{
    say("expect kind %d, %ld: %s", (int)kind, (long)handle, reason);
    return -1;
}

static int label(enum leakwatch_kind kind, uintptr_t handle, const char *text)
{
    say("label kind %d, %ld: %s", (int)kind, (long)handle, text);
    return -1;
}

static size_t held(leakwatch_scope_t scope, leakwatch_held_callback *callback, void *context)
{
    const struct leakwatch_resource resource = {
        .kind = LEAKWATCH_KIND_FD, .handle = 23, .type = "socket", .call = "accept4", .detail = "peer", .label = ""};
    say("held %lu", number(scope));
    callback(&resource, context);
    return 1;
}

static size_t open_count(void)
{
    say("open count");
    return 42;
}

static void source(const struct leakwatch_line *sources, size_t count)
{
    say("source %s, %zu", count ? sources->file : "-", count);
}

static const char *ledger(void)
{
    say("ledger");
    return "a.lwl";
}

__attribute__((visibility("default"))) extern const struct leakwatch_api leakwatch_api;
const struct leakwatch_api leakwatch_api = {
    .size = FAKE_SIZE,
    .version = 1,
    .active = active,
    .scope_begin = scope_begin,
    .scope_end = scope_end,
    .scope_fail = scope_fail,
    .scope_detach = scope_detach,
    .scope_attach = scope_attach,
    .hand_over = hand_over,
    .expect_held = expect_held,
    .label = label,
    .held = held,
    .open_count = open_count,
    .source = source,
    .ledger = ledger,
};
