/* A stack as text. Frames of a language's own library come in runs that tell nothing of the program: each run is one
 * line, with the function that was called of it. Code of an interpreter whose lines are known is not shown at all; nor does
 * it part a run. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/words.h"
#include "page.h"
#include "source/path.h"
#include "symbol/stack.h"

enum { ROWS_SHOWN = 12, WIDEST_NAME = 40, SHORTEST_RUN = 2 };

struct row {
    const struct frame *frame; /* of a run the outermost one */
    size_t frames;
};

/* The frames of a stack that are shown, innermost first. */
struct shown {
    const struct stack *stack;
    const struct frame **frames;
    size_t count;
    bool has_own; /* lines of an interpreted program that are its own */
};

static bool begins_with(const char *text, const char *beginning)
{
    return text != NULL && strncmp(text, beginning, strlen(beginning)) == 0;
}

/* What <fcntl.h> and <stdio.h> put around calls to check them is nothing that anybody wrote. */
static bool is_wrapper(const struct frame *frame)
{
    return frame->inlined && frame->file != NULL && begins_with(frame->file, "/usr/include/") &&
           strstr(frame->file, "/bits/") != NULL && strstr(frame->file, "/c++/") == NULL;
}

static struct shown shown_of(const struct page *page, const struct stack *stack)
{
    struct shown shown = {.stack = stack, .frames = heap__zeroed(stack->count + 1, sizeof(*shown.frames))};
    for (size_t i = 0; i < stack->count; i++) {
        const struct frame *frame = stack->frames[i];
        enum frame_role role = stack__role(stack, frame);
        if (role != ROLE_INTERPRETER || page->options->full)
            shown.frames[shown.count++] = frame;
        shown.has_own = shown.has_own || (frame__is_line(frame) && frame->file != NULL && role == ROLE_OWN);
    }
    return shown;
}

/* Where the program's own lines are known, its language's library does not explain itself, nor does machine code of
 * libraries. */
static bool is_foldable(const struct shown *shown, const struct frame *frame)
{
    if (!shown->stack->has_lines)
        return frame->origin == CODE_LIBRARY;
    enum frame_role role = stack__role(shown->stack, frame);
    return shown->has_own && (role == ROLE_LIBRARY || (role == ROLE_PACKAGE && !frame__is_line(frame)));
}

static size_t run_from(const struct shown *shown, size_t first)
{
    size_t end = first;
    while (end < shown->count && is_foldable(shown, shown->frames[end]) &&
           frame__is_line(shown->frames[end]) == frame__is_line(shown->frames[first]))
        end++;
    return end - first;
}

static size_t take_row(const struct page *page, const struct shown *shown, size_t at, struct row *row)
{
    size_t run = page->options->full ? 0 : run_from(shown, at);
    row->frames = run >= SHORTEST_RUN ? run : 1;
    row->frame = shown->frames[at + row->frames - 1];
    return row->frames;
}

static size_t rows_of(const struct page *page, const struct shown *shown, struct row *rows)
{
    size_t made = 0, at = 0;
    while (at < shown->count && !page->options->full && is_wrapper(shown->frames[at]))
        at++;
    at = at < shown->count ? at : 0;
    while (at < shown->count)
        at += take_row(page, shown, at, &rows[made++]);
    return made;
}

static size_t length_of(const char *name)
{
    return name ? escape__terminal(NULL, 0, name, strlen(name)) : 1;
}

static size_t name_width(const struct row *rows, size_t count)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = length_of(rows[i].frame->function);
        if (rows[i].frames == 1 && length > widest && length <= WIDEST_NAME)
            widest = length;
    }
    return widest;
}

static const char *library_of(const struct frame *frame)
{
    if (frame->language != NULL && strcmp(frame->language, "Rust") == 0)
        return "Rust's library";
    if (frame__is_line(frame))
        return "Python's library";
    if (begins_with(frame->function, "std::") || begins_with(frame->function, "__gnu_cxx::") ||
        (frame->module != NULL && begins_with(base_name(frame->module), "libstdc++")))
        return "the C++ library";
    return "libraries";
}

static void put_run(const struct page *page, const struct row *row)
{
    const char *name = row->frame->function;
    page__ink(page, INK_FAINT);
    fprintf(page->out, "… %zu frames of %s", row->frames, library_of(row->frame));
    if (name != NULL && length_of(name) <= WIDEST_NAME) {
        fputs(", in ", page->out);
        page__text(page, name);
    }
    page__ink(page, INK_PLAIN);
    putc('\n', page->out);
}

/* What a compiler made of a call at a function's end: that function has no frame. */
static void put_jump(const struct page *page, const struct frame *frame)
{
    if (frame->left_by_jump != NULL) {
        fputs("  (called ", page->out);
        page__text(page, frame->left_by_jump);
        fputs(", which ended in a jump)", page->out);
    }
    if (frame->jumped_from != NULL) {
        fputs("  (called by a jump from ", page->out);
        page__text(page, frame->jumped_from);
        fputs(")", page->out);
    }
}

/* What a reader needs where names or lines are missing, or where the code is not the program's own. */
static void put_origin(const struct page *page, const struct frame *frame, const char *program)
{
    const char *module = frame->module ? base_name(frame->module) : NULL;
    page__ink(page, INK_FAINT);
    if (frame->inlined)
        fputs("  (inlined)", page->out);
    if (frame->is_generated && frame->file != NULL)
        fputs("  (generated code)", page->out);
    put_jump(page, frame);
    if (frame->file != NULL && module != NULL && strcmp(module, program) != 0) {
        fputs("  ", page->out);
        page__text(page, module);
    }
    if (frame->changed)
        fputs("  (the binary has changed since)", page->out);
    else if (frame->function == NULL && frame->build_id != NULL)
        fputs("  (no symbols)", page->out);
    page__ink(page, INK_PLAIN);
}

static void put_frame(const struct page *page, const struct frame *frame, size_t width, const char *program)
{
    const char *name = frame->function ? frame->function : "?";
    size_t length = escape__terminal(NULL, 0, name, strlen(name));
    page__text(page, name);
    fprintf(page->out, "%*s  ", (int)(length < width ? width - length : 0), "");
    page__place(page, frame);
    put_origin(page, frame, program);
    putc('\n', page->out);
}

void page__stack(const struct page *page, const struct stack *stack, const char *indent, const char *program)
{
    struct row *rows = heap__zeroed(stack->count + 1, sizeof(*rows));
    const struct shown told = shown_of(page, stack);
    size_t count = rows_of(page, &told, rows), left = 0;
    size_t shown = count > ROWS_SHOWN + 1 && !page->options->full ? ROWS_SHOWN : count;
    size_t width = name_width(rows, shown);
    for (size_t i = 0; i < shown; i++) {
        fputs(indent, page->out);
        if (rows[i].frames == 1)
            put_frame(page, rows[i].frame, width, program);
        else
            put_run(page, &rows[i]);
    }
    for (size_t i = shown; i < count; i++)
        left += rows[i].frames;
    left += stack->count - told.count;
    if (left > 0)
        fprintf(page->out, "%s… and %zu more %s (--full shows all)\n", indent, left,
                words__plural(left, "frame", "frames"));
    free(told.frames);
    free(rows);
}
