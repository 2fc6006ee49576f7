/* Where the value is at one point of a path: the registers and stack slots that hold it, or `errno`. */
#ifndef CALLSITE_PLACES_H
#define CALLSITE_PLACES_H

#include "callee.h"
#include "machine/step.h"

enum {
    SLOTS = 6,
    STRUCT_AT_MOST = 64, /* how far below a slot an address still looks like that of the struct around it */
};

enum content {
    CONTENT_OTHER,
    CONTENT_RESULT,        /* what the release returned */
    CONTENT_ERRNO_ADDRESS, /* of errno, while that is what the release left there */
    CONTENT_ERRNO,         /* its value */
    CONTENT_STACK_ADDRESS, /* an address in the stack, counted from the stack pointer */
    CONTENT_FRAME_ADDRESS, /* the same, counted from the frame pointer */
};

/* A piece of the stack. Offsets are from the frame pointer, or from where the stack pointer was at the beginning. */
struct slot {
    uint8_t content, base; /* base: a register */
    uint16_t is_pushed;
    uint32_t size;
    int64_t offset;
};

/* Compared as bytes: no padding, unused slots are zero. */
struct places {
    uint8_t registers[REGISTERS]; /* enum content */
    int32_t offsets[REGISTERS];   /* of the addresses among them; 0 with all others */
    struct slot slots[SLOTS];
    int64_t stack;             /* how far the stack pointer moved */
    uint8_t is_stack_unknown;  /* or moved in a way that cannot be followed */
    uint8_t has_frame_pointer; /* offsets from the frame pointer are slots */
    uint8_t is_untouched;      /* the result register still holds what the release left there */
    uint8_t is_errno_fresh;    /* nothing was called that could have changed errno */
    uint8_t is_doubtful;       /* the value may have been handed on unseen */
    uint8_t has_crossed;       /* a jump led into another function */
    uint8_t is_returning;      /* the return address is where a return wants it: the function is at its end */
    uint8_t unused[5];
    uint32_t prepared; /* argument registers that were written since the last call */
};

enum notice {
    NOTICE_NOTHING,
    NOTICE_READ,    /* the program looks at the value */
    NOTICE_PASSED,  /* or hands it on to a function, or memory that others see */
    NOTICE_UNCLEAR, /* it may */
};

/* As a release leaves them that has just returned. */
struct places places__after_release(const struct machine *machine, bool has_frame_pointer);

/* What else stood in registers that the call did not touch. */
void places__add_others(struct places *places, const struct places *before, const struct machine *machine);

/* One step that is no call. */
enum notice places__pass(struct places *places, const struct machine *machine, const struct step *step);

/* A call, or a jump to another function that returns to the caller. */
enum notice places__call(struct places *places, const struct machine *machine, const struct step *step,
                         const struct callee *callee);

/* For handing.c: the registers that hold something, and what registers get. */
uint32_t places__registers_with(const struct places *places, enum content content);
void places__write(struct places *places, const struct machine *machine, uint32_t registers, enum content content);

bool places__hold_result(const struct places *places);
bool places__hold_errno(const struct places *places);

#endif
