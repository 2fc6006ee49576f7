/* An ELF file that a process has mapped, as it lies in the process's own root: its dynamic symbols, and whether what is
 * mapped is still what lies there. */
#ifndef ATTACH_IMAGE_H
#define ATTACH_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
    char *path; /* as the process knows it */
    const unsigned char *bytes;
    size_t size;
    uint64_t start;                /* where its first byte is mapped */
    uint64_t base;                 /* what is to be added to the file's addresses */
    uint64_t code_start, code_end; /* of its executable segment, in the process; code_end: where the file's part ends */
    uint64_t code_limit;           /* … and the last page of that */
    uint64_t thread_data;          /* bytes that it has in each thread */
};

/* False: it cannot be read, or is no ELF file for this processor. */
bool image__open(struct image *image, uint32_t pid, const char *path, uint64_t start);
void image__close(struct image *image);
/* The address in the process; 0: it defines nothing of this name. */
uint64_t image__symbol(const struct image *image, const char *name);

/* A part of a process's code; empty: there is none. */
struct code_range {
    uint64_t start, end;
};

/* Where the source file was compiled to that defines these functions: what lies between them, and around them up to what is
 * known by other names, as what has no name may be of the same file. */
struct code_range image__surroundings(const struct image *image, const char *const *names, size_t count);

#endif
