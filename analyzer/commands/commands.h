/* The table of sub-commands: each has a name, a line of help, its own argp (which --help and the man page print), and a
 * function that does it and returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <argp.h>

struct command {
    const char *name;
    const char *summary;
    const struct argp *argp;
    int (*perform)(int argc, char **argv); /* argv[0] is "leakwatch NAME" */
};

extern const struct command command_run, command_gate, command_report, command_diff, command_merge, command_sweep,
    command_trend, command_store, command_dump, command_pytest, command_serve, command_top, command_attach,
    command_detach, command_config;

#endif
