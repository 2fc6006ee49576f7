/* Call stacks in the HTML report, with the lines around each frame where the source is at hand. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "html.h"
#include "model/told_names.h"
#include "reports/markup.h"
#include "reports/place.h"

enum { TAB = 4, QUOTED_AT_MOST = 2 << 20 };

/* "function  place": text of the program's within elements. */
static void put_frame(struct html *html, const struct frame *frame)
{
    struct page page = html->quotation.page;
    page.out = html->out;
    fputs("<span class=\"function\">", html->out);
    markup__text(html->out, frame->function ? frame->function : "?");
    fputs("</span> ", html->out);
    page__place(&page, frame);
}

/* Tabs are the one control character that sources are full of. */
static char *without_tabs(const char *line, size_t length)
{
    char *text = heap__zeroed(TAB * length + 1, 1), *out = text;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\t')
            out = mempcpy(out, "    ", TAB);
        else if (line[i] != '\0')
            *out++ = line[i];
    }
    return text;
}

static void put_line(struct html *html, const struct source_excerpt *excerpt, size_t i, int here)
{
    int number = excerpt->first + (int)i;
    char *text = without_tabs(excerpt->lines[i], excerpt->lengths[i]);
    fprintf(html->out, number == here ? "<mark>%6d  " : "%6d  ", number);
    markup__text(html->out, text);
    fprintf(html->out, "%s%s\n", excerpt->lengths[i] == SOURCE_LINE_SHOWN ? "…" : "", number == here ? "</mark>" : "");
    html->quoted += strlen(text);
    free(text);
}

/* Lines are only worth quoting if they are those that were compiled. */
static void put_source(struct html *html, const struct frame *frame, double run)
{
    struct place place = place__of(frame, &html->quotation.options);
    if (!place.is_source || !place.is_below || place.line == 0)
        return;
    struct source_excerpt excerpt = source_lines__around(html->sources, place.path, place.line);
    if (excerpt.count > 0 && html->quoted >= QUOTED_AT_MOST) {
        html->unquoted++;
        return;
    }
    if (excerpt.count == 0)
        return;
    fputs("<pre class=\"source\">", html->out);
    if (source_excerpt__is_newer(&excerpt, run))
        fputs("<em>the file has changed since</em>\n", html->out);
    for (size_t i = 0; i < excerpt.count; i++)
        put_line(html, &excerpt, i, place.line);
    fputs("</pre>", html->out);
}

static void put_jump(struct html *html, const char *before, const char *function, const char *after)
{
    if (function == NULL)
        return;
    fprintf(html->out, " <span class=\"origin\">%s ", before);
    markup__text(html->out, function);
    fprintf(html->out, "%s</span>", after);
}

static void put_origin(struct html *html, const struct frame *frame)
{
    if (frame->inlined)
        fputs(" <span class=\"origin\">inlined</span>", html->out);
    put_jump(html, "called", frame->left_by_jump, ", which ended in a jump");
    put_jump(html, "called by a jump from", frame->jumped_from, "");
    if (frame->file != NULL && frame->module != NULL) {
        fputs(" <span class=\"origin\">", html->out);
        markup__text(html->out, told_names__of(html->report, frame->module));
        fputs("</span>", html->out);
    }
    if (frame->changed)
        fputs(" <span class=\"origin\">the binary has changed since</span>", html->out);
}

static void put_one(struct html *html, const struct frame *frame, bool is_foreign, double run)
{
    fputs(is_foreign ? "<li class=\"foreign\">" : "<li>", html->out);
    put_frame(html, frame);
    put_origin(html, frame);
    put_source(html, frame, run);
    fputs("</li>\n", html->out);
}

/* What a reader of Python's lines need not see: whose code it is. NULL: it is to be seen. */
static const char *folded_as(const struct stack *stack, const struct frame *frame)
{
    enum frame_role role = stack->has_lines ? stack__role(stack, frame) : ROLE_OWN;
    bool has_own = role == ROLE_LIBRARY && stack__role(stack, stack__user_frame(stack)) == ROLE_OWN;
    return role == ROLE_INTERPRETER ? "the interpreter" : has_own ? "libraries" : NULL;
}

static size_t put_folded(struct html *html, const struct stack *stack, size_t first, const char *whose, double run)
{
    size_t end = first;
    while (end < stack->count && folded_as(stack, stack->frames[end]) == whose)
        end++;
    size_t count = end - first;
    fprintf(html->out,
            "<li class=\"foreign folded\"><details%s><summary>%zu frame%s of %s</summary>\n<ol class=\"stack\">\n",
            html->quotation.options.full ? " open" : "", count, count == 1 ? "" : "s", whose);
    for (size_t i = first; i < end; i++)
        put_one(html, stack->frames[i], true, run);
    fputs("</ol></details></li>\n", html->out);
    return end;
}

void html__stack(struct html *html, const struct stack *stack, const char *summary, double run)
{
    if (stack == NULL || stack->count == 0)
        return;
    fprintf(html->out, "<details><summary>%s</summary>\n<ol class=\"stack\">\n", summary);
    for (size_t i = 0; i < stack->count;) {
        const char *whose = folded_as(stack, stack->frames[i]);
        if (whose != NULL) {
            i = put_folded(html, stack, i, whose, run);
            continue;
        }
        put_one(html, stack->frames[i], stack__role(stack, stack->frames[i]) != ROLE_OWN, run);
        i++;
    }
    fputs("</ol></details>\n", html->out);
}
