/* Sentences that a finding brings with it, filled in: "{count} {noun} {fate}[, {begun} by {call}]{where}" becomes
 * "3 sockets never closed, opened by accept4 at conn.c:41 in take".
 *
 *     {word}          what the finding says for it
 *     {word|other}    or this, where it says nothing
 *     {?word} {!word} nothing; but what stands in its brackets is left out where the word says nothing (says something)
 *     [part]          is left out where one of its words says nothing
 *
 * The words are listed in sentence.c. */
#ifndef SENTENCE_H
#define SENTENCE_H

#include "page.h"

void page__sentence(const struct page *page, const char *sentence, const struct finding *finding);

/* The same as a line below the headline. */
void page__line(const struct page *page, const char *sentence, const struct finding *finding);

/* Is it well-formed, and are all of its words known? */
bool sentence__is_sound(const char *sentence);

#endif
