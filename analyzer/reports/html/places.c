/* Findings by their place: a table of kinds and places, and the list in which those of one place stand together.
 *
 * DESIGN. One array of all findings that are shown is sorted three ways: by place, to see which belong together; by the
 * most expensive of each place, as the list has them; by kind and place, as the table has them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "html.h"
#include "model/kinds.h"
#include "model/told_names.h"
#include "reports/markup.h"
#include "reports/place.h"
#include "base/words.h"

enum { ROWS_OPEN = 20 };

struct member {
    const struct finding *finding;
    struct place place;
    const char *function; /* NULL: not known */
    size_t rank;
    size_t group; /* the lowest rank of its place … */
    size_t size;  /* … and how many findings there are; of the first of a group only */
    uint64_t sum; /* resources of the group; likewise */
};

/* A place and a kind, as the table tells them. */
struct row {
    const struct member *first;
    size_t findings;
    uint64_t sum;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_places(const struct member *a, const struct member *b)
{
    int order = strcmp(a->place.path ? a->place.path : "", b->place.path ? b->place.path : "");
    if (order == 0)
        order = a->place.line - b->place.line;
    if (order == 0 && a->place.line == 0)
        order = strcmp(a->function ? a->function : "", b->function ? b->function : "");
    return order;
}

static int by_place(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    int order = compare_places(a, b);
    return order != 0 ? order : compare_numbers(a->rank, b->rank);
}

static int by_group(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    int order = compare_numbers(a->group, b->group);
    return order != 0 ? order : compare_numbers(a->rank, b->rank);
}

static int by_kind(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    int order = strcmp(a->finding->kind->name, b->finding->kind->name);
    return order != 0 ? order : by_place(left, right);
}

static int by_sum(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->first->finding->level != b->first->finding->level)
        return (int)b->first->finding->level - (int)a->first->finding->level;
    return a->sum != b->sum ? -compare_numbers(a->sum, b->sum) : compare_numbers(a->first->rank, b->first->rank);
}

static void find_groups(struct member *members, size_t count)
{
    qsort(members, count, sizeof *members, by_place);
    for (size_t first = 0, next; first < count; first = next) {
        struct member *head = &members[first];
        for (next = first; next < count && compare_places(head, &members[next]) == 0; next++) {
            members[next].group = head->rank;
            head->size++;
            head->sum += members[next].finding->count;
        }
    }
}

static struct member *collect(const struct html *html, size_t count)
{
    const struct report_options *options = &html->quotation.options;
    struct member *members = heap__zeroed(count, sizeof *members);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &html->report->findings[i];
        const struct frame *frame = place__frame(kinds__main_stack(finding), options);
        members[i] = (struct member){.finding = finding,
                                     .place = place__of(frame, options),
                                     .function = frame ? frame->function : NULL,
                                     .rank = i};
    }
    find_groups(members, count);
    return members;
}

static void put_place(struct html *html, const struct member *member)
{
    const char *path = member->place.path;
    if (member->function != NULL) {
        fputs("<span class=\"function\">", html->out);
        markup__text(html->out, member->function);
        fputs("</span> ", html->out);
    }
    if (path == NULL)
        fputs("not known", html->out);
    else
        markup__text(html->out, member->place.is_source ? path : told_names__of(html->report, path));
    if (member->place.line > 0)
        fprintf(html->out, ":%d", member->place.line);
}

static void put_sum(struct html *html, size_t findings, uint64_t sum)
{
    char number[WORDS], all[WORDS];
    fprintf(html->out, "%s %s, %s in all", words__number(number, findings),
            words__plural(findings, "finding", "findings"), words__number(all, sum));
}

/* ---- The table */

static size_t make_rows(struct row *rows, const struct member *members, size_t count)
{
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && compare_places(&members[i - 1], &members[i]) == 0 &&
                    members[i - 1].finding->kind == members[i].finding->kind;
        if (!same)
            rows[made++] = (struct row){.first = &members[i]};
        rows[made - 1].findings++;
        rows[made - 1].sum += members[i].finding->count;
    }
    qsort(rows, made, sizeof *rows, by_sum);
    return made;
}

static void put_row(struct html *html, const struct row *row)
{
    char number[WORDS], sum[WORDS];
    const struct finding *finding = row->first->finding;
    fprintf(html->out, "<tr class=\"%s\"><td class=\"level\">%s</td><td>%s</td><td><a href=\"#f%zu\">",
            level__name(finding->level), level__name(finding->level), finding->kind->name, row->first->rank + 1);
    put_place(html, row->first);
    fprintf(html->out, "</a></td><td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
            words__number(number, row->findings), words__number(sum, row->sum));
}

static void put_rows(struct html *html, const struct row *rows, size_t count)
{
    fputs("<table><thead><tr><th>level</th><th>kind</th><th>place</th><th class=\"number\">findings</th>"
          "<th class=\"number\">in all</th></tr></thead>\n<tbody>\n",
          html->out);
    for (size_t i = 0; i < count; i++)
        put_row(html, &rows[i]);
    fputs("</tbody></table>\n", html->out);
}

static void put_table(struct html *html, struct member *members, size_t count)
{
    struct row *rows = heap__zeroed(count, sizeof *rows);
    qsort(members, count, sizeof *members, by_kind);
    size_t made = make_rows(rows, members, count), open = made <= ROWS_OPEN + 5 ? made : ROWS_OPEN;
    fputs("<section id=\"places\"><h2>Kinds and places</h2>\n", html->out);
    put_rows(html, rows, open);
    if (made > open) {
        fprintf(html->out, "<details><summary>%zu more %s</summary>\n", made - open,
                words__plural(made - open, "place", "places"));
        put_rows(html, rows + open, made - open);
        fputs("</details>\n", html->out);
    }
    fputs("</section>\n", html->out);
    free(rows);
}

void html__places(struct html *html, size_t count)
{
    if (count == 0)
        return;
    struct member *members = collect(html, count);
    put_table(html, members, count);
    free(members);
}

/* ---- The list */

/* Above those of a place, where it has several. */
static void put_heading(struct html *html, const struct member *head)
{
    fprintf(html->out, "<li class=\"place\" data-group=\"%zu\"><h3>", head->group);
    put_place(html, head);
    fputs(" <span class=\"sum\">", html->out);
    put_sum(html, head->size, head->sum);
    fputs("</span></h3></li>\n", html->out);
}

void html__grouped(struct html *html, size_t count)
{
    struct member *members = collect(html, count);
    qsort(members, count, sizeof *members, by_group);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[i];
        size = member->size > 0 ? member->size : size;
        if (member->size > 1)
            put_heading(html, member);
        html__finding(html, member->finding,
                      (struct html_position){.rank = member->rank, .group = member->group, .is_grouped = size > 1});
    }
    free(members);
}
