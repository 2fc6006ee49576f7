/* Everything that is looked for in a ledger. */
#ifndef LOOKS_H
#define LOOKS_H

struct inquiry;

/* What findings are compared with first, then what finds them, in the order of model/kinds.def. */
void looks__take(struct inquiry *inquiry);

#endif
