/* Both configuration files. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

static int read_place(struct config_file *file, char *path, bool is_project)
{
    *file = (struct config_file){.path = path, .is_project = is_project};
    if (path == NULL)
        return 0;
    char *slash = strrchr(path, '/');
    file->directory = slash == path ? heap__copied("/") : strndup(path, (size_t)(slash - path));
    if (file->directory == NULL)
        heap__ran_out();
    return config_file__read(file);
}

int config__read(struct config *config)
{
    int user = read_place(&config->files[CONFIG_USER], config_place__user(), false);
    int project = read_place(&config->files[CONFIG_PROJECT], config_place__project(), true);
    return user == 0 && project == 0 ? 0 : -1;
}
