/* The ledgers of a directory, by name. */
#ifndef LEDGER_LIST_H
#define LEDGER_LIST_H

#include <stddef.h>

struct ledger_list {
    char **paths; /* sorted, so that reports on the same ledgers are the same */
    size_t count, room;
};

/* Adds all *.lwl of the directory: 0, or -1 with errno. */
int ledger_list__read(struct ledger_list *list, const char *directory);
/* The same, and those of the directories in it, as gate --keep-each makes them. */
int ledger_list__read_tree(struct ledger_list *list, const char *directory);
void ledger_list__add(struct ledger_list *list, const char *path);
void ledger_list__sort(struct ledger_list *list);

/* Takes out of the list what another, sorted one holds. */
void ledger_list__remove(struct ledger_list *list, const struct ledger_list *others);
void ledger_list__clear(struct ledger_list *list);

#endif
