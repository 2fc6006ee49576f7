/* Connections that are held, by place and peer, over all ledgers. */
#ifndef CONNECTION_LIST_H
#define CONNECTION_LIST_H

#include "model/finding.h"

struct connection_list;
struct stacks;

struct connection_list *connection_list__new(void);
void connection_list__free(struct connection_list *list);

/* What one process, whose number in the report it is, holds of one peer and site: all but the stack, whose number in all
 * ledgers it is. The texts are of the pool. */
void connection_list__add(struct connection_list *list, const struct connection_summary *part, uint32_t process,
                          uint32_t stack);

/* To be called once, when all have been added: those of one program, place and peer are one, most first. What it returns
 * lives as long as the list. */
const struct connection_summary *connection_list__finish(struct connection_list *list, struct stacks *stacks,
                                                         size_t *count);

#endif
