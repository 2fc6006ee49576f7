/* Directories, and trees of them. */
#include <dirent.h>
#include <fts.h>

#include "hook.h"

static LW_GENERALLY DIR *opendir_generally(const char *path, const void *frame)
{
    LW_ENTER_FROM_OR_RETURN(frame, opendir, (path));
    DIR *directory = LW_UNLESS_INJECTED(opendir, NULL, path, (path));
    int number = directory ? dirfd(directory) : -1;
    lw_acquired_handle(&lw_call, directory, LW_DIR, number, &(struct lw_detail){.text = path, .cloexec = true});
    if (!directory)
        lw_use_failed_here(&lw_call, -1);
    lw_settle_usual(lw_injecting);
    return directory;
}

LW_EXPORT LW_HOT_CODE DIR *opendir(const char *path)
{
    DIR *directory;
    if (__builtin_expect(lw_is_usual(), 1))
        directory = lw_opendir_usually(path, LW_FRAME, LW_HOOK_opendir);
    else
        directory = opendir_generally(path, LW_FRAME);
    LW_KEEP_FRAME;
    return directory;
}

/* On failure the caller still has the descriptor. */
LW_ACQUIRE_HANDLE_OVER(DIR, fdopendir, (int fd), (fd), dirfd, NULL, .text = NULL)

static LW_GENERALLY int closedir_generally(DIR *directory, const void *frame)
{
    LW_ENTER_FROM_OR_RETURN(frame, closedir, (directory));
    lw_releasing_handle(&lw_call, directory);
    int result = LW_INJECTED_AFTER(closedir, LW_REAL(closedir)(directory));
    lw_released(&lw_call, result);
    lw_settle_usual(lw_injecting);
    return result;
}

LW_RELEASE_USUALLY(closedir, DIR *directory, directory, lw_closedir_usually)

/* A walk that may change the working directory keeps the one it started in open. */
#define WAY_BACK(tree) ((tree)->fts_options & FTS_NOCHDIR ? -1 : (tree)->fts_rfd)

#define OPEN_TREE(symbol, type, entry)                                                                                 \
    LW_ACQUIRE_HANDLE(type, symbol, (char *const *paths, int options, int (*compare)(const entry **, const entry **)), \
                      (paths, options, compare), WAY_BACK, NULL, .text = lw_result ? paths[0] : NULL, .cloexec = true)

OPEN_TREE(fts_open, FTS, FTSENT)
OPEN_TREE(fts64_open, FTS64, FTSENT64)
LW_RELEASE_HANDLE(fts_close, FTS)
LW_RELEASE_HANDLE(fts64_close, FTS64)
