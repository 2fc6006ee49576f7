/* A ledger that is followed, its file, and its process: what is read again must be what is opened anew. */
#ifndef FOLLOWED_H
#define FOLLOWED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/types.h>

#include "ledger/read.h"
#include "ledger_maker.h"

extern struct followed {
    char folder[64], path[96], other[96];
    struct maker *maker; /* of everything */
    struct ledger *ledger;
    pid_t process; /* 0: it is none of a process that runs */
} at;

int followed__set_up(void **state);
int followed__tear_down(void **state);
#define FOLLOWED_TEST(name) cmocka_unit_test_setup_teardown(name, followed__set_up, followed__tear_down)

void followed__start_process(void); /* whose ledger it is from now on */
void followed__end_process(void);
void followed__write_file(void); /* what has been made so far */
void followed__follow(void);

/* Reads it again: it must be what it is when it is opened, or be refused in the same words. */
enum ledger_news followed__refresh(void);
void followed__expect(enum ledger_news wanted);
char *followed__dump(const struct ledger *ledger); /* all that is in it, to be freed */

#endif
