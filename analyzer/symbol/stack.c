/* What a symbolised stack tells. */
#include "stack.h"

#include <string.h>

/* A line of an interpreted program belongs to no module. */
static bool is_source(const struct frame *frame)
{
    return frame->module == NULL && frame->file != NULL && !frame->is_generated;
}

size_t stack__told(const struct stack *stack)
{
    size_t sources = 0;
    while (sources < stack->count && is_source(stack->frames[sources]))
        sources++;
    return sources > 0 ? sources : stack->count;
}

const struct frame *stack__user_frame(const struct stack *stack)
{
    const struct frame *outside = NULL;
    if (stack == NULL || stack->count == 0)
        return NULL;
    for (size_t i = 0; i < stack__told(stack); i++) {
        const struct frame *frame = stack->frames[i];
        if (frame->origin != CODE_USER)
            continue;
        if (frame->file != NULL && frame->line > 0)
            return frame;
        if (outside == NULL)
            outside = frame;
    }
    return outside ? outside : stack->frames[0];
}

const char *stack__routine(const struct stack *stack)
{
    if (stack == NULL || !stack->is_whole)
        return NULL;
    for (size_t i = stack->count; i-- > 0;)
        if (stack->frames[i]->origin == CODE_USER)
            return stack->frames[i]->function;
    return stack->frames[stack->count - 1]->function; // NOLINT: it has one
}

const struct frame *stack__caller_of_user(const struct stack *stack)
{
    const struct frame *user = stack__user_frame(stack);
    for (size_t i = 0; user != NULL && i + 1 < stack__told(stack); i++)
        if (stack->frames[i] == user)
            return stack->frames[i + 1];
    return NULL;
}

static int compare_texts(const char *a, const char *b)
{
    if (a == b)
        return 0;
    return a == NULL ? -1 : b == NULL ? 1 : strcmp(a, b);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int frame__compare_places(const struct frame *a, const struct frame *b)
{
    if (a == b || a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    int order = compare_texts(a->file, b->file);
    if (order == 0 && a->file != NULL && (a->line > 0 || b->line > 0))
        return compare_numbers((uint64_t)a->line, (uint64_t)b->line);
    if (order == 0)
        order = compare_texts(a->module, b->module);
    return order != 0 ? order : compare_numbers(a->offset, b->offset);
}

int stack__compare(const struct stack *a, const struct stack *b)
{
    if (a == b || a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    size_t shorter = a->count < b->count ? a->count : b->count;
    int order = 0;
    for (size_t i = 0; order == 0 && i < shorter; i++)
        order = frame__compare_places(a->frames[i], b->frames[i]);
    return order != 0 ? order : compare_numbers(a->count, b->count);
}

bool stack__is_same_place(const struct stack *a, const struct stack *b)
{
    return frame__compare_places(stack__user_frame(a), stack__user_frame(b)) == 0;
}
