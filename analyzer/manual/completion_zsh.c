/* Completion for zsh: a specification for _arguments of each command. */
#include <stdio.h>
#include <stdlib.h>

#include "completion.h"

static void print_value(const struct command *command, const struct argp_option *option)
{
    char *words = command != NULL ? completion__words(command, option) : NULL;
    switch (completion__of_option(command, option)) {
    case COMPLETED_NOTHING:
        break;
    case COMPLETED_WORDS:
        printf(":%s:(%s)", option->arg, words);
        break;
    case COMPLETED_LIST:
        printf(":%s:_values -s , %s %s", option->arg, option->arg, words);
        break;
    case COMPLETED_FILE:
        printf(":%s:_files", option->arg);
        break;
    case COMPLETED_DIRECTORY:
        printf(":%s:_path_files -/", option->arg);
        break;
    case COMPLETED_FORMAT_FILE:
        printf(":report:_leakwatch_report %s", words);
        break;
    default:
        fputs(":value: ", stdout);
    }
    free(words);
}

/* Any of them may stand there again: the later one counts, or both do. */
static void print_option(const struct command *command, const struct argp_option *option, const char *indent)
{
    char *gist = completion__gist(option->doc);
    bool has_value = option->arg != NULL;
    printf("%s'*--%s%s[%s]", indent, option->name, has_value ? "=" : "", gist);
    print_value(command, option);
    puts("' \\");
    if (completion__has_letter(option)) {
        printf("%s'*-%c%s[%s]", indent, option->key, has_value ? "+" : "", gist);
        print_value(command, option);
        puts("' \\");
    }
    free(gist);
}

static void print_arguments(const struct command *command)
{
    char *verbs = completion__verbs(command);
    switch (completion__of_arguments(command)) {
    case COMPLETED_RUN:
        puts("            '(-)1: :_command_names -e' '*:: :_normal'");
        break;
    case COMPLETED_COMMAND:
        puts("            '1: :_leakwatch_commands'");
        break;
    case COMPLETED_PROCESS:
        puts("            '*: :_leakwatch_processes'");
        break;
    default:
        if (verbs[0] != '\0')
            printf("            '1:verb:(%s)' ", verbs);
        else
            fputs("            ", stdout);
        puts("'*: :_files'");
    }
    free(verbs);
}

static void print_command(const struct command *command)
{
    struct option_list list = {.count = 0};
    printf("    %s)\n        _arguments -S \\\n            '--help[give help]' \\\n", command->name);
    option_list__add(&list, command->argp);
    for (size_t i = 0; i < list.count; i++)
        print_option(command, list.options[i], "            ");
    option_list__clear(&list);
    print_arguments(command);
    puts("        ;;");
}

static const char head[] = "#compdef leakwatch\n"
                           "# zsh completion for leakwatch, made from its tables of options\n"
                           "\n"
                           "_leakwatch_report()\n"
                           "{\n"
                           "    if compset -P '*='; then _files; else compadd -S = -- \"$@\"; fi\n"
                           "}\n"
                           "\n"
                           "_leakwatch_processes()\n"
                           "{\n"
                           "    local number\n"
                           "    local -a processes\n"
                           "    for number in /proc/<->(N:t); do\n"
                           "        processes+=(\"$number:${$(cat /proc/$number/comm 2>/dev/null)}\")\n"
                           "    done\n"
                           "    _describe -t processes process processes\n"
                           "}\n"
                           "\n"
                           "_leakwatch_commands()\n"
                           "{\n"
                           "    local -a commands=(\n";

static const char middle[] = "    )\n"
                             "    _describe -t commands command commands\n"
                             "}\n"
                             "\n"
                             "# What stands behind a command and --, is a command with its arguments.\n"
                             "_leakwatch_of_command()\n"
                             "{\n"
                             "    local -i end=${words[(i)--]}\n"
                             "    if ((end < CURRENT)); then\n"
                             "        shift end words\n"
                             "        ((CURRENT -= end))\n"
                             "        _normal\n"
                             "        return\n"
                             "    fi\n"
                             "    case $words[1] in\n";

void completion_zsh__print(const struct argp *own, const struct command *const *commands)
{
    struct option_list list = {.count = 0};
    fputs(head, stdout);
    for (const struct command *const *command = commands; *command != NULL; command++) {
        char *gist = completion__gist((*command)->summary);
        printf("        '%s:%s'\n", (*command)->name, gist);
        free(gist);
    }
    fputs(middle, stdout);
    for (; *commands != NULL; commands++)
        print_command(*commands);
    puts("    esac\n}\n\n_leakwatch()\n{\n    _arguments -S '--help[give help]' '--version[print the version]' \\");
    option_list__add(&list, own);
    for (size_t i = 0; i < list.count; i++)
        print_option(NULL, list.options[i], "        ");
    option_list__clear(&list);
    puts("        '(-)1: :_leakwatch_commands' '*:: :_leakwatch_of_command'\n}\n\n_leakwatch \"$@\"");
}
