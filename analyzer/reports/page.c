/* A page of text for people. */
#include "page.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../escape.h"
#include "../source_path.h"
#include "../stacks.h"
#include "words.h"

enum { FRAMES_SHOWN = 12, WIDEST_NAME = 40 };

void page__ink(const struct page *page, enum ink ink)
{
    static const char *const codes[] = {
        [INK_PLAIN] = "\033[0m",   [INK_ERROR] = "\033[1;31m", [INK_WARNING] = "\033[1;33m",
        [INK_NOTE] = "\033[1;36m", [INK_STRONG] = "\033[1m",   [INK_FAINT] = "\033[2m",
    };
    if (page->options->color)
        fputs(codes[ink], page->out);
}

void page__text(const struct page *page, const char *text)
{
    if (page->write_text != NULL)
        page->write_text(page->out, text);
    else
        escape__print(page->out, text, strlen(text));
}

void page__number(const struct page *page, uint64_t number)
{
    char text[WORDS];
    fputs(words__number(text, number), page->out);
}

/* The beginning of the last two components of a path. */
static const char *short_tail(const char *file)
{
    const char *slash = strrchr(file, '/');
    while (slash != NULL && slash > file && slash[-1] != '/')
        slash--;
    return slash != NULL && slash > file + 1 ? slash : file;
}

/* What stands below the source root, or else below the working directory, is shown from there. A path that is not on
 * this machine leads nowhere: its end says enough. */
static void put_file(const struct page *page, const char *file)
{
    const char *shown = source_path__below(file, page->options->source_root);
    if (shown == file)
        shown = source_path__below(file, page->options->directory);
    if (shown == file && !page->options->full && access(file, F_OK) != 0) {
        shown = short_tail(file);
        fputs(shown > file ? "…/" : "", page->out);
    }
    page__text(page, shown);
}

void page__place(const struct page *page, const struct frame *frame)
{
    if (frame->file != NULL) {
        put_file(page, frame->file);
        if (frame->line > 0)
            fprintf(page->out, ":%d", frame->line);
    } else if (frame->module != NULL) {
        page__text(page, base_name(frame->module));
        fprintf(page->out, "+0x%" PRIx64, frame->offset);
    } else {
        fputs("generated code", page->out);
    }
}

static size_t name_width(const struct stack *stack, size_t count)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = stack->frames[i]->function;
        size_t length = name ? escape__terminal(NULL, 0, name, strlen(name)) : 1;
        if (length > widest && length <= WIDEST_NAME)
            widest = length;
    }
    return widest;
}

/* What a reader needs where names or lines are missing, or where the code is not the program's own. */
static void put_origin(const struct page *page, const struct frame *frame, const char *program)
{
    const char *module = frame->module ? base_name(frame->module) : NULL;
    page__ink(page, INK_FAINT);
    if (frame->inlined)
        fputs("  (inlined)", page->out);
    if (frame->file != NULL && module != NULL && strcmp(module, program) != 0) {
        fputs("  ", page->out);
        page__text(page, module);
    }
    if (frame->changed)
        fputs("  (the binary has changed since)", page->out);
    else if (frame->function == NULL && frame->build_id != NULL)
        fprintf(page->out, "  (no symbols; build-id %s)", frame->build_id);
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
    size_t count = page->options->full ? stack->count : stack__told(stack);
    if (!page->options->full && count > FRAMES_SHOWN + 1)
        count = FRAMES_SHOWN;
    size_t width = name_width(stack, count);
    for (size_t i = 0; i < count; i++) {
        fputs(indent, page->out);
        put_frame(page, stack->frames[i], width, program);
    }
    if (count < stack->count)
        fprintf(page->out, "%s… and %zu more frames (--full shows all)\n", indent, stack->count - count);
}
