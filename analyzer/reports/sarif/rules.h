/* The kinds of findings as SARIF's rules. */
#ifndef SARIF_RULES_H
#define SARIF_RULES_H

#include <jansson.h>
#include <stddef.h>

struct finding_kind;

json_t *sarif_rules__all(void);
size_t sarif_rules__index(const struct finding_kind *kind);

#endif
