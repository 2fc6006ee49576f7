/* One finding as a SARIF result. */
#ifndef SARIF_RESULT_H
#define SARIF_RESULT_H

#include <jansson.h>

#include "reports/quotation.h"

#define SARIF_ROOT "SRCROOT" /* the name that stands for the source root */

json_t *sarif_result__of(struct quotation *quotation, const struct finding *finding);

#endif
