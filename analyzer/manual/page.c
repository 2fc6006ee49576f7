/* The manual page of all commands. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "manual.h"
#include "parts.h"

/* Sections that stand once, for all commands; and each command's own, which stand with it. */
static const char *const shared[] = {"EXIT STATUS", "ENVIRONMENT", "EXAMPLES"};

static bool is_shared(const char *line, size_t length)
{
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (strlen(shared[i]) == length && strncmp(shared[i], line, length) == 0)
            return true;
    return false;
}

static void section(const char *title)
{
    manual_roff__section(title, strlen(title));
}

static void put_own(const char *doc)
{
    const char *split = strchr(doc, '\v');
    manual_roff__paragraphs(doc, split ? (size_t)(split - doc) : strlen(doc));
    for (const char *at = manual_doc__behind_split(doc); *at != '\0';) {
        size_t length = manual_doc__section(at);
        if (!is_shared(at, strcspn(at, "\n")))
            manual_roff__paragraphs(at, length);
        at += length;
    }
}

static void put_shared(const struct command *command, const char *heading, bool is_named)
{
    for (const char *at = manual_doc__behind_split(command->argp->doc); *at != '\0';) {
        size_t length = manual_doc__section(at), title = strcspn(at, "\n");
        if (strlen(heading) == title && strncmp(at, heading, title) == 0) {
            if (is_named)
                manual_roff__subsection("leakwatch ", command->name, strlen(command->name));
            manual_roff__paragraphs(at + title, length - title);
        }
        at += length;
    }
}

static void put_shared_of_all(const struct command *const *commands, const char *heading, bool is_named)
{
    manual_roff__section(heading, strlen(heading));
    for (const struct command *const *command = commands; *command != NULL; command++)
        put_shared(*command, heading, is_named);
}

static void put_command(const struct command *command)
{
    manual_roff__subsection("leakwatch ", command->name, strlen(command->name));
    put_own(command->argp->doc);
}

/* What no command's own text says, since it is of all of them. */
static const struct fact {
    const char *name, *text;
} variables[] =
    {
        {"DEBUGINFOD_URLS", "servers that --debuginfod asks"},
        {"NO_COLOR", "if it is set, --color=auto means never"},
},
  files[] = {
      {".leakwatch, ~/.config/leakwatch/config",
       "options that stand before those of the command line: the project's, and the user's. See leakwatch config"},
      {"leakwatch.PROGRAM.PID.START.N.lwl",
       "a ledger: of one process, from its start or its N-th exec on. A process that ends with nothing to report "
       "leaves none, "
       "unless keep=all was set. It may be read at any time, and while the process runs"},
      {"--suppressions FILE",
       "lines of the form kind:pattern, as LeakSanitizer has them; what follows a # is the reason. Names of Python are "
       "matched as C's are: fd-leak:^Archive.read$, fd-leak:/invoices.py$, fd-leak@caller:^open_log$"},
      {"--baseline FILE", "the findings that are known, some lines for each: kind and fingerprint, and below these the "
                          "count, the programs "
                          "that have it, where it is, and a reason that you give: \"  reason why it may stay\". "
                          "Written by --update-baseline, "
                          "which keeps reasons and comments"},
      {"libleakwatch.so", "what a watched program loads, by LD_PRELOAD or through leakwatch run"},
      {"share/leakwatch/valgrind.supp",
       "for helgrind and drd, which take leakwatch's tables without locks for races: valgrind --suppressions"},
      {"leakwatch/leakwatch.h, leakwatch.hpp, leakwatch.py",
       "scopes in C, C++ and Python; leakwatch --print-python-path prints the directory for PYTHONPATH"},
};

static void put_facts(const struct fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputs(".TP\n\\fB", stdout);
        manual_roff__text(facts[i].name);
        fputs("\\fR\n", stdout);
        manual_roff__text(facts[i].text);
        putchar('\n');
    }
}

static void put_surroundings(const struct command *const *commands)
{
    section("SETTINGS");
    puts("LEAKWATCH_OPTIONS=key=value:key=value… in the environment of the watched program. A value that "
         "holds a blank or a colon stands in quotes: dir='/var/my logs'.");
    manual__settings();
    put_shared_of_all(commands, "EXIT STATUS", true);
    put_shared_of_all(commands, "ENVIRONMENT", false);
    put_facts(variables, sizeof variables / sizeof variables[0]);
    section("FILES");
    put_facts(files, sizeof files / sizeof files[0]);
    put_shared_of_all(commands, "EXAMPLES", false);
    section("SEE ALSO");
    for (const struct command *const *command = commands; *command != NULL; command++)
        printf(".BR leakwatch\\-%s (1),\n", (*command)->name);
    puts(".BR ld.so (8),\n.BR lsof (8),\n.BR proc (5),\n.BR strace (1),\n.BR valgrind (1)");
}

int manual__print(const struct command *const *commands)
{
    manual_roff__title("leakwatch");
    section("NAME");
    puts("leakwatch \\- what programs borrowed from the system and never gave back");
    section("SYNOPSIS");
    for (const struct command *const *command = commands; *command != NULL; command++)
        manual__synopsis(*command);
    section("COMMANDS");
    for (const struct command *const *command = commands; *command != NULL; command++)
        put_command(*command);
    section("OPTIONS");
    puts("Behind each stand the commands that take it.");
    manual__options(commands);
    put_surroundings(commands);
    return manual__finish();
}
