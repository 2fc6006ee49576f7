/* Tests of the catalogue. */
#include "tests.h"

static int list_all(void)
{
    return catalogue__count("/") > 2;
}

static int list_none(void)
{
    return catalogue__count("/nowhere") == -1;
}

static int find_one(void)
{
    return !catalogue__has("/", "no such item") && catalogue__has("/", "proc");
}

static const struct test tests[] = {{"list_all", list_all}, {"list_none", list_none}, {"find_one", find_one}};
RUN_TESTS(tests)
