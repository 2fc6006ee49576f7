/* The options that all reporting commands share. */
#include "common.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "configuration.h"
#include "model/kinds.h"
#include "source/path.h"

enum key {
    KEY_FORMAT = 'f',
    KEY_OUTPUT = 'o',
    KEY_SUPPRESSIONS = 's',
    KEY_KIND = 'k',
    KEY_TOP = 'n',
    KEY_REPORT = 256,
    KEY_SCOPE,
    KEY_SOURCE_ROOT,
    KEY_COLOR,
    KEY_SHOW_SUPPRESSED,
    KEY_FULL,
    KEY_SKIP_EXE,
    KEY_LEAKS_ON_SIGNAL,
    KEY_HELD,
    KEY_AUDIT,
    KEY_LOCKS,
    KEY_CONNECTIONS,
    KEY_IDLE,
    KEY_FAIL_ON,
    KEY_DEBUGINFOD,
    KEY_STABLE,
    KEY_BASELINE,
    KEY_UPDATE_BASELINE,
    KEY_TOLERANCE,
    KEY_PRINT_SUPPRESSIONS,
};

enum group { GROUP_WHAT = 2, GROUP_HOW = 3 }; /* behind the commands' own */

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "What is reported:", GROUP_WHAT},
    {"kind", KEY_KIND, "KINDS", 0,
     "Only findings of these kinds: "
#define KIND(id, name, ...) name ", "
#include "model/kinds.def"
#undef KIND
     "separated by commas",
     GROUP_WHAT},
    {"scope", KEY_SCOPE, "GLOB", 0,
     "Only findings in scopes whose path matches, from any of its names on: 'request*' means server > request > load, "
     "too. All such scopes are listed",
     GROUP_WHAT},
    {"suppressions", KEY_SUPPRESSIONS, "FILE", 0,
     "Do not tell of findings that match a line of FILE, kind:pattern (function, file or module of any frame; of "
     "Python a function's qualified name, Archive.read, or its last part, read), kind@detail:pattern (path, peer), "
     "kind@scope:pattern, kind@caller:pattern (the innermost frame; of Python, its innermost line, too) or "
     "kind@stack:pattern (\"function file\" of the "
     "innermost frame; \"pattern < pattern\": and of its caller; * for frames between); repeatable",
     GROUP_WHAT},
    {"show-suppressed", KEY_SHOW_SUPPRESSED, NULL, 0, "Tell of suppressed findings too, with the rule that matched",
     GROUP_WHAT},
    {"skip-exe", KEY_SKIP_EXE, "GLOB", 0,
     "Do not judge processes whose program's name matches; repeatable; default: shells, compilers, build tools, git; "
     "'' judges all, whatever was named before it",
     GROUP_WHAT},
    {"leaks-on-signal", KEY_LEAKS_ON_SIGNAL, NULL, 0,
     "Judge processes that a signal or exec ended, or that still run, as if they had ended normally; else what they "
     "hold is "
     "a note, unless its place leaks: then the finding says why",
     GROUP_WHAT},
    {"held", KEY_HELD, "LEVEL", 0,
     "Of what a process held to its end, the only one of its place (or an end of the only pair, a log, a listening "
     "socket), where nothing was ever closed: error, warning (default) or note",
     GROUP_WHAT},
    {"audit", KEY_AUDIT, NULL, 0,
     "Tell also of calls that released something writable and whose result nobody would look at, though it has not "
     "failed yet",
     GROUP_WHAT},
    {"locks", KEY_LOCKS, NULL, 0,
     "List the places where locks were taken, as text, json and html, those first that were waited for, or held, "
     "longest: how often they were "
     "taken (a try that failed is none), how often a thread had to wait, how long in all and at most; the longest hold "
     "that others waited for, and how many at its end. Of waits and holds, half are below what stands there, a power "
     "of "
     "two; of holds that nobody waited for, one in 1,024 counts",
     GROUP_WHAT},
    {"connections", KEY_CONNECTIONS, NULL, 0,
     "List the connections that are held, as text, json and html, by peer and by the place that opened them: how many, "
     "how many at once at most, the longest; of processes that run also their states, how many are idle, and whether "
     "threads wait meanwhile in the same source or function",
     GROUP_WHAT},
    {"idle", KEY_IDLE, "TIME", 0, "With --connections: idle is what no data came or went on for so long (default 60s)",
     GROUP_WHAT},
    {"baseline", KEY_BASELINE, "FILE", 0,
     "Do not tell of findings that FILE knows; name those that it knows and that are gone", GROUP_WHAT},
    {"tolerance", KEY_TOLERANCE, "N", 0,
     "Let a known finding grow by N in one process before it counts as new (default 0)", GROUP_WHAT},
    {"update-baseline", KEY_UPDATE_BASELINE, NULL, 0,
     "Write the findings of this report to the baseline's FILE, and keep the reasons that stand there", GROUP_WHAT},
    {NULL, 0, NULL, 0, "How it is reported:", GROUP_HOW},
    {"format", KEY_FORMAT, "FORMAT", 0,
     "text (default), json, sarif, junit, codequality (GitLab's widget), github (workflow commands), markdown, html, "
     "or "
     "suppressions (lines for --suppressions)",
     GROUP_HOW},
    {"output", KEY_OUTPUT, "FILE", 0, "Write the report to FILE, whole or not at all", GROUP_HOW},
    {"report", KEY_REPORT, "FORMAT=FILE", 0, "Write one more report in this format to FILE; repeatable", GROUP_HOW},
    {"top", KEY_TOP, "N", 0,
     "Show the N most expensive findings; 0: all (default: 10 as text, markdown and github, else all)", GROUP_HOW},
    {"full", KEY_FULL, NULL, 0, "Show every frame of every stack, of notes too, and fingerprints", GROUP_HOW},
    {"source-root", KEY_SOURCE_ROOT, "DIR", 0,
     "Show paths of sources below DIR from there; formats for CI name the innermost frame below it, and only sources "
     "below it are quoted (default of these: the working directory)",
     GROUP_HOW},
    {"stable", KEY_STABLE, NULL, 0,
     "Leave out what differs between runs of the same: pids, times, free ports, names of temporary files", GROUP_HOW},
    {"print-suppressions", KEY_PRINT_SUPPRESSIONS, NULL, 0,
     "Write lines for a file of suppressions that would set aside what was found; the same as --format suppressions",
     GROUP_HOW},
    {"color", KEY_COLOR, "WHEN", 0, "auto (default: on a terminal, unless NO_COLOR is set), always or never",
     GROUP_HOW},
    {"debuginfod", KEY_DEBUGINFOD, NULL, 0, "Ask the servers of DEBUGINFOD_URLS for debugging information", GROUP_HOW},
    {"fail-on", KEY_FAIL_ON, "LEVEL", 0, "Which findings make an exit status: error, warning, note or never",
     GROUP_HOW},
    {0},
};

