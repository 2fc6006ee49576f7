/* What can be looked at. */
#include "views.h"

#include <string.h>

static const struct top_view *const views[TOP_VIEWS] = {&top_processes, &top_sites, &top_connections, &top_locks};

const struct top_view *top_view__get(size_t number)
{
    return views[number];
}

size_t top_view__find(const char *name)
{
    size_t number = 0;
    while (number < TOP_VIEWS && strcmp(views[number]->name, name) != 0)
        number++;
    return number;
}
