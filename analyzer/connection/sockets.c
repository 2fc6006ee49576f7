/* What the kernel says of the sockets that another process holds. */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/process_stat.h"
#include "tables.h"

/* ---- Addresses --------------------------------------------------------------------------------------------------- */

static bool is_mapped(const struct socket_address *address)
{
    static const uint8_t before[12] = {[10] = 0xff, [11] = 0xff};
    return address->family == AF_INET6 && memcmp(address->bytes, before, sizeof before) == 0;
}

/* Not as inet_ntop has it, which writes the end of some addresses as IPv4: the longest run of zero groups alone is left
 * out. */
static int write_ipv6(char *text, size_t room, const uint8_t bytes[16])
{
    int start = 8, length = 1, written = 0;
    for (int i = 0, run; i < 8; i += run + 1) {
        for (run = 0; i + run < 8 && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0;)
            run++;
        if (run > length) {
            start = i;
            length = run;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            written += snprintf(text + written, room - (size_t)written, i ? ":" : "::");
            i += length - 1;
        } else {
            unsigned group = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
            written += snprintf(text + written, room - (size_t)written, "%x%s", group, i < 7 ? ":" : "");
        }
    }
    return written;
}

const char *socket_address__text(const struct socket_address *address, char text[SOCKET_ADDRESS_TEXT])
{
    const uint8_t *bytes = address->bytes + (is_mapped(address) ? 12 : 0);
    char host[48];
    if (address->family == AF_INET6 && !is_mapped(address)) {
        write_ipv6(host, sizeof host, bytes);
        snprintf(text, SOCKET_ADDRESS_TEXT, "[%s]:%u", host, address->port);
    } else if (address->family != 0) {
        snprintf(text, SOCKET_ADDRESS_TEXT, "%u.%u.%u.%u:%u", bytes[0], bytes[1], bytes[2], bytes[3], address->port);
    } else {
        text[0] = '\0';
    }
    return text;
}

/* ---- Which socket each number is --------------------------------------------------------------------------------- */

/* 0: it is none; -1: that may not be asked. */
static int64_t inode_of(uint32_t pid, uint32_t number)
{
    char path[64], link[64];
    uint64_t inode;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/fd/%" PRIu32, pid, number);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length < 0)
        return errno == EACCES || errno == EPERM ? -1 : 0;
    link[length] = '\0';
    return sscanf(link, "socket:[%" SCNu64 "]", &inode) == 1 ? (int64_t)inode : 0;
}

static bool find_inodes(const struct sockets *sockets, uint32_t pid, const uint32_t *numbers, size_t *count)
{
    for (size_t i = 0; i < sockets->count; i++) {
        int64_t inode = inode_of(pid, numbers[i]);
        if (inode < 0)
            return false;
        sockets->views[i].inode = (uint64_t)inode;
        *count += inode != 0;
    }
    return true;
}

/* ---- What the tables say of them --------------------------------------------------------------------------------- */

static int by_inode(const void *left, const void *right)
{
    const uint64_t *inode = left;
    const struct socket_view *view = right;
    return (*inode > view->inode) - (*inode < view->inode);
}

/* How many are in no table. */
static size_t look_up(const struct sockets *sockets, const struct table *table)
{
    size_t missing = 0;
    for (size_t i = 0; i < sockets->count; i++) {
        struct socket_view *view = &sockets->views[i];
        const struct socket_view *found = NULL;
        if (view->inode != 0 && view->condition == SOCKET_NOT_KNOWN) {
            found = bsearch(&view->inode, table->views, table->count, sizeof *view, by_inode);
            missing += found == NULL;
        }
        if (found != NULL)
            *view = *found;
    }
    return missing;
}

static void end_missing(const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->views[i].inode != 0 && sockets->views[i].condition == SOCKET_NOT_KNOWN)
            sockets->views[i].condition = SOCKET_OVER;
}

/* What is nowhere is over, if it was one of TCP's: the caller knows. */
static void read_tables(const struct sockets *sockets, struct namespaces *namespaces, uint32_t pid)
{
    const struct table *table = namespaces__table(namespaces, pid, false);
    if (table == NULL || look_up(sockets, table) == 0)
        return;
    table = namespaces__table(namespaces, pid, true);
    if (table != NULL && look_up(sockets, table) > 0)
        end_missing(sockets);
}

static void drop(struct sockets *sockets, enum sockets_trouble trouble)
{
    free(sockets->views);
    *sockets = (struct sockets){.trouble = trouble};
}

struct sockets sockets__of(struct namespaces *namespaces, uint32_t pid, uint64_t start_ticks, const uint32_t *numbers,
                           size_t count)
{
    struct sockets sockets = {.count = count, .views = heap__zeroed(count + 1, sizeof(struct socket_view))};
    size_t found = 0;
    bool is_allowed = find_inodes(&sockets, pid, numbers, &found);
    if (is_allowed && found > 0)
        read_tables(&sockets, namespaces, pid);
    if (!process_stat__runs(pid, start_ticks))
        drop(&sockets, SOCKETS_GONE);
    else if (!is_allowed)
        drop(&sockets, SOCKETS_FORBIDDEN);
    return sockets;
}

void sockets__free(struct sockets *sockets)
{
    free(sockets->views);
}
