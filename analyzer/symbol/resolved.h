/* What addresses were resolved to, as a block of bytes that goes into an artefact (leakwatch/merged.h): a report
 * elsewhere, later, after a rebuild says what a report at once would have said. */
#ifndef RESOLVED_H
#define RESOLVED_H

#include <stddef.h>
#include <stdint.h>

struct symbols;

/* All that was found out; the same bytes for the same knowledge. The caller frees them. */
unsigned char *resolved__bytes(struct symbols *symbols, uint64_t *size);

/* Takes in such a block, whoever wrote it. What is known already stays. NULL, or what is wrong with it: then nothing was
 * taken in. */
const char *resolved__read(struct symbols *symbols, const unsigned char *bytes, uint64_t size);

#endif
