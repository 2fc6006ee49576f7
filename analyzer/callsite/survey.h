/* What a function does before a call and elsewhere that matters for what becomes of the call's result: whether it hands
 * out addresses of its stack, and in which registers it keeps the address of errno. */
#ifndef CALLSITE_SURVEY_H
#define CALLSITE_SURVEY_H

#include "places.h"

enum { HANDED_OUT_AT_MOST = 64 };

struct survey {
    bool is_complete;     /* false: the function's bounds are not known, or it is too long */
    struct places places; /* as the call leaves them */
    size_t count;
    struct handed_out {
        uint8_t base; /* register from which the address is counted */
        int64_t offset;
    } handed_out[HANDED_OUT_AT_MOST]; /* different ones */
};

struct survey survey__of(struct code *code, struct callees *callees, uint64_t call_returns_to);

/* Is this very address handed out? */
bool survey__hands_out(const struct survey *survey, uint8_t base, int64_t offset);

/* Is this address handed out or a lower one, of something that may reach up to it? True where it is not known. */
bool survey__hands_out_below(const struct survey *survey, uint8_t base, int64_t offset);

#endif
