/* What of the ledger's format is needed to follow a descriptor to the stack that acquired it. */
#define _GNU_SOURCE
#include "view.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool view_open(struct view *view, const char *path)
{
    if (view->base && strcmp(view->path, path) == 0)
        return true;
    if (view->base)
        munmap((void *)(uintptr_t)view->base, view->size);
    view->base = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (fd < 0)
        return false;
    void *base = fstat(fd, &stat) == 0 ? mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    close(fd);
    if (base == MAP_FAILED)
        return false;
    snprintf(view->path, sizeof view->path, "%s", path);
    view->base = base;
    view->size = (size_t)stat.st_size;
    return true;
}

static const void *at(const struct view *view, uint64_t offset, size_t bytes)
{
    return offset && offset + bytes <= view->size ? view->base + offset : NULL;
}

static const struct lw_header *header_of(const struct view *view)
{
    return (const struct lw_header *)(const void *)view->base;
}

const struct lw_slot *view_slot(const struct view *view, int fd)
{
    uint32_t number = (uint32_t)fd;
    uint64_t offset = header_of(view)->fds[number >> 22 & 255];
    for (int shift = 14; shift >= 6; shift -= 8) {
        const struct lw_fd_node *node = at(view, offset, sizeof *node);
        if (!node)
            return NULL;
        offset = node->below[number >> shift & 255];
    }
    const struct lw_slot *slots = at(view, offset, LW_FD_LEAF * sizeof *slots);
    return slots ? &slots[number % LW_FD_LEAF] : NULL;
}

static const void *element(const struct view *view, enum lw_table_id id, uint32_t number)
{
    const struct lw_table *table = &header_of(view)->tables[id];
    if (number == 0 || number >= table->cap)
        return NULL;
    uint32_t segment = 31u - (uint32_t)__builtin_clz(number / table->first + 1);
    uint64_t position = number - table->first * ((1u << segment) - 1), start = table->segments[segment];
    return start ? at(view, start + position * table->element_size, table->element_size) : NULL;
}

uint32_t view_stack_of_site(const struct view *view, uint32_t number)
{
    const struct lw_site *site = element(view, LW_SITES, number);
    return site ? site->stack : 0;
}

bool view_is_full(const struct view *view)
{
    return __atomic_load_n(&header_of(view)->tables[LW_STACKS].folded, __ATOMIC_RELAXED) > 0;
}

const struct lw_frame *view_frame(const struct view *view, uint32_t number)
{
    return element(view, LW_STACKS, number);
}

static size_t add_name(const struct view *view, uint32_t number, char *text, size_t room)
{
    size_t length = 0;
    for (const struct lw_name *name; (name = element(view, LW_NAMES, number)) != NULL; number = name->next) {
        size_t part = name->length < LW_NAME_TEXT ? name->length : LW_NAME_TEXT;
        if (part >= room - length)
            part = room - length - 1;
        memcpy(text + length, name->text, part);
        length += part;
    }
    text[length] = 0;
    return length;
}

bool view_line(const struct view *view, uint32_t number, char *text, size_t room)
{
    const struct lw_line *line = element(view, LW_LINES, number);
    if (!line || !line->function || !line->file)
        return false;
    size_t length = (size_t)snprintf(text, room, "%u\n", line->line);
    length += add_name(view, line->function, text + length, room - length);
    if (length + 2 > room)
        return false;
    text[length++] = '\n';
    add_name(view, line->file, text + length, room - length);
    return true;
}
