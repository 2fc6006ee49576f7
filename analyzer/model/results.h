/* What became of results, counted. */
#ifndef RESULTS_H
#define RESULTS_H

#include "finding.h"
#include "symbol/judged.h"

void results__add(struct results *results, enum verdict verdict, uint64_t count);

#endif
