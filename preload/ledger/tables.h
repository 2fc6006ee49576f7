/* Tables of the ledger: rows that are found again by what they say. */
#ifndef LW_TABLES_H
#define LW_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"

#pragma GCC visibility push(hidden)

void lw_tables_begin(struct lw_header *header);

/* The number of the element that has the row's key (see tables.def), a copy of the row if there was none; LW_OTHER when
 * the table is full. */
uint32_t lw_intern(enum lw_table_id table, uint64_t hash, const void *row);
/* The same, of a row that refers to the element `after` of its table. */
uint32_t lw_intern_after(enum lw_table_id table, uint64_t hash, const void *row, uint32_t after);
/* The same, of a row whose key is its first bytes. */
uint32_t lw_intern_by(enum lw_table_id table, uint64_t hash, const void *row, uint32_t key_size);
/* A new element that is not found by what it says, all zero but for what its maker writes; 0: no room. */
uint32_t lw_append(enum lw_table_id table, void **element);
/* The element of that number, which intern returned; NULL for 0 and LW_OTHER. */
void *lw_element(enum lw_table_id table, uint32_t number);
/* The number of the element that has the row's key; 0: there is none. */
uint32_t lw_lookup(enum lw_table_id table, uint64_t hash, const void *row);
void *lw_element_of(struct lw_map *map, enum lw_table_id table, uint32_t number);
uint32_t lw_name(const char *text, size_t length);
/* Its text, cut to the room, with 0 at the end; "" where there is none. */
void lw_name_copy(char *to, size_t room, uint32_t number);
/* The same of another ledger: how long it is. */
size_t lw_name_copy_of(struct lw_map *map, char *to, size_t room, uint32_t number);

static inline uint64_t lw_hash2(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 32) ^ b) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 29);
}

#pragma GCC visibility pop

#endif
