/* Names of functions as programmers write them. */
#ifndef CALL_NAME_H
#define CALL_NAME_H

#include <stddef.h>

enum { CALL_NAME = 128 };

/* One source calls open, open64 or __open64_2, as optimisation, fortification and file offsets will have it: "open" for
 * all of them. Returns `text`. */
const char *call_name__written(char text[CALL_NAME], const char *call);

#endif
