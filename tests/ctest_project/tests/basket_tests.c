/* Tests of the basket. */
#include "tests.h"

static int add_one(void)
{
    return basket__add("tea") == 1;
}

static int add_many(void)
{
    for (int i = 1; i <= 20; i++)
        if (basket__add("tea") != i)
            return 0;
    return 1;
}

static int empty_basket(void)
{
    return basket__add("tea") == 1 && basket__empty() == 0 && basket__add("cups") == 1;
}

static const struct test tests[] = {{"add_one", add_one}, {"add_many", add_many}, {"empty_basket", empty_basket}};
RUN_TESTS(tests)
