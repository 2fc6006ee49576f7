/* Which of two forms of an answer whoever asks would rather have. */
#ifndef SERVE_PREFERENCE_H
#define SERVE_PREFERENCE_H

#include <stdbool.h>

/* Is `type` wanted at all, and no less than `usual`? By a header Accept; NULL: `usual` is. */
bool preference__is_for(const char *accept, const char *type, const char *usual);

#endif
