/* Jansson's values, which are there or end the program: nobody can do anything sensible without memory. */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

/* Any bytes as a JSON string from which they can be had back: what is not UTF-8 becomes \xNN, a backslash becomes two.
 * null for NULL. */
json_t *json_value__text(const char *text);
json_t *json_value__number(uint64_t number);
json_t *json_value__finite(double value);  /* null: what never comes */
json_t *json_value__checked(json_t *json); /* what Jansson has made, unless it is NULL */

/* These take the value over. */
void json_value__set(json_t *object, const char *key, json_t *value);
void json_value__append(json_t *array, json_t *value);

#endif
