/* The manual pages, in roff on stdout, from the tables and texts that --help prints. */
#ifndef MANUAL_H
#define MANUAL_H

#include "commands/commands.h"

/* The page of them all, leakwatch(1); the list ends with NULL. Returns the exit status, as the next one does. */
int manual__print(const struct command *const *commands);

/* One command's own page, as leakwatch-report(1). */
int manual__print_command(const struct command *command, const struct command *const *commands);

#endif
