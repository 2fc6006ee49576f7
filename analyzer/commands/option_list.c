/* The options of a command, and what they take. */
#include "option_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "commands.h"
#include "model/kinds.h"
#include "reports/format.h"
#include "trend/format.h"

void option_list__add(struct option_list *list, const struct argp *argp)
{
    for (const struct argp_option *option = argp->options; option != NULL && (option->name || option->doc); option++) {
        if (option->name == NULL || (option->flags & OPTION_HIDDEN))
            continue;
        list->options = heap__room(list->options, list->count, &list->room, sizeof(*list->options));
        list->options[list->count++] = option;
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL; child++)
        option_list__add(list, child->argp);
}

const struct argp_option *option_list__find(const struct option_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->options[i]->name, name) == 0)
            return list->options[i];
    return NULL;
}

void option_list__clear(struct option_list *list)
{
    free(list->options);
    *list = (struct option_list){.count = 0};
}

static const char *formats(const struct command *command)
{
    if (command == &command_sweep)
        return "text, json";
    return command == &command_trend ? trend_format__names() : report_format__names();
}

static const char kinds[] =
#define KIND(id, name, ...) name ", "
#include "model/kinds.def"
#undef KIND
    ;

const char *option_list__values(const struct command *command, const struct argp_option *option)
{
    const struct {
        const char *argument, *option, *values;
    } choices[] = {
        {"FORMAT", NULL, formats(command)},
        {"FORMAT=FILE", NULL, formats(command)},
        {"KINDS", NULL, kinds},
        {"VIEW", NULL, "processes, sites, connections, locks"},
        {"WHEN", NULL, "auto, always, never"},
        {"LEVEL", "fail-on", "error, warning, note, never"},
        {"LEVEL", "held", "error, warning, note"},
    };
    for (size_t i = 0; option->arg != NULL && i < sizeof choices / sizeof choices[0]; i++)
        if (strcmp(option->arg, choices[i].argument) == 0 &&
            (choices[i].option == NULL || strcmp(option->name, choices[i].option) == 0))
            return choices[i].values;
    return NULL;
}
