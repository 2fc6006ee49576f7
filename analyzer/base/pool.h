/* Texts that are kept once: equal texts have equal addresses, which live as long as the pool. */
#ifndef POOL_H
#define POOL_H

struct pool;

struct pool *pool__new(void);
void pool__free(struct pool *pool);
const char *pool__text(struct pool *pool, const char *text); /* NULL gives NULL */

#endif
