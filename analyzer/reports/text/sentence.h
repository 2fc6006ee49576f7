/* Sentences that a finding or a fact brings with it, filled in: "{count} {noun} {fate}[, {begun} by {call}]{where}" becomes
 * "3 sockets never closed, opened by accept4 at conn.c:41 in take".
 *
 *     {word}          what is said for it
 *     {word|other}    or this, where nothing is known
 *     {?word} {!word} nothing; but what stands in its brackets is left out where nothing is known of it (something is)
 *     [part]          is left out where nothing is known of one of its words
 *
 * The words are listed in sentence.c; the name of a fact is one, too. */
#ifndef SENTENCE_H
#define SENTENCE_H

#include "page.h"

/* fact: that the sentence is about; NULL: it is about the finding. */
void page__sentence(const struct page *page, const char *sentence, const struct finding *finding,
                    const struct fact *fact);

/* Is it well-formed, and are all of its words known? */
bool sentence__is_sound(const char *sentence);

#endif
