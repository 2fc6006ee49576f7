/* leakwatch merge: many ledgers as one file, which all commands accept in place of the directory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/output.h"
#include "commands.h"
#include "configuration.h"
#include "findings/resolver.h"
#include "help_text.h"
#include "ledger/merged.h"
#include "ledger_arguments.h"
#include "ledger_damage.h"
#include "run/symbol_files.h"
#include "source/path.h"
#include "symbol/resolved.h"
#include "symbol/symbols.h"

static const char doc[] =
    "Writes many ledgers into one file, for an artefact of a run: report, gate, diff, dump and merge read it like the "
    "directory it was made from, elsewhere and after a rebuild, too: functions, lines and what machine code says of "
    "results are written down in it. What is zero in ledgers takes no room. Ledgers of processes that still run go in "
    "as "
    "they are now.\v"
    "EXIT STATUS\n"
    "  0, or 2 for trouble: wrong usage, a ledger that cannot be read, a file that cannot be written; then no merged "
    "file is left. One that was cut off or is damaged goes in as it is, and the status is 2.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch merge /var/tmp/lw > run.lwl\n"
    "  leakwatch merge --output all.lwl monday.lwl tuesday.lwl\n"
    "  leakwatch report run.lwl";

struct merge_input {
    struct ledger_arguments ledgers;
    const char *output; /* NULL: stdout */
};

