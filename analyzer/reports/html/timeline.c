/* How many descriptors were open when: a chart for each of the processes that held most. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/heap.h"
#include "html.h"
#include "reports/markup.h"
#include "base/words.h"

enum { CHARTS = 8, WIDTH = 900, HEIGHT = 120, LEFT = 60, BOTTOM = 20, TOP = 12 };

static int most_open_first(const void *left, const void *right)
{
    const struct process *a = *(const struct process *const *)left, *b = *(const struct process *const *)right;
    if (a->peak_open != b->peak_open)
        return a->peak_open > b->peak_open ? -1 : 1;
    return a < b ? -1 : a > b;
}

static bool has_line(const struct process *process)
{
    return process->judged && process->sample_count > 1;
}

/* Those with a line to draw. */
static size_t choose(const struct report *report, const struct process **chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < report->process_count; i++)
        if (has_line(&report->processes[i]))
            chosen[count++] = &report->processes[i];
    qsort(chosen, count, sizeof(*chosen), most_open_first);
    return count;
}

static uint64_t highest(const struct process *process)
{
    uint64_t most = process->peak_open > 1 ? process->peak_open : 1;
    for (size_t i = 0; i < process->sample_count; i++)
        most = process->samples[i].open > most ? process->samples[i].open : most;
    return most;
}

static double duration(const struct process *process)
{
    double last = process->samples[process->sample_count - 1].seconds, whole = process->end - process->start;
    return whole > last ? whole : last > 0 ? last : 1;
}

/* A number of descriptors stays until the next sample: steps. Of the time behind the last one the end alone is known. */
static void put_line(FILE *out, const struct process *process, double seconds, uint64_t most)
{
    double wide = (WIDTH - LEFT) / seconds, high = (HEIGHT - TOP - BOTTOM) / (double)most;
    double bottom = HEIGHT - BOTTOM;
    fprintf(out, "<path class=\"area\" d=\"M%.1f %.1f", LEFT + process->samples[0].seconds * wide, bottom);
    for (size_t i = 0; i < process->sample_count; i++) {
        fprintf(out, "V%.1f", bottom - (double)process->samples[i].open * high);
        if (i + 1 < process->sample_count)
            fprintf(out, "H%.1f", LEFT + process->samples[i + 1].seconds * wide);
    }
    fprintf(out, "L%.1f %.1fV%.1fZ\"/>\n", LEFT + seconds * wide, bottom - (double)process->open_at_end * high, bottom);
}

static void put_axes(FILE *out, double seconds, uint64_t most)
{
    char text[WORDS];
    fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, HEIGHT - BOTTOM, WIDTH);
    fprintf(out, "<path class=\"peak\" d=\"M%d %dH%d\"/>\n", LEFT, TOP, WIDTH);
    fprintf(out, "<text class=\"left\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 6, TOP + 4, words__number(text, most));
    fprintf(out, "<text class=\"left\" x=\"%d\" y=\"%d\">0</text>\n", LEFT - 6, HEIGHT - BOTTOM);
    fprintf(out, "<text class=\"left\" x=\"%d\" y=\"%d\">%s</text>\n", WIDTH, HEIGHT - 4,
            words__duration(text, seconds));
}

static void put_chart(struct html *html, const struct process *process)
{
    char number[WORDS], limit[WORDS], left[WORDS];
    uint64_t most = highest(process);
    fputs("<figure><figcaption>", html->out);
    markup__text(html->out, process->name);
    fprintf(html->out, " (pid %" PRIu32 "): at most %s open, %s %s, the limit is %s</figcaption>\n", process->pid,
            words__number(number, process->peak_open), words__number(left, process->open_at_end),
            words__last(process->how),
            words__number(limit, process->ran_out ? process->nofile_full : process->nofile_soft));
    fprintf(html->out, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"open descriptors\">\n",
            WIDTH, HEIGHT);
    put_line(html->out, process, duration(process), most);
    put_axes(html->out, duration(process), most);
    fputs("</svg></figure>\n", html->out);
}

bool html__has_timeline(const struct html *html)
{
    for (size_t i = 0; i < html->report->process_count && !html->quotation.options.stable; i++)
        if (has_line(&html->report->processes[i]))
            return true;
    return false;
}

void html__timeline(struct html *html)
{
    const struct process **chosen = heap__zeroed(html->report->process_count, sizeof(*chosen));
    size_t count = html->quotation.options.stable ? 0 : choose(html->report, chosen);
    if (count > 0)
        fputs("<section id=\"timeline\"><h2>Open descriptors over time</h2>\n", html->out);
    for (size_t i = 0; i < count && i < CHARTS; i++)
        put_chart(html, chosen[i]);
    if (count > CHARTS)
        fprintf(html->out, "<p>These held most; %zu more %s not drawn.</p>\n", count - CHARTS,
                words__plural(count - CHARTS, "process is", "processes are"));
    if (count > 0)
        fputs("</section>\n", html->out);
    free(chosen);
}
