/* What all reporting commands do. */
#include "reporting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../findings/collector.h"
#include "../heap.h"
#include "../suppressions.h"
#include "commands.h"
#include "output.h"

struct reporting {
    const struct common_options *options;
    struct suppressions *suppressions;
    struct symbols *symbols;
    struct collector *collector;
    const struct report *report;
};

static int read_suppressions(struct reporting *reporting)
{
    struct suppressions_error error;
    for (size_t i = 0; i < reporting->options->suppression_count; i++) {
        if (suppressions__read_file(reporting->suppressions, reporting->options->suppressions[i], &error) != 0) {
            complain("%s", error.text);
            return -1;
        }
    }
    suppressions__read_built_in(reporting->suppressions);
    return 0;
}

static void start(struct reporting *reporting)
{
    const struct common_options *options = reporting->options;
    struct symbols_options symbols_options = {.debuginfod = options->debuginfod};
    struct collector_options collector_options = {
        .skip_exe = options->skip_exe,
        .audit = options->audit,
        .leaks_on_signal = options->leaks_on_signal,
        .kinds = options->kinds,
        .scope = options->scope,
        .suppressions = reporting->suppressions,
    };
    if (options->debuginfod && getenv("DEBUGINFOD_URLS") == NULL)
        complain("--debuginfod: DEBUGINFOD_URLS is not set, no server will be asked");
    reporting->symbols = symbols__new(&symbols_options);
    reporting->collector = collector__new(&collector_options, reporting->symbols);
}

struct reporting *reporting__new(const struct common_options *options)
{
    struct reporting *reporting = heap__zeroed(1, sizeof(*reporting));
    reporting->options = options;
    reporting->suppressions = suppressions__new();
    if (read_suppressions(reporting) != 0) {
        reporting__free(reporting);
        return NULL;
    }
    start(reporting);
    return reporting;
}

void reporting__free(struct reporting *reporting)
{
    if (reporting == NULL)
        return;
    collector__free(reporting->collector);
    symbols__free(reporting->symbols);
    suppressions__free(reporting->suppressions);
    free(reporting);
}

int reporting__add(struct reporting *reporting, const char *path, const struct seen_end *seen)
{
    struct ledger *ledger;
    struct ledger_error error;
    if (ledger__open(&ledger, path, &error) != 0) {
        complain("%s", error.text);
        return -1;
    }
    collector__add(reporting->collector, ledger, seen);
    ledger__close(ledger);
    return 0;
}

static bool wants_color(const struct common_options *options, const struct report_format *format, FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    if (!format->is_for_people || strcmp(options->color, "auto") != 0)
        return format->is_for_people && strcmp(options->color, "always") == 0;
    return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(out));
}

static void print(const struct reporting *reporting, const struct report_format *format, FILE *out, const char *more)
{
    const struct common_options *options = reporting->options;
    char *directory = getcwd(NULL, 0);
    struct report_options report_options = {
        .color = wants_color(options, format, out),
        .full = options->full,
        .show_suppressed = options->show_suppressed,
        .top_is_given = options->top_is_given,
        .top = options->top,
        .source_root = options->source_root,
        .directory = directory,
        .scope = options->scope,
        .more = more,
        .suppressions = reporting->suppressions,
    };
    format->print(out, reporting->report, &report_options);
    free(directory);
}

static int print_to_file(const struct reporting *reporting, const struct report_format *format, const char *path,
                         const char *more)
{
    struct output output;
    if (output__open(&output, path) != 0)
        return -1;
    print(reporting, format, output.file, more);
    return output__close(&output);
}

static int print_to_stream(const struct reporting *reporting, FILE *out, const char *more)
{
    print(reporting, reporting->options->format, out, more);
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    complain("the report cannot be written: %s", strerror(errno));
    return -1;
}

int reporting__write(struct reporting *reporting, FILE *usual, const char *more)
{
    const struct common_options *options = reporting->options;
    reporting->report = collector__finish(reporting->collector);
    int result = options->output != NULL ? print_to_file(reporting, options->format, options->output, more)
                                         : print_to_stream(reporting, usual, more);
    for (size_t i = 0; i < options->artefact_count; i++) {
        const struct artefact *artefact = &options->artefacts[i];
        if (print_to_file(reporting, artefact->format, artefact->path, more) != 0)
            result = -1;
    }
    return result;
}

int reporting__try_files(const struct reporting *reporting)
{
    const struct common_options *options = reporting->options;
    int result = options->output != NULL ? output__try(options->output) : 0;
    for (size_t i = 0; i < options->artefact_count && result == 0; i++)
        result = output__try(options->artefacts[i].path);
    return result;
}

bool reporting__is_bad(const struct reporting *reporting)
{
    if (reporting->options->never_fail)
        return false;
    for (size_t i = 0; i < reporting->report->finding_count; i++)
        if (reporting->report->findings[i].level >= reporting->options->fail_on)
            return true;
    return false;
}
