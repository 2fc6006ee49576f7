/* Connections that are held, as text. */
#ifndef TEXT_CONNECTIONS_H
#define TEXT_CONNECTIONS_H

#include "page.h"

void text_connections__list(const struct page *page); /* if that was asked for */

#endif
