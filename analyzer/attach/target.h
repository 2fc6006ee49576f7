/* A process that is to be attached to: what must be known of it, and whether it can be. Nothing here changes it. */
#ifndef ATTACH_TARGET_H
#define ATTACH_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"
#include "leakwatch/attachment.h"

struct attach_target {
    uint32_t pid;
    char name[32]; /* as ps shows it */
    int memory;    /* /proc/PID/mem; -1: not open */
    struct image libc, loader;
    struct image library; /* ours, where it is loaded already; else its path is NULL */
    char *mapped_library; /* the path of one that is named like ours; NULL: none is */
    uint64_t mapped_base;
    struct leakwatch_attached state; /* of that */
    uint64_t state_address;
    struct code_range malloc_code;           /* the C library's malloc and its like; empty: it is not known where */
    uint64_t allocator_start, allocator_end; /* code of another module that defines malloc; 0: none does */
    bool allocates_itself;                   /* … and that is the program */
    uint64_t thread_data;                    /* bytes that each thread has, at least */
    /* Addresses in it. */
    uint64_t dlopen, dlsym, dlerror, init_thread_data, single_threaded;
};

/* NULL: it can be, and may then be looked at further; else why not, in one line, allocated. The target must be closed in
 * any case. library: the file that is to be loaded. */
char *attach_target__open(struct attach_target *target, uint32_t pid, const char *library);
void attach_target__close(struct attach_target *target);

/* The same for what is asked of it: is it loaded, and in which state? */
char *attach_target__may_attach(const struct attach_target *target);
char *attach_target__may_detach(const struct attach_target *target);
/* Can it write a ledger there? */
char *attach_target__may_write(const struct attach_target *target, const char *directory);

/* Is it that file which is mapped there? What has been replaced on disk has other addresses. */
bool attach_target__has(const struct attach_target *target, const struct image *image);

bool attach_target__read(const struct attach_target *target, uint64_t address, void *to, size_t bytes);
bool attach_target__write(const struct attach_target *target, uint64_t address, const void *from, size_t bytes);
/* How many threads it has; 0: it is gone. */
unsigned attach_target__threads(const struct attach_target *target);

#endif
