/* Texts as numbers of 64 bits: FNV-1a. */
#ifndef HASH_H
#define HASH_H

#include <stdint.h>

#define HASH_START 0xcbf29ce484222325ULL

/* Adds a text and its end to a hash; NULL is as an empty one. */
void hash__text(uint64_t *hash, const char *text);

#endif
