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
    bool is_whole;  /* nothing but the C library's entry called its outermost frame */
    bool has_lines; /* of an interpreted program: stack__knows_lines */
};

/* Whose code a frame is, for who reads this stack. */
enum frame_role {
    ROLE_OWN,        /* the program's, and of a program that is not interpreted all that is not its language's */
    ROLE_PACKAGE,    /* of an interpreted program: of packages that others wrote, or of the system's libraries */
    ROLE_LIBRARY,    /* of its language, or of the C library */
    ROLE_INTERPRETER /* where the lines that it ran are known; it tells nothing then */
};
enum frame_role stack__role(const struct stack *stack, const struct frame *frame);

/* Is it a line of an interpreted program? */
bool frame__is_line(const struct frame *frame);

/* The last part of a function's name: "read" of "Archive.read". NULL: it has none. */
const char *frame__short_name(const struct frame *frame);

/* Is one of these a line that is known? */
bool stack__knows_lines(const struct frame *const *frames, size_t count);

/* The frame to name in one line: the innermost one with a file and line that is the user's own, or else the innermost
 * one outside of the C library. Of an interpreted program, lines of packages and then its library come before what has no
 * line. NULL for an empty stack. */
const struct frame *stack__user_frame(const struct stack *stack);

/* So many steps outwards from that one, in which no interpreter's frame counts; 0: itself. NULL: there are not so many. */
const struct frame *stack__caller(const struct stack *stack, size_t steps);

/* The next one out; NULL: there is none. */
const struct frame *stack__caller_of_user(const struct stack *stack);

/* The function that a thread was started with, as far as it is the program's own; of the main thread, main, or the outermost
 * one of an interpreted program. NULL: not known. */
const char *stack__routine(const struct stack *stack);

/* Orders frames by what a reader sees of them: file and line, or else module and offset; NULL comes first. */
int frame__compare_places(const struct frame *a, const struct frame *b);

/* Orders them frame by frame, innermost first. */
int stack__compare(const struct stack *a, const struct stack *b);

/* Would a reader see the same line? */
bool stack__is_same_place(const struct stack *a, const struct stack *b);

#endif
