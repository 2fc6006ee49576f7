/* Who holds what: a flame graph, programs at the top, each box as wide as what is held through it.
 *
 * DESIGN. No tree is built: stacks, outermost frame first, are sorted, and neighbours that share a frame at a depth share
 * its box. Boxes are nested svg elements, which cut off the text that does not fit. What would be too narrow to see is
 * not drawn, and counted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "html.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "model/told_names.h"
#include "reports/markup.h"
#include "symbol/stack.h"

enum { WIDTH = 1200, ROW = 18, DEEPEST = 100, INKS = 5 };

#define NARROWEST 0.2 /* of WIDTH; what is narrow becomes readable by a look closer */

struct flame {
    const struct finding *finding;
    const char *program;         /* the first one that has it */
    const struct frame **frames; /* outermost first, without an interpreter's whose lines are known */
    size_t depth;
};

struct flames {
    struct html *html;
    struct flame *list;
    size_t count, deepest, hidden;
    uint64_t total;
};

/* The frame at a depth, 0 is outermost; NULL beyond the innermost one. */
static const struct frame *frame_at(const struct flame *flame, size_t depth)
{
    return depth < flame->depth ? flame->frames[depth] : NULL;
}

static void take_frames(struct flame *flame, const struct stack *stack)
{
    size_t count = stack ? stack->count : 0;
    flame->frames = heap__zeroed(count + 1, sizeof(*flame->frames));
    while (count-- > 0)
        if (stack__role(stack, stack->frames[count]) != ROLE_INTERPRETER)
            flame->frames[flame->depth++] = stack->frames[count];
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/* Functions share a box whatever the line in them. */
static int compare_frames(const struct frame *a, const struct frame *b)
{
    if (a == b || a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    int order = compare_texts(a->function, b->function);
    if (order == 0)
        order = compare_texts(a->module, b->module);
    if (order == 0 && frame__is_line(a))
        order = compare_texts(a->file, b->file);
    if (order == 0 && a->function == NULL)
        order = a->offset < b->offset ? -1 : a->offset > b->offset;
    return order;
}

static int compare(const void *left, const void *right)
{
    const struct flame *a = left, *b = right;
    int programs = strcmp(a->program, b->program);
    if (programs != 0)
        return programs;
    for (size_t depth = 0;; depth++) {
        const struct frame *one = frame_at(a, depth), *other = frame_at(b, depth);
        int order = compare_frames(one, other);
        if (order != 0)
            return order;
        if (one == NULL)
            return strcmp(a->finding->fingerprint, b->finding->fingerprint);
    }
}

static const char *program_of(const struct report *report, const struct finding *finding)
{
    return finding->process_count > 0 ? report->processes[finding->processes[0]].name : "?";
}

/* Failures hold nothing; what another program inherited is held by both and counts once; and some kinds are about how
 * things were given back. */
static bool is_held(const struct finding *finding)
{
    return finding->kind->about & ABOUT_HELD && kinds__has_resource(finding) && finding->count > 0;
}

static void collect(struct flames *flames, const struct report *report)
{
    flames->list = heap__zeroed(report->finding_count, sizeof(struct flame));
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        if (!is_held(finding))
            continue;
        struct flame *flame = &flames->list[flames->count++];
        *flame = (struct flame){.finding = finding, .program = program_of(report, finding)};
        take_frames(flame, finding->acquired);
        flames->total += finding->count;
        flames->deepest = flame->depth > flames->deepest ? flame->depth : flames->deepest;
    }
    flames->deepest = flames->deepest < DEEPEST ? flames->deepest : DEEPEST;
    qsort(flames->list, flames->count, sizeof(struct flame), compare);
}

static unsigned ink_of(const char *name)
{
    unsigned sum = 0;
    while (*name != '\0')
        sum = sum * 31 + (unsigned char)*name++;
    return sum % INKS;
}

static bool begin_box(struct flames *flames, uint64_t before, uint64_t weight, size_t depth)
{
    double scale = WIDTH / (double)flames->total, width = (double)weight * scale;
    if (width < NARROWEST)
        return false;
    fprintf(flames->html->out, "<svg x=\"%.2f\" y=\"%zu\" width=\"%.2f\" height=\"%d\"><title>", (double)before * scale,
            depth * ROW, width, ROW - 1);
    return true;
}

static void end_box(FILE *out, const char *name, const char *class, unsigned ink)
{
    fprintf(out, "</title><rect class=\"%s%u\" width=\"100%%\" height=\"100%%\"/><text x=\"3\" y=\"12\">", class, ink);
    markup__text(out, name);
    fputs("</text></svg>\n", out);
}

/* What is held, below the frame that acquired it. */
static void put_held(struct flames *flames, const struct flame *flame, uint64_t before, size_t depth)
{
    const struct finding *finding = flame->finding;
    const char *noun = resource__noun(finding->resource.kind, finding->count);
    if (!begin_box(flames, before, finding->count, depth)) {
        flames->hidden++;
        return;
    }
    char *name = heap__printed("%" PRIu64 " %s", finding->count, noun);
    markup__text(flames->html->out, name);
    fprintf(flames->html->out, ", %s", finding->kind->name);
    end_box(flames->html->out, name, "held", (unsigned)finding->level);
    free(name);
}

static const char *name_of(const struct flames *flames, const struct frame *frame)
{
    if (frame->function != NULL)
        return frame->function;
    return frame->module != NULL ? told_names__of(flames->html->report, frame->module) : "?";
}

static void put_holder(struct flames *flames, const char *name, uint64_t before, uint64_t weight, size_t depth)
{
    if (!begin_box(flames, before, weight, depth))
        return;
    markup__text(flames->html->out, name);
    fprintf(flames->html->out, ": %" PRIu64 " held", weight);
    end_box(flames->html->out, name, "ink", ink_of(name));
}

/* The flames from first to end share all frames above this depth. */
static void put_boxes(struct flames *flames, size_t first, size_t end, size_t depth, uint64_t before)
{
    while (first < end) {
        const struct frame *frame = depth < DEEPEST ? frame_at(&flames->list[first], depth) : NULL;
        uint64_t weight = flames->list[first].finding->count;
        size_t next = first + 1;
        if (frame == NULL) {
            put_held(flames, &flames->list[first], before, depth + 1);
        } else {
            for (; next < end && compare_frames(frame, frame_at(&flames->list[next], depth)) == 0; next++)
                weight += flames->list[next].finding->count;
            put_holder(flames, name_of(flames, frame), before, weight, depth + 1);
            put_boxes(flames, first, next, depth + 1, before);
        }
        before += weight;
        first = next;
    }
}

static void put_programs(struct flames *flames)
{
    uint64_t before = 0;
    for (size_t first = 0, next; first < flames->count; first = next) {
        const char *program = flames->list[first].program;
        uint64_t weight = 0;
        for (next = first; next < flames->count && strcmp(flames->list[next].program, program) == 0; next++)
            weight += flames->list[next].finding->count;
        put_holder(flames, program, before, weight, 0);
        put_boxes(flames, first, next, 0, before);
        before += weight;
    }
}

bool html__has_flames(const struct html *html)
{
    for (size_t i = 0; i < html->report->finding_count; i++)
        if (is_held(&html->report->findings[i]))
            return true;
    return false;
}

void html__flames(struct html *html)
{
    struct flames flames = {.html = html};
    collect(&flames, html->report);
    if (flames.total > 0) {
        fprintf(
            html->out,
            "<section id=\"flames\"><h2>Who holds what</h2>\n<svg class=\"flames\" viewBox=\"0 0 %d %zu\" role=\"img\" "
            "aria-label=\"call stacks, as wide as what they hold\">\n",
            WIDTH, (flames.deepest + 2) * ROW);
        put_programs(&flames);
        fputs("</svg>\n<p id=\"look\" hidden>Point at a box to read its name, click it to look closer; once more, or "
              "Escape, "
              "shows all again.</p>\n<p><output id=\"named\"></output></p>\n",
              html->out);
        if (flames.hidden > 0)
            fprintf(html->out, "<p>%zu %s too small to be drawn.</p>\n", flames.hidden,
                    words__plural(flames.hidden, "finding is", "findings are"));
        fputs("</section>\n", html->out);
    }
    for (size_t i = 0; i < flames.count; i++)
        free(flames.list[i].frames);
    free(flames.list);
}
