/* One executable or library on disk: what its symbol table and its debugging information say of an address in it.
 *
 * DESIGN. libdwfl opens the file and finds separate debug files. Its own look-ups walk whole tables for every address,
 * so what is asked often stands here in sorted arrays, made at the first question: symbols by address, compilation
 * units by address, and the functions of each unit that was asked for. */
#ifndef BINARY_H
#define BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

struct Elf;
struct binary;
struct pool;

/* Never NULL; a file that cannot be read knows nothing. Frames that are handed out keep their texts in the pool. */
struct binary *binary__new(const char *path, const struct symbols_options *options, struct pool *pool);
void binary__free(struct binary *binary);

bool binary__is_readable(const struct binary *binary);

/* Is it the build that this id names? True where either has none: there is nothing to compare. */
bool binary__is_build(const struct binary *binary, const uint8_t *id, size_t length);

/* Names and lines of an address, the innermost inlined function first: how many frames were filled in, 0 if nothing is
 * known. Sets function, symbol, file, line, inlined and language only. */
size_t binary__look_up(struct binary *binary, uint64_t address, struct frame *frames, size_t room);

/* The function that the call in front of a return address leads to, as the symbol table has it. False where that is no
 * direct call, or not certain to be one, or leads to no beginning of a function of this file that has a name. */
struct binary_call {
    const char *symbol;
    uint64_t start, end;
};
bool binary__find_call(struct binary *binary, uint64_t address, struct binary_call *call);

/* Does that function hold a jump that leads out of it, or one that may? */
bool binary__ends_in_jump(struct binary *binary, const struct binary_call *call);

/* The file itself, for those who read its code; NULL where it cannot be read. Lives as long as the binary. */
struct Elf *binary__elf(const struct binary *binary);

/* Does the code at this address return from a signal handler? */
bool binary__is_trampoline(struct binary *binary, uint64_t address);

#endif
