/* What can be looked at. */
#include "views.h"

#include <stdio.h>
#include <string.h>

#include "base/heap.h"

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

char *top_view__describe(const struct top_view *view, const struct top_model *model, const void *subject,
                         size_t columns)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        heap__ran_out();
    view->describe(out, model, subject, columns);
    fclose(out);
    return text;
}
