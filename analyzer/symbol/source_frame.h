/* Lines of interpreted programs, as their language's binding tells them, as frames. */
#ifndef SOURCE_FRAME_H
#define SOURCE_FRAME_H

#include "ledger/read.h"
#include "symbols.h"

/* "LINE\nFUNCTION\nFILE", or "LINE\nFUNCTION\nFILE\nLANGUAGE" where an interpreter's own frames told it; equal ones are one
 * text of the pool. */
const char *source_frame__text(const struct ledger *ledger, const struct lw_frame *frame, struct pool *pool);
/* From that text. What is missing is not known. Such frames have a file, but no module. */
struct frame source_frame__parse(const char *text, struct pool *pool);

#endif
