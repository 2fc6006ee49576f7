/* Completion for the shells: what each option and command takes, as its table says by the name of its argument. */
#include "completion.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"

enum completed completion__of_option(const struct command *command, const struct argp_option *option)
{
    static const struct {
        const char *argument;
        enum completed completed;
    } kinds[] = {{"FILE", COMPLETED_FILE},
                 {"DIR", COMPLETED_DIRECTORY},
                 {"FORMAT=FILE", COMPLETED_FORMAT_FILE},
                 {"KINDS", COMPLETED_LIST}};
    if (option->arg == NULL)
        return COMPLETED_NOTHING;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(option->arg, kinds[i].argument) == 0)
            return kinds[i].completed;
    return command != NULL && option_list__values(command, option) != NULL ? COMPLETED_WORDS : COMPLETED_ANY;
}

enum completed completion__of_arguments(const struct command *command)
{
    const char *arguments = command->argp->args_doc;
    if (strstr(arguments, "COMMAND") != NULL)
        return COMPLETED_COMMAND;
    if (strcmp(arguments, "PID…") == 0)
        return COMPLETED_PROCESS;
    return strstr(arguments, "[--] CMD") == arguments ? COMPLETED_RUN : COMPLETED_FILE;
}

/* A line of how to call it that begins with a small letter begins with a word to be written as it is. */
char *completion__verbs(const struct command *command)
{
    char *verbs = heap__copied("");
    for (const char *line = command->argp->args_doc; line[0] != '\0';) {
        if (islower((unsigned char)line[0])) {
            char *longer =
                heap__printed("%s%s%.*s", verbs, verbs[0] != '\0' ? " " : "", (int)strcspn(line, " \n"), line);
            free(verbs);
            verbs = longer;
        }
        line += strcspn(line, "\n");
        line += line[0] == '\n';
    }
    return verbs;
}

char *completion__words(const struct command *command, const struct argp_option *option)
{
    const char *values = option_list__values(command, option);
    char *words = heap__copied(values != NULL ? values : ""), *to = words;
    for (const char *from = words; *from != '\0'; from++)
        if (*from != ',')
            *to++ = *from;
    *to = '\0';
    while (to > words && to[-1] == ' ')
        *--to = '\0';
    return words;
}

/* To the first place where a sentence may end. */
char *completion__gist(const char *text)
{
    static const char *const ends[] = {": ", "; ", ". ", " ("};
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *end = strstr(text, ends[i]);
        if (end != NULL && (size_t)(end - text) < length)
            length = (size_t)(end - text);
    }
    char *gist = heap__zeroed(length + 1, sizeof "’"), *to = gist;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\'')
            to = stpcpy(to, "’");
        else
            *to++ = strchr("\"[]`\\$:", text[i]) != NULL ? ' ' : text[i];
    return gist;
}

bool completion__has_letter(const struct argp_option *option)
{
    return option->key > ' ' && option->key < 127;
}

int completion__print(const char *shell, const struct argp *own, const struct command *const *commands)
{
    static const struct {
        const char *name;
        void (*print)(const struct argp *own, const struct command *const *commands);
    } shells[] = {{"bash", completion_bash__print}, {"zsh", completion_zsh__print}, {"fish", completion_fish__print}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shells[i].name, shell) != 0)
            continue;
        shells[i].print(own, commands);
        if (fflush(stdout) == 0 && !ferror(stdout))
            return EXIT_SUCCESS;
        return complain("the completion cannot be written: %s", strerror(errno));
    }
    return -1;
}
