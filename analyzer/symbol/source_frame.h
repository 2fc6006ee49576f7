/* Lines of interpreted programs, as their language's binding tells them, as frames. */
#ifndef SOURCE_FRAME_H
#define SOURCE_FRAME_H

#include "symbols.h"

/* From "LINE\nFUNCTION\nFILE". What is missing is not known. Such frames have a file, but no module. */
struct frame source_frame__parse(const char *text, struct pool *pool);

#endif
