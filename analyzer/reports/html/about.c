/* What was run, where and when, at the top of the HTML report: for people who find the page years later. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "html.h"
#include "reports/markup.h"
#include "base/words.h"

enum { PROGRAMS_NAMED = 3, ARGUMENTS_SHOWN = 60 };

static void begin_row(struct html *html, const char *title)
{
    fprintf(html->out, "<dt>%s</dt><dd>", title);
}

static void end_row(struct html *html)
{
    fputs("</dd>\n", html->out);
}

/* The one that started the others. */
static const struct process *first_of(const struct report *report)
{
    const struct process *first = NULL;
    for (size_t i = 0; i < report->process_count; i++)
        if (first == NULL || report->processes[i].start < first->start)
            first = &report->processes[i];
    return first;
}

/* As a shell takes them. */
static void put_argument(FILE *out, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    bool is_plain = argument[0] != '\0' && argument[strspn(argument, plain)] == '\0';
    fputs(is_plain ? "" : "&#39;", out);
    for (const char *quote; !is_plain && (quote = strchr(argument, '\'')) != NULL; argument = quote + 1) {
        char *before = strndup(argument, (size_t)(quote - argument));
        markup__text(out, before != NULL ? before : "?");
        free(before);
        fputs("&#39;\\&#39;&#39;", out);
    }
    markup__text(out, argument);
    fputs(is_plain ? "" : "&#39;", out);
}

/* An image of the same process; its number may be lost. */
static bool is_earlier(const struct process *image, const struct process *other)
{
    return image->image != other->image ? image->image < other->image : image->start < other->start;
}

static bool is_started_here(const struct report *report, const struct process *process)
{
    for (size_t i = 0; i < report->process_count; i++)
        if (report->processes[i].pid == process->ppid ||
            (report->processes[i].pid == process->pid && is_earlier(&report->processes[i], process)))
            return true;
    return false;
}

/* Processes that no other one of the report has started. */
static size_t count_commands(const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->process_count; i++)
        count += !is_started_here(report, &report->processes[i]);
    return count;
}

static void put_other_commands(struct html *html)
{
    size_t count = count_commands(html->report);
    if (count > 1)
        fprintf(html->out, ", and %zu more %s that nothing here has started", count - 1,
                words__plural(count - 1, "command", "commands"));
}

static void put_command(struct html *html, const struct process *process)
{
    if (process->argv == NULL || process->argv[0] == NULL)
        return;
    begin_row(html, count_commands(html->report) > 1 ? "First command" : "Command");
    fputs("<code>", html->out);
    for (size_t i = 0; process->argv[i] != NULL; i++) {
        if (i == ARGUMENTS_SHOWN) {
            fputs(" …", html->out);
            break;
        }
        fputs(i > 0 ? " " : "", html->out);
        put_argument(html->out, process->argv[i]);
    }
    fputs("</code>", html->out);
    if (process->directory != NULL && process->directory[0] != '\0') {
        fputs(" in <code>", html->out);
        markup__text(html->out, process->directory);
        fputs("</code>", html->out);
    }
    put_other_commands(html);
    end_row(html);
}

/* Whether a judged process before this one runs the same. */
static bool is_named(const struct report *report, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (report->processes[i].judged && strcmp(report->processes[i].exe, report->processes[number].exe) == 0)
            return true;
    return false;
}

static void put_programs(struct html *html)
{
    const struct report *report = html->report;
    size_t named = 0, more = 0;
    begin_row(html, "Program");
    for (size_t i = 0; i < report->process_count; i++) {
        if (!report->processes[i].judged || (named < PROGRAMS_NAMED && is_named(report, i)))
            continue;
        if (named == PROGRAMS_NAMED) {
            more++;
            continue;
        }
        fputs(named++ > 0 ? ", <code>" : "<code>", html->out);
        markup__text(html->out, report->processes[i].exe);
        fputs("</code>", html->out);
    }
    if (named == 0)
        fputs("none that was judged", html->out);
    if (more > 0)
        fprintf(html->out, " and %zu more %s", more, words__plural(more, "process", "processes"));
    end_row(html);
}

static void put_time(struct html *html, double seconds)
{
    char text[64] = "";
    struct tm parts;
    time_t whole = (time_t)seconds;
    if (localtime_r(&whole, &parts) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &parts);
    fputs(text, html->out);
}

static void put_moment(struct html *html, const struct process *process)
{
    struct utsname about;
    if (process->host != NULL && process->host[0] != '\0') {
        begin_row(html, "Host");
        markup__text(html->out, process->host);
        end_row(html);
    }
    if (process->start > 0) {
        begin_row(html, "Started");
        put_time(html, process->start);
        end_row(html);
    }
    begin_row(html, "Report made");
    put_time(html, (double)time(NULL));
    if (uname(&about) == 0) {
        fputs(" on ", html->out);
        markup__text(html->out, about.nodename);
    }
    end_row(html);
}

void html__about(struct html *html)
{
    const struct process *first = first_of(html->report);
    fputs("<dl id=\"about\">\n", html->out);
    if (first != NULL) {
        put_programs(html);
        put_command(html, first);
        if (!html->quotation.options.stable)
            put_moment(html, first);
    }
    begin_row(html, "leakwatch");
    fputs(LEAKWATCH_VERSION, html->out);
    end_row(html);
    fputs("</dl>\n", html->out);
}
