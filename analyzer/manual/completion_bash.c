/* Completion for bash. */
#include <stdio.h>
#include <stdlib.h>

#include "completion.h"

static const char head[] = "# bash completion for leakwatch, made from its tables of options\n";

/* What stands behind an option of the command, or "" where that is no choice: a word of the table's, then the values. */
static void print_values(const struct command *command, const struct argp_option *option)
{
    static const char *const names[] = {
        [COMPLETED_ANY] = "any",
        [COMPLETED_WORDS] = "words",
        [COMPLETED_LIST] = "list",
        [COMPLETED_FILE] = "file",
        [COMPLETED_DIRECTORY] = "directory",
        [COMPLETED_FORMAT_FILE] = "report",
        [COMPLETED_PROCESS] = "",
        [COMPLETED_RUN] = "",
        [COMPLETED_COMMAND] = "",
    };
    enum completed completed = completion__of_option(command, option);
    if (completed == COMPLETED_NOTHING)
        return;
    char *words = completion__words(command, option);
    printf("    '%s --%s'", command->name, option->name);
    if (completion__has_letter(option))
        printf(" | '%s -%c'", command->name, option->key);
    printf(") echo '%s %s' ;;\n", names[completed], words);
    free(words);
}

static void print_names(const char *command, const struct option_list *list)
{
    printf("    '%s') echo '", command);
    for (size_t i = 0; i < list->count; i++)
        printf("--%s ", list->options[i]->name);
    puts("--help --usage --version' ;;");
}

static void print_options(const struct argp *own, const struct command *const *commands)
{
    struct option_list list = {.count = 0};
    puts("_leakwatch_options()\n{\n    case $1 in");
    option_list__add(&list, own);
    print_names("", &list);
    option_list__clear(&list);
    for (; *commands != NULL; commands++) {
        option_list__add(&list, (*commands)->argp);
        print_names((*commands)->name, &list);
        option_list__clear(&list);
    }
    puts("    esac\n}\n");
}

static void print_all_values(const struct command *const *commands)
{
    struct option_list list = {.count = 0};
    puts("_leakwatch_values()\n{\n    case \"$1 $2\" in");
    for (; *commands != NULL; commands++) {
        option_list__add(&list, (*commands)->argp);
        for (size_t i = 0; i < list.count; i++)
            print_values(*commands, list.options[i]);
        option_list__clear(&list);
    }
    puts("    esac\n}\n");
}

static const char *name_of_arguments(const struct command *command)
{
    switch (completion__of_arguments(command)) {
    case COMPLETED_RUN:
        return "run";
    case COMPLETED_COMMAND:
        return "command";
    case COMPLETED_PROCESS:
        return "process";
    default:
        return "file";
    }
}

static void print_arguments(const struct command *const *commands)
{
    puts("_leakwatch_arguments()\n{\n    case $1 in");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        char *verbs = completion__verbs(*command);
        printf("    %s) echo '%s %s' ;;\n", (*command)->name, name_of_arguments(*command), verbs);
        free(verbs);
    }
    fputs("    esac\n}\n\nleakwatch_commands='", stdout);
    for (const struct command *const *command = commands; *command != NULL; command++)
        printf("%s%s", command == commands ? "" : " ", (*command)->name);
    puts("'\n");
}

static const char rest[] =
    "# The command stands at $command; where it has begun what it runs, that is completed as it would be by itself.\n"
    "_leakwatch_runs()\n"
    "{\n"
    "    local i name=${words[command]} takes\n"
    "    takes=$(_leakwatch_arguments \"$name\")\n"
    "    for ((i = command + 1; i < cword; i++)); do\n"
    "        case ${words[i]} in\n"
    "        --) _command_offset $((i + 1)); return 0 ;;\n"
    "        --*=*) ;;\n"
    "        -*) [[ -z $(_leakwatch_values \"$name\" \"${words[i]}\") ]] || ((i++)) ;;\n"
    "        *) [[ $takes == run* ]] || continue; _command_offset $i; return 0 ;;\n"
    "        esac\n"
    "    done\n"
    "    [[ $takes == run* && $cur != -* && -z $(_leakwatch_values \"$name\" \"$prev\") ]] || return 1\n"
    "    _command_offset $cword\n"
    "}\n"
    "\n"
    "_leakwatch_value() # kind, words\n"
    "{\n"
    "    local kind=$1 before=\n"
    "    shift\n"
    "    case $kind in\n"
    "    words) COMPREPLY=($(compgen -W \"$*\" -- \"$cur\")) ;;\n"
    "    list)\n"
    "        [[ $cur != *,* ]] || before=${cur%,*},\n"
    "        COMPREPLY=($(compgen -P \"$before\" -W \"$*\" -- \"${cur##*,}\"))\n"
    "        ;;\n"
    "    file) _filedir ;;\n"
    "    directory) _filedir -d ;;\n"
    "    report)\n"
    "        if [[ $cur == *=* ]]; then\n"
    "            cur=${cur#*=}\n"
    "            _filedir\n"
    "        else\n"
    "            COMPREPLY=($(compgen -S = -W \"$*\" -- \"$cur\"))\n"
    "            compopt -o nospace\n"
    "        fi\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_leakwatch()\n"
    "{\n"
    "    local cur prev words cword split command values i\n"
    "    _init_completion -s || return\n"
    "    for ((command = 1; command < cword; command++)); do\n"
    "        [[ ${words[command]} == -* ]] || break\n"
    "    done\n"
    "    if ((command >= cword)); then\n"
    "        if [[ $cur == -* ]]; then\n"
    "            COMPREPLY=($(compgen -W \"$(_leakwatch_options '')\" -- \"$cur\"))\n"
    "        else\n"
    "            COMPREPLY=($(compgen -W \"$leakwatch_commands\" -- \"$cur\"))\n"
    "        fi\n"
    "        return\n"
    "    fi\n"
    "    ! _leakwatch_runs || return 0\n"
    "    values=$(_leakwatch_values \"${words[command]}\" \"$prev\")\n"
    "    if [[ -n $values ]]; then\n"
    "        _leakwatch_value $values\n"
    "    elif $split; then\n"
    "        return\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$(_leakwatch_options \"${words[command]}\")\" -- \"$cur\"))\n"
    "    else\n"
    "        values=$(_leakwatch_arguments \"${words[command]}\")\n"
    "        case $values in\n"
    "        command*) COMPREPLY=($(compgen -W \"$leakwatch_commands\" -- \"$cur\")) ;;\n"
    "        process*) COMPREPLY=($(compgen -W \"$(cd /proc && echo [0-9]*)\" -- \"$cur\")) ;;\n"
    "        'file '?*)\n"
    "            if ((command + 1 == cword)); then\n"
    "                COMPREPLY=($(compgen -W \"${values#file }\" -- \"$cur\"))\n"
    "            else\n"
    "                _filedir\n"
    "            fi\n"
    "            ;;\n"
    "        *) _filedir ;;\n"
    "        esac\n"
    "    fi\n"
    "}\n"
    "complete -F _leakwatch leakwatch\n";

void completion_bash__print(const struct argp *own, const struct command *const *commands)
{
    fputs(head, stdout);
    print_options(own, commands);
    print_all_values(commands);
    print_arguments(commands);
    fputs(rest, stdout);
}
