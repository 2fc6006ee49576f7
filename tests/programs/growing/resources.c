/* What the server keeps on purpose: a pool of connections, and a cache of open files. */
#include "growing.h"

#include <sys/socket.h>

#include <netinet/in.h>

enum { POOL = 150, FILES = 180 };

_Noreturn void no_descriptor_left(const char *what)
{
    printf("full %s %.3f\n", what, now());
    exit(0);
}

/* ---- The pool ---- */

static int idle[POOL];
static size_t idle_count, connection_count;

__attribute__((noinline)) static int connect_to(int database)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    must(getsockname(database, (struct sockaddr *)&address, &length), "getsockname");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* place: pool */
    if (fd < 0 && errno == EMFILE)
        no_descriptor_left("socket");
    must(connect(must(fd, "socket"), (struct sockaddr *)&address, length), "connect");
    return fd;
}

int borrow_connection(int database)
{
    if (idle_count > 0)
        return idle[--idle_count];
    if (connection_count == POOL)
        return -1;
    connection_count++;
    return connect_to(database);
}

void return_connection(int fd)
{
    idle[idle_count++] = fd;
}

/* ---- The cache ---- */

static struct entry {
    uint32_t file;
    int fd;
    uint64_t used; /* when: a count of look-ups */
} entries[FILES];
static size_t entry_count;
static uint64_t lookups;

__attribute__((noinline)) static int open_file(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* place: cache */
    if (fd < 0 && errno == EMFILE)
        no_descriptor_left("open");
    return must(fd, "open");
}

/* Where a file is to be put that is not there: a new place, or that of the one that was used least lately. */
static struct entry *place_for_another(void)
{
    struct entry *oldest = &entries[0];
    if (entry_count < FILES)
        return &entries[entry_count++];
    for (size_t i = 1; i < FILES; i++)
        if (entries[i].used < oldest->used)
            oldest = &entries[i];
    must(close(oldest->fd), "close");
    return oldest;
}

void look_up_file(uint32_t file)
{
    struct entry *found = NULL;
    for (size_t i = 0; i < entry_count; i++)
        if (entries[i].file == file)
            found = &entries[i];
    if (found == NULL) {
        found = place_for_another();
        *found = (struct entry){.file = file, .fd = open_file()};
    }
    found->used = ++lookups;
}
