/* What LEAKWATCH_OPTIONS=inject= asks for: a call, an error, how often, and where. */
#ifndef LW_INJECT_RULES_H
#define LW_INJECT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "places.h"

#pragma GCC visibility push(hidden)

#define LW_RULE_TEXT 128u
#define LW_RULE_FRAMES 8u

enum lw_frequency { LW_ALWAYS, LW_ONCE, LW_EVERY, LW_BY_CHANCE };

struct lw_rule_frame {
    char module[64]; /* base name of its file */
    uint64_t offset; /* of the return address */
};

struct lw_rule {
    char call[32], scope[LW_RULE_TEXT], path[LW_RULE_TEXT], in[LW_RULE_TEXT];
    struct lw_rule_frame frames[LW_RULE_FRAMES]; /* innermost first */
    uint32_t frame_count;
    int32_t error;
    uint32_t frequency, n; /* n: of a million where it is by chance */
    uint32_t seed;
    uint32_t calls;          /* that it has matched until now */
    struct lw_places places; /* of `in` */
};

/* NULL; or why the text, which is cut up, is no rule. */
const char *lw_rule_read(struct lw_rule *rule, char *text);

#pragma GCC visibility pop

#endif
