/* Options on the manual pages, of all commands or of one: each once, below what its table calls its group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "parts.h"

enum { TEXTS = 4 };

struct entry {
    const struct argp_option *option;
    const char *group;
    const char *texts[TEXTS]; /* of commands that say it differently */
    char *takers[TEXTS];      /* the commands that say so: "run, gate" */
    size_t text_count;
};

struct list {
    struct entry *entries;
    size_t count, room;
    bool is_of_one; /* command: who takes them is said by the page */
};

static struct entry *entry_of(struct list *list, const struct argp_option *option, const char *group)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].option->name, option->name) == 0)
            return &list->entries[i];
    list->entries = heap__room(list->entries, list->count, &list->room, sizeof(struct entry));
    list->entries[list->count] = (struct entry){.option = option, .group = group};
    return &list->entries[list->count++];
}

static void add_taker(struct entry *entry, const char *text, const char *name)
{
    size_t i = 0;
    while (i < entry->text_count && strcmp(entry->texts[i], text) != 0)
        i++;
    if (i == TEXTS)
        return;
    if (i == entry->text_count) {
        entry->texts[entry->text_count++] = text;
        entry->takers[i] = heap__copied(name);
        return;
    }
    char *longer = heap__printed("%s, %s", entry->takers[i], name);
    free(entry->takers[i]);
    entry->takers[i] = longer;
}

static void collect(struct list *list, const struct argp *argp, const char *command)
{
    const char *group = NULL;
    for (const struct argp_option *option = argp->options; option != NULL && (option->name || option->doc); option++) {
        if (option->flags & OPTION_HIDDEN)
            continue;
        if (option->name == NULL)
            group = option->doc;
        else
            add_taker(entry_of(list, option, group ? group : "How it is run:"), option->doc, command);
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL; child++)
        collect(list, child->argp, command);
}

static void put_entry(const struct entry *entry, bool names_takers)
{
    const struct argp_option *option = entry->option;
    fputs(".TP\n", stdout);
    if (option->key > ' ' && option->key < 127)
        printf("\\fB\\-%c\\fR, ", option->key);
    fputs("\\fB\\-\\-", stdout);
    manual_roff__text(option->name);
    fputs("\\fR", stdout);
    if (option->arg != NULL) {
        fputs("=\\fI", stdout);
        manual_roff__text(option->arg);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    for (size_t i = 0; i < entry->text_count; i++) {
        fputs(i > 0 ? ".br\n" : "", stdout);
        manual_roff__text(entry->texts[i]);
        if (names_takers)
            printf(" (\\fI%s\\fR)", entry->takers[i]);
        putchar('\n');
    }
}

/* "What is reported:" without its colon. */
static void put_group(const struct list *list, size_t first)
{
    const char *group = list->entries[first].group;
    manual_roff__subsection("", group, strcspn(group, ":"));
    for (size_t i = first; i < list->count; i++)
        if (strcmp(list->entries[i].group, group) == 0)
            put_entry(&list->entries[i], !list->is_of_one);
}

static void put_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first = is_first && strcmp(list->entries[k].group, list->entries[i].group) != 0;
        if (is_first)
            put_group(list, i);
    }
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < list->entries[i].text_count; k++)
            free(list->entries[i].takers[k]);
    free(list->entries);
}

void manual__options(const struct command *const *commands)
{
    struct list list = {.entries = NULL};
    for (const struct command *const *command = commands; *command != NULL; command++)
        collect(&list, (*command)->argp, (*command)->name);
    put_list(&list);
}

void manual__options_of(const struct command *command)
{
    struct list list = {.is_of_one = true};
    collect(&list, command->argp, command->name);
    if (list.count > 0)
        manual_roff__section("OPTIONS", strlen("OPTIONS"));
    put_list(&list);
}
