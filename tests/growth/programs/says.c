/* says LEDGER: what growth/ makes of it, as one JSON object. */
#include <err.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "growth/growth.h"

static void print_site(const struct growth *growth, size_t place, const struct ledger *ledger)
{
    const struct growth_site *site = &growth->sites[place];
    const struct lw_site *row = ledger__site(ledger, site->number);
    printf("%s\n  {\"call\": \"%s\", \"acquired\": %" PRIu64 ", \"held\": %zu, \"verdict\": \"%s\"}", place ? "," : "",
           row ? ledger__name(ledger, row->call) : "", site->acquired, site->held,
           growth__verdict_name(growth->judgements[place].verdict));
}

static double number(double value)
{
    return isfinite(value) ? value : 1e300;
}

int main(int count, char **arguments)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (count != 2)
        errx(2, "says LEDGER");
    if (ledger__open(&ledger, arguments[1], &error) != 0)
        errx(2, "%s", error.text);
    uint64_t now = ledger__moment(ledger);
    struct growth *growth = growth__of(ledger, now, ledger__header(ledger)->nofile_soft);
    const struct growth_forecast *forecast = &growth->forecast;
    printf("{\"now\": %.9f, \"running\": %s, \"limit\": %" PRIu64 ", \"open\": %" PRIu64 ",\n", (double)now / 1e9,
           ledger__is_running(ledger) ? "true" : "false", growth->limit, growth->open);
    printf(" \"forecast\": {\"given\": %s, \"conditional\": %s, \"earliest\": %g, \"point\": %g, \"latest\": %g},\n",
           forecast->is_given ? "true" : "false", forecast->is_conditional ? "true" : "false",
           number(forecast->earliest), number(forecast->point), number(forecast->latest));
    printf(" \"sites\": [");
    for (size_t i = 0; i < growth->site_count; i++)
        print_site(growth, i, ledger);
    printf("]}\n");
    growth__free(growth);
    ledger__close(ledger);
    return 0;
}
