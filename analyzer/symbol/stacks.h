/* The stacks of many ledgers, each kept once whatever the addresses at which modules were loaded, and symbolised when
 * somebody asks. */
#ifndef STACKS_H
#define STACKS_H

#include <stdint.h>

#include "ledger/read.h"
#include "stack.h"

struct stacks;

struct stacks *stacks__new(struct symbols *symbols);
void stacks__free(struct stacks *stacks);

/* A ledger's numbers of stacks and modules are its own: say which ledger the next calls are about. NULL: none. */
void stacks__open(struct stacks *stacks, const struct ledger *ledger);

/* The number that this stack of the open ledger has in all ledgers; 0: no stack. */
uint32_t stacks__number(struct stacks *stacks, uint32_t stack);

/* The function at the return address, in a module of the open ledger; NULL where it has no name. */
const char *stacks__function(struct stacks *stacks, uint32_t module, uint64_t address);

/* The program's return addresses of a stack with such a number, innermost first, without leakwatch's own, up to a line of
 * an interpreted program: what a call from there returns, its interpreter's code has looked at. Lines that lie inside of
 * all code are passed over. How many were stored, at most `room`. */
size_t stacks__callers(const struct stacks *stacks, uint32_t number, struct callsite_frame *callers, size_t room);

/* The number of a stack that has only the innermost `count` of those, and what lies inside of them. */
uint32_t stacks__innermost(struct stacks *stacks, uint32_t number, size_t count);

/* The symbolised stack, which lives as long as the stacks; NULL for 0. */
const struct stack *stacks__get(struct stacks *stacks, uint32_t number);

/* Two stacks that differ, but not in what their program's source says: copies of one call that a compiler made, of a loop
 * that it unrolled, say. Only what debugging information tells apart can be told alike. Of an interpreted program its lines
 * alone count, however the interpreter got from one to the other. */
bool stacks__are_copies(struct stacks *stacks, uint32_t a, uint32_t b);

/* The first of the stacks that are such copies for their lines; of all others the stack itself. */
uint32_t stacks__place(struct stacks *stacks, uint32_t number);

#endif
