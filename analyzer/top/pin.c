/* The row that has the whole screen. */
#include "pin.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

void top_pin__put(struct top_pin *pin, const char *key)
{
    char *copy = key != NULL ? heap__copied(key) : NULL;
    free(pin->key);
    free(pin->last);
    free(pin->farewell);
    *pin = (struct top_pin){.key = copy};
}

void top_pin__find(struct top_pin *pin, const struct top_table *table, const struct top_view *view)
{
    pin->subject = NULL;
    for (size_t i = 0; pin->key != NULL && i < table->count && pin->subject == NULL; i++)
        if (strcmp(table->rows[i].key, pin->key) == 0)
            pin->subject = table->rows[i].subject;
    if (pin->subject != NULL) { /* again, perhaps: a place may hold something now and then */
        free(pin->farewell);
        pin->farewell = NULL;
    } else if (pin->key != NULL && pin->farewell == NULL) {
        pin->farewell = view->farewell(pin->key);
    }
}

char *top_pin__text(struct top_pin *pin, const struct top_model *model, const struct top_view *view, size_t columns)
{
    if (pin->subject == NULL)
        return heap__printed("%s\n%s", pin->farewell != NULL ? pin->farewell : "", pin->last != NULL ? pin->last : "");
    free(pin->last);
    pin->last = top_view__describe(view, model, pin->subject, columns);
    return heap__copied(pin->last);
}
