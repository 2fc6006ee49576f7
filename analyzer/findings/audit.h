/* Release sites that have not failed yet, and whose results nobody would look at: unchecked-release. */
#ifndef AUDIT_H
#define AUDIT_H

#include "model/finding.h"

struct audit;

struct audit *audit__new(void);
void audit__free(struct audit *audit);

/* Of the sites that released something writable: how many have which verdict. */
struct results audit__results(const struct audit *audit);

#endif
