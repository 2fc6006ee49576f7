/* Tables of sockets, each read once for all processes of its network namespace. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/moment.h"
#include "tables.h"

#define FRESH 1000000000ULL /* ns */

struct namespace
{
    dev_t device;
    ino_t inode;
    uint64_t taken;   /* when it was begun */
    bool is_readable; /* TCP's */
    struct socket_view *views;
    size_t room;
    struct table table;
};

struct namespaces {
    struct namespace *list;
    size_t count, room;
};

struct namespaces *namespaces__new(void)
{
    return heap__zeroed(1, sizeof(struct namespaces));
}

void namespaces__free(struct namespaces *namespaces)
{
    for (size_t i = 0; namespaces != NULL && i < namespaces->count; i++)
        free(namespaces->list[i].views);
    if (namespaces != NULL)
        free(namespaces->list);
    free(namespaces);
}

static void add(void *context, const struct socket_view *view)
{
    struct namespace *namespace = context;
    namespace->views = heap__room(namespace->views, namespace->table.count, &namespace->room, sizeof *view);
    namespace->views[namespace->table.count++] = *view;
}

static int by_inode(const void *left, const void *right)
{
    const struct socket_view *a = left, *b = right;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

static void read_namespace(struct namespace *namespace, uint32_t pid)
{
    namespace->taken = moment__now();
    namespace->table.count = 0;
    int netlink = diag__open(pid);
    namespace->is_readable = netlink >= 0 && diag__tcp(netlink, add, namespace);
    if (!namespace->is_readable) {
        namespace->table.count = 0;
        namespace->is_readable = proc_net__tcp(pid, add, namespace);
    }
    if (netlink >= 0) {
        diag__unix(netlink, add, namespace);
        close(netlink);
    }
    if (namespace->table.count > 1)
        qsort(namespace->views, namespace->table.count, sizeof *namespace->views, by_inode);
    namespace->table.views = namespace->views;
}

static struct namespace *find(struct namespaces *namespaces, const struct stat *stat)
{
    for (size_t i = 0; i < namespaces->count; i++)
        if (namespaces->list[i].device == stat->st_dev && namespaces->list[i].inode == stat->st_ino)
            return &namespaces->list[i];
    namespaces->list = heap__room(namespaces->list, namespaces->count, &namespaces->room, sizeof *namespaces->list);
    struct namespace *namespace = &namespaces->list[namespaces->count++];
    *namespace = (struct namespace){.device = stat->st_dev, .inode = stat->st_ino};
    return namespace;
}

const struct table *namespaces__table(struct namespaces *namespaces, uint32_t pid, bool anew)
{
    char path[64];
    struct stat stat_;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/ns/net", pid);
    if (stat(path, &stat_) != 0)
        return NULL;
    struct namespace *namespace = find(namespaces, &stat_);
    if (anew || namespace->taken == 0 || moment__now() - namespace->taken > FRESH)
        read_namespace(namespace, pid);
    return namespace->is_readable ? &namespace->table : NULL;
}
