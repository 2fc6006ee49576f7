/* Orders go through a socket pair to whoever packs them. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shop.h"

static int packer = -1;

int orders__place(const char *item)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) /* leak: twice */
        return -1;
    close(ends[0]);
    if (packer >= 0)
        return 1; /* one is under way, and this one's socket is forgotten */
    packer = ends[1];
    return send(packer, item, strlen(item), MSG_NOSIGNAL) >= 0 ? -1 : 0;
}

int orders__cancel(void)
{
    int result = packer >= 0 ? close(packer) : -1;
    packer = -1;
    return result;
}
