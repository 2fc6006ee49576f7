/* What a symbolised stack tells. */
#include "stack.h"

#include <string.h>

#include "source/path.h"

bool frame__is_line(const struct frame *frame)
{
    return frame->module == NULL && !frame->is_generated && (frame->file != NULL || frame->language != NULL);
}

const char *frame__short_name(const struct frame *frame)
{
    const char *dot = frame->function && frame__is_line(frame) ? strrchr(frame->function, '.') : NULL;
    return dot != NULL && dot[1] != '\0' ? dot + 1 : frame->function;
}

bool stack__knows_lines(const struct frame *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (frame__is_line(frames[i]) && frames[i]->file != NULL)
            return true;
    return false;
}

static bool is_package(const struct frame *frame)
{
    if (frame__is_line(frame))
        return frame->file != NULL && source_path__is_package(frame->file);
    return frame->module != NULL &&
           (source_path__is_package(frame->module) || source_path__is_system_library(frame->module));
}

enum frame_role stack__role(const struct stack *stack, const struct frame *frame)
{
    if (frame->origin == CODE_INTERPRETER)
        return stack->has_lines ? ROLE_INTERPRETER : ROLE_OWN;
    if (frame->origin != CODE_USER)
        return ROLE_LIBRARY;
    return stack->has_lines && is_package(frame) ? ROLE_PACKAGE : ROLE_OWN;
}

/* A line can be without a number. */
static bool has_place(const struct frame *frame)
{
    return frame->file != NULL && (frame->line > 0 || frame__is_line(frame));
}

static bool is_frozen(const struct frame *frame)
{
    return frame->file[0] == '<';
}

/* The innermost one of the least role; of an interpreted program. */
static const struct frame *best_line(const struct stack *stack)
{
    const struct frame *best = NULL;
    unsigned least = 2 * ROLE_INTERPRETER;
    for (size_t i = 0; i < stack->count; i++) {
        const struct frame *frame = stack->frames[i];
        enum frame_role role = stack__role(stack, frame);
        unsigned rank = 2U * role + (role == ROLE_LIBRARY && frame->file != NULL && is_frozen(frame));
        if (!has_place(frame) || (role != ROLE_OWN && !frame__is_line(frame)) || rank >= least)
            continue;
        best = frame;
        least = rank;
    }
    return best;
}

/* Of any other. */
static const struct frame *innermost_own(const struct stack *stack)
{
    const struct frame *outside = NULL;
    for (size_t i = 0; i < stack->count; i++) {
        const struct frame *frame = stack->frames[i];
        if (stack__role(stack, frame) != ROLE_OWN)
            continue;
        if (has_place(frame))
            return frame;
        if (outside == NULL)
            outside = frame;
    }
    return outside;
}

const struct frame *stack__user_frame(const struct stack *stack)
{
    if (stack == NULL || stack->count == 0)
        return NULL;
    const struct frame *frame = stack->has_lines ? best_line(stack) : innermost_own(stack);
    return frame ? frame : stack->frames[0];
}

static const char *outermost_line(const struct stack *stack)
{
    for (size_t i = stack->count; i-- > 0;)
        if (frame__is_line(stack->frames[i]) && stack__role(stack, stack->frames[i]) == ROLE_OWN)
            return stack->frames[i]->function;
    return NULL;
}

const char *stack__routine(const struct stack *stack)
{
    if (stack == NULL || !stack->is_whole)
        return NULL;
    const char *line = stack->has_lines ? outermost_line(stack) : NULL;
    for (size_t i = stack->count; line == NULL && i-- > 0;)
        if (stack->frames[i]->origin == CODE_USER || stack->frames[i]->origin == CODE_INTERPRETER)
            return stack->frames[i]->function;
    return line ? line : stack->frames[stack->count - 1]->function; // NOLINT: it has one
}

const struct frame *stack__caller(const struct stack *stack, size_t steps)
{
    const struct frame *user = stack__user_frame(stack);
    bool is_outside = false;
    for (size_t i = 0; user != NULL && i < stack->count; i++) {
        is_outside = is_outside || stack->frames[i] == user;
        if (!is_outside || stack__role(stack, stack->frames[i]) == ROLE_INTERPRETER)
            continue;
        if (steps-- == 0)
            return stack->frames[i];
    }
    return NULL;
}

const struct frame *stack__caller_of_user(const struct stack *stack)
{
    return stack__caller(stack, 1);
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