static void take_format(struct argp_state *state, const char *text, const struct report_format **format)
{
    *format = report_format__find(text);
    if (*format == NULL)
        wrong_value(state, "unknown format '%s'; formats are %s", text, report_format__names());
}

static void take_artefact(struct argp_state *state, struct common_options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals[1] == '\0')
        wrong_value(state, "--report wants FORMAT=FILE, not '%s'", text);
    char *name = strndup(text, (size_t)(equals - text));
    if (name == NULL)
        heap__ran_out();
    struct artefact artefact = {.path = equals + 1};
    take_format(state, name, &artefact.format);
    free(name);
    options->artefacts =
        heap__room(options->artefacts, options->artefact_count, &options->artefact_room, sizeof(artefact));
    options->artefacts[options->artefact_count++] = artefact;
}

static void take_kinds(struct argp_state *state, struct common_options *options, const char *text)
{
    char *copy = heap__copied(text), *rest = copy, *name;
    while ((name = strsep(&rest, ",")) != NULL)
        if (kinds__find(name) == NULL)
            wrong_value(state, "unknown kind of finding '%s'; --help lists them", name);
    free(copy);
    options->kinds = text;
}

/* An empty one is a variable of a shell that was not set: it would match nothing, or all. */
static void take_scope(struct argp_state *state, struct common_options *options, const char *pattern)
{
    if (pattern[0] == '\0')
        wrong_value(state, "--scope wants a pattern, not ''");
    options->scope = pattern;
}

