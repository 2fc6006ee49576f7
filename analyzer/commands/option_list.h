/* The options of a command, out of its own table and those of its children. */
#ifndef OPTION_LIST_H
#define OPTION_LIST_H

#include <argp.h>
#include <stddef.h>

struct command;

struct option_list {
    const struct argp_option **options; /* those that --help shows */
    size_t count, room;
};

void option_list__add(struct option_list *list, const struct argp *argp);
const struct argp_option *option_list__find(const struct option_list *list, const char *name); /* NULL: none */
void option_list__clear(struct option_list *list);

/* What the option takes, where that is a choice of few: "auto, always, never". NULL: anything. Of KINDS and FORMAT=FILE:
 * what stands between commas, and before the "=". The text stays. */
const char *option_list__values(const struct command *command, const struct argp_option *option);

#endif
