/* Completion for fish. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"

static void print_value(const struct command *command, const struct argp_option *option)
{
    char *words = command != NULL ? completion__words(command, option) : NULL;
    switch (completion__of_option(command, option)) {
    case COMPLETED_NOTHING:
        break;
    case COMPLETED_WORDS:
        printf(" -x -a '%s'", words);
        break;
    case COMPLETED_LIST:
        printf(" -x -a '(__fish_append , %s)'", words);
        break;
    case COMPLETED_FILE:
        fputs(" -r -F", stdout);
        break;
    case COMPLETED_DIRECTORY:
        fputs(" -x -a '(__fish_complete_directories (commandline -ct))'", stdout);
        break;
    case COMPLETED_FORMAT_FILE:
        printf(" -r -F -a '(printf \"%%s=\\n\" %s)'", words);
        break;
    default:
        fputs(" -x", stdout);
    }
    free(words);
}

static void print_option(const struct command *command, const struct argp_option *option, const char *condition)
{
    char *gist = completion__gist(option->doc);
    printf("complete -c leakwatch -n '%s%s' -l %s", condition, command != NULL ? command->name : "", option->name);
    if (completion__has_letter(option))
        printf(" -s %c", option->key);
    print_value(command, option);
    printf(" -d '%s'\n", gist);
    free(gist);
}

static void print_command(const struct command *command, const struct command *const *commands)
{
    struct option_list list = {.count = 0};
    char *gist = completion__gist(command->summary), *verbs = completion__verbs(command);
    printf("complete -c leakwatch -n __fish_use_subcommand -f -a %s -d '%s'\n", command->name, gist);
    option_list__add(&list, command->argp);
    for (size_t i = 0; i < list.count; i++)
        print_option(command, list.options[i], "__fish_seen_subcommand_from ");
    option_list__clear(&list);
    const char *condition = "__fish_seen_subcommand_from";
    if (verbs[0] != '\0')
        printf("complete -c leakwatch -n '%s %s; and not __fish_seen_subcommand_from %s' -f -a '%s'\n", condition,
               command->name, verbs, verbs);
    else if (completion__of_arguments(command) == COMPLETED_RUN)
        printf("complete -c leakwatch -n '%s %s' -x -a '(__leakwatch_run)'\n", condition, command->name);
    else if (strstr(command->argp->args_doc, "-- CMD") != NULL)
        printf("complete -c leakwatch -n '%s %s; and contains -- -- (commandline -opc)' -x -a '(__leakwatch_run)'\n",
               condition, command->name);
    else if (completion__of_arguments(command) == COMPLETED_PROCESS)
        printf("complete -c leakwatch -n '%s %s' -f -a '(__leakwatch_processes)'\n", condition, command->name);
    else if (completion__of_arguments(command) == COMPLETED_COMMAND) {
        printf("complete -c leakwatch -n '%s %s' -f -a '", condition, command->name);
        for (; *commands != NULL; commands++)
            printf("%s ", (*commands)->name);
        puts("'");
    }
    free(gist);
    free(verbs);
}

/* Those that take the next word with them, of all commands. */
static void print_takers(const struct command *const *commands)
{
    struct option_list list = {.count = 0};
    for (; *commands != NULL; commands++)
        option_list__add(&list, (*commands)->argp);
    for (size_t i = 0; i < list.count; i++) {
        if (list.options[i]->arg == NULL || option_list__find(&list, list.options[i]->name) != list.options[i])
            continue;
        printf(" --%s", list.options[i]->name);
        if (completion__has_letter(list.options[i]))
            printf(" -%c", list.options[i]->key);
    }
    option_list__clear(&list);
}

static void print_processes(void)
{
    puts("function __leakwatch_processes\n"
         "    for number in (string replace -rf '^/proc/([0-9]+)$' '$1' /proc/*)\n"
         "        printf '%s\\t%s\\n' $number (cat /proc/$number/comm 2>/dev/null)\n"
         "    end\n"
         "end");
}

/* What is run begins behind leakwatch's command and its options. */
static void print_run(const struct command *const *commands)
{
    fputs("function __leakwatch_run\n"
          "    set -l words (commandline -opc)\n"
          "    set -l i 2\n"
          "    while string match -q -- '-*' $words[$i]\n"
          "        set i (math $i + 1)\n"
          "    end\n"
          "    set i (math $i + 1)\n"
          "    while test $i -le (count $words)\n"
          "        switch $words[$i]\n"
          "            case --\n"
          "                set i (math $i + 1)\n"
          "                break\n"
          "            case",
          stdout);
    print_takers(commands);
    fputs("\n"
          "                set i (math $i + 1)\n"
          "            case '-*'\n"
          "            case '*'\n"
          "                break\n"
          "        end\n"
          "        set i (math $i + 1)\n"
          "    end\n"
          "    test $i -le (math (count $words) + 1); or return\n"
          "    test $i -gt (count $words); and string match -q -- '-*' (commandline -ct); and return\n"
          "    set -l rest\n"
          "    test $i -le (count $words); and set rest (string escape -- $words[$i..])\n"
          "    complete -C \"$(string join ' ' -- $rest (commandline -ct))\"\n"
          "end\n",
          stdout);
}

void completion_fish__print(const struct argp *own, const struct command *const *commands)
{
    struct option_list list = {.count = 0};
    puts("# fish completion for leakwatch, made from its tables of options\n"
         "complete -c leakwatch -n __fish_use_subcommand -f\n"
         "complete -c leakwatch -l help -d 'Give help'");
    print_processes();
    print_run(commands);
    option_list__add(&list, own);
    for (size_t i = 0; i < list.count; i++)
        print_option(NULL, list.options[i], "__fish_use_subcommand");
    option_list__clear(&list);
    for (const struct command *const *command = commands; *command != NULL; command++)
        print_command(*command, commands);
}
