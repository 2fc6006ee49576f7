/* Where what a command prints goes. */
#include "writing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"
#include "run/interruption.h"

int writing__to_file(const char *path, void (*print)(FILE *out, const void *context), const void *context)
{
    struct output output;
    if (output__open(&output, path) != 0)
        return -1;
    print(output.file, context);
    return output__close(&output);
}

int writing__to_stream(FILE *out, void (*print)(FILE *out, const void *context), const void *context)
{
    int broken = interruption__broken_pipes();
    print(out, context);
    if ((fflush(out) == 0 && !ferror(out)) || interruption__broken_pipes() > broken)
        return 0;
    complain("the report cannot be written: %s", strerror(errno));
    return -1;
}

bool writing__wants_color(const char *color, bool is_for_people, FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    if (!is_for_people || strcmp(color, "auto") != 0)
        return is_for_people && strcmp(color, "always") == 0;
    return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(out));
}
