/* leakwatch: says what programs borrowed from the system and never gave back. The sub-commands stand in a table. */
#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "commands/commands.h"
#include "run/environment.h"

static const struct command *const commands[] = {&command_run,  &command_gate,  &command_pytest, &command_report,
                                                 &command_diff, &command_merge, &command_sweep,  &command_trend,
                                                 &command_top,  &command_serve, &command_store,  &command_dump,
                                                 NULL};

const char *argp_program_version = "leakwatch " LEAKWATCH_VERSION;

enum { KEY_MANUAL = 256, KEY_PYTHON_PATH };

static const struct argp_option option_table[] = {
    {"man", KEY_MANUAL, NULL, OPTION_HIDDEN, NULL, 0},
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

static void choose(struct choice *choice, const char *name, struct argp_state *state)
{
    choice->command = find(name);
    if (choice->command == NULL)
        argp_error(state, "unknown command '%s'", name);
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

static error_t parse(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case KEY_MANUAL:
        exit(manual__print(commands));
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
    (void)input;
    if (key != ARGP_KEY_HELP_PRE_DOC)
        return (char *)(uintptr_t)text;
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
    "  leakwatch COMMAND --help";

static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "COMMAND [OPTION…]", .doc = doc, .help_filter = add_commands};

int main(int argc, char **argv)
{
    struct choice choice = {.command = NULL};
    argp_err_exit_status = EXIT_TROUBLE;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);
    choice.argv[0] = heap__printed("leakwatch %s", choice.command->name);
    int status = choice.command->perform(choice.argc, choice.argv);
    free(choice.argv[0]);
    return status;
}
