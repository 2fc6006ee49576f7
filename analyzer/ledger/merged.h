/* Many ledgers in one file, in the format of leakwatch/merged.h: read and written. int results: 0 is success, -1 is
 * failure with one clear line in `error`. */
#ifndef LEDGER_MERGED_H
#define LEDGER_MERGED_H

#include <stdio.h>

#include "read.h"

struct merged;

/* Looks at the whole structure: a file that was cut off or damaged is refused before anything of it is used. */
int merged__open(struct merged **merged, const char *path, struct ledger_error *error);
void merged__close(struct merged *merged);

/* The block of symbol/resolved.h that the file has, behind which nothing of it must be believed unchecked; NULL:
 * none. Lives as long as `merged`. */
const unsigned char *merged__symbols(const struct merged *merged, uint64_t *size);

/* The next ledger, in the order of the file: 1, 0 behind the last one, or -1: it cannot be read (error->why says whether
 * it never began), and the one after it may be asked for. */
int merged__next(struct merged *merged, struct ledger **ledger, struct ledger_error *error);
/* The same, unopened, with its name, which lives until the next call; the caller frees the copy's bytes, NULL where it
 * never began. */
int merged__next_copy(struct merged *merged, const char **name, struct ledger_copy *copy, struct ledger_error *error);

/* Writing: the caller looks at ferror() in the end. */
void merged__write_header(FILE *out);
void merged__write(FILE *out, const char *name, const struct ledger_copy *copy);
void merged__write_symbols(FILE *out, const unsigned char *bytes, uint64_t size);
void merged__write_end(FILE *out, uint64_t ledgers);

#endif
