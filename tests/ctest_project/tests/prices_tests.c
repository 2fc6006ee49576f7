/* Tests of prices. */
#include "tests.h"

#include <stdlib.h>
#include <unistd.h>

static int price_of(const char *item)
{
    char file[] = "prices.XXXXXX"; /* the tests run at the same time */
    int fd = mkstemp(file);
    if (fd < 0)
        return -2;
    close(fd);
    FILE *stream = fopen(file, "w");
    if (stream == NULL)
        return -2;
    fputs("tea 350\ncups 1200\n", stream);
    fclose(stream);
    int price = prices__of(file, item);
    unlink(file);
    return price;
}

static int read_prices(void)
{
    return price_of("tea") == 350 && price_of("cups") == 1200;
}

static int missing_price(void)
{
    return price_of("sugar") == -1;
}

static int round_price(void)
{
    return prices__rounded(1249) == 12 && prices__rounded(1250) == 13;
}

static const struct test tests[] = {
    {"read_prices", read_prices}, {"missing_price", missing_price}, {"round_price", round_price}};
RUN_TESTS(tests)
