/* Which form of an answer is given to whoever asks. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "serve/preference.h"

static const struct row {
    const char *accept;
    bool is_named_one;
} rows[] = {
    {NULL, false},
    {"", false},
    {"*/*", false},
    {"text/plain", false},
    {"application/*", false},
    {"application/openmetrics-text", true},
    {"Application/OpenMetrics-Text ; version=1.0.0", true},
    {"application/openmetrics-text2", false},
    {"text/html, application/openmetrics-text", true},
    {"application/openmetrics-text;version=1.0.0,text/plain;q=0.5", true},
    {"application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.9", false},
    {"application/openmetrics-text;q=0, text/plain", false},
    {"application/openmetrics-text;q=0", false},
    {"application/openmetrics-text; q=0.000, */*", false},
    {"application/openmetrics-text;q=0.2,*/*;q=0.1", true},
    {"application/openmetrics-text;q=0.1,text/*;q=0.2", false},
    {"application/openmetrics-text;q=0.1,text/*;q=0.2,text/plain;q=0", true},
    {"application/openmetrics-text;q=0.4,application/openmetrics-text;q=0.6,text/plain;q=0.5", true},
    {"application/openmetrics-text;q=nonsense,text/plain;q=0.9", true},
    {",, ;q=1 ,application/openmetrics-text", true},
    {"application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
     true},
};

static void test_the_weights_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (preference__is_for(rows[i].accept, "application/openmetrics-text", "text/plain") != rows[i].is_named_one)
            fail_msg("%s", rows[i].accept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_weights_decide)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
