/* Connections that are held: a table of peers and places. */
#include "base/words.h"
#include "html.h"
#include "model/resource.h"
#include "reports/markup.h"
#include "reports/place.h"

static void put_number(struct html *html, uint64_t number, const char *before)
{
    char text[WORDS];
    fprintf(html->out, "<td class=\"number\">%s%s</td>", before, words__number(text, number));
}

static void put_time(struct html *html, double seconds)
{
    char text[WORDS];
    fprintf(html->out, "<td class=\"number\">%s</td>", seconds < 0 ? "–" : words__duration(text, seconds));
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

static void put_peer(struct html *html, const struct connection_summary *summary)
{
    char text[WORDS];
    fputs("<td>", html->out);
    if (summary->service != NULL && !summary->is_accepted)
        fprintf(html->out, "%s ", summary->service);
    fputs(summary->is_accepted ? "from <code>" : "<code>", html->out);
    markup__text(html->out, summary->peer[0] != '\0' ? summary->peer : "not known");
    fprintf(html->out, "</code>%s", summary->is_cut ? "…" : "");
    if (summary->is_accepted && summary->ports > 1)
        fprintf(html->out, ", %s ports", words__number(text, summary->ports));
    if (summary->listener != NULL) {
        fputs(", to <code>", html->out);
        markup__text(html->out, summary->listener);
        fputs("</code>", html->out);
    }
    fputs("</td>", html->out);
}

static void put_waiting(struct html *html, const struct connection_summary *summary)
{
    char text[WORDS];
    fputs("<td>", html->out);
    if (summary->waiting > 0) {
        fprintf(html->out, "%s for a %s at ", words__number(text, summary->waiting),
                resource__noun(summary->waits_for, 1));
        put_frame(html, stack__user_frame(summary->waits));
    }
    fputs("</td>", html->out);
}

/* What the clock decides differs from run to run. */
static void put_row(struct html *html, const struct connection_summary *summary)
{
    bool stable = html->quotation.options.stable;
    fputs("<tr>", html->out);
    put_number(html, summary->held, "");
    put_number(html, summary->peak, summary->peak_is_bound ? "≤ " : "");
    put_peer(html, summary);
    put_number(html, summary->hung_up, "");
    put_number(html, summary->over, "");
    if (!stable) {
        put_time(html, summary->longest);
        put_number(html, summary->idle_long, "");
        put_waiting(html, summary);
    }
    fputs("<td>", html->out);
    put_frame(html, stack__user_frame(summary->stack));
    fputs("</td><td><code>", html->out);
    markup__text(html->out, summary->call ? summary->call : "?");
    fputs("</code></td><td>", html->out);
    markup__text(html->out, summary->program);
    fputs("</td></tr>\n", html->out);
}

static void put_rows(struct html *html, size_t first, size_t end)
{
    char text[WORDS];
    fputs("<table><thead><tr><th class=\"number\">held</th><th class=\"number\">peak</th><th>peer</th>"
          "<th class=\"number\">peer hung up</th><th class=\"number\">over</th>",
          html->out);
    if (!html->quotation.options.stable)
        fprintf(html->out,
                "<th class=\"number\">longest</th><th class=\"number\">idle for more than %s</th><th>threads waiting "
                "meanwhile</th>",
                words__duration(text, html->report->idle));
    fputs("<th>place</th><th>call</th><th>program</th></tr></thead>\n<tbody>\n", html->out);
    for (size_t i = first; i < end; i++)
        put_row(html, &html->report->connections[i]);
    fputs("</tbody></table>\n", html->out);
}

void html__connections(struct html *html)
{
    static const struct html_section section = {"connections", "Connections", "No connection was seen to be held.",
                                                "more peers and places", put_rows};
    if (html->report->connections_asked)
        html__section(html, &section, html->report->connection_count);
}
