/* What the growth of a place shows, as JSON. */
#include "growth.h"

#include <math.h>

#include "json/value.h"

static json_t *real(double number)
{
    return isfinite(number) ? json_value__checked(json_real(number)) : json_null();
}

/* In seconds from the moment of the look; `latest` is null where it may be never. */
static json_t *forecast_json(const struct growth_summary *growth)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "earliest", growth->is_foretold ? real(growth->earliest) : json_null());
    json_value__set(json, "point", growth->is_foretold ? real(growth->point) : json_null());
    json_value__set(json, "latest", growth->is_foretold ? real(growth->latest) : json_null());
    json_value__set(json, "conditional", growth->is_conditional ? json_true() : json_false());
    json_value__set(json, "why_not", json_value__text(growth->why_not));
    return json;
}

void json_growth__set(json_t *json, const struct finding *finding, bool stable)
{
    const struct growth_summary *growth = finding->growth;
    if (growth == NULL)
        return;
    json_t *own = json_value__checked(json_object());
    json_value__set(own, "verdict", json_value__text(growth->verdict));
    if (!stable) {
        json_value__set(own, "held", json_value__number(growth->held));
        json_value__set(own, "acquired", json_value__number(growth->acquired));
        json_value__set(own, "rate_per_hour", real(growth->per_hour));
        json_value__set(own, "limit", growth->limit > 0 ? json_value__number(growth->limit) : json_null());
        json_value__set(own, "share_of_limit", growth->limit > 0 ? real(growth->share_of_limit) : json_null());
        json_value__set(own, "forecast", growth->is_asked ? forecast_json(growth) : json_null());
    }
    json_value__set(json, "growth", own);
}
