/* What went wrong, in one line on stderr. */
#ifndef COMPLAIN_H
#define COMPLAIN_H

enum { EXIT_TROUBLE = 2 }; /* wrong usage, unreadable ledger: said in one line on stderr */

/* Prints one line to stderr, with "leakwatch: " before it and control characters escaped. Returns EXIT_TROUBLE. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
