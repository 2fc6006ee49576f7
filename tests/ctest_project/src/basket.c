/* What a customer is about to buy. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "shop.h"

static int count;

int basket__add(const char *item)
{
    int fd = open("/dev/null", O_WRONLY);
    if (fd < 0)
        return -1;
    ssize_t length = (ssize_t)strlen(item), written = write(fd, item, strlen(item));
    close(fd);
    return written == length ? ++count : -1;
}

int basket__empty(void)
{
    return count = 0;
}
