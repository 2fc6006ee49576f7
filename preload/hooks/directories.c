/* Directories, and trees of them. */
#include <dirent.h>
#include <fts.h>

#include "hook.h"

LW_ACQUIRE_HANDLE(DIR, opendir, (const char *path), (path), dirfd, path, .text = path, .cloexec = true)
/* On failure the caller still has the descriptor. */
LW_ACQUIRE_HANDLE_OVER(DIR, fdopendir, (int fd), (fd), dirfd, NULL, .text = NULL)
LW_RELEASE_HANDLE(closedir, DIR)

/* A walk that may change the working directory keeps the one it started in open. */
#define WAY_BACK(tree) ((tree)->fts_options & FTS_NOCHDIR ? -1 : (tree)->fts_rfd)

#define OPEN_TREE(symbol, type, entry)                                                                                 \
    LW_ACQUIRE_HANDLE(type, symbol, (char *const *paths, int options, int (*compare)(const entry **, const entry **)), \
                      (paths, options, compare), WAY_BACK, NULL, .text = lw_result ? paths[0] : NULL, .cloexec = true)

OPEN_TREE(fts_open, FTS, FTSENT)
OPEN_TREE(fts64_open, FTS64, FTSENT64)
LW_RELEASE_HANDLE(fts_close, FTS)
LW_RELEASE_HANDLE(fts64_close, FTS64)
