/* Lines of interpreted programs as frames. */
#include "source_frame.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "source/path.h"

#define PYTHON "python"

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
    return length > wanted && strcmp(file + length - wanted, ending) == 0 ? PYTHON : "script";
}

const char *source_frame__text(const struct ledger *ledger, const struct lw_frame *frame, struct pool *pool)
{
    if (frame->address == LW_ADDRESS_SOURCE)
        return pool__text(pool, ledger__name(ledger, frame->module));
    const struct lw_line *line = ledger__line(ledger, frame->module);
    if (line == NULL)
        return pool__text(pool, "0\n(a line that found no room)\n\n" PYTHON);
    char *text = heap__printed("%" PRIu32 "\n%s\n%s\n" PYTHON, line->line, ledger__name(ledger, line->function),
                               ledger__name(ledger, line->file));
    const char *kept = pool__text(pool, text);
    free(text);
    return kept;
}

/* A file's name may have line ends of its own. */
static bool cut_language(char *file)
{
    char *end = file != NULL ? strrchr(file, '\n') : NULL;
    bool is_told = end != NULL && strcmp(end + 1, PYTHON) == 0;
    if (is_told)
        *end = '\0';
    return is_told;
}

struct frame source_frame__parse(const char *text, struct pool *pool)
{
    char *copy = heap__copied(text), *rest = copy;
    const char *line = strsep(&rest, "\n"), *function = strsep(&rest, "\n");
    bool is_python = cut_language(rest);
    const char *file = known(rest, pool);
    struct frame frame = {
        .function = known(function, pool),
        .symbol = known(function, pool),
        .file = file,
        .line = line_number(line),
        .language = is_python ? PYTHON : language_of(file),
        .origin = file != NULL && source_path__is_script_library(file) ? CODE_LIBRARY : CODE_USER,
    };
    free(copy);
    return frame;
}
