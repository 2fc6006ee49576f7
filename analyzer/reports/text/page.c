/* A page of text for people. */
#include "page.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "model/call_name.h"
#include "model/told_names.h"
#include "base/words.h"
#include "source/path.h"

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

void page__words(const struct page *page, const char *text)
{
    if (page->write_words != NULL)
        page->write_words(page->out, text);
    else
        page__text(page, text);
}

void page__call(const struct page *page, const char *name)
{
    char written[CALL_NAME];
    page__text(page, call_name__written(written, name));
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
        page__text(page, told_names__of(page->report, frame->module));
        fprintf(page->out, "+0x%" PRIx64, frame->offset);
    } else {
        fputs("generated code", page->out);
    }
}
