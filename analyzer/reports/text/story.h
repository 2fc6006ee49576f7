/* Findings about scopes as text: their own headlines and lines. */
#ifndef TEXT_STORY_H
#define TEXT_STORY_H

#include "page.h"

/* Is it told here? */
bool text_story__tells(const struct finding *finding);

/* The innermost scope's name: the whole path stands above. */
void text_story__name(const struct page *page, const char *path);
/* "only when request failed (23 of 1,000): 23 sockets never closed", of a finding that has a story. What was left together
 * may be of several kinds: then the place that follows is that of the first of them. */
void text_story__left(const struct page *page, const struct finding *finding);
/* "2.1 s ", how long after the end of its scope it was released. */
void text_story__delay(const struct page *page, const struct finding *finding, const struct fact *late);
/* What stands above all findings of one path, in the same programs. */
void text_story__heading(const struct page *page, const struct scope_summary *scope);

#endif
