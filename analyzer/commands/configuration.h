/* What the configuration files say, as options that stand before those of the command line. */
#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <argp.h>
#include <stdbool.h>

#include "commands.h"

/* All commands, which a file may name; the list ends with NULL. */
void configuration__begin(const struct command *const *commands);
void configuration__switch_off(void);

/* As argp_parse, with the options that the files have for this command. What is wrong in a file ends the program with
 * argp_err_exit_status and one line that names file and line. */
void configuration__parse(const struct command *command, int argc, char **argv, unsigned flags, void *input);

/* As argp_error, of an option's value: a file's is told with its place. */
void wrong_value(struct argp_state *state, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* The same, when all options are read: `given` is where the option's value was, or, of one without, "--option". */
void wrong_option(struct argp_state *state, const char *given, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

#endif
