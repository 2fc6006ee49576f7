/* Which system calls of ours may a seccomp filter forbid that this process was born with? */
#ifndef LW_FILTER_H
#define LW_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* What /proc/self/status says; 0 where it does not. */
struct lw_status {
    uint32_t pid, parent, uid;
    uint32_t numbers; /* descriptors that the table has room for */
    uint32_t seccomp, filters;
};

bool lw_status_read(struct lw_status *status);

/* Before this has been asked, and after it where lw_careful is set then, only calls are made that the start of every
 * program makes: openat, read, write, close, mmap, mprotect, munmap, newfstatat, prlimit64. */
void lw_filter_look(void);
/* The same with more room to read into, and so with fewer calls. Its status has no pid where that had been asked before. */
void lw_filter_look_at_once(struct lw_status *status, void *room, size_t bytes);
extern bool lw_looked, lw_careful;
/* What the look will be at, read ahead of it and good for it as long as this process is not forked. NULL: it cannot be read. */
const struct lw_status *lw_filter_glance(void *room, size_t bytes);

/* May hooks ask the kernel about an address? */
#define lw_may_ask() (lw_looked && (!lw_strict || lw_careful))

/* Of this process and this thread, by none but such calls. 0: it cannot be told. */
uint32_t lw_own_pid(void);
uint32_t lw_own_tid(void);
/* The path of the program, the working directory; false: it cannot be told. */
bool lw_own_program(char *path, size_t room);
bool lw_own_directory(char *path, size_t room);

/* Copies what may not be there: a program may pass any address, and the kernel would answer with EFAULT. False: it
 * cannot be read. To be called where lw_may_ask(). */
bool lw_copy_in(void *to, const void *from, size_t bytes);

static inline bool lw_readable(const void *address)
{
    uint8_t byte;
    return lw_copy_in(&byte, address, 1);
}

/* In a child, behind a fork of which the kernel will not tell by itself. */
void lw_fork_noticed(void);

#pragma GCC visibility pop

#endif
