/* Ledgers named on a command line. */
#include "ledger_arguments.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/complain.h"
#include "ledger/read.h"
#include "run/ledger_order.h"
#include "run/mapped_ledgers.h"

static void add_directory(struct ledger_arguments *arguments, const char *path)
{
    struct ledger_list found = {.count = 0};
    if (ledger_list__read_tree(&found, path) != 0) {
        complain("%s: %s", path, strerror(errno));
        arguments->failed = true;
    } else if (found.count == 0) {
        complain("%s: no ledger (*" LW_SUFFIX ") in this directory, nor in those in it; name one that holds some",
                 path);
        arguments->failed = true;
    }
    ledger_order__sort(&found);
    for (size_t i = 0; i < found.count; i++)
        ledger_list__add(&arguments->found, found.paths[i]);
    ledger_list__clear(&found);
}

void ledger_arguments__add(struct ledger_arguments *arguments, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        add_directory(arguments, path);
    else
        ledger_list__add(&arguments->named, path);
}

void ledger_arguments__add_or_process(struct ledger_arguments *arguments, const char *text)
{
    struct stat status;
    uint32_t pid;
    if (lstat(text, &status) == 0 || !mapped_ledgers__is_number(text, &pid))
        ledger_arguments__add(arguments, text);
    else if (mapped_ledgers__find(&arguments->named, pid) != 0)
        arguments->failed = true;
}

void ledger_arguments__clear(struct ledger_arguments *arguments)
{
    ledger_list__clear(&arguments->named);
    ledger_list__clear(&arguments->found);
}
