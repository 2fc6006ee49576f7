/* Where a library lies, found as the loader would, but without it: LD_LIBRARY_PATH, the usual directories, and what
 * ldconfig wrote down of the others. */
#include "library_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/process.h"
#include "system/system.h"

#define PATH_ROOM 4096

static const char usual[][32] = {
#if defined(__x86_64__)
    "/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
    "/usr/lib/aarch64-linux-gnu",
#endif
    "/usr/lib64",
    "/usr/lib",
    "/lib64",
    "/lib",
    "/usr/local/lib",
};

static char given[PATH_ROOM]; /* LD_LIBRARY_PATH */
static LW_START_DATA bool is_given;

LW_START_CODE void lw_library_path_start(void)
{
    const char *list = secure_getenv("LD_LIBRARY_PATH");
    size_t length = list ? strlen(list) : 0;
    is_given = length && length < sizeof given;
    if (is_given)
        memcpy(given, list, length);
}

struct search {
    const char *name;
    int (*attempt)(const char *path, void *context);
    void *context;
    char path[PATH_ROOM];
};

static int attempt_in(struct search *search, const char *directory, size_t length)
{
    if (length == 0) { /* an empty one is the current directory */
        directory = ".";
        length = 1;
    }
    if (length + 1 + strlen(search->name) + 1 > sizeof search->path)
        return -ENOENT;
    memcpy(search->path, directory, length);
    search->path[length] = '/';
    strcpy(search->path + length + 1, search->name); // NOLINT: the room was asked for
    return search->attempt(search->path, search->context);
}

static int in_list(struct search *search, const char *list)
{
    int result = -ENOENT;
    while (*list && result == -ENOENT) {
        size_t length = strcspn(list, ":;");
        result = attempt_in(search, list, length);
        list += length + (list[length] != 0);
    }
    return result;
}

/* ---- /etc/ld.so.cache ---- */

struct cache_header {
    char magic[20];
    uint32_t count, strings;
    uint8_t flags, unused[3];
    uint32_t extension, reserved[3];
};
struct cache_entry {
    int32_t flags;
    uint32_t name, path; /* from the header on */
    uint32_t version;
    uint64_t hardware;
};
_Static_assert(sizeof(struct cache_header) == 48 && sizeof(struct cache_entry) == 24, "as ldconfig writes it");

/* A table of an older form may stand before the one that is read. */
static uint64_t skip_older(const uint8_t *cache, uint64_t size)
{
    uint32_t count;
    if (size < 16 || memcmp(cache, "ld.so-1.7.0", 11) != 0)
        return 0;
    memcpy(&count, cache + 12, sizeof count);
    return (16 + 12 * (uint64_t)count + 7) & ~7ULL;
}

static int in_cache_read(struct search *search, const uint8_t *cache, uint64_t size)
{
    struct cache_header header;
    uint64_t start = skip_older(cache, size);
    if (start > size || size - start < sizeof header)
        return -ENOENT;
    cache += start;
    size -= start;
    memcpy(&header, cache, sizeof header);
    if (memcmp(header.magic, "glibc-ld.so.cache1.1", sizeof header.magic) != 0 ||
        header.count > (size - sizeof header) / sizeof(struct cache_entry))
        return -ENOENT;
    int result = -ENOENT;
    for (uint32_t i = 0; i < header.count && result == -ENOENT; i++) {
        struct cache_entry entry;
        memcpy(&entry, cache + sizeof header + i * sizeof entry, sizeof entry);
        if (entry.name >= size || entry.path >= size || strcmp((const char *)cache + entry.name, search->name) != 0)
            continue;
        result = search->attempt((const char *)cache + entry.path, search->context);
    }
    return result;
}

/* Read, not mapped: it may be replaced or cut meanwhile. The page behind it stays zero and ends its last text. */
static int in_cache(struct search *search)
{
    struct stat about;
    int result = -ENOENT;
    long fd = lw_system4(SYS_openat, AT_FDCWD, "/etc/ld.so.cache", O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
    if (fd < 0)
        return fd == -EMFILE || fd == -ENFILE ? (int)fd : -ENOENT;
    if (lw_system2(SYS_fstat, fd, &about) == 0 && about.st_size > 0 && about.st_size < 64 << 20) {
        uint64_t size = (uint64_t)about.st_size;
        long room =
            lw_syscall6(SYS_mmap, 0, (long)size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (!lw_is_error(room)) {
            if (lw_system4(SYS_pread64, fd, room, size, 0) == (long)size)
                result = in_cache_read(search, (const uint8_t *)room, size);
            lw_system2(SYS_munmap, room, size + 1);
        }
    }
    lw_system1(SYS_close, fd);
    return result;
}

/* ---- All of them ---- */

static int everywhere(struct search *search, const char *list)
{
    int result = in_list(search, list);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0] && result == -ENOENT; i++)
        result = attempt_in(search, usual[i], strlen(usual[i]));
    return result == -ENOENT ? in_cache(search) : result;
}

int lw_library_search(const char *name, int (*attempt)(const char *path, void *context), void *context)
{
    static struct search search; /* stacks may be small */
    search.name = name;
    search.attempt = attempt;
    search.context = context;
    return everywhere(&search, is_given ? given : "");
}
