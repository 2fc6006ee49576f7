/* The kernel's tables of sockets, as /proc/PID/net shows them: those of the process's own namespace. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tables.h"

enum { DIGITS = 32, DIGITS_OF_WORD = 8 };

/* Words of 32 bits, each as a number of this machine. */
static bool take_address(struct socket_address *address, const char *digits, unsigned port)
{
    size_t length = strlen(digits);
    if (length != DIGITS && length != DIGITS_OF_WORD)
        return false;
    address->family = length == DIGITS ? AF_INET6 : AF_INET;
    address->port = (uint16_t)port;
    for (size_t i = 0; i < length; i += DIGITS_OF_WORD) {
        char word[DIGITS_OF_WORD + 1] = {0};
        memcpy(word, digits + i, DIGITS_OF_WORD);
        uint32_t value = (uint32_t)strtoul(word, NULL, 16);
        memcpy(address->bytes + i / 2, &value, sizeof value);
    }
    return true;
}

static bool take_line(struct socket_view *view, const char *line)
{
    char local[DIGITS + 1], peer[DIGITS + 1];
    unsigned local_port, peer_port, state, unread;
    int fields = sscanf(line, "%*u: %32[0-9A-Fa-f]:%x %32[0-9A-Fa-f]:%x %x %*x:%x %*x:%*x %*x %*u %*u %" SCNu64, local,
                        &local_port, peer, &peer_port, &state, &unread, &view->inode);
    view->condition = tcp_condition(state);
    view->unread = unread;
    return fields == 7 && take_address(&view->local, local, local_port) && take_address(&view->peer, peer, peer_port);
}

static bool read_table(uint32_t pid, const char *name, bool may_be_missing, table_visit *visit, void *context)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/net/%s", pid, name);
    FILE *table = fopen(path, "re");
    if (table == NULL)
        return may_be_missing && errno == ENOENT;
    while (fgets(line, sizeof line, table) != NULL) {
        struct socket_view view = {0};
        if (take_line(&view, line) && view.inode != 0)
            visit(context, &view);
    }
    bool is_whole = !ferror(table);
    fclose(table);
    return is_whole;
}

bool proc_net__tcp(uint32_t pid, table_visit *visit, void *context)
{
    return read_table(pid, "tcp", false, visit, context) && read_table(pid, "tcp6", true, visit, context);
}
