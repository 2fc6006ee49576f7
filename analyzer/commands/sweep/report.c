/* The table of a sweep, worst first. */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "json/value.h"
#include "symbol/stack.h"

enum { OUTCOME_WIDTH = 11, FAILURE_WIDTH = 26, PAGE_WIDTH = 100 };

/* ---- The command line that does it again ------------------------------------------------------------------------- */

/* Would it do something to a terminal, or is it no text? */
static bool is_delicate(const char *text)
{
    json_t *json = json_string(text);
    bool delicate = json == NULL;
    json_decref(json);
    for (; *text != '\0' && !delicate; text++)
        delicate = (unsigned char)*text < ' ' || *text == 0x7f;
    return delicate;
}

/* One that may stand in a shell's $'…'. */
static bool stands_for_itself(unsigned char character)
{
    return character >= ' ' && character < 0x7f && character != '\'' && character != '\\';
}

/* As a shell takes it; the caller frees it. */
static char *quoted(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./-_";
    char *result = heap__zeroed(4 * strlen(text) + 4, 1), *end = result;
    bool delicate = is_delicate(text);
    if (text[0] != '\0' && strspn(text, plain) == strlen(text))
        return strcpy(result, text);
    end = stpcpy(end, delicate ? "$'" : "'");
    for (; *text != '\0'; text++) {
        unsigned char character = (unsigned char)*text;
        if (delicate && !stands_for_itself(character))
            end += sprintf(end, "\\%03o", character);
        else if (character == '\'')
            end = stpcpy(end, "'\\''");
        else
            *end++ = *text;
    }
    *end = '\'';
    return result;
}

/* Takes the line, and gives it with a word more. */
static char *with_word(char *line, const char *text)
{
    char *word = quoted(text), *longer = heap__printed("%s %s", line, word);
    free(word);
    free(line);
    return longer;
}

static char *with_skips(char *line, const char *const *patterns)
{
    if (patterns != NULL && *patterns == NULL)
        return with_word(with_word(line, "--skip-exe"), "");
    for (; patterns != NULL && *patterns != NULL; patterns++)
        line = with_word(with_word(line, "--skip-exe"), *patterns);
    return line;
}

static char *reproduction(const struct sweep_report *report, const struct sweep_result *result)
{
    bool adds = report->options != NULL && report->options[0] != '\0';
    char *rule = sweep_site__rule(result->site);
    char *options = heap__printed("%s%s%s", adds ? report->options : "", adds ? ":" : "", rule);
    char *shown = quoted(options), *line = heap__printed("LEAKWATCH_OPTIONS=%s leakwatch run", shown);
    line = with_word(with_skips(line, report->skip_exe), "--");
    for (char *const *argument = report->argv; *argument != NULL; argument++)
        line = with_word(line, *argument);
    char *whole = heap__printed("%s </dev/null", line);
    free(line);
    free(shown);
    free(options);
    free(rule);
    return whole;
}

/* ---- Text -------------------------------------------------------------------------------------------------------- */

static void put(FILE *out, const char *text)
{
    escape__print(out, text, strlen(text));
}

/* One line tells of all results that read alike: other errors, or other callers of the same line. */
struct row {
    const struct sweep_result *results;
    size_t count;
};

static bool read_alike(const struct sweep_result *a, const struct sweep_result *b)
{
    return sweep_result__compare(a, b) == 0;
}

static struct row next_row(const struct sweep_report *report, size_t from)
{
    struct row row = {&report->results[from], 1};
    while (from + row.count < report->count && read_alike(row.results, &row.results[row.count]))
        row.count++;
    return row;
}

static bool is_named_before(const struct row *row, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (strcmp(row->results[i].site->error, row->results[number].site->error) == 0)
            return true;
    return false;
}

/* "open: EMFILE, EACCES"; the caller frees it. */
static char *failures_of(const struct row *row, size_t *callers)
{
    char *text = heap__printed("%s: %s", row->results->site->call, row->results->site->error);
    size_t errors = 1;
    for (size_t i = 1; i < row->count; i++) {
        if (is_named_before(row, i))
            continue;
        char *longer = heap__printed("%s, %s", text, row->results[i].site->error);
        free(text);
        text = longer;
        errors++;
    }
    *callers = (row->count + errors - 1) / errors;
    return text;
}

