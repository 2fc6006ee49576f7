/* Verdicts on release calls that were reached before, by the return addresses that they were reached by. */
#ifndef JUDGED_H
#define JUDGED_H

#include "callsite/callsite.h"

struct judged;
struct pool;

enum { JUDGED_CALLERS = 64 }; /* return addresses of one verdict at most */

struct judged *judged__new(struct pool *pool); /* in which texts are kept */
void judged__free(struct judged *judged);

/* False: there is none. */
bool judged__find(const struct judged *judged, const struct callsite_frame *frames, size_t count,
                  struct callsite_verdict *verdict);
void judged__add(struct judged *judged, const struct callsite_frame *frames, size_t count,
                 const struct callsite_verdict *verdict);

/* All of them; the frames live until the next call. */
typedef void judged_visit(void *context, const struct callsite_frame *frames, size_t count,
                          const struct callsite_verdict *verdict);
void judged__each(const struct judged *judged, judged_visit *visit, void *context);

#endif
