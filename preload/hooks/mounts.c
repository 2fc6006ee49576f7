/* Descriptors of the file system and mount interfaces. They are younger than the oldest supported C library, whose
 * headers do not declare them. */
#include <fcntl.h>

#include "hook.h"

#define CLOEXEC_HERE 1u /* FSOPEN_CLOEXEC, FSPICK_CLOEXEC, FSMOUNT_CLOEXEC */

LW_ACQUIRE_FD(fsopen, (const char *name, unsigned flags), (name, flags), name, .text = name, .open_flags = flags,
              .cloexec = flags & CLOEXEC_HERE)
LW_ACQUIRE_FD(fspick, (int directory, const char *path, unsigned flags), (directory, path, flags), path, .text = path,
              .open_flags = flags, .cloexec = flags & CLOEXEC_HERE)
LW_ACQUIRE_FD(fsmount, (int context, unsigned flags, unsigned attributes), (context, flags, attributes), NULL,
              .open_flags = flags, .cloexec = flags & CLOEXEC_HERE)
LW_ACQUIRE_FD(open_tree, (int directory, const char *path, unsigned flags), (directory, path, flags), path,
              .text = path, .open_flags = flags, .cloexec = flags & O_CLOEXEC)
