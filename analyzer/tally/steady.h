/* Details of resources without what differs from one run to the next of the same: for reports that are compared.
 *
 * DESIGN. What is known is replaced exactly: what a call filled into a template, the numbers of the process and of its
 * parent, inodes, terminals. Else the look of it decides: a port from the range that Linux takes free ones from, and below
 * directories for temporary files a part of a name that looks like dice. */
#ifndef STEADY_H
#define STEADY_H

#include <stddef.h>
#include <stdint.h>

enum { STEADY_TEXT = 512 };

struct steady_context {
    const char *call; /* that acquired it; NULL: not known */
    uint32_t kind;    /* enum lw_kind */
    uint32_t pids[2]; /* the process and its parent; 0: not known */
};

/* Text that does not fit is cut. */
void steady__write(char out[STEADY_TEXT], const char *text, const struct steady_context *context);

#endif