/* On a line of its own where it would not fit. */
static void put_reason(FILE *out, int column, const char *because)
{
    bool fits = column + (int)(strlen("  ()") + strlen(because)) <= PAGE_WIDTH;
    fputs(fits ? "  (" : "\n    (", out);
    put(out, because);
    putc(')', out);
}

static void put_row(FILE *out, const struct sweep_report *report, const struct row *row)
{
    const struct sweep_result *result = row->results;
    size_t callers;
    char *failures = failures_of(row, &callers);
    int column =
        fprintf(out, "%-*s  %-*s  ", OUTCOME_WIDTH, sweep_outcome__name(result->outcome), FAILURE_WIDTH, failures);
    free(failures);
    put(out, result->site->where);
    column += (int)strlen(result->site->where);
    if (callers > 1)
        column += fprintf(out, ", from %zu places", callers);
    if (result->because != NULL)
        put_reason(out, column, result->because);
    putc('\n', out);
    if (!sweep_outcome__is_bad(result->outcome))
        return;
    char *line = reproduction(report, result); /* nothing in it needs to be escaped */
    fprintf(out, "    %s\n", line);
    free(line);
}

/* "close at app.c:12 in save", if there is room for it: how many columns are full then, or as many as before. */
static size_t put_other(FILE *out, const struct row *row, size_t column)
{
    static const char begin[] = "    the same after ", separator[] = ", ";
    const struct sweep_site *site = row->results->site;
    const char *before = column == 0 ? begin : separator;
    char *text = heap__printed("%s at %s", site->call, site->where);
    size_t after = column + strlen(before) + strlen(text), room = PAGE_WIDTH - strlen(" and 99 more (--format json)");
    bool fits = column == 0 || after <= room;
    if (fits) {
        fputs(before, out);
        put(out, text);
    }
    free(text);
    return fits ? after : column;
}

/* Other failures that did the same harm, in one line: how many results that tells of. */
static size_t put_others(FILE *out, const struct sweep_report *report, const struct row *row, size_t from)
{
    size_t column = 0, hidden = 0, count = 0;
    while (from + count < report->count && sweep_result__is_same_harm(row->results, &report->results[from + count])) {
        struct row other = next_row(report, from + count);
        size_t after = hidden > 0 ? column : put_other(out, &other, column);
        hidden += after == column;
        column = after;
        count += other.count;
    }
    if (hidden > 0)
        fprintf(out, " and %zu more (--format json)", hidden);
    if (column > 0)
        putc('\n', out);
    return count;
}

static size_t count_of(const struct sweep_report *report, enum sweep_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->results[i].outcome == outcome;
    return count;
}

/* "3 failures were left out …" */
static void put_rest(FILE *out, size_t count, const char *what, const char *fate)
{
    size_t noun = strcspn(what, " ");
    if (count > 0)
        fprintf(out, "%zu %.*s%s%s %s %s\n", count, (int)noun, what, count == 1 ? "" : "s", what + noun,
                count == 1 ? "was" : "were", fate);
}

static void put_skipped(FILE *out, char *const *skipped)
{
    if (*skipped == NULL)
        return;
    fputs("not judged, only carries the run (--skip-exe '' judges all): ", out);
    for (char *const *name = skipped; *name != NULL; name++) {
        put(out, *name);
        fputs(name[1] != NULL ? ", " : "\n", out);
    }
}

static void put_sums(FILE *out, const struct sweep_report *report)
{
    const char *separator = ": ";
    fprintf(out, "%zu failure%s tried", report->count, report->count == 1 ? "" : "s");
    for (enum sweep_outcome outcome = 0; outcome < SWEEP_OUTCOMES; outcome++) {
        if (count_of(report, outcome) == 0)
            continue;
        fprintf(out, "%s%zu %s", separator, count_of(report, outcome), sweep_outcome__name(outcome));
        separator = ", ";
    }
    putc('\n', out);
    put_rest(out, report->left_out, "failure", "left out (--max-runs)");
    put_rest(out, report->interrupted, "failure", "not tried: a signal came");
    put_rest(out, report->read_only, "release of what was only read", "not tried (--all)");
    put_rest(out, report->unnamed, "place", "not made to fail: no rule can name it");
    put_skipped(out, report->skipped);
}

