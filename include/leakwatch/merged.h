/* A merged ledger: many ledgers as one file, which `leakwatch merge` writes and every command reads as if it were the
 * directory that it was made from.
 *
 *   header | entry, name, runs | entry, name, runs | … | symbols | end
 *
 * Ledgers are mostly zeros, so of each only its runs are kept: offset, length, bytes. What lies between them is 0. Names
 * and the bytes of runs are padded with zeros to 8 bytes. Little-endian, fixed widths. A file without its end was cut
 * off. Symbols are what the stacks of these ledgers were resolved to when they were merged, and what machine code said of
 * results: a block of which analyzer/symbol/resolved_format.h tells. Version 1 had none. What the ledgers hold is for their own reader to check; see ledger.h. */
#ifndef LEAKWATCH_MERGED_H
#define LEAKWATCH_MERGED_H

#include <stdint.h>

#define LW_MERGED_MAGIC 0x314547524d57574cULL /* "LWWMRGE1" */
#define LW_MERGED_MAJOR 2                     /* another major: another format */
#define LW_MERGED_MAJOR_BEFORE 1              /* without symbols */
#define LW_MERGED_BYTE_ORDER 0x01020304u
#define LW_MERGED_ALIGN 8u

struct lw_merged_header {
    uint64_t magic;
    uint32_t major;
    uint32_t byte_order; /* reads as LW_MERGED_BYTE_ORDER where the writer's is the reader's */
};

#define LW_MERGED_LEDGER 0x4c454447u  /* "GDEL": a ledger follows */
#define LW_MERGED_SYMBOLS 0x424d5953u /* "SYMB": symbols follow; length bytes, padded to stored */
#define LW_MERGED_END 0x44454e45u     /* "ENED": no more; length is how many ledgers there were, all else 0 */
#define LW_MERGED_NAME 4096u          /* bytes of a name at most */

struct lw_merged_entry {
    uint32_t mark;        /* LW_MERGED_LEDGER or LW_MERGED_END */
    uint32_t name_length; /* of the ledger's file name, which follows */
    uint64_t length;      /* of the ledger; 0: its process ended before it had begun */
    uint64_t moment;      /* the process ran when it was copied: the time of that; 0: it did not */
    uint64_t stored;      /* bytes of all runs that follow the name, their heads and padding included */
};

struct lw_merged_run {
    uint64_t offset; /* in the ledger; behind the run before it */
    uint64_t length; /* of the bytes that follow */
};

#endif
