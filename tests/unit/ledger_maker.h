/* Makes ledgers for tests, without libleakwatch.so: everything that a process would have written, at will.
 *
 * Records are returned for the test to fill in what else it wants; they stay where they are until maker__free. Numbers
 * are those of the ledger's tables. What a test does not ask for is not there: a new maker holds a sound header of a
 * process that ended with exit status 0. A maker that runs out of room ends the test program. */
#ifndef LEDGER_MAKER_H
#define LEDGER_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

struct maker;

struct maker *maker__new(void);
/* What is made from now on is a later minor version's, which has so many bytes (a multiple of 8) more at the end of all
 * that may grow; 0: this version's. */
void maker__grow(uint32_t bytes);
void maker__free(struct maker *maker);

struct lw_header *maker__header(struct maker *maker);
/* A zeroed block: its offset; what stands at an offset. */
uint64_t maker__block(struct maker *maker, uint64_t size);
void *maker__at(struct maker *maker, uint64_t offset);

/* Elements of tables; each call makes a new one. */
uint32_t maker__name(struct maker *maker, const char *text);
uint32_t maker__module(struct maker *maker, const char *path, uint64_t base, uint64_t start, uint64_t end);
uint32_t maker__frame(struct maker *maker, uint64_t address, uint32_t module, uint32_t parent);
/* Addresses innermost first. */
uint32_t maker__stack(struct maker *maker, uint32_t module, const uint64_t *addresses, size_t count);
/* A line of an interpreted program: a frame inside `parent`. */
uint32_t maker__line(struct maker *maker, uint32_t line, const char *function, const char *file, uint32_t parent);
uint32_t maker__source(struct maker *maker, uint32_t line, const char *function, const char *file, uint32_t parent);
/* A name of NULL is none, as threads have. */
uint32_t maker__scope(struct maker *maker, enum lw_scope_kind kind, uint32_t parent, const char *name);
uint32_t maker__site(struct maker *maker, uint32_t stack, uint32_t scope, const char *call, enum lw_kind kind);
uint32_t maker__release(struct maker *maker, uint32_t site, uint32_t stack, const char *call);
struct lw_failure *maker__failure(struct maker *maker, uint32_t stack, const char *call, int error);
struct lw_crossing *maker__crossing(struct maker *maker, uint32_t site, const char *program, uint32_t number);
struct lw_misuse *maker__misuse(struct maker *maker, enum lw_misuse_kind kind, uint32_t stack, const char *call);
/* One resource, one entry, never released; the row's number is stored unless `number` is NULL. */
struct lw_leftover *maker__leftover(struct maker *maker, uint32_t scope, uint32_t site, uint32_t *number);
struct lw_departure *maker__departure(struct maker *maker, uint32_t scope, const uint32_t *sites, uint32_t count);
struct lw_imbalance *maker__imbalance(struct maker *maker, uint32_t scope, enum lw_imbalance_reason reason,
                                      uint32_t stack);
struct lw_disorder *maker__disorder(struct maker *maker, uint32_t site, uint32_t younger, uint32_t stack,
                                    const char *call);
/* A thread's, with nothing on it; its row may be longer than this version's. */
struct lw_file_lock *maker__file_lock(struct maker *maker, uint32_t thread);
struct lw_board *maker__board(struct maker *maker, uint32_t thread);
struct lw_locking *maker__locking(struct maker *maker, uint32_t site);
/* From then on that is the header's soft limit, too. call: NULL where another process changed it. */
struct lw_limit *maker__limit(struct maker *maker, uint64_t time, uint64_t soft, uint32_t stack, const char *call);
/* The element with this number. */
void *maker__element(struct maker *maker, enum lw_table_id table, uint32_t number);

/* A slot that is HELD: the descriptor with this number; the next free handle slot, whose number is stored. */
struct lw_slot *maker__fd(struct maker *maker, uint32_t number, uint32_t site, enum lw_kind kind);
struct lw_slot *maker__handle(struct maker *maker, uint64_t handle, uint32_t site, enum lw_kind kind, uint32_t *index);
void maker__detail(struct lw_slot *slot, const char *text);
void maker__label(struct lw_slot *slot, const char *text);                /* after maker__detail */
void maker__left(struct lw_slot *slot, uint32_t leftover, uint64_t time); /* its scope ended then */
void maker__state(struct lw_slot *slot, enum lw_state state);

struct lw_lane *maker__lane(struct maker *maker, uint32_t lane);
struct lw_site_count *maker__site_count(struct maker *maker, uint32_t lane, uint32_t site);
uint64_t *maker__release_count(struct maker *maker, uint32_t lane, uint32_t release);
struct lw_scope_count *maker__scope_count(struct maker *maker, uint32_t lane, uint32_t scope);

void maker__sample(struct maker *maker, uint64_t time, uint64_t open);
struct lw_exhaustion *maker__exhaustion(struct maker *maker, int error); /* complete, without rows */

/* The whole file so far; lives as long as the maker. */
void *maker__bytes(struct maker *maker, size_t *size);
void maker__write(struct maker *maker, const char *path);

/* A ledger with at least one of everything, every cross-reference in use. */
struct maker *maker__everything(void);

#endif
