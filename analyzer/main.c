/* leakwatch: says what programs borrowed from the system and never gave back. The sub-commands stand in a table. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/file_limit.h"
#include "base/heap.h"
#include "commands/commands.h"
#include "commands/configuration.h"
#include "commands/help_text.h"
#include "manual/completion.h"
#include "manual/manual.h"
#include "run/environment.h"

static const struct command command_help;

static const struct command *const commands[] = {&command_run,
                                                 &command_gate,
                                                 &command_pytest,
                                                 &command_report,
                                                 &command_diff,
                                                 &command_merge,
                                                 &command_sweep,
                                                 &command_trend,
                                                 &command_top,
                                                 &command_serve,
                                                 &command_attach,
                                                 &command_detach,
                                                 &command_store,
                                                 &command_dump,
                                                 &command_config,
                                                 &command_help,
                                                 NULL};

const char *argp_program_version = "leakwatch " LEAKWATCH_VERSION;

enum { KEY_MANUAL = 256, KEY_COMMANDS, KEY_COMPLETION, KEY_NO_CONFIG, KEY_PYTHON_PATH };

static const struct argp_option option_table[] = {
    {"man", KEY_MANUAL, "COMMAND", OPTION_HIDDEN | OPTION_ARG_OPTIONAL, NULL, 0},
    {"list-commands", KEY_COMMANDS, NULL, OPTION_HIDDEN, NULL, 0},
    {"completion", KEY_COMPLETION, "SHELL", OPTION_HIDDEN, NULL, 0},
    {"no-config", KEY_NO_CONFIG, NULL, 0, "Read no configuration file (leakwatch help config)", 0},
    {"print-python-path", KEY_PYTHON_PATH, NULL, 0, "Print the directory of leakwatch.py, for PYTHONPATH", 0},
    {0},
};

struct choice {
    const struct command *command;
    char **argv;
    int argc;
};

static const struct command *find(const char *name)
{
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

static const struct command *found(const char *name, struct argp_state *state)
{
    const struct command *command = find(name);
    if (command == NULL)
        argp_error(state, "unknown command '%s'", name);
    return command;
}

static void choose(struct choice *choice, const char *name, struct argp_state *state)
{
    choice->command = found(name, state);
    choice->argv = state->argv + state->next - 1;
    choice->argc = state->argc - state->next + 1;
    state->next = state->argc; /* what follows is the command's */
}

static int print_python_path(void)
{
    char *directory = environment__python();
    if (directory == NULL)
        return complain("leakwatch.py is neither beside this command nor where it would be installed");
    puts(directory);
    free(directory);
    return fflush(stdout) == 0 ? 0 : complain("the path cannot be written");
}

/* For what makes a page or a word to complete of each. */
static int print_commands(void)
{
    for (const struct command *const *command = commands; *command != NULL; command++)
        puts((*command)->name);
    return fflush(stdout) == 0 ? 0 : complain("the commands cannot be written");
}

static const struct argp argp;

static int print_completion(const char *shell, struct argp_state *state)
{
    int status = completion__print(shell, &argp, commands);
    if (status < 0)
        argp_error(state, "--completion wants bash, zsh or fish, not '%s'", shell);
    return status;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case KEY_MANUAL:
        exit(value == NULL ? manual__print(commands) : manual__print_command(found(value, state), commands));
    case KEY_COMMANDS:
        exit(print_commands());
    case KEY_COMPLETION:
        exit(print_completion(value, state));
    case KEY_NO_CONFIG:
        configuration__switch_off();
        break;
    case KEY_PYTHON_PATH:
        exit(print_python_path());
    case ARGP_KEY_ARG:
        choose(state->input, value, state);
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command named");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* The commands stand in the help text where argp lets a filter put them. */
static char *add_commands(int key, const char *text, void *input)
{
    if (key != ARGP_KEY_HELP_PRE_DOC)
        return help_text__filter(key, text, input);
    char *list = heap__printed("%s\n\nCommands:\n", text);
    for (const struct command *const *command = commands; *command != NULL; command++) {
        char *longer = heap__printed("%s  %-8s %s\n", list, (*command)->name, (*command)->summary);
        free(list);
        list = longer;
    }
    return list;
}

static const char doc[] =
    "leakwatch says what programs borrowed from the system and never gave back: descriptors, streams, directories, "
    "children; who borrowed it, where, what became of others of the same place, and where it is heading.\v"
    "EXAMPLES\n"
    "  leakwatch run ./server --port 8080\n"
    "  LD_PRELOAD=/usr/lib/libleakwatch.so ./server; leakwatch report .\n"
    "  leakwatch help report";

static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "COMMAND [OPTION…]", .doc = doc, .help_filter = add_commands};

/* ---- leakwatch help ---------------------------------------------------------------------------------------------- */

static const char help_doc[] =
    "Shows what COMMAND does, its options and examples, as leakwatch COMMAND --help does; without one, all commands. "
    "The manual pages, man leakwatch and man leakwatch-COMMAND, say the same.\v"
    "EXAMPLES\n"
    "  leakwatch help\n"
    "  leakwatch help report";

static error_t parse_help(int key, char *value, struct argp_state *state)
{
    const struct command **asked = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*asked != NULL)
        argp_error(state, "one command at a time");
    *asked = found(value, state);
    return 0;
}

static const struct argp help_argp = {
    .parser = parse_help, .args_doc = "[COMMAND]", .doc = help_doc, .help_filter = help_text__filter};

/* The command itself answers, as it would by --help. */
static int help(int argc, char **argv)
{
    const struct command *asked = NULL;
    argp_parse(&help_argp, argc, argv, 0, NULL, &asked);
    char option[] = "--help", own[] = "leakwatch";
    char *words[] = {asked != NULL ? heap__printed("leakwatch %s", asked->name) : own, option, NULL};
    if (asked != NULL)
        return asked->perform(2, words);
    argp_parse(&argp, 2, words, ARGP_IN_ORDER, NULL, NULL);
    return EXIT_SUCCESS;
}

static const struct command command_help = {"help", "what a command does, and its options", &help_argp, help};

int main(int argc, char **argv)
{
    struct choice choice = {.command = NULL};
    argp_err_exit_status = EXIT_TROUBLE;
    file_limit__survive();
    configuration__begin(commands);
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);
    choice.argv[0] = heap__printed("leakwatch %s", choice.command->name);
    int status = choice.command->perform(choice.argc, choice.argv);
    free(choice.argv[0]);
    return status;
}
