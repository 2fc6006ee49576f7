/* Where the loader would look for a shared library. */
#ifndef LW_LIBRARY_PATH_H
#define LW_LIBRARY_PATH_H

#pragma GCC visibility push(hidden)

/* The file of this name, where the loader would look for it. Each candidate is tried, the most likely
 * first, until `attempt` returns anything but -ENOENT; that is returned. By one thread at a time. */
int lw_library_search(const char *name, int (*attempt)(const char *path, void *context), void *context);

/* Remembers LD_LIBRARY_PATH as the loader found it: a program may write over its environment. */
void lw_library_path_start(void);

#pragma GCC visibility pop

#endif
