/* What a program needs in its environment to be watched. What the user has set there stays in force. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stdbool.h>

/* The path of libleakwatch.so: LEAKWATCH_LIBRARY, or beside this command, or where an installation has it. NULL: there
 * is none; the caller frees it. */
char *environment__library(void);

/* The directory that holds leakwatch.py, for PYTHONPATH: beside this command, or where an installation has it. NULL: there
 * is none; the caller frees it. */
char *environment__python(void);

/* Changes this process's own environment, for exec: preloads the library, and has ledgers of all processes written to
 * the directory. library NULL: nothing is preloaded. */
struct run_directory;
void environment__prepare(const char *library, const struct run_directory *directory);

/* LD_PRELOAD cannot name a path that holds a blank or a colon. */
bool environment__can_preload(const char *path);

#endif
