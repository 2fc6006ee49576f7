/* A symbolised stack, and what it tells. */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "symbols.h"

/* A symbolised stack, innermost frame first; leakwatch's own frames and the C library's entry are trimmed. Equal stacks
 * are one object. */
struct stack {
    size_t count;
    const struct frame **frames;
    bool is_whole; /* nothing but the C library's entry called its outermost frame */
};

/* How many of the innermost frames tell of the program: of an interpreted one, its own lines and not the interpreter's. */
size_t stack__told(const struct stack *stack);

/* The frame to name in one line: the innermost one with a file and line that is the user's own, or else the innermost
 * one outside of the C library. NULL for an empty stack. */
const struct frame *stack__user_frame(const struct stack *stack);

/* The next one out; NULL: there is none. */
const struct frame *stack__caller_of_user(const struct stack *stack);

/* The function that a thread was started with, as far as it is the program's own; of the main thread, main. NULL: not known. */
const char *stack__routine(const struct stack *stack);

/* Orders frames by what a reader sees of them: file and line, or else module and offset; NULL comes first. */
int frame__compare_places(const struct frame *a, const struct frame *b);

/* Orders them frame by frame, innermost first. */
int stack__compare(const struct stack *a, const struct stack *b);

/* Would a reader see the same line? */
bool stack__is_same_place(const struct stack *a, const struct stack *b);

#endif
