/* What a call does to the value that is followed: does the called function return, take an argument, touch a register? */
#ifndef CALLSITE_CALLEE_H
#define CALLSITE_CALLEE_H

#include "code.h"

struct callee {
    bool returns;      /* true where it is not known */
    bool tells_errno;  /* it is the function behind `errno` */
    uint32_t reads;    /* registers whose values it takes from its caller */
    uint32_t may_read; /* those that it may take, for all that is known */
    uint32_t writes;   /* registers that may be overwritten when it returns */
};

struct callees;

struct callees *callees__new(struct code *code);
void callees__free(struct callees *callees);

/* Of a call or jump. */
struct callee callees__of(struct callees *callees, const struct step *step);

#endif
