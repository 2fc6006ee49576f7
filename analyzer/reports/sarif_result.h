/* One finding as a SARIF result. */
#ifndef SARIF_RESULT_H
#define SARIF_RESULT_H

#include <jansson.h>

#include "telling.h"

#define SARIF_ROOT "SRCROOT" /* the name that stands for the source root */

json_t *sarif_result__of(struct telling *telling, const struct finding *finding);

#endif
