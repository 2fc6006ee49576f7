/* Texts and addresses as SARIF wants them. */
#ifndef SARIF_TEXT_H
#define SARIF_TEXT_H

#include <jansson.h>

/* {"text": …}, with what has a meaning in messages escaped. The text is fit for a terminal already. */
json_t *sarif_text__message(const char *text);

/* A path as a URI, every byte of it: relative to the source root, or file://… where it is absolute. */
json_t *sarif_text__uri(const char *path);
json_t *sarif_text__directory_uri(const char *path); /* ends with a slash */

#endif
