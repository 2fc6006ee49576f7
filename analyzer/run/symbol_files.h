/* What ledgers in directories were resolved to, in a file beside them: leakwatch.PROGRAM.PID.TIME.symbols, a merged file
 * without ledgers, one for each run with --keep-ledgers or --keep-each. */
#ifndef SYMBOL_FILES_H
#define SYMBOL_FILES_H

#include "ledger_list.h"

struct symbols;
struct merged;

/* Takes in all such files of the directories that these ledgers lie in. One that cannot be read is said in one line. */
void symbol_files__read(struct symbols *symbols, const struct ledger_list *ledgers);

/* What a merged file has of them: 0, or -1 and one line. `path` is its name. */
int symbol_files__take(struct symbols *symbols, const struct merged *merged, const char *path);

/* Writes what is known now. Nothing is written where nothing is known. -1 and one line where it cannot be. */
int symbol_files__write(struct symbols *symbols, const char *directory, const char *program);

/* Adds all of them that a directory has. */
void symbol_files__list(struct ledger_list *list, const char *directory);

#endif