static const struct argp_option option_table[] = {
    {"output", 'o', "FILE", 0, "Write to FILE, whole or not at all, instead of to standard output", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct merge_input *input = state->input;
    switch (key) {
    case 'o':
        input->output = value;
        break;
    case ARGP_KEY_ARG:
        ledger_arguments__add(&input->ledgers, value);
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no ledger named");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "LEDGER…|DIR", .doc = doc, .help_filter = help_text__filter};

/* ---- What goes in ------------------------------------------------------------------------------------------------ */

struct merging {
    FILE *out;          /* NULL: the ledgers are only looked at */
    struct stat target; /* the file that is written: it may lie among the ledgers; st_ino 0: there is none */
    uint64_t count, damaged;
    struct symbols *symbols;
    struct resolver *resolver;
};

/* Of each ledger once: when it is written. A damaged one goes in as it is: its readers will say so, too. */
static void resolve(struct merging *merging, const char *name, const struct ledger_copy *copy)
{
    struct ledger *ledger;
    struct ledger_error error;
    struct ledger_copy own = *copy;
    if (copy->length == 0)
        return;
    own.bytes = heap__zeroed(copy->length, 1);
    memcpy(own.bytes, copy->bytes, copy->length);
    if (ledger__open_copy(&ledger, name, &own, &error) != 0) {
        complain("%s; it goes in as it is", error.text);
        merging->damaged++;
        return;
    }
    if (ledger_damage__is_there(ledger)) {
        ledger_damage__tell(ledger);
        merging->damaged++;
    }
    resolver__add(merging->resolver, ledger);
    ledger__close(ledger);
}

static void put(struct merging *merging, const char *name, const struct ledger_copy *copy)
{
    if (merging->out != NULL) {
        merged__write(merging->out, name, copy);
        resolve(merging, name, copy);
    }
    merging->count++;
}

static int merge_merged(struct merging *merging, const char *path)
{
    struct merged *merged;
    struct ledger_copy copy;
    struct ledger_error error;
    const char *name;
    int result;
    if (merged__open(&merged, path, &error) != 0)
        return complain("%s", error.text);
    if (symbol_files__take(merging->symbols, merged, path) != 0) {
        merged__close(merged);
        return EXIT_TROUBLE;
    }
    while ((result = merged__next_copy(merged, &name, &copy, &error)) > 0) {
        put(merging, name, &copy);
        free(copy.bytes);
    }
    merged__close(merged);
    return result == 0 ? 0 : complain("%s", error.text);
}

/* One that was never begun goes in as such where it stood among others: whoever reads the merged file shall know. */
static int merge_file(struct merging *merging, const char *path, bool is_among_others)
{
    struct ledger_copy copy;
    struct ledger_error error;
    if (ledger__copy(path, &copy, &error) == 0) {
        put(merging, base_name(path), &copy);
        free(copy.bytes);
        return 0;
    }
    if (error.why == LEDGER_MERGED)
        return merge_merged(merging, path);
    if (error.why != LEDGER_NEVER_BEGAN || !is_among_others)
        return complain("%s", error.text);
    put(merging, base_name(path), &(struct ledger_copy){.length = 0});
    return 0;
}

static bool is_target(const struct merging *merging, const char *path)
{
    struct stat status;
    return merging->target.st_ino != 0 && stat(path, &status) == 0 && status.st_ino == merging->target.st_ino &&
           status.st_dev == merging->target.st_dev;
}

static int merge_list(struct merging *merging, const struct ledger_list *list, bool are_among_others)
{
    for (size_t i = 0; i < list->count; i++) {
        if (are_among_others && is_target(merging, list->paths[i]))
            continue;
        if (merge_file(merging, list->paths[i], are_among_others) != 0)
            return -1;
    }
    return 0;
}

static int merge_all(struct merging *merging, const struct ledger_arguments *ledgers)
{
    merging->count = 0;
    int result = merge_list(merging, &ledgers->named, false);
    return result == 0 ? merge_list(merging, &ledgers->found, true) : result;
}

/* ---- Where it goes ----------------------------------------------------------------------------------------------- */

static int write_all(struct merging *merging, FILE *out, const struct ledger_arguments *ledgers)
{
    merging->out = out;
    symbol_files__read(merging->symbols, &ledgers->named);
    symbol_files__read(merging->symbols, &ledgers->found);
    merged__write_header(out);
    if (merge_all(merging, ledgers) != 0)
        return -1;
    uint64_t size;
    unsigned char *symbols = resolved__bytes(merging->symbols, &size);
    merged__write_symbols(out, symbols, size);
    merged__write_end(out, merging->count);
    free(symbols);
    return 0;
}

static int write_file(struct merging *merging, const struct merge_input *input)
{
    struct output output;
    if (output__open(&output, input->output) != 0)
        return EXIT_TROUBLE;
    if (write_all(merging, output.file, &input->ledgers) == 0)
        return output__close(&output) == 0 ? EXIT_SUCCESS : EXIT_TROUBLE;
    output__discard(&output);
    return EXIT_TROUBLE;
}

/* Where it went wrong, a file gets back the length that it had. */
static int write_stream(struct merging *merging, const struct merge_input *input)
{
    off_t start = lseek(STDOUT_FILENO, 0, SEEK_CUR);
    int result = write_all(merging, stdout, &input->ledgers);
    if (result == 0 && fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    if (result == 0)
        complain("the merged ledgers cannot be written: %s", strerror(errno));
    if (start >= 0 && merging->target.st_ino != 0 && ftruncate(STDOUT_FILENO, start) != 0)
        complain("what was written of them is no use: %s", strerror(errno));
    return EXIT_TROUBLE;
}

/* Reads all twice: what cannot be read is said before anything is written. */
static int merge(struct merging *merging, const struct merge_input *input)
{
    if (input->output == NULL && isatty(STDOUT_FILENO))
        return complain("merged ledgers are no text for a terminal; redirect them: leakwatch merge DIR > ONE.lwl");
    if ((input->output != NULL ? stat(input->output, &merging->target) : fstat(STDOUT_FILENO, &merging->target)) != 0 ||
        !S_ISREG(merging->target.st_mode))
        merging->target.st_ino = 0;
    if (input->ledgers.failed || merge_all(merging, &input->ledgers) != 0)
        return EXIT_TROUBLE;
    if (merging->count == 0)
        return complain("no ledger to merge but the file that is written");
    int status = input->output != NULL ? write_file(merging, input) : write_stream(merging, input);
    return merging->damaged > 0 ? EXIT_TROUBLE : status;
}

static int perform(int argc, char **argv)
{
    struct merge_input input = {.output = NULL};
    configuration__parse(&command_merge, argc, argv, 0, &input);
    struct merging merging = {.symbols = symbols__new(NULL)};
    merging.resolver = resolver__new(merging.symbols);
    int status = merge(&merging, &input);
    resolver__free(merging.resolver);
    symbols__free(merging.symbols);
    ledger_arguments__clear(&input.ledgers);
    return status;
}

const struct command command_merge = {"merge", "many ledgers as one artefact", &argp, perform};
