/* LeakSanitizer's way to match: an unanchored substring, where * stands for anything, ^ for the beginning and $ for the
 * end. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>

bool pattern__matches(const char *pattern, const char *text);

#endif
