/* Completion for the shells, from the tables of options. */
#ifndef COMPLETION_H
#define COMPLETION_H

#include <stdbool.h>

#include "commands/commands.h"
#include "commands/option_list.h"

/* Writes the shell's script to stdout: the exit status. -1: no shell of this name is known. */
int completion__print(const char *shell, const struct argp *own, const struct command *const *commands);

/* What an option, or a command behind its options, takes. */
enum completed {
    COMPLETED_NOTHING, /* a flag */
    COMPLETED_ANY,
    COMPLETED_WORDS, /* those of option_list__values */
    COMPLETED_LIST,  /* the same, with commas */
    COMPLETED_FILE,
    COMPLETED_DIRECTORY,
    COMPLETED_FORMAT_FILE, /* such a word, "=" and a file */
    COMPLETED_PROCESS,     /* the number of one that runs */
    COMPLETED_RUN,         /* a command with its arguments */
    COMPLETED_COMMAND,     /* one of leakwatch's */
};

enum completed completion__of_option(const struct command *command, const struct argp_option *option);
enum completed completion__of_arguments(const struct command *command);

/* Its verbs, as "add list forget", or what option_list__values says, with blanks. The caller frees it. */
char *completion__verbs(const struct command *command);
char *completion__words(const struct command *command, const struct argp_option *option);

/* What the option does, in a few words, and no quote or bracket in it. The caller frees it. */
char *completion__gist(const char *text);
bool completion__has_letter(const struct argp_option *option); /* -f */

void completion_bash__print(const struct argp *own, const struct command *const *commands);
void completion_zsh__print(const struct argp *own, const struct command *const *commands);
void completion_fish__print(const struct argp *own, const struct command *const *commands);

#endif
