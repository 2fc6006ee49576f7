/* The manual page of one command. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "commands/help_text.h"
#include "manual.h"
#include "parts.h"

static void section(const char *title)
{
    manual_roff__section(title, strlen(title));
}

/* What stands behind the options: text goes on with the description, and what has a heading is a section here. */
static const char *put_description(const char *doc)
{
    section("DESCRIPTION");
    manual_roff__paragraphs(doc, strcspn(doc, "\v"));
    const char *behind = manual_doc__behind_split(doc);
    if (help_text__is_heading(behind, strcspn(behind, "\n")))
        return behind;
    size_t length = manual_doc__section(behind);
    manual_roff__paragraphs(behind, length);
    return behind + length;
}

static void put_sections(const char *text)
{
    while (*text != '\0') {
        size_t title = strcspn(text, "\n"), length = manual_doc__section(text);
        manual_roff__section(text, title);
        manual_roff__paragraphs(text + title, length - title);
        text += length;
    }
}

static void put_other_pages(const struct command *command, const struct command *const *commands)
{
    section("SEE ALSO");
    fputs(".BR leakwatch (1)", stdout);
    for (; *commands != NULL; commands++)
        if (*commands != command)
            printf(",\n.BR leakwatch\\-%s (1)", (*commands)->name);
    putchar('\n');
}

int manual__print_command(const struct command *command, const struct command *const *commands)
{
    char name[64];
    snprintf(name, sizeof name, "leakwatch-%s", command->name);
    manual_roff__title(name);
    section("NAME");
    manual_roff__text(name);
    fputs(" \\- ", stdout);
    manual_roff__text(command->summary);
    putchar('\n');
    section("SYNOPSIS");
    manual__synopsis(command);
    const char *rest = put_description(command->argp->doc);
    manual__options_of(command);
    put_sections(rest);
    put_other_pages(command, commands);
    return manual__finish();
}
