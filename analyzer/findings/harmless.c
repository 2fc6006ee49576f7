/* Failed releases whose results are ignored for good reasons. What cannot be synced, or has been shut down by the other
 * side, is only counted. What closed after all, or says that it is not open though it is for all that is known (it was
 * mostly closed by a road that nobody sees), is a note. */
#include "harmless.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct harmless harmless[] = {
    {"fsync", EINVAL, true},      {"fsync", EROFS, true},     {"fsync", ENOTSUP, true},     {"fsync", ENOSYS, true},
    {"fdatasync", EINVAL, true},  {"fdatasync", EROFS, true}, {"fdatasync", ENOTSUP, true}, {"fdatasync", ENOSYS, true},
    {"shutdown", ENOTCONN, true}, {"close", EINTR, false},    {"close", EBADF, false},
};

const struct harmless *harmless__of(const char *call, int error)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (harmless[i].error == error && strcmp(harmless[i].call, call) == 0)
            return &harmless[i];
    return NULL;
}