/* Debugging information has absolute paths. The directory need not be on this machine. */
char *source_root_argument(struct argp_state *state, const char *path)
{
    if (path[0] == '\0')
        wrong_value(state, "--source-root wants a directory, not ''");
    char *working = getcwd(NULL, 0), *root = source_path__join(working, path);
    free(working);
    if (access(root, F_OK) != 0)
        complain("--source-root %s: %s; paths below it are shown from there, no source is quoted", path,
                 strerror(errno));
    return root;
}

void common_options__skip(struct common_options *options, const char *pattern)
{
    options->skip_exe = heap__room(options->skip_exe, options->skip_count + 1, &options->skip_room, sizeof(char *));
    if (pattern[0] == '\0')
        options->skip_count = 0; /* what a configuration file named, too */
    else
        options->skip_exe[options->skip_count++] = pattern;
    options->skip_exe[options->skip_count] = NULL;
}

static void take_suppressions(struct common_options *options, const char *path)
{
    options->suppressions =
        heap__room(options->suppressions, options->suppression_count, &options->suppression_room, sizeof(char *));
    options->suppressions[options->suppression_count++] = path;
}

/* The later report would take the place of the other. */
static bool are_one_file(const char *path, const char *other)
{
    struct stat status;
    char *working = getcwd(NULL, 0);
    char *whole = source_path__join(working, path), *other_whole = source_path__join(working, other);
    bool is_one = strcmp(whole, other_whole) == 0 && (stat(whole, &status) != 0 || S_ISREG(status.st_mode));
    free(working);
    free(whole);
    free(other_whole);
    return is_one;
}

void check_files(struct argp_state *state, const char *output, const char *const *artefacts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (output != NULL && are_one_file(artefacts[i], output))
            wrong_option(state, artefacts[i], "--output and --report both write to %s", artefacts[i]);
        for (size_t k = 0; k < i; k++)
            if (are_one_file(artefacts[i], artefacts[k]))
                wrong_option(state, artefacts[i], "two --report write to %s", artefacts[i]);
    }
}

static void check_artefacts(struct argp_state *state, const struct common_options *options)
{
    const char **paths = heap__zeroed(options->artefact_count + 1, sizeof(char *));
    for (size_t i = 0; i < options->artefact_count; i++)
        paths[i] = options->artefacts[i].path;
    check_files(state, options->output, paths, options->artefact_count);
    free(paths);
}

/* What is not seen would not be written. */
static void check_baseline(struct argp_state *state, const struct common_options *options)
{
    if (options->update_baseline && options->baseline == NULL)
        argp_error(state, "--update-baseline wants --baseline FILE");
    const char *part = options->kinds != NULL ? options->kinds : options->scope;
    if (options->update_baseline && part != NULL)
        wrong_option(state, part,
                     "--update-baseline wants all findings: --kind and --scope would drop the others from it");
}

const char *program_argument(struct argp_state *state, const char *pattern)
{
    if (pattern[0] == '\0') /* a variable of a shell that was not set */
        wrong_value(state, "--program wants a pattern, not ''");
    return pattern;
}

const char *color_argument(struct argp_state *state, const char *when)
{
    if (strcmp(when, "auto") != 0 && strcmp(when, "always") != 0 && strcmp(when, "never") != 0)
        wrong_value(state, "--color wants auto, always or never, not '%s'", when);
    return when;
}

static void take_fail_on(struct argp_state *state, struct common_options *options, const char *level)
{
    options->fail_on_is_given = true;
    options->never_fail = strcmp(level, "never") == 0;
    if (!options->never_fail && !level__parse(level, &options->fail_on))
        wrong_value(state, "--fail-on wants error, warning, note or never, not '%s'", level);
}

