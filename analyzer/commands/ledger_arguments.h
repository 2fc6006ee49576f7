/* Ledgers named on a command line: files, and directories that stand for all *.lwl in them, or in the
 * directories in them. */
#ifndef LEDGER_ARGUMENTS_H
#define LEDGER_ARGUMENTS_H

#include <stdbool.h>

#include "run/ledger_list.h"

struct ledger_arguments {
    struct ledger_list named; /* files */
    struct ledger_list found; /* in directories */
    bool failed;              /* something that was named could not be looked into, which is said in one line */
};

void ledger_arguments__add(struct ledger_arguments *arguments, const char *path);
/* The same; a number that is no file's name stands for the ledgers of the process that has it. */
void ledger_arguments__add_or_process(struct ledger_arguments *arguments, const char *text);
void ledger_arguments__clear(struct ledger_arguments *arguments);

#endif
