/* Any bytes as a JSON string from which they can be had back: what is not UTF-8 becomes \xNN, a backslash becomes two. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

json_t *json_text__new(const char *text); /* null for NULL */

#endif
