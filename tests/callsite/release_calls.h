/* The calls of release functions that a file makes through its table of imports. */
#ifndef RELEASE_CALLS_H
#define RELEASE_CALLS_H

#include <stdint.h>

struct Elf;

typedef void release_call_visit(void *context, uint64_t returns_to, const char *function);
void release_calls__visit(struct Elf *elf, release_call_visit *visit, void *context);

#endif
