/* Files that are there whole or not at all: written under another name beside the one wanted, and renamed at the end.
 * What is no regular file (a terminal, /dev/null, a pipe) is written to directly. 0 is success, -1 failure, said in one
 * line on stderr. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

struct output {
    FILE *file;
    char *path;      /* the name wanted; links are followed */
    char *temporary; /* NULL: written to directly */
};

/* Could it be opened? Leaves everything as it was. */
int output__try(const char *path);
int output__open(struct output *output, const char *path);
void output__discard(struct output *output); /* instead of closing it: nothing is left */
int output__close(struct output *output);    /* all is on disk under its name, or nothing is */

#endif
