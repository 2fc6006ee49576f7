/* What the configuration files say, as options that stand before those of the command line: a later option's word counts
 * more, and what may be repeated adds up. Each key is looked up in the tables that --help is made of. */
#include "configuration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "config_values.h"
#include "help_text.h"
#include "option_list.h"

static const struct command *const *known;
static bool is_off, is_checking;

/* argv[i + 1] came from there. */
struct origin {
    const struct config_file *file;
    size_t line;
};

static struct {
    struct config config;
    char **argv;
    struct origin *origins;
    size_t count, room;
} applied; /* until the program ends: options point into it */

void configuration__begin(const struct command *const *commands)
{
    known = commands;
}

void configuration__switch_off(void)
{
    is_off = true;
}

static _Noreturn void give_up(void)
{
    if (is_checking) /* a verdict is not asked for */
        _exit(argp_err_exit_status);
    exit(argp_err_exit_status);
}

/* ---- Is all of it right? ----------------------------------------------------------------------------------------- */

static const struct command *command_of(const char *name)
{
    for (const struct command *const *command = known; *command != NULL; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

/* NULL: the command has none of this name. */
static const struct argp_option *option_of(const struct command *command, const char *name)
{
    struct option_list list = {.count = 0};
    option_list__add(&list, command->argp);
    const struct argp_option *option = option_list__find(&list, name);
    option_list__clear(&list);
    return option;
}

static const struct argp_option *option_of_any(const char *name)
{
    const struct argp_option *option = NULL;
    for (const struct command *const *command = known; *command != NULL && option == NULL; command++)
        option = option_of(*command, name);
    return option;
}

static void check_section(const struct config_file *file, const struct config_section *section)
{
    if (command_of(section->name) != NULL)
        return;
    complain("%s:%zu: [%s]: there is no such command; leakwatch help lists them", file->path, section->line,
             section->name);
    give_up();
}

static void check_entry(const struct config_file *file, const struct config_entry *entry)
{
    bool is_of_all = entry->section[0] == '\0';
    const struct argp_option *option =
        is_of_all ? option_of_any(entry->key) : option_of(command_of(entry->section), entry->key);
    if (option == NULL) {
        complain("%s:%zu: unknown key '%s'; keys are the long names of the options of %s", file->path, entry->line,
                 entry->key, is_of_all ? "commands, as leakwatch help COMMAND lists them" : entry->section);
        give_up();
    }
    if (!config_value__is_sound(file, entry, option))
        give_up();
}

static void check_file(const struct config_file *file)
{
    for (size_t i = 0; i < file->section_count; i++)
        check_section(file, &file->sections[i]);
    for (size_t i = 0; i < file->count; i++)
        check_entry(file, &file->entries[i]);
}

static void read_files(void)
{
    if (config__read(&applied.config) != 0)
        give_up();
    for (size_t i = 0; i < CONFIG_FILES; i++)
        check_file(&applied.config.files[i]);
}

/* ---- As options -------------------------------------------------------------------------------------------------- */

/* An option that is not there says no, so a later line that says no takes back what earlier ones have set. */
static void take_back(const char *word)
{
    size_t kept = 0;
    for (size_t i = 0; i < applied.count; i++) {
        if (strcmp(applied.argv[i], word) == 0) {
            free(applied.argv[i]);
            continue;
        }
        applied.argv[kept] = applied.argv[i];
        applied.origins[kept++] = applied.origins[i];
    }
    applied.count = kept;
}

static void take_entry(const struct config_file *file, const struct config_entry *entry, const struct command *command)
{
    const struct argp_option *option = option_of(command, entry->key);
    if (option == NULL) /* not of this command */
        return;
    char *word = config_value__option(file, entry, option);
    if (config_value__says_no(entry, option)) {
        take_back(word);
        free(word);
        return;
    }
    size_t room = applied.room;
    applied.argv = heap__room(applied.argv, applied.count, &room, sizeof(char *));
    applied.origins = heap__room(applied.origins, applied.count, &applied.room, sizeof(struct origin));
    applied.argv[applied.count] = word;
    applied.origins[applied.count++] = (struct origin){file, entry->line};
}

/* In each file first what is of all commands. */
static void take_files(const struct command *command)
{
    for (size_t i = 0; i < CONFIG_FILES; i++) {
        const struct config_file *file = &applied.config.files[i];
        for (size_t k = 0; k < file->count; k++)
            if (file->entries[k].section[0] == '\0')
                take_entry(file, &file->entries[k], command);
        for (size_t k = 0; k < file->count; k++)
            if (strcmp(file->entries[k].section, command->name) == 0)
                take_entry(file, &file->entries[k], command);
    }
}

/* Help is for whom a file puzzles, too. */
static bool asks_for_help(int argc, char **argv)
{
    static const char *const words[] = {"--help", "-?", "--usage", "--version", "-V"};
    for (size_t i = 0; argc > 1 && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(argv[1], words[i]) == 0)
            return true;
    return false;
}

void configuration__parse(const struct command *command, int argc, char **argv, unsigned flags, void *input)
{
    if (argc > 1 && strcmp(argv[1], "--no-config") == 0) {
        is_off = true;
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    if (is_off || known == NULL || asks_for_help(argc, argv)) {
        argp_parse(command->argp, argc, argv, flags, NULL, input);
        return;
    }
    if (!is_checking)
        read_files();
    take_files(command);
    char **own = applied.argv;
    size_t words = applied.count + (size_t)argc;
    applied.argv = heap__zeroed(words + 1, sizeof(char *));
    applied.argv[0] = argv[0];
    if (applied.count > 0)
        memcpy(applied.argv + 1, own, applied.count * sizeof(char *));
    memcpy(applied.argv + 1 + applied.count, argv + 1, (size_t)argc * sizeof(char *)); /* and the NULL behind them */
    free(own);
    argp_parse(command->argp, (int)words, applied.argv, flags | (is_checking ? ARGP_NO_ERRS : 0), NULL, input);
    if (is_checking)
        _exit(EXIT_SUCCESS);
}

/* ---- A wrong value ----------------------------------------------------------------------------------------------- */

static _Noreturn void refuse(struct argp_state *state, const struct origin *origin, char *text)
{
    if (origin != NULL)
        complain("%s:%zu: %s", origin->file->path, origin->line, text);
    else
        argp_error(state, "%s", text);
    free(text);
    give_up();
}

void wrong_value(struct argp_state *state, const char *format, ...)
{
    size_t number = (size_t)state->next - 2; /* of the option that was read last, behind argv[0] */
    bool is_of_file = state->argv == applied.argv && number < applied.count;
    va_list values;
    va_start(values, format);
    char *text = heap__vprinted(format, values);
    va_end(values);
    refuse(state, is_of_file ? &applied.origins[number] : NULL, text);
}

/* Is it this word, or the end of it? */
static bool is_from(const char *given, const char *word)
{
    uintptr_t at = (uintptr_t)given, begin = (uintptr_t)word;
    return (at >= begin && at <= begin + strlen(word)) || strcmp(given, word) == 0;
}

void wrong_option(struct argp_state *state, const char *given, const char *format, ...)
{
    const struct origin *origin = NULL;
    for (size_t i = 0; i < applied.count && state->argv == applied.argv; i++)
        if (is_from(given, applied.argv[i + 1]))
            origin = &applied.origins[i];
    va_list values;
    va_start(values, format);
    char *text = heap__vprinted(format, values);
    va_end(values);
    refuse(state, origin, text);
}

/* ---- leakwatch config -------------------------------------------------------------------------------------------- */

static const char doc[] =
    "Shows what the configuration files say: each line with its place, and which files were looked for; with COMMAND, "
    "the options that stand before those of its command line.\v"
    "THE FILES\n"
    "  .leakwatch                   the project's, in the working directory or above it, up to the directory that has "
    ".git, to the user's home or to /; the nearest one counts\n"
    "  ~/.config/leakwatch/config   the user's (below XDG_CONFIG_HOME, where that is set)\n"
    "\n"
    "The command line counts more than the project's file, and that more than the user's. What may be repeated "
    "(--suppressions, --report, --skip-exe) adds up. leakwatch --no-config COMMAND reads neither. What is wrong in a "
    "file ends a command as a wrong option does, by one line that names file and line.\n"
    "\n"
    "WHAT STANDS IN THEM\n"
    "Lines of `key = value`; a key is the long name of an option. Those above the first `[command]` are of all "
    "commands that have such an option, those below it of that command (leakwatch pytest takes those of run). Of an "
    "option without a value it is yes or no, and the later line counts. Files and directories are relative to the "
    "file, and ~/ is the home. Lines that begin with # or ; are comments. update-baseline is of the command line "
    "alone.\n"
    "\n"
    "WHAT IS BELIEVED\n"
    "A plain file of at most 64 KiB that belongs to the user, or to root (or to who became root by sudo); another "
    "user's, and one that all may write to, is passed over, with a line that says so. What a project's file has "
    "written (--output, --report, --keep-ledgers, --keep-each, --store, --textfile) lies below its directory, and "
    "what it has serve listen at is loopback.\n"
    "\n"
    "EXIT STATUS\n"
    "  0, or 2 if a file cannot be read or something in it is wrong.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch config\n"
    "  leakwatch config gate\n"
    "  printf '%s\\n' 'suppressions = known.supp' '[gate]' 'baseline = leaks.baseline' > .leakwatch";

static error_t parse(int key, char *value, struct argp_state *state)
{
    const struct command **asked = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*asked != NULL)
        argp_error(state, "one command at a time");
    *asked = command_of(value);
    if (*asked == NULL)
        argp_error(state, "unknown command '%s'", value);
    return 0;
}

static const struct argp argp = {
    .parser = parse, .args_doc = "[COMMAND]", .doc = doc, .help_filter = help_text__filter};

/* The command reads them as if it were called, in a process of its own, where what it lacks for a call is not told. */
static bool can_read(const struct command *command, bool is_told)
{
    char *words[] = {heap__printed("leakwatch %s", command->name), NULL};
    int status = -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = is_told ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (nowhere >= 0)
            dup2(nowhere, STDERR_FILENO);
        is_checking = true;
        _exit(command->perform(1, words));
    }
    if (child > 0)
        waitpid(child, &status, 0);
    free(words[0]);
    return status == 0;
}

/* Without options there is nothing that a file could say of it, and it does not ask for one. */
static bool has_options(const struct command *command)
{
    return command->argp->options != NULL || command->argp->children != NULL;
}

static void check_values(const struct command *command)
{
    if (!has_options(command) || can_read(command, false))
        return;
    can_read(command, true);
    give_up();
}

static void check_values_of_all(void)
{
    for (const struct command *const *command = known; *command != NULL; command++)
        check_values(*command);
}

static void print_lines(const struct config_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct config_entry *entry = &file->entries[i];
        bool has_section = entry->section[0] != '\0';
        char *line = heap__printed("%s:%zu: %s%s%s%s = %s", file->path, entry->line, has_section ? "[" : "",
                                   entry->section, has_section ? "] " : "", entry->key, entry->value);
        config_value__print(line);
        free(line);
    }
}

static void print_files(void)
{
    for (size_t i = 0; i < CONFIG_FILES; i++) {
        const struct config_file *file = &applied.config.files[i];
        if (file->is_there)
            print_lines(file);
        else if (file->path != NULL)
            printf("# %s: %s\n", file->path, i == CONFIG_USER ? "the user's, not read" : "not read");
        else
            printf("# no %s\n", i == CONFIG_USER ? "home of the user" : ".leakwatch here or above");
    }
}

static void print_options(const struct command *command)
{
    take_files(command);
    for (size_t i = 0; i < applied.count; i++) {
        char *line =
            heap__printed("%s:%zu: %s", applied.origins[i].file->path, applied.origins[i].line, applied.argv[i]);
        config_value__print(line);
        free(line);
    }
}

static int perform(int argc, char **argv)
{
    const struct command *asked = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &asked);
    if (is_off)
        return EXIT_SUCCESS;
    read_files();
    if (asked == &command_pytest)
        asked = &command_run;
    if (asked != NULL) {
        check_values(asked);
        print_options(asked);
    } else {
        check_values_of_all();
        print_files();
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    return complain("what the files say cannot be written: %s", strerror(errno));
}

const struct command command_config = {"config", "what the configuration files say", &argp, perform};
