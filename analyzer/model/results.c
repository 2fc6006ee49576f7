/* What became of results, counted. */
#include "results.h"

void results__add(struct results *results, enum verdict verdict, uint64_t count)
{
    *(verdict == VERDICT_CHECKED              ? &results->checked
      : verdict == VERDICT_CHECKED_SOME_PATHS ? &results->checked_some_paths
      : verdict == VERDICT_IGNORED            ? &results->ignored
      : verdict == VERDICT_RETURNED           ? &results->returned
                                              : &results->unknown) += count;
}
