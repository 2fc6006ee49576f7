/* Who gave something back: a line of the program, or the interpreter, when nobody held the object any more. */
#ifndef FINALISER_H
#define FINALISER_H

#include "stack.h"

enum finaliser {
    FINALISER_NONE,      /* the program, or it cannot be told */
    FINALISER_REFERENCE, /* CPython: the last reference to the object went */
    FINALISER_COLLECTOR, /* CPython's collector of cycles */
    FINALISER_END        /* CPython itself, as it ended */
};

enum finaliser finaliser__of(const struct stack *stack);

/* Is a line of a Python program among its frames? */
bool finaliser__knows_lines(const struct stack *stack);

#endif
