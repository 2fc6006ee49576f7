/* Errors as JSON. */
#include "error.h"

#include <stdio.h>

#include "json/value.h"
#include "model/resource.h"

json_t *json_error__name(int error)
{
    char text[24];
    if (error == 0)
        return json_null();
    const char *name = errno_name(error);
    snprintf(text, sizeof text, "%d", error);
    return json_value__text(name ? name : text);
}
