/* The name of a finding that survives ASLR, rebuilds, moved lines and other directories: a 64-bit hash of kind, call,
 * scope and the functions and modules of the innermost user frames. */
#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include <stdint.h>

#include "finding.h"

#define FINGERPRINT_START 0xcbf29ce484222325ULL /* FNV-1a, 64 bits */

/* Adds a text and its end to a hash. */
void fingerprint__text(uint64_t *hash, const char *text);

/* `elsewhere` names what has no stack ("server socket"); NULL texts are as empty ones. */
void fingerprint__make(char fingerprint[17], const char *kind, const char *call, const char *scope,
                       const struct stack *stack, const char *elsewhere);

#endif