void sweep_report__text(FILE *out, const struct sweep_report *report)
{
    for (size_t i = 0; i < report->count;) {
        struct row row = next_row(report, i);
        put_row(out, report, &row);
        i += row.count;
        i += put_others(out, report, &row, i);
    }
    if (report->count > 0)
        putc('\n', out);
    put_sums(out, report);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *site_json(const struct sweep_site *site)
{
    const struct frame *frame = stack__user_frame(site->stack);
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "place", json_value__text(site->place));
    json_value__set(json, "function", json_value__text(frame ? frame->function : NULL));
    json_value__set(json, "file", json_value__text(frame ? frame->file : NULL));
    json_value__set(json, "line",
                    frame && frame->line > 0 ? json_value__checked(json_integer(frame->line)) : json_null());
    return json;
}

static json_t *result_json(const struct sweep_report *report, const struct sweep_result *result)
{
    const struct trial *trial = result->trial;
    char *line = reproduction(report, result), *rule = sweep_site__rule(result->site);
    json_t *end = json_value__checked(json_object());
    json_value__set(end, "how",
                    json_value__text(trial->timed_out   ? "time limit"
                                     : trial->by_signal ? "signal"
                                                        : "exit"));
    json_value__set(end, "status", json_value__checked(json_integer(trial->status)));
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "outcome", json_value__text(sweep_outcome__name(result->outcome)));
    json_value__set(json, "because", json_value__text(result->because));
    json_value__set(json, "call", json_value__text(result->site->call));
    json_value__set(json, "errno", json_value__text(result->site->error));
    json_value__set(json, "site", site_json(result->site));
    json_value__set(json, "exit", end);
    json_value__set(json, "seconds", json_value__checked(json_real(trial->seconds)));
    json_value__set(json, "inject", json_value__text(rule));
    json_value__set(json, "reproduce", json_value__checked(json_string(line))); /* as it is typed */
    free(rule);
    free(line);
    return json;
}

void sweep_report__json(FILE *out, const struct sweep_report *report)
{
    json_t *json = json_value__checked(json_object()), *runs = json_value__checked(json_array());
    json_t *command = json_value__checked(json_array()), *totals = json_value__checked(json_object());
    json_t *skipped = json_value__checked(json_array());
    for (char *const *name = report->skipped; *name != NULL; name++)
        json_value__append(skipped, json_value__text(*name));
    for (char *const *argument = report->argv; *argument != NULL; argument++)
        json_value__append(command, json_value__text(*argument));
    for (size_t i = 0; i < report->count; i++)
        json_value__append(runs, result_json(report, &report->results[i]));
    for (enum sweep_outcome outcome = 0; outcome < SWEEP_OUTCOMES; outcome++)
        json_value__set(totals, sweep_outcome__name(outcome), json_value__number(count_of(report, outcome)));
    json_value__set(json, "schema", json_value__text("leakwatch.sweep/1"));
    json_value__set(json, "version", json_value__text(LEAKWATCH_VERSION));
    json_value__set(json, "command", command);
    json_value__set(json, "time_limit", json_value__checked(json_real(report->time_limit)));
    json_value__set(json, "runs", runs);
    json_value__set(json, "totals", totals);
    json_value__set(json, "left_out", json_value__number(report->left_out));
    json_value__set(json, "interrupted", json_value__number(report->interrupted));
    json_value__set(json, "read_only", json_value__number(report->read_only));
    json_value__set(json, "unnamed", json_value__number(report->unnamed));
    json_value__set(json, "skipped", skipped);
    json_dumpf(json, out, JSON_COMPACT);
    putc('\n', out);
    json_decref(json);
}
