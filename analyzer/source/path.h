/* Paths of source files, as the compiler wrote them and as a reader wants them. */
#ifndef SOURCE_PATH_H
#define SOURCE_PATH_H

#include <stdbool.h>

/* What follows the last slash of any path. */
const char *base_name(const char *path);

/* The path below the directory if it is relative, without "." and "x/..". The caller frees it. */
char *source_path__join(const char *directory, const char *path);

/* The part of the path below the directory root; the path itself where it is not below it or root is NULL. */
const char *source_path__below(const char *path, const char *root);

/* Does it belong to a compiler, a C library or a language's own library, where no user would mend anything? */
bool source_path__is_system(const char *path);

/* Does the line of an interpreted program belong to the language's own library? Packages that others wrote do not. */
bool source_path__is_script_library(const char *path);

/* Is it of a package that others wrote, which no user would mend either: a file, or a module of machine code? */
bool source_path__is_package(const char *path);

/* Is a module of machine code one of the system's libraries? */
bool source_path__is_system_library(const char *module);

#endif
