/* What the tests of damaged ledgers ask of the reader. */
#ifndef LEDGER_ASSERT_H
#define LEDGER_ASSERT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/read.h"

void assert_one_clear_line(const struct ledger_error *error);
/* Opens and walks; true where the ledger could be opened. */
bool look_at(const char *path);
/* Refused, with a line that says these words. */
void assert_refused(const char *path, const char *words);
void assert_bytes_refused(const void *bytes, size_t size, const char *words);

#endif
