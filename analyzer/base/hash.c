/* Texts as numbers of 64 bits. */
#include "hash.h"

#define PRIME 0x100000001b3ULL

void hash__text(uint64_t *hash, const char *text)
{
    const char *at = text ? text : "";
    do
        *hash = (*hash ^ (unsigned char)*at) * PRIME;
    while (*at++ != '\0');
}
