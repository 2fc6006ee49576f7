/* Where in the source tree a frame lies. */
#include "place.h"

#include <string.h>

#include "model/kinds.h"
#include "source/path.h"
#include "symbol/stack.h"

/* Debugging information may have been made free of the machine's directories: what is relative is below the root. */
static bool is_inside(const char *path)
{
    return path[0] != '/' && path[0] != '<' && strncmp(path, "../", 3) != 0;
}

const char *place__root(const struct report_options *options)
{
    const char *root = options->source_root ? options->source_root : options->directory;
    return root != NULL && strcmp(root, "/") != 0 ? root : NULL;
}

struct place place__of(const struct frame *frame, const struct report_options *options)
{
    if (frame == NULL)
        return (struct place){.path = NULL};
    if (frame->file == NULL)
        return (struct place){.path = frame->module};
    struct place place = {.path = source_path__below(frame->file, place__root(options)), .is_source = true};
    place.line = frame->line > 0 ? frame->line : 0;
    place.is_below = is_inside(place.path);
    return place;
}

struct place place__of_finding(const struct finding *finding, const struct report_options *options)
{
    return place__of(place__frame(kinds__main_stack(finding), options), options);
}

struct place place__of_program(const struct finding *finding, const struct report *report)
{
    return (struct place){.path = finding->process_count > 0 ? report->processes[finding->processes[0]].exe : NULL};
}

const struct frame *place__frame(const struct stack *stack, const struct report_options *options)
{
    for (size_t i = 0; stack != NULL && i < stack->count; i++) {
        struct place place = place__of(stack->frames[i], options);
        if (place.is_below && place.line > 0 && stack__role(stack, stack->frames[i]) == ROLE_OWN)
            return stack->frames[i];
    }
    return stack__user_frame(stack);
}