static void take_held(struct argp_state *state, struct common_options *options, const char *level)
{
    options->held_is_given = true;
    if (!level__parse(level, &options->held))
        wrong_value(state, "--held wants error, warning or note, not '%s'", level);
}

unsigned long number_argument(struct argp_state *state, const char *option, const char *text, unsigned long most)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number > most)
        wrong_value(state, "%s wants a number from 0 to %lu, not '%s'", option, most, text);
    return number;
}

double time_argument(struct argp_state *state, const char *option, const char *text)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ms", 0.001}, {"s", 1}, {"", 1}, {"m", 60}, {"h", 3600}};
    char *end = NULL;
    double number = text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : 0;
    for (size_t i = 0; number > 0 && i < sizeof units / sizeof units[0]; i++)
        if (end && strcmp(end, units[i].name) == 0 && number * units[i].seconds >= 0.1 &&
            number * units[i].seconds <= 1e6)
            return number * units[i].seconds;
    wrong_value(state, "%s wants a time from 100ms on, as 30s, 500ms or 2m, not '%s'", option, text);
    return 0;
}

/* Options that have no value. */
static error_t take_flag(struct common_options *options, int key)
{
    const struct {
        int key;
        bool *flag;
    } flags[] = {
        {KEY_SHOW_SUPPRESSED, &options->show_suppressed},
        {KEY_LEAKS_ON_SIGNAL, &options->leaks_on_signal},
        {KEY_AUDIT, &options->audit},
        {KEY_LOCKS, &options->locks},
        {KEY_CONNECTIONS, &options->connections},
        {KEY_UPDATE_BASELINE, &options->update_baseline},
        {KEY_FULL, &options->full},
        {KEY_STABLE, &options->stable},
        {KEY_DEBUGINFOD, &options->debuginfod},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (flags[i].key == key) {
            *flags[i].flag = true;
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

/* Numbers and times. */
static error_t take_amount(struct argp_state *state, struct common_options *options, int key, const char *value)
{
    switch (key) {
    case KEY_TOP:
        options->top = number_argument(state, "--top", value, INT_MAX);
        options->top_is_given = true;
        return 0;
    case KEY_TOLERANCE:
        options->tolerance = number_argument(state, "--tolerance", value, INT_MAX);
        return 0;
    case KEY_IDLE:
        options->idle = time_argument(state, "--idle", value);
        return 0;
    default:
        return take_flag(options, key);
    }
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct common_options *options = state->input;
    switch (key) {
    case KEY_FORMAT:
        take_format(state, value, &options->format);
        break;
    case KEY_OUTPUT:
        options->output = value;
        break;
    case KEY_REPORT:
        take_artefact(state, options, value);
        break;
    case KEY_SUPPRESSIONS:
        take_suppressions(options, value);
        break;
    case KEY_KIND:
        take_kinds(state, options, value);
        break;
    case KEY_SCOPE:
        take_scope(state, options, value);
        break;
    case KEY_SOURCE_ROOT:
        free(options->source_root);
        options->source_root = source_root_argument(state, value);
        break;
    case KEY_COLOR:
        options->color = color_argument(state, value);
        break;
    case KEY_SKIP_EXE:
        common_options__skip(options, value);
        break;
    case KEY_HELD:
        take_held(state, options, value);
        break;
    case KEY_FAIL_ON:
        take_fail_on(state, options, value);
        break;
    case KEY_BASELINE:
        options->baseline = value;
        break;
    case KEY_PRINT_SUPPRESSIONS:
        options->format = report_format__find("suppressions");
        break;
    case ARGP_KEY_END:
        check_artefacts(state, options);
        check_baseline(state, options);
        break;
    default:
        return take_amount(state, options, key, value);
    }
    return 0;
}

const struct argp common_argp = {.options = option_table, .parser = parse};

void common_options__init(struct common_options *options)
{
    *options = (struct common_options){
        .format = report_format__find("text"), .color = "auto", .fail_on = LEVEL_WARNING, .idle = 60};
}

void common_options__clear(struct common_options *options)
{
    free(options->artefacts);
    free(options->suppressions);
    free(options->skip_exe);
    free(options->source_root);
}
