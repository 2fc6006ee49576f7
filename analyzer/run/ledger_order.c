/* The order in which the ledgers of a run are read. */
#include "ledger_order.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ledger/read.h"

struct ordered {
    char *path;
    char *program; /* its path, arguments and directory, each ended; NULL: not readable, which comes last */
    size_t length;
    uint64_t start;
};

static size_t arguments_length(const char *arguments)
{
    size_t length = 0;
    while (length < LW_TEXT && arguments[length] != '\0')
        length += strnlen(arguments + length, LW_TEXT - length) + 1;
    return length < LW_TEXT ? length : LW_TEXT;
}

static void look(struct ordered *ordered)
{
    struct lw_header header;
    if (!ledger__peek(ordered->path, &header))
        return;
    size_t exe = strlen(header.exe) + 1, arguments = arguments_length(header.arguments);
    size_t directory = strlen(header.directory) + 1;
    ordered->length = exe + arguments + directory;
    ordered->program = heap__zeroed(ordered->length, 1);
    memcpy(ordered->program, header.exe, exe);
    memcpy(ordered->program + exe, header.arguments, arguments);
    memcpy(ordered->program + exe + arguments, header.directory, directory);
    ordered->start = header.start_time;
}

static int compare_programs(const struct ordered *a, const struct ordered *b)
{
    if (a->program == NULL || b->program == NULL)
        return (a->program == NULL) - (b->program == NULL);
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->program, b->program, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* Of equal ones the earlier comes first. */
static int compare(const void *left, const void *right)
{
    const struct ordered *a = left, *b = right;
    int order = compare_programs(a, b);
    if (order == 0)
        order = (a->start > b->start) - (a->start < b->start);
    return order != 0 ? order : strcmp(a->path, b->path);
}

void ledger_order__sort(struct ledger_list *list)
{
    struct ordered *ordered = heap__zeroed(list->count, sizeof(*ordered));
    for (size_t i = 0; list->count > 1 && i < list->count; i++) {
        ordered[i].path = list->paths[i];
        look(&ordered[i]);
    }
    if (list->count > 1)
        qsort(ordered, list->count, sizeof(*ordered), compare);
    for (size_t i = 0; list->count > 1 && i < list->count; i++) {
        list->paths[i] = ordered[i].path;
        free(ordered[i].program);
    }
    free(ordered);
}
