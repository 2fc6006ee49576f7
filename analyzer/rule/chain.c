/* Matches a rule's chain of patterns with the frames of a stack. */
#include "chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "pattern.h"

enum { ROOM = 512 };

static const char *place_of(const struct frame *frame)
{
    const char *place = frame->file ? frame->file : frame->module;
    return place ? place : "?";
}

/* Rules are tried on all frames of all stacks: few texts are longer than what needs no allocation. */
static char *room_for(char *room, size_t size)
{
    return size <= ROOM ? room : heap__zeroed(1, size);
}

static bool is_frame(const char *piece, size_t length, const struct frame *frame)
{
    const char *function = frame->function ? frame->function : "?", *place = place_of(frame);
    size_t named = strlen(function), placed = strlen(place);
    char pattern_room[ROOM], text_room[ROOM];
    char *pattern = room_for(pattern_room, length + 1), *text = room_for(text_room, named + placed + 2);
    memcpy(pattern, piece, length);
    pattern[length] = '\0';
    memcpy(text, function, named);
    text[named] = ' ';
    memcpy(text + named + 1, place, placed + 1);
    bool result = pattern__matches(pattern, text);
    if (pattern != pattern_room)
        free(pattern);
    if (text != text_room)
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
