/* The calls that can be made to fail: each place that asks for a failure leaves the call's name in a section of the
 * library, so the list is always the hooks' own. */
#ifndef LW_INJECTABLE_H
#define LW_INJECTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* As large as it is aligned: a section holds them one behind the other. */
struct lw_injectable {
    _Alignas(32) char name[32];
};

#define LW_INJECTABLE(symbol)                                                                                          \
    static const struct lw_injectable lw_injectable_here __attribute__((section("lw_injectables"), used)) = {#symbol}

#pragma GCC visibility push(hidden)

bool lw_is_injectable(const char *call);
/* "close, open, …", without names that stand for a variant of another; cut where there is no room. */
void lw_injectables_list(char *text, size_t room);

#pragma GCC visibility pop

#endif
