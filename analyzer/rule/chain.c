/* Matches a rule's chain of patterns with the frames of a stack. */
#include "chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "pattern.h"

static const char *place_of(const struct frame *frame)
{
    const char *place = frame->file ? frame->file : frame->module;
    return place ? place : "?";
}

static bool is_frame(const char *piece, size_t length, const struct frame *frame)
{
    char *pattern = heap__printed("%.*s", (int)length, piece);
    char *text = heap__printed("%s %s", frame->function ? frame->function : "?", place_of(frame));
    bool result = pattern__matches(pattern, text);
    free(pattern);
    free(text);
    return result;
}

static bool matches_from(const char *chain, const struct stack *stack, size_t i)
{
    const char *joint = strstr(chain, CHAIN_JOINT);
    const char *rest = joint ? joint + strlen(CHAIN_JOINT) : NULL;
    size_t length = joint ? (size_t)(joint - chain) : strlen(chain);
    if (length == 1 && chain[0] == '*') {
        for (; rest != NULL && i < stack->count; i++)
            if (matches_from(rest, stack, i))
                return true;
        return rest == NULL;
    }
    return i < stack->count && is_frame(chain, length, stack->frames[i]) &&
           (rest == NULL || matches_from(rest, stack, i + 1));
}

bool chain__matches(const char *chain, const struct stack *stack)
{
    return stack != NULL && matches_from(chain, stack, 0);
}
