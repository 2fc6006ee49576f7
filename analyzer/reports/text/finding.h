/* One finding as text: what its parts share. */
#ifndef TEXT_FINDING_H
#define TEXT_FINDING_H

#include "page.h"

void text_finding__headline(const struct page *page, const struct finding *finding);

const char *text_finding__program(const struct page *page, const struct finding *finding); /* its name; "?" */
const char *text_finding__module(const struct page *page, const struct finding *finding);  /* of its executable */

/* "never closed", "held to the end", "still open when a signal ended the process". */
void text_finding__fate(const struct page *page, const struct finding *finding);

#endif
