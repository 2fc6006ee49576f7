/* The value of a line of a configuration file, as the option's argument. */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include <argp.h>
#include <stdbool.h>

#include "config/config.h"

/* Can it be that option's? If not, why is told in one line. What the option itself asks of it is not looked at. */
bool config_value__is_sound(const struct config_file *file, const struct config_entry *entry,
                            const struct argp_option *option);

/* A flag that is not to be set. */
bool config_value__says_no(const struct config_entry *entry, const struct argp_option *option);

/* "--key=value", with paths that begin at the file; of a flag "--key", whatever it says. The caller frees it. */
char *config_value__option(const struct config_file *file, const struct config_entry *entry,
                           const struct argp_option *option);

void config_value__print(const char *line); /* to stdout, with what could move a cursor escaped */

#endif
