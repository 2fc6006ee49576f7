/* Lines of interpreted programs. */
#ifndef LW_LEDGER_LINES_H
#define LW_LEDGER_LINES_H

#include <stdbool.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

#define LW_LINE_TEXT 1024u /* bytes of a function or file at most; longer ones are cut */

/* Is there room for texts of lines? Programs make up files without end, and other names need room as well: half of it is
 * theirs. */
bool lw_lines_have_room(void);
/* The number of this line; 0: there is no room for it, or none of its texts had any. */
uint32_t lw_line(const struct lw_line *line);

#pragma GCC visibility pop

#endif
