/* The manual page, in roff, from the same tables and texts that --help prints. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

/* One line of text. A dot or quote at its beginning would be a request. */
static void put_line(const char *line, size_t length)
{
    if (length > 0 && (line[0] == '.' || line[0] == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\\')
            fputs("\\e", stdout);
        else if (line[i] == '-')
            fputs("\\-", stdout);
        else
            putchar(line[i]);
    }
}

static void put_text(const char *text)
{
    put_line(text, strlen(text));
}

static bool is_heading(const char *line, size_t length)
{
    return length > 0 && line[0] >= 'A' && line[0] <= 'Z' && strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == length;
}

/* Headings stand alone in capitals; what is indented stands as it is, except a paragraph longer than a line. */
static void put_paragraphs(const char *text, size_t length)
{
    enum { LINE = 110 };
    for (const char *line = text, *end = text + length; line < end;) {
        size_t rest = (size_t)(end - line), here = strcspn(line, "\n");
        here = here < rest ? here : rest;
        bool is_indented = here > 2 && line[0] == ' ' && here <= LINE;
        size_t blanks = strspn(line, " ") < here ? strspn(line, " ") : here;
        if (is_heading(line, here))
            fputs(".PP\n.B ", stdout);
        else if (is_indented)
            fputs(".br\n", stdout);
        else if (here > 0)
            fputs(".PP\n", stdout);
        put_line(line + blanks, here - blanks);
        if (here > 0)
            putchar('\n');
        line += here < rest ? here + 1 : here;
    }
}

static void put_doc(const char *doc)
{
    const char *split = strchr(doc, '\v');
    put_paragraphs(doc, split ? (size_t)(split - doc) : strlen(doc));
}

static void put_behind(const char *doc)
{
    const char *split = strchr(doc, '\v');
    if (split != NULL)
        put_paragraphs(split + 1, strlen(split + 1));
}

static void put_option(const struct argp_option *option)
{
    fputs(".TP\n", stdout);
    if (option->key > ' ' && option->key < 127)
        printf("\\fB\\-%c\\fR, ", option->key);
    fputs("\\fB\\-\\-", stdout);
    put_text(option->name);
    fputs("\\fR", stdout);
    if (option->arg != NULL) {
        fputs("=\\fI", stdout);
        put_text(option->arg);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put_text(option->doc);
    putchar('\n');
}

static void put_options(const struct argp *argp)
{
    for (const struct argp_option *option = argp->options; option != NULL && (option->name || option->doc); option++) {
        if (option->flags & OPTION_HIDDEN)
            continue;
        if (option->name != NULL) {
            put_option(option);
            continue;
        }
        fputs(".PP\n", stdout);
        put_text(option->doc);
        putchar('\n');
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL; child++)
        put_options(child->argp);
}

static void put_synopsis(const struct command *command)
{
    fputs(".br\n\\fBleakwatch ", stdout);
    put_text(command->name);
    fputs("\\fR [\\fIOPTION\\fR…] ", stdout);
    put_text(command->argp->args_doc);
    putchar('\n');
}

static void put_command(const struct command *command)
{
    fputs(".SS leakwatch ", stdout);
    put_text(command->name);
    putchar('\n');
    put_doc(command->argp->doc);
    put_options(command->argp);
    put_behind(command->argp->doc);
}

int manual__print(const struct command *const *commands)
{
    puts(".TH LEAKWATCH 1 \"\" \"leakwatch " LEAKWATCH_VERSION "\" \"User Commands\"");
    puts(".SH NAME\nleakwatch \\- what programs borrowed from the system and never gave back");
    puts(".SH SYNOPSIS");
    for (const struct command *const *command = commands; *command != NULL; command++)
        put_synopsis(*command);
    puts(".SH COMMANDS");
    for (const struct command *const *command = commands; *command != NULL; command++)
        put_command(*command);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return complain("the manual page cannot be written: %s", strerror(errno));
}
