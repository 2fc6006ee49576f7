/* Lines of interpreted programs as frames. */
#include "source_frame.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "source/path.h"

static int line_number(const char *text)
{
    long line = text ? strtol(text, NULL, 10) : 0;
    return line > 0 && line <= INT_MAX ? (int)line : 0;
}

static const char *known(const char *text, struct pool *pool)
{
    return text != NULL && text[0] != '\0' ? pool__text(pool, text) : NULL;
}

static const char *language_of(const char *file)
{
    static const char ending[] = ".py";
    size_t length = file ? strlen(file) : 0, wanted = strlen(ending);
    return length > wanted && strcmp(file + length - wanted, ending) == 0 ? "python" : "script";
}

struct frame source_frame__parse(const char *text, struct pool *pool)
{
    char *copy = heap__copied(text), *rest = copy;
    const char *line = strsep(&rest, "\n"), *function = strsep(&rest, "\n"), *file = known(rest, pool);
    struct frame frame = {
        .function = known(function, pool),
        .symbol = known(function, pool),
        .file = file,
        .line = line_number(line),
        .language = language_of(file),
        .origin = file != NULL && source_path__is_script_library(file) ? CODE_LIBRARY : CODE_USER,
    };
    free(copy);
    return frame;
}
