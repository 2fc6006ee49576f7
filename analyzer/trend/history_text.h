/* The histories of programs as text. */
#ifndef HISTORY_TEXT_H
#define HISTORY_TEXT_H

#include "format.h"

void history_text__print(FILE *out, const struct trend *trend, const struct trend_options *options);

#endif
