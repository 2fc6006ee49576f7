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

static bool is_named(const char *pattern, const char *function, const char *place)
{
    size_t named = strlen(function), placed = strlen(place);
    char text_room[ROOM], *text = room_for(text_room, named + placed + 2);
    memcpy(text, function, named);
    text[named] = ' ';
    memcpy(text + named + 1, place, placed + 1);
    bool result = pattern__matches(pattern, text);
    if (text != text_room)
        free(text);
    return result;
}

/* Older interpreters know the last part of a function's name only. */
static bool is_frame(const char *piece, size_t length, const struct frame *frame)
{
    const char *function = frame->function ? frame->function : "?", *last = frame__short_name(frame);
    char pattern_room[ROOM], *pattern = room_for(pattern_room, length + 1);
    memcpy(pattern, piece, length);
    pattern[length] = '\0';
    bool result = is_named(pattern, function, place_of(frame)) ||
                  (last != NULL && last != frame->function && is_named(pattern, last, place_of(frame)));
    if (pattern != pattern_room)
        free(pattern);
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
