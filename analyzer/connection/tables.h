/* The kernel's tables of sockets, in the network namespace of a process. */
#ifndef TABLES_H
#define TABLES_H

#include "sockets.h"

/* Every socket that somebody holds. */
typedef void table_visit(void *context, const struct socket_view *view);

/* A netlink socket that was opened in the namespace of this process; < 0: that may not be. To be closed. */
int diag__open(uint32_t pid);
/* False: not all of them could be had. */
bool diag__tcp(int netlink, table_visit *visit, void *context);
/* Unix sockets have no addresses here, and no times. */
bool diag__unix(int netlink, table_visit *visit, void *context);

/* The same of /proc/PID/net: without times. */
bool proc_net__tcp(uint32_t pid, table_visit *visit, void *context);

/* Of TCP's states, as the kernel numbers them. */
enum socket_condition tcp_condition(unsigned state);

/* All of the process's namespace, by inode; NULL: TCP's may not be read. Read now, or, unless that is asked for, perhaps a
 * moment ago for another process. Lives until the next call. */
struct table {
    const struct socket_view *views;
    size_t count;
};
const struct table *namespaces__table(struct namespaces *namespaces, uint32_t pid, bool anew);

#endif
