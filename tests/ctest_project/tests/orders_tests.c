/* Tests of orders. */
#include "tests.h"

static int place_order(void)
{
    return orders__place("tea") == 0 && orders__cancel() == 0;
}

static int cancel_order(void)
{
    return orders__cancel() == -1;
}

static int order_twice(void)
{
    return orders__place("tea") == 0 && orders__place("cups") == 1 && orders__cancel() == 0;
}

static const struct test tests[] = {
    {"place_order", place_order}, {"cancel_order", cancel_order}, {"order_twice", order_twice}};
RUN_TESTS(tests)
