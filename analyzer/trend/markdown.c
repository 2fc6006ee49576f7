/* The trend as Markdown (GitHub's and GitLab's), for a job's summary or a comment: the outlook is the headline, the worst
 * sites a table, with a sentence each below it. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "format.h"
#include "history_text.h"
#include "limits.h"
#include "model/resource.h"
#include "phrases.h"
#include "reports/markdown_text.h"

enum { SITES_SHOWN = 10, PROCESSES_SHOWN = 10, SENTENCES_SHOWN = 5 };

static void put_words(FILE *out, char *text)
{
    markdown_text__words(out, text);
    free(text);
}

static void put_code(FILE *out, char *text)
{
    if (text != NULL)
        markdown_text__code(out, text);
    free(text);
}

static size_t shown(const struct trend_options *options, size_t usual, size_t count)
{
    size_t top = options->report.top_is_given ? options->report.top : usual;
    return top > 0 && top < count ? top : count;
}

static void put_left_out(FILE *out, size_t count, const char *one, const char *many)
{
    char number[WORDS];
    if (count > 0)
        fprintf(out, "\n… and %s more %s (`--top 0` shows all)\n", words__number(number, count),
                words__plural(count, one, many));
}

static void put_process(FILE *out, const struct trend_process *process)
{
    char *caveat = phrase__caveat(process), *open = phrase__open(process), *life = phrase__life(process);
    fputs("- ", out);
    put_code(out, phrase__who(process));
    putc(' ', out);
    put_words(out, life);
    fputs(": ", out);
    put_words(out, phrase__forecast(process));
    fputs("; ", out);
    put_words(out, open);
    char *lost = phrase__lost(process);
    if (lost != NULL) {
        fputs("; ", out);
        put_words(out, lost);
    }
    if (caveat != NULL) {
        fputs("; ", out);
        put_words(out, caveat);
    }
    putc('\n', out);
}

/* In a cell even code must not hold what ends it. */
static void put_cell(FILE *out, char *text)
{
    char *span, *at;
    size_t length;
    FILE *memory = open_memstream(&span, &length);
    if (memory != NULL)
        put_code(memory, text);
    if (memory == NULL || fclose(memory) != 0)
        heap__ran_out();
    fputs(" ", out);
    for (at = span; *at != '\0'; at++) {
        if (*at == '|')
            putc('\\', out);
        putc(*at, out);
    }
    fputs(" |", out);
    free(span);
}

static void put_number(FILE *out, char *text)
{
    fprintf(out, " %s |", text);
    free(text);
}

static char *number_text(uint64_t number)
{
    char text[WORDS];
    return heap__copied(words__number(text, number));
}

/* The place, and who called where it takes that to tell it from another. */
static char *place_of(const struct trend_site *site, const struct trend_options *options)
{
    char *place = phrase__place(site, &options->report), *caller = phrase__caller(site, &options->report);
    if (place == NULL)
        return heap__copied(resource__noun(site->kind, site->held));
    if (caller == NULL)
        return place;
    char *text = heap__printed("%s %s", place, caller);
    free(place);
    free(caller);
    return text;
}

static void put_site(FILE *out, const struct trend *trend, const struct trend_site *site,
                     const struct trend_options *options)
{
    putc('|', out);
    put_number(out, number_text(site->held));
    put_number(out, phrase__rate(site->rate));
    put_number(out, phrase__share(trend, site));
    put_number(out, number_text(site->holders));
    put_number(out, phrase__verdict(trend, site));
    put_cell(out, place_of(site, options));
    put_cell(out, phrase__function(site));
    put_cell(out, phrase__call(site));
    putc('\n', out);
}

static void put_sentence(FILE *out, const struct trend_site *site, const struct trend_options *options)
{
    fputs("- ", out);
    put_code(out, place_of(site, options));
    fputs(": ", out);
    put_words(out, heap__copied(site->sentence));
    putc('\n', out);
}

static void put_sites(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    size_t holding = 0, doubtful = 0;
    while (holding < trend->site_count && trend->sites[holding].held > 0)
        holding++;
    size_t count = shown(options, SITES_SHOWN, holding);
    if (count == 0)
        return;
    fputs("\n| held | rate/h | share | processes | verdict | place | function | call |\n"
          "| ---: | ---: | ---: | ---: | --- | --- | --- | --- |\n",
          out);
    for (size_t i = 0; i < count; i++)
        put_site(out, trend, &trend->sites[i], options);
    put_left_out(out, holding - count, "site", "sites");
    while (doubtful < count && trend->sites[doubtful].verdict >= GROWTH_SUSPECT)
        doubtful++;
    size_t told = shown(options, SENTENCES_SHOWN, doubtful);
    if (told > 0)
        putc('\n', out);
    for (size_t i = 0; i < told; i++)
        if (trend->sites[i].sentence != NULL)
            put_sentence(out, &trend->sites[i], options);
}

static void put_headline(FILE *out, const struct trend *trend)
{
    char number[WORDS];
    fputs("## leakwatch trend: ", out);
    if (trend->own_count == 0)
        fputs(trend->history_count > 0 ? "what is known of earlier runs" : "no process to look at", out);
    else if (trend->own_count == 1)
        put_words(out, phrase__forecast(&trend->processes[0]));
    else
        fprintf(out, "%s processes; the worst: ", words__number(number, trend->own_count));
    if (trend->own_count > 1)
        put_words(out, phrase__forecast(&trend->processes[0]));
    fputs("\n\n", out);
}

void trend_markdown__print(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    size_t count = shown(options, PROCESSES_SHOWN, trend->own_count);
    char *line;
    put_headline(out, trend);
    for (size_t i = 0; i < count; i++)
        put_process(out, &trend->processes[i]);
    put_left_out(out, trend->own_count - count, "process", "processes");
    put_sites(out, trend, options);
    for (size_t i = 0; (line = trend_limits__line(trend, i)) != NULL; i++) {
        fputs(i == 0 ? "\n- " : "- ", out);
        put_words(out, line);
        putc('\n', out);
    }
    if (trend->unread_count > 0)
        fprintf(out, "\n%zu %s could not be read, and %s not in here\n", trend->unread_count,
                words__plural(trend->unread_count, "ledger", "ledgers"),
                words__plural(trend->unread_count, "is", "are"));
    if (trend->history_count > 0) {
        fputs("\n### History\n\n```\n", out);
        history_text__print(out, trend, options);
        fputs("```\n", out);
    }
}
