/* Texts of programs as a store has them: what they call themselves and their files may hold anything, and whoever reads
 * the store shall be safe. */
#ifndef STORE_SHOWN_H
#define STORE_SHOWN_H

/* Without control characters, as UTF-8; NULL gives "". The caller frees it. */
char *shown__new(const char *text);
char *shown__own(char *text); /* the same, of a text that it frees */

#endif
