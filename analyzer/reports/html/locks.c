/* What locks cost: a table of places. */
#include "html.h"
#include "reports/markup.h"
#include "reports/place.h"
#include "base/words.h"

static void put_number(struct html *html, uint64_t number)
{
    char text[WORDS];
    fprintf(html->out, "<td class=\"number\">%s</td>", words__number(text, number));
}

static void put_time(struct html *html, double seconds)
{
    char text[WORDS];
    fprintf(html->out, "<td class=\"number\">%s</td>", seconds < 0 ? "–" : words__brief(text, seconds));
}

static void put_frame(struct html *html, const struct frame *frame)
{
    const struct place place = place__of(frame, &html->quotation.options);
    if (frame != NULL && frame->function != NULL) {
        fputs("<span class=\"function\">", html->out);
        markup__text(html->out, frame->function);
        fputs("</span> ", html->out);
    }
    markup__text(html->out, place.path ? place.path : "not known");
    if (place.line > 0)
        fprintf(html->out, ":%d", place.line);
}

static void put_place(struct html *html, const struct lock_cost *cost)
{
    const struct frame *caller = stack__caller_of_user(cost->stack);
    fputs("<td>", html->out);
    put_frame(html, stack__user_frame(cost->stack));
    if (caller != NULL) {
        fputs(", from ", html->out);
        put_frame(html, caller);
    }
    fputs("</td><td><code>", html->out);
    markup__text(html->out, cost->call ? cost->call : "?");
    fputs("</code></td><td>", html->out);
    markup__text(html->out, cost->program);
    fputs("</td>", html->out);
}

static void put_row(struct html *html, const struct lock_cost *cost)
{
    fputs("<tr>", html->out);
    put_number(html, cost->taken);
    if (!html->quotation.options.stable) {
        put_number(html, cost->contended);
        put_time(html, cost->waited);
        put_time(html, cost->longest_wait);
        put_time(html, cost->median_wait);
        put_time(html, cost->longest_hold);
        if (cost->longest_hold < 0)
            put_time(html, -1);
        else
            put_number(html, cost->most);
        put_time(html, cost->median_hold);
    }
    put_place(html, cost);
    fputs("</tr>\n", html->out);
}

static void put_rows(struct html *html, size_t first, size_t end)
{
    static const char *const times[] = {"had to wait",         "waited in all",        "longest wait",
                                        "half of waits below", "longest awaited hold", "threads waiting then",
                                        "half of holds below"};
    fputs("<table><thead><tr><th class=\"number\">taken</th>", html->out);
    for (size_t i = 0; i < sizeof times / sizeof times[0] && !html->quotation.options.stable; i++)
        fprintf(html->out, "<th class=\"number\">%s</th>", times[i]);
    fputs("<th>place</th><th>call</th><th>program</th></tr></thead>\n<tbody>\n", html->out);
    for (size_t i = first; i < end; i++)
        put_row(html, &html->report->locks[i]);
    fputs("</tbody></table>\n", html->out);
}

void html__locks(struct html *html)
{
    static const struct html_section section = {"locks", "Locks", "No lock was seen to be taken.", "more places",
                                                put_rows};
    if (html->report->locks_asked)
        html__section(html, &section, html->report->lock_count);
}
