/* Errors as JSON. */
#ifndef JSON_ERROR_H
#define JSON_ERROR_H

#include <jansson.h>

/* "ECONNREFUSED", or its number; null for 0. */
json_t *json_error__name(int error);

#endif
