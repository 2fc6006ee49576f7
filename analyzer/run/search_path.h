/* Finds a command as execvp does. */
#ifndef SEARCH_PATH_H
#define SEARCH_PATH_H

/* The path of what would be executed, or would be if it were executable; NULL where there is none. The caller frees it.
 * A command with a slash is its own path, whether or not it is there. */
char *search_path__find(const char *command);

#endif
