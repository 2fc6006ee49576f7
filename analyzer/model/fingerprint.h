/* The name of a finding that survives ASLR, rebuilds, moved lines and other directories: a 64-bit hash of kind, call,
 * scope and the functions and modules of the innermost user frames. */
#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include "finding.h"

/* `elsewhere` names what has no stack ("server socket"); NULL texts are as empty ones. */
void fingerprint__make(char fingerprint[17], const char *kind, const char *call, const char *scope,
                       const struct stack *stack, const char *elsewhere);

#endif
