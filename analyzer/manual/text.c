/* What the page of all commands and those of each have in common. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "commands/help_text.h"
#include "parts.h"

size_t manual_doc__section(const char *text)
{
    const char *line = text + strcspn(text, "\n");
    while (*line != '\0') {
        line++;
        size_t here = strcspn(line, "\n");
        if (help_text__is_heading(line, here))
            break;
        line += here;
    }
    return (size_t)(line - text);
}

const char *manual_doc__behind_split(const char *doc)
{
    const char *split = strchr(doc, '\v');
    return split != NULL ? split + 1 : doc + strlen(doc);
}

/* One line for each way to call it, as argp has them. */
void manual__synopsis(const struct command *command)
{
    bool has_options = command->argp->options != NULL || command->argp->children != NULL;
    char *ways = heap__copied(command->argp->args_doc), *rest = ways, *way;
    while ((way = strsep(&rest, "\n")) != NULL) {
        manual_roff__line_break();
        fputs("\\fBleakwatch ", stdout);
        manual_roff__text(command->name);
        fputs(has_options ? "\\fR [\\fIOPTION\\fR…] " : "\\fR ", stdout);
        manual_roff__text(way);
        putchar('\n');
    }
    free(ways);
}

int manual__finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return complain("the manual page cannot be written: %s", strerror(errno));
}
